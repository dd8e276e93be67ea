"""The words of each language: complete, with the same holes to fill, and the right form for every number."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from babel import Locale

from signage.config.languages import KNOWN as NAMED
from signage.config.models import Screen
from signage.errors import SignageError
from signage.wording import languages
from signage.wording.dates import Wording
from signage.wording.languages import FOLDER, Words, load
from tests.fixtures.make import OSLO, event
from tests.fixtures.paths import ROOT

KNOWN = sorted(path.stem for path in FOLDER.glob("*.toml"))
NB = load("nb")


def test_a_setting_may_name_every_language_there_is() -> None:
    assert list(NAMED) == KNOWN
    for language in KNOWN:
        shown = {"place": "hall", "size": "1920x1080", "layout": "fjord", "playlist": [{"show": "today"}]}
        assert Screen.model_validate({**shown, "language": language}).language == language


@pytest.mark.parametrize("language", KNOWN)
def test_every_language_says_everything(language: str) -> None:
    words = load(language)  # raises when there is anything to say about the file
    for table in ("phrases", "plurals", "pocket", "weather"):
        assert set(getattr(words, table)) == set(getattr(NB, table)), table


def strings(node: ast.AST) -> set[str]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def test_every_phrase_is_said_somewhere_and_no_other_is_asked_for() -> None:
    said: set[str] = set()
    asked: dict[str, set[str]] = {"words": set(), "plural": set()}
    for path in (ROOT / "signage").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            said |= strings(node) if isinstance(node, ast.Constant) else set()
            if path.parent.name in ("planning", "wording") and isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                asked.get(name, set()).update(strings(node.args[0]) if node.args else ())
    for template in (ROOT / "signage" / "publishing" / "phone_pages").glob("*.html"):
        said |= set(re.findall(r"words\.(\w+)", template.read_text("utf-8")))
    assert {*NB.phrases, *NB.plurals, *NB.pocket} <= said
    assert asked["words"] <= set(NB.phrases)
    assert asked["plural"] <= set(NB.plurals)


@pytest.mark.parametrize("language", KNOWN)
def test_every_number_has_a_form(language: str) -> None:
    words = load(language)
    for key in words.plurals:
        assert all(words.plural(key, number) for number in range(200))


def test_days_are_counted_as_people_count_them() -> None:
    said = {language: [load(language).plural("days_unit", n) for n in (1, 2, 5, 11, 21)] for language in ("nb", "uk")}
    assert said["nb"] == ["dag igjen", *["dager igjen"] * 4]
    assert said["uk"] == ["день до початку", "дні до початку", "днів до початку", "днів до початку", "день до початку"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "lørdag 12. desember"),
        ("nn", "laurdag 12. desember"),
        ("en", "Saturday 12 December"),
        ("de", "Samstag, 12. Dezember"),
        ("uk", "субота, 12 грудня"),
    ],
)
def test_dates_in_the_form_that_each_language_expects(language: str, said: str) -> None:
    wording = Wording(load(language), OSLO)
    assert wording.day(date(2026, 12, 12), "full_day").replace("\u00a0", " ") == said


def test_until_sunday_in_a_language_that_bends_its_weekdays() -> None:
    festival = event("x", "2026-11-27", "2026-11-30")
    said = [Wording(load(language), OSLO).time(festival, date(2026, 11, 27)) for language in ("nb", "de", "uk")]
    assert [text.replace("\u00a0", " ") for text in said] == ["til søndag", "bis Sonntag", "до 29 листопада"]


@pytest.fixture
def uk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Words]]:
    """Loads Ukrainian with some changes to its file."""

    def changed(*changes: tuple[str, str]) -> Words:
        text = (FOLDER / "uk.toml").read_text("utf-8")
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        (tmp_path / "uk.toml").write_text(text, "utf-8")
        monkeypatch.setattr(languages, "FOLDER", tmp_path)
        load.cache_clear()
        return load("uk")

    yield changed
    load.cache_clear()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('locale = "uk_UA"\n', ""), "locale is missing; nb.toml has nb_NO"),
        (('hyphens = "uk_UA"\n', ""), "hyphens is missing"),
        (('locale = "uk_UA"', 'locale = "xx_XX"'), "write it like nb_NO"),
        (("[phrases]", "[phrases"), "can't be read"),
        (('free = "Безкоштовно"\n', ""), 'phrases.free is missing; nb.toml has "Gratis"'),
        (('free = "Безкоштовно"', 'free = " "'), "phrases.free is empty"),
        (('free = "', 'fre = "'), 'phrases.fre: no page uses it; did you mean "free"?'),
        (("{price}", "{pris}"), "phrases.price_from: nothing fills in {pris}, only {price}"),
        (("Від {price}", "Від"), "phrases.price_from leaves out {price}"),
        (("{price}", "{price"), "phrases.price_from: expected '}' before end of string"),
        (('"до {time}"', '"до {}"'), "phrases.until_time: nothing fills in {}"),
        (('few = "дні до початку"\n', ""), "plurals.days_unit lacks the form few"),
        (('few = "дні', 'two = "дні'), "plurals.days_unit.two: the language has no such form"),
        (("дні до початку", "{days} дні"), "plurals.days_unit.few: nothing fills in {days}, only {n}"),
    ],
)
def test_what_a_file_lacks_is_named(uk: Callable[..., Words], change: tuple[str, str], said: str) -> None:
    with pytest.raises(SignageError, match=re.escape(said)) as error:
        uk(change)
    assert "uk.toml" in str(error.value)


def test_all_that_a_file_lacks_is_said_at_once(uk: Callable[..., Words]) -> None:
    with pytest.raises(SignageError) as error:
        uk(('free = "Безкоштовно"\n', ""), ('few = "дні до початку"\n', ""), ('hyphens = "uk_UA"\n', ""))
    assert len(str(error.value).splitlines()) == 3


def test_a_language_without_a_file_is_an_error() -> None:
    with pytest.raises(SignageError, match="There is no file for the language"):
        load("se")


@pytest.mark.parametrize("language", KNOWN)
def test_a_file_names_a_language_that_babel_knows(language: str) -> None:
    data = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    assert Locale.parse(data["locale"]).language in (language, "no")
