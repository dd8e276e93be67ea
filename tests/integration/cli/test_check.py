"""`signage check` and `signage build` warn of entries that can't show anything, and of emoji without a font."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from signage.app import emoji
from signage.cli.main import main
from signage.errors import EXIT_PARTIAL
from tests.fixtures.fonts import ONLY_DEJAVU
from tests.fixtures.paths import ROOT
from tests.fixtures.site import Site

pytestmark = pytest.mark.browser
AT = ["--at", "2026-11-23T12:00"]


@pytest.fixture
def without_emoji(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(ONLY_DEJAVU.format(tmp_path / "cache"))
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
    monkeypatch.setattr(emoji, "_drawable", {})


def checked(site: Site, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(site.arguments("check", *AT)) == 0
    return " ".join(capsys.readouterr().err.split())


def test_entries_that_can_show_nothing_are_named_once_the_sources_were_read(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.write(playlist='{ show = "today" }, { show = "agenda", categories = ["Kinno"], organisers = ["Ingen"] }')
    assert "shows nothing" not in checked(site, capsys)  # nobody has looked at the sources yet
    assert main(site.arguments("events", *AT)) == 0
    said = checked(site, capsys)
    assert 'screens.bibliotek.playlist[1].categories: No event has the category "Kinno", so this entry shows no' in said
    assert 'screens.bibliotek.playlist[1].organisers: No organisation is called "Ingen".' in said


def test_a_notice_and_an_event_with_emoji_that_no_font_has_are_named(
    site: Site, capsys: pytest.CaptureFixture[str], without_emoji: None
) -> None:
    """A mahjong tile and a clef are none of the layouts' emoji."""
    site.listings[0]["title"] = "Spillkveld 🀀 🎲"
    site.write(playlist='{ show = "today" }, { show = "notice", title = "Hurra", text = "Vi feirer! 🥳 𝄞" }')
    assert main(site.arguments("events", *AT)) == 0
    said = checked(site, capsys)
    assert "No font has 𝄞 🀀; an empty box appears in screens.bibliotek.playlist[1]" in said
    assert 'the event "Spillkveld 🀀 🎲"' in said
    assert "fonts-noto-color-emoji" in said


def test_letters_and_signs_need_no_emoji_font(
    site: Site, capsys: pytest.CaptureFixture[str], without_emoji: None
) -> None:
    site.write(playlist='{ show = "notice", title = "Åpent – 50 % på «alt» © ½ €", text = "→ Blåbærtur" }')
    assert main(site.arguments("events", *AT)) == 0
    assert "empty box" not in checked(site, capsys)


def test_emoji_of_the_layouts_are_fine_on_any_machine(
    site: Site, capsys: pytest.CaptureFixture[str], without_emoji: None
) -> None:
    site.write(playlist='{ show = "notice", title = "Jul 🎄", text = "1️⃣ ❤️ 👩🏽‍🚀 🇳🇴 🏳️‍🌈" }')
    assert main(site.arguments("events", *AT)) == 0
    assert "empty box" not in checked(site, capsys)


def test_pictures_that_cannot_be_shown_and_what_is_to_be_done_about_others(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = site.folder / "plakater"
    folder.mkdir()
    shutil.copy(ROOT / "signage" / "demo" / "posters" / "apen-kveld.pdf", folder / "2020-01-31 kveld.pdf")
    (folder / "halv.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    (folder / "rar\x1b[2J.jpg").write_bytes(b"nonsense")
    site.write(playlist='{ show = "pictures", folder = "plakater" }')
    assert main(site.arguments("check", *AT)) == EXIT_PARTIAL
    said = " ".join(capsys.readouterr().err.split())
    assert "halv.png: It can't be shown. It can't be decoded" in said
    assert "rar\ufffd[2J.jpg: It can't be shown." in said
    assert "2020-01-31 kveld.pdf: It isn't shown any more. Its last day was 2020-01-31. Hint: remove it." in said
    assert "2020-01-31 kveld.pdf: 11 of " in said
    assert "2020-01-31 kveld.pdf: Nothing says what is on it" in said
