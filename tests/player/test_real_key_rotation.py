"""A real player, whose card names the old key, and a server that exchanges it: heard of all the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signage.fleet import grants, pairing_codes
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing.key_rotation import announce, take_over
from signage.publishing.keys import SigningKeys
from tests.fixtures.desk import NOON
from tests.fixtures.player_process import player
from tests.fixtures.xvfb import xvfb
from tests.player.test_real_restore import Server

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb(640, 360) as name:
        yield name


def test_a_player_goes_on_through_a_change_of_the_key_and_a_restart(display: str, tmp_path: Path) -> None:
    server = Server(tmp_path)
    token, secret = bytes(range(32)).hex(), bytes(range(2, 34)).hex()
    old = SigningKeys.load_or_make(server.var).public_hex
    registry = Registry(server.var / REGISTRY_FILE)
    paired = registry.prepare(pairing_codes.token_digest(token), "library", NOON, pairing_codes.public_key(secret))
    server.publish("a")
    settings = tmp_path / "signage-player.txt"
    with server.running() as running:
        address = f"http://127.0.0.1:{running.port}"
        settings.write_text(grants.settings(address, "library", old, token, secret))
        arguments = ("--settings", settings, "--store", tmp_path / "store", "--at", NOON.isoformat(), "--fullscreen")
        new = announce(server.var, NOON).public_hex
        announcing = server.publish("b")
        with player(display, *arguments) as process:
            process.says(f"serial {announcing} is in force")
            assert server.reports(paired.id, announcing), process.lines
            heard = registry.last_heartbeat(paired.id)
            assert heard is not None
            assert heard.report.keys == (old, new)
            assert server.players is not None
            server.players.keys = take_over(server.var)
            switched = server.publish("c")
            process.says(f"serial {switched} is in force")
            registry.assign(paired.id, "library", 2, NOON)  # signed with the new key from now on
        with player(display, *arguments) as process:  # its card still names the old one
            process.says("page c")
            last = server.publish("d")
            process.says(f"serial {last} is in force")
            assert server.reports(paired.id, last), process.lines
            said = "\n".join(process.lines)
            assert "a different key" not in said
            assert "refused" not in said
    heard = registry.last_heartbeat(paired.id)
    assert heard is not None
    assert heard.report.keys == (new,)
