"""The Common Alerting Protocol, CAP 1.2 (and 1.1): one message -> `AlertMessage`.

https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html, and MET Norway's profile of it:
https://github.com/metno/weatherapi-docs/blob/main/doc/metalerts/CAP-v3-profile.md
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from lxml import etree

from signage.domain.alert_area import AlertArea, Circle, Point, Polygon, ring_of
from signage.domain.official_alert import AlertMessage, AlertText, OfficialAlert, Reference, says_exercise
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
    one_per_language,
    whole_text,
)
from signage.sources.base import UnusableAnswer
from signage.sources.formats.json_answer import web_link

MOST_ALERTS = 1000  # of a document that has several
MOST_INFOS = 100  # of a message: one for each event in each language
MOST_REFERENCES = 500
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}(?:\.[0-9]{0,20})?", re.ASCII)
_RADIUS = re.compile(r"[0-9]{1,5}(?:\.[0-9]{0,20})?", re.ASCII)


def xml_root(body: bytes) -> etree._Element:
    """The root of an XML document: no entities, no DTD, nothing fetched. Raises UnusableAnswer."""
    if not body.strip():
        raise UnusableAnswer("The answer is empty.", fault="empty")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body.lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower().startswith((b"<!doctype html", b"<html")):
            raise UnusableAnswer("The answer is HTML instead of XML.", fault="web_page") from None
        if body.lstrip()[:1] in b"{[":
            raise UnusableAnswer("The answer is JSON instead of XML.") from None
        where = f" ({error.msg[:120]})" if isinstance(error, etree.XMLSyntaxError) and error.msg else ""
        raise UnusableAnswer(f"The XML can't be read{where}.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnusableAnswer("The XML has a DTD, which CAP has no use for.")
    return root


def name_of(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The elements of this name directly within another one, whatever their namespace."""
    return (child for child in element if name_of(child) == name)


def text_of(element: etree._Element, name: str) -> str:
    """The text of the first element of this name; "" when there is none."""
    found = next(children(element, name), None)
    return "" if found is None else content(found)


def texts_of(element: etree._Element, name: str) -> list[str]:
    """The texts of all elements of this name."""
    return [content(found) for found in children(element, name)]


def content(element: etree._Element) -> str:
    """The whole text of an element."""
    return "".join(map(str, element.itertext())).strip()


def read_cap(body: bytes) -> ReadAlerts:
    """The messages of a document: a CAP message, or something around one or more of them. Raises UnusableAnswer when
    there is none, or when none can be read.
    """
    root = xml_root(body)
    found = [root] if name_of(root) == "alert" else [each for each in root.iter() if name_of(each) == "alert"]
    if not found:
        raise UnusableAnswer(f"The XML is <{name_of(root)[:40]}> instead of a CAP <alert>.")
    problems = Problems()
    messages = []
    if len(found) > MOST_ALERTS:
        problems.add("", f"The file has {len(found)} alerts; the first {MOST_ALERTS} are read.")
    for element in found[:MOST_ALERTS]:
        try:
            messages.append(message_of(element, problems))
        except UnreadableAlert as error:
            problems.add(text_of(element, "identifier"), str(error))
    if not messages:
        raise UnusableAnswer(problems.all[0])
    return ReadAlerts(tuple(messages), (), problems.all)


def message_of(element: etree._Element, problems: Problems) -> AlertMessage:
    """One <alert>. Raises UnreadableAlert; an <info> that can't be read costs only itself, if there are others."""
    identifier, sender = line_of(text_of(element, "identifier")), line_of(text_of(element, "sender"))
    if not identifier:
        raise UnreadableAlert("It has no identifier.")
    status, msg_type = text_of(element, "status"), text_of(element, "msgType")
    for name, value in (("status", status), ("msgType", msg_type)):
        if not value:
            raise UnreadableAlert(f"It has no {name}.")
    message = AlertMessage(
        identifier,
        sender,
        _named_instant("sent", text_of(element, "sent")),
        status,
        msg_type,
        text_of(element, "scope") or "Public",
        tuple(_references(text_of(element, "references"))),
    )
    if msg_type.casefold() not in ("alert", "update"):
        return message
    infos = list(children(element, "info"))[:MOST_INFOS]
    found: list[_Info] = []
    faults = []
    for info in infos:
        try:
            found.append(_info(info, message, text_of(element, "note"), problems))
        except UnreadableAlert as error:
            faults.append(f"An info of it can't be read. {error}" if len(infos) > 1 else str(error))
    if not found:
        raise UnreadableAlert(faults[0] if faults else "It has no info.")
    for fault in faults:
        problems.add(identifier, fault)
    return replace(message, alerts=tuple(_alerts(message, found)))


@dataclass(frozen=True, slots=True)
class _Info:
    """An <info>: what it says in its language, and an alert without an id. `tag`: the language as it is written."""

    tag: str
    alert: OfficialAlert


def _info(info: etree._Element, message: AlertMessage, note: str, problems: Problems) -> _Info:
    def problem(sentence: str) -> None:
        problems.add(message.identifier, sentence)

    parameters = _named_values(info, "parameter")
    onset, starts = _instant_or_none(info, "onset", problem), _instant_or_none(info, "effective", problem)
    areas = tuple(_area(area, problem) for area in children(info, "area"))
    administrative = parameters.get("administrativeid", [])
    affected = numbers(
        (*parameters.get("municipalityid", ()), *(each for each in administrative if "municipal" in each.casefold())),
        (*(each for each in administrative if "county" in each.casefold()), *_iso(administrative)),
    )
    check_size(areas)
    text = AlertText(
        language_of(text_of(info, "language") or "en-US"),
        whole_text(text_of(info, "headline"), "The headline", problem),
        whole_text(text_of(info, "event"), "The event", problem),
        whole_text(text_of(info, "description"), "The description", problem),
        whole_text(text_of(info, "instruction"), "The instruction", problem),
        whole_text(" ".join(parameters.get("consequences", ())), "The consequences", problem),
        whole_text(
            "\n".join(filter(None, (text_of(area, "areaDesc") for area in children(info, "area")))), "The area", problem
        ),
    )
    if not (text.headline or text.event or text.description):
        raise UnreadableAlert("It has no text.")
    severity = text_of(info, "severity")
    alert = OfficialAlert(
        id="",
        identifier=message.identifier,
        expires=_end(info, parameters, onset or starts or message.sent),
        level=level_of(severity, *parameters.get("awareness_level", ()), *parameters.get("riskmatrixcolor", ())),
        texts=(for_people(text),),
        sender=message.sender,
        sent=message.sent,
        starts=starts,
        onset=onset,
        kind=next(iter(_named_values(info, "eventCode").get("eventtype", ())), ""),
        severity=severity,
        urgency=text_of(info, "urgency"),
        certainty=text_of(info, "certainty"),
        msg_type=message.msg_type,
        all_clear=any(response.casefold() == "allclear" for response in texts_of(info, "responseType")),
        exercise=says_exercise((text,), note),
        areas=areas,
        affected=affected,
        web=web_link(text_of(info, "web")) or "",
    )
    return _Info(text_of(info, "language").casefold(), alert)


def _alerts(message: AlertMessage, infos: list[_Info]) -> Iterator[OfficialAlert]:
    """One alert for each event: what several infos say of the same one, in other languages, is put together.

    Infos are about the same event when they have the same times, areas and grades. Where one language has several such
    infos, the first belongs to the first of another language.
    """
    groups: dict[object, OfficialAlert] = {}
    seen: dict[object, int] = {}
    for info in infos:
        alert = info.alert
        same = replace(alert, texts=(), kind="", exercise=False, web="")
        number = seen[same, info.tag] = seen.get((same, info.tag), 0) + 1
        known = groups.get((same, number))
        groups[same, number] = (
            alert
            if known is None
            else replace(
                known,
                texts=one_per_language((*known.texts, *alert.texts)),
                exercise=known.exercise or alert.exercise,
                kind=known.kind or alert.kind,
            )
        )
    for number, alert in enumerate(groups.values()):
        yield replace(alert, id=f"{message.identifier}#{number + 1}" if number else message.identifier)


def _end(info: etree._Element, parameters: dict[str, list[str]], begins: datetime | None) -> datetime:
    """When an info ends. Without <expires>: when its event does, else a day after it has begun."""
    if written := text_of(info, "expires"):
        return _named_instant("expires", written)
    for written in parameters.get("eventendingtime", ()):
        return _named_instant("eventEndingTime", written)
    assert begins is not None  # a message has the time at which it was sent
    return begins + WITHOUT_END


def _area(area: etree._Element, problem: Callable[[str], None]) -> AlertArea:
    polygons: list[Polygon] = []
    circles: list[Circle] = []
    faults: list[str] = []
    for written in texts_of(area, "polygon"):
        try:
            polygons.append(Polygon(ring_of(_points(written))))
        except ValueError as error:
            faults.append(f"A polygon {error}.")
    for written in texts_of(area, "circle"):
        try:
            circles.append(_circle(written))
        except ValueError as error:
            faults.append(f"A circle {error}.")
    codes = _named_values(area, "geocode")
    coded = numbers(
        _of_names(codes, "municip", "kommune"), (*_of_names(codes, "county", "fylke"), *_iso(_of_names(codes, "3166")))
    )
    found = AlertArea(tuple(polygons), tuple(circles), coded.municipalities, coded.counties)
    if faults and not found.is_known:
        raise UnreadableAlert(faults[0])
    for fault in faults:
        problem(f"{fault} The rest of its area is read.")
    return found


def _points(written: str) -> list[Point]:
    """Raises ValueError, which goes on after "A polygon"."""
    pairs = written.split(maxsplit=MOST_POINTS + 1)
    if len(pairs) > MOST_POINTS:
        raise ValueError(f"has more than {MOST_POINTS:,} points")
    return [_point(pair) for pair in pairs]


def _point(pair: str) -> Point:
    parts = pair.split(",")
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(f'has a point "{pair[:40]}"')
    return float(parts[0]), float(parts[1])


def _circle(written: str) -> Circle:
    """ "lat,lon km". Raises ValueError, which goes on after "A circle"."""
    parts = written.split()
    if len(parts) != 2 or not _RADIUS.fullmatch(parts[1]):
        raise ValueError(f'is "{written[:60]}"')
    latitude, longitude = _point(parts[0])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("has a centre that isn't on earth")
    return Circle((latitude, longitude), float(parts[1]))


def _references(written: str) -> Iterator[Reference]:
    """ "sender,identifier,sent sender,identifier,sent": the earlier messages that are meant."""
    for each in written.split()[:MOST_REFERENCES]:
        parts = each.split(",")
        sent = None
        if len(parts) == 3:
            try:
                sent = instant(parts[2])
            except UnreadableAlert:
                sent = None
        if len(parts) >= 2:
            yield Reference(line_of(parts[0]), line_of(parts[1]), sent)
        else:
            yield Reference("", line_of(parts[0]))


def _named_instant(name: str, written: str) -> datetime:
    if not written:
        raise UnreadableAlert(f"It has no {name}.")
    try:
        return instant(written)
    except UnreadableAlert as error:
        raise UnreadableAlert(f"Its {name} can't be read: {error}") from None


def _instant_or_none(info: etree._Element, name: str, problem: Callable[[str], None]) -> datetime | None:
    try:
        return _named_instant(name, written) if (written := text_of(info, name)) else None
    except UnreadableAlert as error:
        problem(str(error))
        return None


def _named_values(element: etree._Element, name: str) -> dict[str, list[str]]:
    """The values of <parameter>, <geocode> or <eventCode>, by their names in small letters."""
    found: dict[str, list[str]] = {}
    for each in children(element, name):
        found.setdefault(text_of(each, "valueName").casefold(), []).append(text_of(each, "value"))
    return found


def _of_names(codes: dict[str, list[str]], *words: str) -> list[str]:
    """The values whose names have one of these words in them."""
    return [value for name, values in codes.items() if any(word in name for word in words) for value in values]


def _iso(values: list[str]) -> list[str]:
    """Counties as ISO 3166-2 writes them ("NO-50"), without what is before the number."""
    return [number for value in values for number in re.findall(r"\bNO-([0-9]{2})\b", value)]
