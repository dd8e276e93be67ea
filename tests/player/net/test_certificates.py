"""A server whose certificate was issued by the municipality itself: real TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from player.config.settings import Settings, read_settings
from player.main import EXIT_UNREACHABLE, main
from player.net.http import Http, Unreachable
from tests.fixtures.authority import Authority
from tests.fixtures.portal import Portal


def test_the_authority_of_the_settings_is_trusted_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")  # so that it is as before afterwards
    ours, other = Authority(tmp_path / "ours"), Authority(tmp_path / "other")
    settings = tmp_path / "signage-player.txt"
    with Portal().use_tls(ours.server("localhost")) as portal:
        command = ["--once-synced", "--screen", "library", "--store", str(tmp_path / "store")]
        command += ["--server", portal.url, "--settings", str(settings)]
        for line in ("", f"certificates = {other.certificate}", "sertifikat = mangler.pem"):
            settings.write_text(line)
            assert main(command) == EXIT_UNREACHABLE
            assert portal.asked == []
            assert "its certificate is not trusted" in caplog.text
        settings.write_text("ca-file = ours/ca.pem")  # beside the settings, as on the card
        main(command)
        assert portal.asked
        ours.certificate.unlink()
        with pytest.raises(Unreachable) as caught:
            Http(portal.url).get("x", 100)
        assert caught.value.kind == "certificate"


def test_a_file_that_cannot_be_used_is_reported_with_its_line_and_path(tmp_path: Path) -> None:
    file, settings = tmp_path / "ca.pem", tmp_path / "signage-player.txt"
    settings.write_text("rotate = 90\ncertificates = ca.pem\n")
    found, (problem,) = read_settings([settings])
    assert found == Settings(rotate=90)
    assert str(problem) == (
        f"{settings}:2: certificates: There is no file {file}. "
        "Copy the authority's certificate there, or correct the path."
    )
    assert problem.on_display.norwegian.startswith(f"Linje 2 i signage-player.txt (certificates): Filen {file} finnes")
    file.write_text("ingenting")
    (problem,) = read_settings([settings])[1]
    assert f"{file} holds no certificate that can be read." in str(problem)
    file.unlink()
    file.mkdir()
    (problem,) = read_settings([settings])[1]
    assert problem.text.english.startswith(f"{file}: ")
