"""The words of each language: complete, with the same holes to fill, and the right form for every number."""

from __future__ import annotations

import re
import string
import tomllib
from datetime import date
from pathlib import Path

import pytest
from babel import Locale

from signage import languages
from signage.config.base import Language
from signage.errors import SignageError
from signage.languages import FOLDER, load
from signage.pages.wording import Wording
from tests.make import OSLO, event

KNOWN = sorted(path.stem for path in FOLDER.glob("*.toml"))
NB = load("nb")


def holes(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_a_setting_may_name_every_language_there_is() -> None:
    assert set(KNOWN) == set(Language.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", KNOWN)
def test_every_language_says_everything(language: str) -> None:
    words = load(language)
    for table in ("phrases", "plurals", "pocket"):
        assert set(getattr(words, table)) == set(getattr(NB, table)), table
    for key, phrase in NB.phrases.items():
        own = holes(words.phrases[key])
        allowed = holes(phrase) | ({"date"} if key == "until_day" else set())
        assert own <= allowed, key
        assert bool(own) == bool(holes(phrase)), key
    for key, phrase in NB.pocket.items():
        assert holes(words.pocket[key]) == holes(phrase), key


@pytest.mark.parametrize("language", KNOWN)
def test_every_number_has_a_form(language: str) -> None:
    words = load(language)
    for key in words.plurals:
        assert all(words.plural(key, number) for number in range(200))


def test_days_are_counted_as_people_count_them() -> None:
    said = {language: [load(language).plural("days_unit", n) for n in (1, 2, 5, 11, 21)] for language in ("nb", "uk")}
    assert said["nb"] == ["dag igjen", *["dager igjen"] * 4]
    assert said["uk"] == ["день лишився", "дні лишилося", "днів лишилося", "днів лишилося", "день лишився"]


def test_dates_in_the_form_that_each_language_expects() -> None:
    said = {language: Wording(load(language), OSLO).day(date(2026, 12, 12), "full_day") for language in KNOWN}
    assert {language: text.replace("\u00a0", " ") for language, text in said.items()} == {
        "nb": "lørdag 12. desember",
        "nn": "laurdag 12. desember",
        "en": "Saturday 12 December",
        "de": "Samstag, 12. Dezember",
        "uk": "субота, 12 грудня",
    }


def test_until_sunday_in_a_language_that_bends_its_weekdays() -> None:
    festival = event("x", "2026-11-27", "2026-11-30")
    said = [Wording(load(language), OSLO).time(festival, date(2026, 11, 27)) for language in ("nb", "de", "uk")]
    assert [text.replace("\u00a0", " ") for text in said] == ["til søndag", "bis Sonntag", "до 29 листопада"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('locale = "uk_UA"\n', ""), "'locale' is missing"),
        (('few = "дні лишилося"\n', ""), "plurals.days_unit lacks the form few"),
        (('locale = "uk_UA"', 'locale = "xx_XX"'), "write it like nb_NO"),
        (("[phrases]", "[phrases"), "uk.toml: "),
    ],
)
def test_what_a_file_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], said: str
) -> None:
    text = (FOLDER / "uk.toml").read_text("utf-8")
    assert change[0] in text
    (tmp_path / "uk.toml").write_text(text.replace(*change), "utf-8")
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    load.cache_clear()
    try:
        with pytest.raises(SignageError, match=re.escape(said)):
            load("uk")
        with pytest.raises(SignageError, match="no words for the language"):
            load("se")
    finally:
        monkeypatch.undo()
        load.cache_clear()


@pytest.mark.parametrize("language", KNOWN)
def test_a_file_names_a_language_that_babel_knows(language: str) -> None:
    data = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    assert Locale.parse(data["locale"]).language in (language, "no")
