"""[render]: the address of a scheduler, and the files that go with TLS."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from signage.config.load import find_warnings, parse_config
from signage.errors import ConfigError
from signage.runtime.extras import install_command
from tests.fixtures.paths import FIXTURES, LAYOUTS

SMALL = (FIXTURES / "config" / "small.toml").read_text(encoding="utf-8")
FILES = 'tls_ca_file = "a"\ntls_cert = "b"\ntls_key = "c"\n'


def problem(render: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"{SMALL}\n[render]\n{render}".encode(), "screens.toml", LAYOUTS)
    (found,) = caught.value.problems
    return f"{found.key}: {found.message} {found.hint}"


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "tcp://render.heim.no:1", "tcp://[fd00::5]:65535"])
def test_addresses_of_schedulers(address: str) -> None:
    config = parse_config(f'{SMALL}\n[render]\nscheduler = "{address}"\n'.encode(), "screens.toml", LAYOUTS)
    assert config.render.scheduler == address


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("10.0.0.5:8786", 'did you mean "tcp://10.0.0.5:8786"?'),
        ("http://10.0.0.5:8786/", 'did you mean "tcp://10.0.0.5:8786"?'),
        ("tcp://10.0.0.5", 'write it like "tcp://10.0.0.5:8786".'),
        ("tcp://10.0.0.5:0", 'write it like "tcp://10.0.0.5:8786".'),
        ("tcp://10.0.0.5:99999", 'write it like "tcp://10.0.0.5:8786".'),
        ("tcp://a b:8786", 'write it like "tcp://10.0.0.5:8786".'),
        ("", 'write it like "tcp://10.0.0.5:8786".'),
    ],
)
def test_a_wrong_address_is_answered_with_a_better_one(address: str, hint: str) -> None:
    found = problem(f'scheduler = "{address}"\n')
    assert found.startswith("render.scheduler: This must be the address of a scheduler, not ")
    assert found.endswith(hint)


def test_tls_needs_all_files_and_nothing_else_has_them() -> None:
    assert "add tls_cert and tls_key." in problem('scheduler = "tls://a:1"\ntls_ca_file = "a"\n')
    assert "has no effect without a tls:// address" in problem(f'scheduler = "tcp://a:1"\n{FILES}')
    config = parse_config(
        f'{SMALL}\n[render]\nscheduler = "tls://a:1"\n{FILES}'.encode(), "/etc/signage/screens.toml", LAYOUTS
    )
    assert config.render.files == ["/etc/signage/a", "/etc/signage/b", "/etc/signage/c"]


def test_without_the_extra_the_line_is_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    data = f'{SMALL}\n[render]\nscheduler = "tcp://a:1"\n'.encode()
    config = parse_config(data, "screens.toml", LAYOUTS)
    now = datetime(2026, 10, 1, tzinfo=UTC)
    assert find_warnings(data, "screens.toml", config, now) == []
    monkeypatch.setitem(sys.modules, "distributed", None)
    (found,) = find_warnings(data, "screens.toml", config, now)
    assert found.key == "render.scheduler"
    assert install_command("workers") in found.hint
