"""What all formats of official alerts have in common: what was read, texts, instants, levels, and several languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from signage.domain.alert_area import AlertArea, points_in
from signage.domain.official_alert import AlertMessage, AlertText, Level, OfficialAlert
from signage.domain.printable import printable, printable_line
from signage.sources.formats.times import read_moment

LONGEST_TEXT = 20_000  # letters of one text; what is longer is left out as a whole
LONGEST_NAME = 300  # letters of an identifier or a sender
MOST_POINTS = 50_000  # of all polygons of one alert
MOST_PROBLEMS = 20  # sentences about one answer
LONGEST_PROBLEM = 300  # letters of one
WITHOUT_END = timedelta(hours=24)  # after its beginning, an alert that names no end is over
COLOURS: tuple[Level, ...] = ("red", "orange", "yellow", "green")
OF_SEVERITY: dict[str, Level] = {"extreme": "red", "severe": "orange", "moderate": "yellow", "minor": "green"}
_MUNICIPALITY = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
_COUNTY = re.compile(r"(?<![0-9])[0-9]{2}(?![0-9])")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_MACHINE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9-]{1,20})?")


class UnreadableAlert(ValueError):
    """Why one alert can't be read, in a sentence."""


@dataclass(frozen=True, slots=True)
class ReadAlerts:
    """What an answer has. `links`: where there are more of its alerts, one CAP file each. `problems`: what of it can't
    be read, each a sentence with the name of the alert.
    """

    messages: tuple[AlertMessage, ...] = ()
    links: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Problems:
    """Collects what can't be read."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def add(self, name: str, sentence: str) -> None:
        """Something of the alert with this name can't be read."""
        about = printable_line(" ".join(name.split()))[:120]
        self._sentences[printable_line(f"{about}: {sentence}" if about else sentence)[:LONGEST_PROBLEM]] = None

    @property
    def all(self) -> tuple[str, ...]:
        """The sentences; the last one counts what is left out."""
        said = tuple(self._sentences)
        if len(said) <= MOST_PROBLEMS:
            return said
        return (*said[:MOST_PROBLEMS], f"There are {len(said) - MOST_PROBLEMS} more like these.")


def whole_text(written: str, name: str, problem: Callable[[str], None]) -> str:
    """A text with its paragraphs, or nothing of it when it is too long to be shown."""
    if len(written) > LONGEST_TEXT:
        problem(f"{name} has {len(written):,} letters, too many for an alert, and is left out.")
        return ""
    lines = [_SPACES.sub(" ", line).strip() for line in printable(written.replace("\r\n", "\n")).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def for_people(text: AlertText) -> AlertText:
    """A text without a headline that is written for programs, with times like 2026-11-27T12:00:00+00:00. MET Norway's
    are: event, level, area and times, all of which are given by themselves, too.
    """
    other = text.event or text.description
    return replace(text, headline="") if other and _MACHINE_TIME.search(text.headline) else text


def line_of(written: str) -> str:
    """A name in one line; cut where it is too long to be one. For identifiers and senders, not for texts."""
    return " ".join(printable_line(written[: 4 * LONGEST_NAME]).split())[:LONGEST_NAME]


def instant(written: str) -> datetime:
    """A time with its offset from UTC. Raises UnreadableAlert: without one it isn't known when that is."""
    try:
        found = read_moment(" ".join(written.split()))
    except ValueError:
        raise UnreadableAlert(f'"{written.strip()[:40]}" isn\'t a time.') from None
    if not isinstance(found, datetime):
        raise UnreadableAlert(f'"{written.strip()[:40]}" has no time of day.')
    if found.tzinfo is None:
        raise UnreadableAlert(f'"{written.strip()[:40]}" has no offset from UTC.')
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise UnreadableAlert(f'"{written.strip()[:40]}" isn\'t a time.') from None


def language_of(written: str) -> str:
    """The language of a text, without its region: "en" for "en-GB", and "nb" for "no"."""
    found = _LANGUAGE.fullmatch(written.strip())
    language = found[1].casefold() if found else "en"
    return {"no": "nb", "nob": "nb", "nor": "nb", "nno": "nn", "eng": "en"}.get(language, language)


def level_of(severity: str, *colours: str) -> Level:
    """The level that one of `colours` names, the first of them first; else that of the severity. Unknown is yellow."""
    for written in colours:
        words = set(re.findall(r"[a-z]+", written.casefold()))
        for colour in COLOURS:
            if colour in words:
                return colour
    return OF_SEVERITY.get(severity.casefold(), "yellow")


def numbers(municipalities: Iterable[str] = (), counties: Iterable[str] = ()) -> AlertArea:
    """An area of the numbers in some texts: "5055;5056", "NO-50"."""
    return AlertArea(
        municipalities=frozenset(number for text in municipalities for number in _MUNICIPALITY.findall(text)),
        counties=frozenset(number for text in counties for number in _COUNTY.findall(text)),
    )


def check_size(areas: Iterable[AlertArea]) -> None:
    """Raises UnreadableAlert when there are more points than any real area needs."""
    count = points_in(tuple(areas))
    if count > MOST_POINTS:
        raise UnreadableAlert(f"Its areas have {count:,} points, more than {MOST_POINTS:,}.")


def together(messages: Iterable[AlertMessage]) -> tuple[AlertMessage, ...]:
    """Messages that came in several answers as one each: with the texts of all languages, and all areas."""
    found: dict[tuple[str, str], AlertMessage] = {}
    for message in messages:
        known = found.get(message.key)
        found[message.key] = message if known is None else replace(known, alerts=_joined(known.alerts, message.alerts))
    return tuple(found.values())


def _joined(known: tuple[OfficialAlert, ...], others: tuple[OfficialAlert, ...]) -> tuple[OfficialAlert, ...]:
    joined = {alert.id: alert for alert in known}
    for other in others:
        alert = joined.get(other.id)
        if alert is None:
            joined[other.id] = other
            continue
        joined[other.id] = replace(
            alert,
            texts=one_per_language((*alert.texts, *other.texts)),
            areas=tuple(dict.fromkeys((*alert.areas, *other.areas))),
            exercise=alert.exercise or other.exercise,
        )
    return tuple(joined.values())


def one_per_language(texts: Iterable[AlertText]) -> tuple[AlertText, ...]:
    """The first text in each language."""
    found: dict[str, AlertText] = {}
    for text in texts:
        found.setdefault(text.language, text)
    return tuple(found.values())
