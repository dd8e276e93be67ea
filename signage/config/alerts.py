"""Emergency alerts in screens.toml: [alerts], and [prepared_alerts.water] with what is ready to be sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from signage.config.base import Strict
from signage.config.languages import KNOWN
from signage.config.sources import at_setting
from signage.config.words import SettingError, did_you_mean, one_of, written
from signage.domain.alerts import AlertLevel, AlertText

TITLE_LENGTH = 100  # letters; a longer one can't be read in passing
TEXT_LENGTH = 1000  # letters; no screen has room for more that can be read from afar
SENDER_LENGTH = 80  # letters; of an office
LONGEST_HOURS = 24 * 31  # players show no alert for longer (docs/bundle-format.md)
SITES_FIRST = ""  # the language of what is written without one

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
Level = Literal["takeover", "banner", "page"]


def _said(value: Any, most: int) -> dict[str, str]:
    """What is written once, or once for each language: by language. Raises SettingError."""
    texts = {SITES_FIRST: value} if isinstance(value, str) else value
    if not isinstance(texts, dict):
        raise SettingError(f"This must be text in quotation marks, not {written(value)}.")
    for language, text in texts.items():
        if language not in (*KNOWN, SITES_FIRST):
            hint = did_you_mean(language, KNOWN) or f"write {one_of(KNOWN)}."
            raise SettingError(f"There is no language {written(language)}.", hint)
        if not isinstance(text, str):
            raise SettingError(f"This must be text in quotation marks, not {written(text)}.")
        if len(text.strip()) > most:
            raise SettingError(f"This has {len(text.strip())} letters.", f"at most {most} fit.")
    return {language: text.strip() for language, text in texts.items()}


def _check_title(value: Any) -> dict[str, str]:
    titles = _said(value, TITLE_LENGTH)
    if not titles or not all(titles.values()):
        raise SettingError("This is empty.", "write what the screens are to say.")
    if any("\n" in title for title in titles.values()):
        raise SettingError("A title has one line.", "write the rest as text.")
    return titles


def _schema(most: int) -> WithJsonSchema:
    text = {"type": "string", "maxLength": most}
    languages = {"type": "object", "properties": dict.fromkeys(KNOWN, text), "additionalProperties": False}
    return WithJsonSchema({"anyOf": [text, languages]})


Title = Annotated[dict[str, str], PlainValidator(_check_title), _schema(TITLE_LENGTH)]
Body = Annotated[dict[str, str], PlainValidator(lambda value: _said(value, TEXT_LENGTH)), _schema(TEXT_LENGTH)]


def _check_time(text: str) -> str:
    if text and not _TIME.fullmatch(text):
        raise SettingError(f"{written(text)} isn't a time of day.", 'write it like "03:30".')
    return text


TimeOfDay = Annotated[str, AfterValidator(_check_time)]


class Alerts(Strict):
    """What all alerts have in common."""

    sender: str = Field(
        "",
        max_length=SENDER_LENGTH,
        description='The office that alerts come from, as it is written on them: "Heim kommune". The name of the site '
        "if left out.",
    )
    longest_hours: float = Field(
        24.0, ge=0.25, le=LONGEST_HOURS, description="How long an alert lasts at most, in hours."
    )
    self_test: TimeOfDay = Field(
        "03:30",
        description="When an empty alert is sent to all screens each day, which none of them shows: a screen that has "
        'not got it within 10 seconds is yellow until the next one. "" for never.',
    )

    @property
    def test_at(self) -> time | None:
        """The time of day of the test; None for never."""
        return time.fromisoformat(self.self_test) if self.self_test else None


class PreparedAlert(Strict):
    """A message that is ready to be sent: its pictures are on every player already."""

    title: Title = Field(
        description='What it says, in few words: "Vannet må kokes", or in several languages: { nb = "…", nn = "…" }.'
    )
    text: Body = Field(
        {}, description="What people should do, in the same languages. An empty line begins a new paragraph."
    )
    level: Level = Field(
        "takeover",
        description='How it is shown: "takeover" (alone on the display), "banner" (a strip over the pages) or "page" '
        "(first in the rotation).",
    )

    @model_validator(mode="after")
    def _same_languages(self) -> PreparedAlert:
        lacking = [language for language, text in self.text.items() if text and language not in self.title]
        if lacking == [SITES_FIRST]:
            raise at_setting(
                "text", "The title has languages, and the text has none.", 'write text = { nb = "…" }, too.'
            )
        if lacking and SITES_FIRST in self.title:
            raise at_setting(
                "title", "The text has languages, and the title has none.", 'write title = { nb = "…" }, too.'
            )
        if lacking:
            message = f"The text is there in {written(lacking[0])}, and the title isn't."
            raise at_setting("title", message, f'add {lacking[0]} = "…" to the title.')
        return self

    def texts(self, languages: Sequence[str]) -> dict[str, AlertText]:
        """What it says by language, in the order of the file. `languages`: the site's, the first of which it is in when
        it names none.
        """
        return {
            language or languages[0]: AlertText(title, self.text.get(language, ""))
            for language, title in self.title.items()
        }

    @property
    def alert_level(self) -> AlertLevel:
        return AlertLevel(self.level)
