"""The alerts of a screen in words: what pages for telephones show of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from signage.config.languages import KNOWN
from signage.domain.alerts import Alert, AlertDraft, AlertLevel, AlertText
from signage.publishing.alert_texts import MOST, alert_texts
from tests.fixtures.make import OSLO

NOW = datetime(2026, 11, 29, 14, 0, 5, 250, tzinfo=UTC)
WATER = {
    "nb": AlertText("Vannet må kokes", "Kok alt vann\nsom drikkes.\r\n\r\nVi melder fra når det er over."),
    "uk": AlertText("Воду треба кип'ятити"),
}


def alert(id: str = "a1", **draft: Any) -> Alert:
    given = {"sender": "Heim kommune", **draft}
    return Alert(
        id, AlertDraft(given.pop("texts", WATER), ("hall", "library"), NOW + timedelta(hours=4), **given), NOW, "x"
    )


def read(*alerts: Alert, languages: tuple[str, ...] = ("nb",), now: datetime = NOW) -> list[dict[str, Any]]:
    made = json.loads(alert_texts(alerts, "library", languages, OSLO, now))
    assert (made["format"], made["screen"]) == (1, "library")
    listed: list[dict[str, Any]] = made["alerts"]
    return listed


def test_it_says_what_until_when_and_who_in_the_screens_language_and_zone() -> None:
    (found,) = read(alert(credit="Data fra MET Norway"))
    (text,) = found["texts"]
    assert {key: str(value).replace("\u00a0", " ") for key, value in text.items() if key != "paragraphs"} == {
        "language": "nb",
        "words": "nb",
        "label": "Viktig melding",
        "title": "Vannet må kokes",
        "until": "Gjelder til kl. 19.00",
        "sent": "Sendt 29. nov. kl. 15.00",
        "sender": "Heim kommune",
        "credit": "Data fra MET Norway",
    }
    assert text["paragraphs"] == ["Kok alt vann som drikkes.", "Vi melder fra når det er over."]
    assert (found["from"], found["until"]) == ("2026-11-29T14:00:05Z", "2026-11-29T18:00:05Z")


@pytest.mark.parametrize("language", KNOWN)
def test_every_language_has_the_words(language: str) -> None:
    (found,) = read(alert(texts={language: AlertText("A")}, sender=""), languages=(language,))
    (text,) = found["texts"]
    assert text["label"]
    assert text["sender"] == ""
    for key in ("until", "sent"):
        assert "{" not in text[key]
        assert any(hour in text[key] for hour in ("19.00", "19:00", "15.00", "15:00")), text[key]


@pytest.mark.parametrize(
    ("languages", "shown"),
    [
        (("nb",), ["nb"]),
        (("uk", "nb"), ["uk", "nb"]),
        (("en",), ["nb", "uk"]),  # a text in another language is better than none
    ],
)
def test_the_texts_are_those_of_the_screens_languages_else_all(languages: tuple[str, ...], shown: list[str]) -> None:
    (found,) = read(alert(), languages=languages)
    assert [text["language"] for text in found["texts"]] == shown


def test_a_language_that_has_no_words_gets_those_of_the_screen() -> None:
    (found,) = read(alert(texts={"so": AlertText("Biyaha")}), languages=("nn", "nb"))
    (text,) = found["texts"]
    assert (text["language"], text["words"]) == ("so", "nn")


def test_an_official_alert_has_its_level_in_words() -> None:
    (found,) = read(alert(warning="orange"))
    assert found["texts"][0]["label"] == "Oransje nivå"


def test_what_has_ended_is_of_another_screen_or_only_a_test_is_left_out() -> None:
    end = NOW + timedelta(hours=4)
    others = [
        replace(alert("ended"), ended=NOW),
        replace(alert("elsewhere"), draft=replace(alert().draft, screens=("hall",))),
        alert("test", level=AlertLevel.TEST),
    ]
    coming = alert("coming", begin=NOW + timedelta(hours=1))
    assert [each["id"] for each in read(*others, coming, alert())] == ["coming", "a1"]
    assert read(alert(), now=end - timedelta(microseconds=1))
    assert read(alert(), now=end) == []
    assert [each["id"] for each in read(*(alert(str(n)) for n in range(30)))] == [str(n) for n in range(MOST)]
