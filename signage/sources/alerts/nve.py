"""NVE's warnings (varsom.no): where they are, and the JSON -> messages.

    GET https://api01.nve.no/hydrology/forecast/flood/v1.0.10/api/Warning/Municipality/5055/no
    GET https://api01.nve.no/hydrology/forecast/landslide/v1.0.10/api/Warning/County/50/no
    GET https://api01.nve.no/hydrology/forecast/avalanche/v6.3.0/api/AvalancheWarningByCoordinates/Detail/…

https://api.nve.no/doc. Each answer is a list with a warning for each of the coming days, those of no danger (level 1)
included. An answer has what holds now, and replaces the one before. Times without an offset are those of Oslo.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from signage.domain.alert_area import AlertArea, Circle, Point
from signage.domain.official_alert import AlertMessage, AlertText, Level, OfficialAlert, says_exercise
from signage.sources.alerts.base import (
    Problems,
    ReadAlerts,
    UnreadableAlert,
    language_of,
    line_of,
    numbers,
    whole_text,
)
from signage.sources.base import UnusableAnswer
from signage.sources.formats.json_answer import any_text, json_value, kind
from signage.sources.formats.times import in_zone, read_moment

OSLO = ZoneInfo("Europe/Oslo")
SENDER = "NVE"
MOST_WARNINGS = 1000
MOST_NAMES = 5  # of municipalities, in words
AHEAD = timedelta(days=2)  # for how many days there are avalanche warnings
DECIMALS = 2  # of the positions that are asked about: about a kilometre, so that near places share a question
NEAR_KM = 1.0  # around the position that was asked about, which is that of a place, rounded
LEVELS: dict[int, Level] = {2: "yellow", 3: "orange", 4: "red", 5: "red"}  # 0: not assessed; 1: no danger
NO_DANGER = (0, 1)
WEB = "https://www.varsom.no"
AVALANCHE = "avalanche"


@dataclass(frozen=True, slots=True)
class Question:
    """What NVE is asked. `name`: the address without the days, which change. `area`: what an answer is about that names
    no municipality.
    """

    name: str
    address: str
    danger: str
    language: str
    area: AlertArea


def questions(
    service: str,
    dangers: Iterable[str],
    municipalities: Iterable[str],
    positions: Iterable[Point],
    languages: Iterable[str],
    today: date,
) -> Iterator[Question]:
    """All that must be asked: by municipality, or by county where several are in one; avalanches by position."""
    languages = tuple(languages)
    of_county: dict[str, list[str]] = defaultdict(list)
    for number in dict.fromkeys(municipalities):
        of_county[number[:2]].append(number)
    rounded = dict.fromkeys((round(north, DECIMALS), round(east, DECIMALS)) for north, east in positions)
    base = service.rstrip("/")
    for danger in dangers:
        for language in languages:
            if danger == AVALANCHE:
                days = f"{today}/{today + AHEAD}"
                for north, east in rounded:
                    where = f"{north:.{DECIMALS}f}/{east:.{DECIMALS}f}/{1 if language == 'no' else 2}/{days}"
                    address = f"{base}/{AVALANCHE}/v6.3.0/api/AvalancheWarningByCoordinates/Detail/{where}"
                    name = f"{danger} {north:g},{east:g} {language}"
                    yield Question(
                        name, address, danger, language, AlertArea(circles=(Circle((north, east), NEAR_KM),))
                    )
                continue
            for county, some in of_county.items():
                what = f"Municipality/{some[0]}" if len(some) == 1 else f"County/{county}"
                asked = numbers(some) if len(some) == 1 else AlertArea()
                address = f"{base}/{danger}/v1.0.10/api/Warning/{what}/{language}"
                yield Question(f"{danger} {what} {language}", address, danger, language, asked)


def read_warnings(body: bytes, question: Question) -> ReadAlerts:
    """The messages of an answer. Raises UnusableAnswer, which says what came, when it is none as a whole."""
    answer = json_value(body)
    if isinstance(answer, dict) and any_text(answer.get("Message")):
        raise UnusableAnswer(f"NVE refused the question: {any_text(answer['Message'])[:200]}")
    if not isinstance(answer, list):
        keys = f" It has {_keys(answer)}." if isinstance(answer, dict) else ""
        raise UnusableAnswer(f"The answer is {kind(answer)} instead of a list.{keys}")
    problems = Problems()
    messages = []
    understood = 0
    for warning in answer[:MOST_WARNINGS]:
        try:
            message = _message(warning, question, problems)
            understood += 1
        except UnreadableAlert as error:
            problems.add(_name(warning), str(error))
            continue
        if message is not None:
            messages.append(message)
    if len(answer) > MOST_WARNINGS:
        problems.add("", f"The answer has {len(answer)} warnings; the first {MOST_WARNINGS} are read.")
    if answer and not understood:
        raise UnusableAnswer(f"None of its {len(answer)} warnings can be read. For example: {problems.all[0]}")
    return ReadAlerts(tuple(messages), (), problems.all)


def _name(warning: Any) -> str:
    return any_text(warning.get("Id") or warning.get("RegId")) if isinstance(warning, dict) else ""


def _keys(value: dict[str, Any]) -> str:
    return ", ".join(f'"{key[:40]}"' for key in list(value)[:12]) or "nothing"


def _message(warning: Any, question: Question, problems: Problems) -> AlertMessage | None:
    """None for what is no danger."""
    if not isinstance(warning, dict):
        raise UnreadableAlert(f"A warning is {kind(warning)} instead of an object.")
    level = _level(warning)
    if level is None:
        return None
    identifier = line_of(_name(warning))
    if not identifier:
        raise UnreadableAlert(f"It has no Id. It has {_keys(warning)}.")

    def problem(sentence: str) -> None:
        problems.add(identifier, sentence)

    def whole(key: str) -> str:
        return whole_text(any_text(warning.get(key)), key, problem)

    begins, ends = (_oslo(warning, key) for key in ("ValidFrom", "ValidTo"))
    area = _area(warning, question)
    text = AlertText(
        language_of(question.language),
        headline=whole("MainText"),
        event=whole("DangerTypeName"),
        description=whole("WarningText") or whole("AvalancheDanger"),
        instruction=whole("AdviceText")
        or whole_text("\n\n".join(_each(warning, "AvalancheAdvices", "Text")), "AvalancheAdvices", problem),
        consequence=whole("ConsequenceText"),
        area=whole_text(_names(warning), "MunicipalityList", problem) or whole("RegionName"),
    )
    if not (text.headline or text.description):
        raise UnreadableAlert("It has no MainText and no WarningText.")
    number = f"{question.danger}-{identifier}"
    series = line_of(any_text(warning.get("MasterId")))
    alert = OfficialAlert(
        id=f"{question.danger}-{series}-{begins:%Y%m%d}" if series else number,
        identifier=number,
        expires=ends,
        level=level,
        texts=(text,),
        sender=SENDER,
        sent=_published(warning, problem),
        onset=begins,
        kind=question.danger,
        exercise=says_exercise((text,)),
        areas=(area,),
        web=WEB,
    )
    return AlertMessage(number, SENDER, None, alerts=(alert,))


def _level(warning: dict[str, Any]) -> Level | None:
    written = warning.get("ActivityLevel", warning.get("DangerLevel"))
    plain = any_text(written)
    if not plain:
        raise UnreadableAlert(f"It has no ActivityLevel and no DangerLevel. It has {_keys(warning)}.")
    if not re.fullmatch(r"[0-9](?:\.0)?", plain) or int(plain[0]) not in (*NO_DANGER, *LEVELS):
        raise UnreadableAlert(f'Its level is "{plain[:40]}", not one of 0 to 5.')
    return LEVELS.get(int(plain[0]))


def _oslo(warning: dict[str, Any], key: str) -> datetime:
    """A time, in UTC. Of a local time that comes twice, in the autumn night, it is the first: no alert is too long."""
    written = any_text(warning.get(key))
    if not written:
        raise UnreadableAlert(f"It has no {key}.")
    try:
        found = read_moment(written)
        if isinstance(found, datetime):
            return in_zone(found, OSLO).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise UnreadableAlert(f'Its {key} is "{written[:40]}", not a time.')


def _published(warning: dict[str, Any], problem: Callable[[str], None]) -> datetime | None:
    try:
        return _oslo(warning, "PublishTime") if any_text(warning.get("PublishTime")) else None
    except UnreadableAlert as error:
        problem(str(error))
        return None


def _area(warning: dict[str, Any], question: Question) -> AlertArea:
    """The municipalities that are listed, or that were asked about. An avalanche warning is for where it was asked."""
    if question.danger == AVALANCHE:
        return question.area
    found = numbers((*_each(warning, "MunicipalityList", "Id"), any_text(warning.get("MunicipalityCsvString"))))
    if found.is_known:
        return found
    if question.area.is_known:
        return question.area
    raise UnreadableAlert(f"It has no municipality. It has {_keys(warning)}.")


def _names(warning: dict[str, Any]) -> str:
    """Where it holds, in words, unless that are more municipalities than anyone reads."""
    names = [name for name in _each(warning, "MunicipalityList", "Name") if not name.isdecimal()]
    return ", ".join(names) if len(names) <= MOST_NAMES else ""


def _each(warning: dict[str, Any], key: str, name: str) -> list[str]:
    """One field of each object of a list."""
    listed = warning.get(key)
    rows = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [text for each in rows if (text := any_text(each.get(name)))]
