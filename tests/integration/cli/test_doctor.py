"""`signage doctor`: one page about this machine, whose verdict and exit code are right."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signage.app import doctor
from signage.app.doctor import EMOJI, LETTERS, Section, Surroundings, examine
from signage.cli.doctor import page
from signage.cli.main import main
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.rendering.glyphs import missing_glyphs
from signage.rendering.layouts import load_layout
from tests.fixtures import portal as answers
from tests.fixtures.authority import Authority
from tests.fixtures.fonts import ONLY_DEJAVU
from tests.fixtures.outbound_proxy import OutboundProxy
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import Site


def look(subject: str, site: Site, **changed: object) -> Section:
    """One section of the page about a site."""
    around = {"config": site.path, "layouts": LAYOUTS, "var": site.folder / "var", "now": datetime.now(UTC), **changed}
    section = Section(subject)
    getattr(doctor, f"_{subject}")(section, Surroundings(**around))  # type: ignore[arg-type]
    return section


def messages(section: Section) -> str:
    return "\n".join(f"{finding.message} Hint: {finding.hint}" for finding in section.findings)


@pytest.mark.browser
def test_a_machine_that_is_in_order(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    assert main(site.arguments("doctor")) == EXIT_OK
    out = capsys.readouterr().out
    assert out.startswith("Nothing is wrong.\n\n1. Versions: all right\n")
    for words in (
        "signage 0.",
        "Python 3.",
        "screens: 1, sources: 1",
        "there is an emoji font",
        f"{site.portal.url} answers",
    ):
        assert words in out
    assert max(map(len, out.splitlines())) < 160


def test_the_page_is_numbered_and_begins_with_the_verdict() -> None:
    well, note, bad = Section("paths"), Section("clock"), Section("fonts")
    well.facts.append("state: /var/lib/signage")
    note.report("No time server.", "switch it on.", wrong=False)
    bad.report("There is no emoji font.")
    assert page([well, note, bad]) == [
        *("Something is wrong with number 3 (fonts).", "", "1. Paths: all right", "   state: /var/lib/signage", ""),
        *("2. Clock: look at this", "   ! No time server.", "     Hint: switch it on.", ""),
        *("3. Fonts: WRONG", "   ✗ There is no emoji font."),
    ]
    assert page([well, note])[0] == "Nothing is wrong."


def test_a_check_that_fails_itself_is_a_finding_and_the_page_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ImportError("libatomic.so.1")

    for subject in ("browser", "fonts"):
        monkeypatch.setattr(doctor, f"_{subject}", broken)
    site.write()
    assert main(site.arguments("doctor", "--json")) == EXIT_PARTIAL
    sections = json.loads(capsys.readouterr().out)
    assert [section["name"] for section in sections] == [
        *("versions", "paths", "permissions", "browser", "fonts", "clock", "network", "object store")
    ]
    assert [section["name"] for section in sections if section["wrong"]] == ["browser", "fonts"]
    assert "ImportError: libatomic.so.1" in sections[3]["findings"][0]["message"]


def test_no_browser_is_said_twice_and_stops_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write()
    monkeypatch.setenv("SIGNAGE_BROWSER", "/nowhere/chromium")
    around = Surroundings(site.path, LAYOUTS, site.folder / "var", datetime.now(UTC))
    assert [section.name for section in examine(around) if section.wrong] == ["browser", "fonts"]


# --- Versions, paths, permissions


def test_a_missing_library_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not look("versions", site).findings
    monkeypatch.setattr(doctor, "requires", lambda _: ["no-such-thing>=1.2", "rich>=13", "pygame; extra == 'player'"])
    assert messages(look("versions", site)).startswith("These libraries are missing: no-such-thing. Hint: install")


def test_a_configuration_that_is_missing_or_has_errors(site: Site) -> None:
    assert "There is no configuration at" in messages(look("paths", site))
    site.write()
    assert not look("paths", site).wrong
    site.path.write_text(site.path.read_text().replace("motto", "moto"))
    assert "has an error. The first is:" in messages(look("paths", site))
    assert f"{site.path}:6:1" in messages(look("paths", site))


def test_a_full_disk(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write()
    monkeypatch.setattr(doctor, "LEAST_FREE", 10**18)
    assert "MB of disk space are free" in messages(look("paths", site))


def test_a_secret_that_others_can_read_and_a_folder_that_cannot_be_written(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = site.folder / "var"
    var.mkdir()
    key = var / "signage.key"
    key.touch(0o600)
    assert not look("permissions", site).findings
    key.chmod(0o644)
    assert f"Other users can read the secret file {key}. Hint: chmod 600" in messages(look("permissions", site))
    monkeypatch.setattr("os.access", lambda *_: False)
    assert f"can't write to {var}" in messages(look("permissions", site))


# --- Fonts


@pytest.mark.browser
def test_emoji_without_a_font_are_found(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(ONLY_DEJAVU.format(tmp_path / "cache"))
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
    built_in = load_layout(LAYOUTS / "fjord").css
    assert missing_glyphs([*LETTERS, *EMOJI, "\U000e1234"], [built_in]) == ["\U000e1234"]
    own = site.folder / "layouts" / "egen"
    own.mkdir(parents=True)
    (own / "layout.toml").write_text('name = "Egen"\nbased_on = "fjord"\n')
    (own / "style.css").write_text(".page { --headings: Bricolage, sans-serif; --texts: Atkinson, sans-serif; }\n")
    site.write()
    given = site.path.read_text("utf-8")
    site.path.write_text(given.replace("[screens.bibliotek]", '[screens.bibliotek]\nlayout = "egen"'), "utf-8")
    section = look("fonts", site, layouts=own.parent)
    assert section.wrong
    assert messages(section) == (
        "A layout in use has no emoji font, and neither has this machine. Emoji appear as empty boxes. "
        'Hint: add "Noto Emoji" to the font-family in its style.css, or sudo apt install fonts-noto-color-emoji.'
    )


# --- Clock and network


def test_a_clock_that_was_never_set_or_is_fast(site: Site) -> None:
    site.write()
    [clock] = [
        section
        for section in examine(Surroundings(site.path, LAYOUTS, site.folder / "var", datetime(2000, 1, 1, tzinfo=UTC)))
        if section.name == "clock"
    ]
    assert clock.wrong
    assert not look("network", site).wrong
    fast = look("network", site, now=datetime.now(UTC) + timedelta(minutes=10))
    assert "clock is 10 minutes fast" in messages(fast) or "clock is 9 minutes fast" in messages(fast)
    slow = look("network", site, now=datetime.now(UTC) - timedelta(hours=1))
    assert "minutes slow" in messages(slow)


def test_a_source_and_a_server_that_do_not_answer(site: Site) -> None:
    site.write()
    with socket.socket() as closed:  # bound, and nobody listens
        closed.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}"
        site.path.write_text(site.path.read_text().replace(site.portal.url, gone))
        (site.folder / "var").mkdir()
        (site.folder / "var/server.json").write_text(json.dumps({"address": gone}))
        found = messages(look("network", site))
    assert f"No server answers at {gone}, where it last was: the connection failed." in found
    assert f"{gone} can't be reached: the connection failed. Source: iheim." in found


def test_a_certificate_that_has_expired_is_named_as_such(site: Site, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    site.portal.use_tls(authority.server("localhost", days=-1))
    site.write()
    text = site.path.read_text().replace("[site]", f'[site]\nca_file = "{authority.certificate}"', 1)
    site.path.write_text(text)
    found = messages(look("network", site))
    assert f"{site.portal.url}: The server's certificate has expired. Source: iheim. Hint: those who run" in found


def test_a_server_whose_date_is_none_says_nothing_about_the_clock(site: Site) -> None:
    site.write()
    site.portal.paths["/"] = lambda handler: handler.head(200, {"Date": "\x1b[31mnever", "Content-Length": "0"})
    assert not look("network", site).findings


def test_the_proxy_and_a_certificate_file_that_is_missing_are_named(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OutboundProxy({"kalender": site.portal.port}, login="kari:sommer") as proxy:
        site.portal.paths["/"] = answers.ok("")
        monkeypatch.setenv("http_proxy", f"http://kari:sommer@{proxy.address}")
        site.write()
        text = site.path.read_text().replace(site.portal.url, "http://kalender")
        site.path.write_text(text.replace("[site]", '[site]\nca_file = "ca.pem"', 1))
        found = look("network", site)
    assert f"sources are fetched through the proxy {proxy.address}" in found.facts
    assert "http://kalender answers (iheim)" in found.facts
    assert f"There is no file {site.folder / 'ca.pem'}." in messages(found)
    assert "sommer" not in f"{found}"
