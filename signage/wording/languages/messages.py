"""What the server says to people: on its web pages, about players, in alarms and in refusals. One catalogue.

The sentences are in the tables under `messages` in the language files. `nb.toml` and `en.toml` have all of them; a file
without that table uses those of the language that it names as `messages_from`, or English. Reads files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from signage.domain.server_status import Message, Value

FOLDER = Path(__file__).parent
TABLE = "messages"
OTHERWISE = "en"
BROWSERS_SAY = {"no": "nb"}  # ISO 639's code for Norwegian of either kind
LONGEST_HEADER = 500  # characters of Accept-Language that are read; browsers send 30 to 100
MOST_TAGS = 20  # languages of it


@dataclass(frozen=True, slots=True)
class Messages:
    """The catalogue in one language. `sentences` by key: "players.silent"."""

    language: str
    locale: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of this key with its {names} filled in. KeyError for a key that is not in the catalogue."""
        return self.sentences[key].format(**values)

    def get(self, key: str, otherwise: str = "") -> str:
        """The words of a key that comes from outside, such as a page kind that a player names."""
        return self.sentences.get(key, otherwise)

    def word(self, message: Message, zone: ZoneInfo, now: datetime) -> str:
        """A message in words. Instants are shown in the zone, without their day when that is today."""
        values = {name: self._value(name, value, zone, now) for name, value in message.values.items()}
        return self(message.key, **values)

    def _value(self, name: str, value: Value, zone: ZoneInfo, now: datetime) -> object:
        if isinstance(value, Message):
            return self.word(value, zone, now)
        if isinstance(value, timedelta):
            return self.span(value)
        if not isinstance(value, datetime):
            return value
        if name == "date":
            return self.day(value.astimezone(zone), "date")
        return self._instant("at" if name == "at" else "since", value, zone, now)

    def span(self, time: timedelta) -> str:
        """A positive length of time in its largest unit: "3 days", "1 hour", "20 minutes"."""
        days, hours, minutes = time.days, time.seconds // 3600, time.seconds // 60
        unit, number = ("days", days) if days else ("hours", hours) if hours else ("minutes", minutes)
        return self.plural(f"spans.{unit}", number)

    def plural(self, key: str, number: int) -> str:
        """The sentence in the form that goes with the number (CLDR); {n} in it is the number."""
        form = f"{key}.{Locale.parse(self.locale).plural_form(number)}"
        return self.sentences.get(form, self.sentences[f"{key}.other"]).format(n=number)

    def at(self, instant: datetime, zone: ZoneInfo, now: datetime) -> str:
        """ "kl. 14.05", "3. mai kl. 14.05"; "at 14:05", "2026-05-03 at 14:05". Without its day when that is today."""
        return self._instant("at", instant, zone, now)

    def since(self, instant: datetime, zone: ZoneInfo, now: datetime) -> str:
        """The same after "since": "14:05" instead of "at 14:05"."""
        return self._instant("since", instant, zone, now)

    def _instant(self, how: str, instant: datetime, zone: ZoneInfo, now: datetime) -> str:
        local = instant.astimezone(zone)
        time = format_time(local, self("forms.time"), locale=self.locale)
        if local.date() == now.astimezone(zone).date():
            return self(f"forms.{how}", time=time)
        return self("forms.day_and_time", day=self.day(local, "day"), time=time)

    def day(self, day: date, form: str) -> str:
        """A day in one of the forms "day", "date" and "weekday"."""
        return str(format_date(day, self(f"forms.{form}"), locale=self.locale))

    def language_name(self, language: str) -> str:
        """What a language (BCP 47) is called: "norsk bokmål". Its tag when it isn't known."""
        try:
            return Locale.parse(language, sep="-").get_language_name(self.locale) or language
        except (UnknownLocaleError, ValueError):
            return language

    def decimal(self, number: float) -> str:
        """A number with one decimal."""
        return str(format_decimal(number, "0.0", locale=self.locale))


@lru_cache
def load_messages(language: str) -> Messages:
    """The catalogue in this language, or in the one that replaces it."""
    data = _data(language)
    if TABLE not in data:
        return load_messages(str(data.get("messages_from", OTHERWISE)))
    return Messages(language, data["locale"], dict(_flat("", data[TABLE])))


def negotiate(accepted: str, first: str) -> str:
    """The language of a page: the best that a browser accepts and that has a catalogue, or one that stands
    in for it; else the site's first language.

    `accepted` is the header Accept-Language (RFC 9110, section 12.5.4), "" when there is none.
    """
    for language in _accepted(accepted):
        data = _data(language)
        if TABLE in data or "messages_from" in data:
            return load_messages(language).language
    return load_messages(first).language


def _accepted(header: str) -> list[str]:
    """The languages of the header, the best first: "nb" for nb-NO."""
    weighed: list[tuple[float, str]] = []
    for part in header[:LONGEST_HEADER].split(",")[:MOST_TAGS]:
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        primary = tag.strip().lower().partition("-")[0]
        if weight > 0 and primary.isascii() and primary.isalpha():
            weighed.append((weight, BROWSERS_SAY.get(primary, primary)))
    return [language for _, language in sorted(weighed, key=lambda each: -each[0])]


def _data(language: str) -> Mapping[str, Any]:
    """A language file; nothing where there is none of that name."""
    return _files().get(language, {})


@lru_cache(1)
def _files() -> dict[str, dict[str, Any]]:
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))}


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", value
