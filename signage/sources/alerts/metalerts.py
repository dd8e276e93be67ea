"""MET Norway's MetAlerts 2.0: where its list and its JSON are, and the JSON -> messages.

    GET https://api.met.no/weatherapi/metalerts/2.0/current.rss?lang=no&county=50     leads to CAP files
    GET https://api.met.no/weatherapi/metalerts/2.0/current.json?lang=no&county=50    a GeoJSON FeatureCollection

https://api.met.no/weatherapi/metalerts/2.0/documentation, and
https://github.com/metno/weatherapi-docs/blob/main/doc/metalerts/geojson.md. Both have what holds now, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from signage.domain.alert_area import AlertArea, Polygon, Ring, ring_of
from signage.domain.official_alert import AlertMessage, AlertText, OfficialAlert, says_exercise
from signage.sources.alerts.base import (
    MOST_POINTS,
    WITHOUT_END,
    Problems,
    ReadAlerts,
    UnreadableAlert,
    check_size,
    for_people,
    instant,
    language_of,
    level_of,
    line_of,
    numbers,
    whole_text,
)
from signage.sources.base import UnusableAnswer
from signage.sources.formats.json_answer import any_text, json_value, kind, web_link

MOST_FEATURES = 1000
LANGUAGES = {"nb": "no", "nn": "no"}  # what MET calls them; it has Norwegian and English
SENDER = "MET Norway"


def index_address(service: str, county: str) -> str:
    """Where the list is. Each CAP file has all languages; the list's own is of no importance."""
    return f"{service.rstrip('/')}/current.rss?{urlencode({'lang': 'no', **_county(county)})}"


def json_address(service: str, county: str, language: str) -> str:
    """Where the JSON in a language is ("no" or "en")."""
    return f"{service.rstrip('/')}/current.json?{urlencode({'lang': language, **_county(county)})}"


def _county(county: str) -> dict[str, str]:
    return {"county": county} if county else {}


def read_json(body: bytes, language: str) -> ReadAlerts:
    """The messages of an answer, whose texts are in `language`. Raises UnusableAnswer when it is none as a whole."""
    answer = json_value(body)
    if not isinstance(answer, dict):
        raise UnusableAnswer(f"The answer is {kind(answer)} instead of an object.")
    features = answer.get("features")
    if not isinstance(features, list):
        keys = ", ".join(f'"{key[:40]}"' for key in list(answer)[:8]) or "nothing"
        raise UnusableAnswer(f'The answer has no list called "features". It has {keys}.')
    problems = Problems()
    messages = []
    for feature in features[:MOST_FEATURES]:
        try:
            messages.append(_message(feature, language, problems))
        except UnreadableAlert as error:
            problems.add(_name(feature), str(error))
    if len(features) > MOST_FEATURES:
        problems.add("", f"The answer has {len(features)} alerts; the first {MOST_FEATURES} are read.")
    if features and not messages:
        raise UnusableAnswer(f"None of its {len(features)} alerts can be read. For example: {problems.all[0]}")
    return ReadAlerts(tuple(messages), (), problems.all)


def _name(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return any_text(properties.get("id")) if isinstance(properties, dict) else ""


def _message(feature: Any, language: str, problems: Problems) -> AlertMessage:
    if not isinstance(feature, dict):
        raise UnreadableAlert(f"An alert is {kind(feature)} instead of an object.")
    known = feature.get("properties")
    if not isinstance(known, dict):
        raise UnreadableAlert(f'Its "properties" are {kind(known)} instead of an object.')
    identifier = line_of(any_text(known.get("id")))
    if not identifier:
        raise UnreadableAlert("It has no id.")

    def problem(sentence: str) -> None:
        problems.add(identifier, sentence)

    status, msg_type = (any_text(known.get(name)) or usual for name, usual in (("status", "Actual"), ("type", "Alert")))
    onset, expires = _interval(feature, known)
    listed = numbers(map(any_text, _list(known.get("municipality"))), map(any_text, _list(known.get("county"))))
    areas = tuple(_areas(feature.get("geometry"), listed, problem))
    check_size(areas)
    text = AlertText(
        language_of(language),
        whole_text(any_text(known.get("title")), "The title", problem),
        whole_text(any_text(known.get("eventAwarenessName")), "The event", problem),
        whole_text(any_text(known.get("description")), "The description", problem),
        whole_text(any_text(known.get("instruction")), "The instruction", problem),
        whole_text(any_text(known.get("consequences")), "The consequences", problem),
        whole_text(any_text(known.get("area")), "The area", problem),
    )
    if not (text.headline or text.event or text.description):
        raise UnreadableAlert("It has no text.")
    severity = any_text(known.get("severity"))
    alert = OfficialAlert(
        id=identifier,
        identifier=identifier,
        expires=expires,
        level=level_of(severity, any_text(known.get("awareness_level")), any_text(known.get("riskMatrixColor"))),
        texts=(for_people(text),),
        sender=SENDER,
        onset=onset,
        kind=line_of(any_text(known.get("event"))),
        severity=severity,
        urgency=any_text(known.get("urgency")),
        certainty=any_text(known.get("certainty")),
        msg_type=msg_type,
        all_clear=any_text(known.get("responseType")).casefold() == "allclear",
        exercise=says_exercise((text,)),
        areas=areas,
        affected=listed,
        web=web_link(known.get("web")) or "",
    )
    return AlertMessage(identifier, SENDER, None, status, msg_type, alerts=(alert,))


def _interval(feature: dict[str, Any], known: dict[str, Any]) -> tuple[datetime | None, datetime]:
    """When the event begins, and when the alert ends."""
    when = feature.get("when")
    interval = _list(when.get("interval")) if isinstance(when, dict) else []
    begins = any_text(interval[0]) if interval else ""
    ends = any_text(interval[1]) if len(interval) > 1 else ""
    onset = instant(begins) if begins else None
    if ends or (ends := any_text(known.get("eventEndingTime"))):
        return onset, instant(ends)
    if onset is None:
        raise UnreadableAlert("It isn't known when it ends: when.interval and eventEndingTime are missing.")
    return onset, onset + WITHOUT_END


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _areas(geometry: Any, listed: AlertArea, problem: Callable[[str], None]) -> Iterator[AlertArea]:
    if geometry is None and listed.is_known:
        yield listed
        return
    if not isinstance(geometry, dict):
        raise UnreadableAlert(f"Its geometry is {kind(geometry)} instead of an object.")
    shape, coordinates = geometry.get("type"), geometry.get("coordinates")
    if shape not in ("Polygon", "MultiPolygon"):
        raise UnreadableAlert(f'Its geometry is of the type "{any_text(shape)[:40]}", not Polygon or MultiPolygon.')
    polygons, faults = [], []
    for rings in [coordinates] if shape == "Polygon" else _list(coordinates):
        try:
            outer, *holes = map(_ring, _list(rings) or [[]])
            polygons.append(Polygon(outer, tuple(holes)))
        except ValueError as error:
            faults.append(f"A polygon {error}.")
    if not polygons:
        raise UnreadableAlert(faults[0] if faults else "Its geometry has no polygon.")
    for fault in faults:
        problem(f"{fault} The rest of its area is read.")
    yield AlertArea(tuple(polygons))


def _ring(positions: Any) -> Ring:
    """A ring of GeoJSON: [longitude, latitude] each. Raises ValueError, which goes on after "A polygon"."""
    points = []
    if len(_list(positions)) > MOST_POINTS:
        raise ValueError(f"has more than {MOST_POINTS:,} points")
    for position in _list(positions):
        pair = position[:2] if isinstance(position, list) else []
        if len(pair) != 2 or any(isinstance(each, bool) or not isinstance(each, int | float) for each in pair):
            raise ValueError(f'has a point "{str(position)[:40]}"')
        points.append((float(pair[1]), float(pair[0])))
    return ring_of(points)
