"""Friskus, where associations and municipalities enter activities (docs/sources/friskus.md).

    GET https://api.friskus.com/api/v1/events?municipality=heim&page=1

answers {"data": [...], "meta": {"last_page": ...}}, or {"data": {"events": [...]}}. Series are not expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, BeforeValidator, Field

from signage.config.sources import Source
from signage.domain.model import Record, Status, Ticket, TicketKind
from signage.sources.base import FetchWindow, Warnings
from signage.sources.formats.json_answer import (
    AnyObject,
    AnyText,
    JsonRow,
    SomeText,
    Yes,
    any_text,
    local_span,
    maybe_timestamp,
    place_line,
    timestamp,
    web_link,
)
from signage.sources.formats.json_rows import NumberedPages, with_query
from signage.sources.formats.titles import read_title
from signage.sources.types.ical import ICal, ICalSource

SITE = "https://friskus.com"
LONGEST_RULE = 5000  # characters of a rule and its exceptions
_RULE = re.compile(r"(?:RRULE:)?(FREQ=[A-Z]{5,8}(?:;[A-Z-]{2,20}=[A-Z0-9,+-]{1,300})*);?", re.IGNORECASE)
_DATES = re.compile(r"(?:EXDATE|RDATE)(?:;(?:TZID|VALUE)=[A-Z0-9_/+-]{1,60})*:[0-9TZ,]+", re.IGNORECASE)


def _names(*names: str) -> Any:
    return Field(validation_alias=AliasChoices(*names))


class FriskusEvent(JsonRow):
    """The fields that are used, in the names of both shapes."""

    id: SomeText
    name: Annotated[SomeText, _names("name", "title")]
    starts_at: Annotated[datetime, BeforeValidator(timestamp), _names("starts_at", "start_at")]
    ends_at: Annotated[datetime | None, BeforeValidator(maybe_timestamp), _names("ends_at", "end_at")] = None
    rrule: AnyText = ""
    slug: AnyText = ""
    description: AnyText = ""
    is_free: Yes = False
    is_cancelled: Annotated[Yes, _names("is_cancelled", "is_canceled", "cancelled")] = False
    location: Any = None
    address: AnyText = ""
    organization: AnyObject = Field({})
    thumbnail_url: AnyText = ""


class Friskus(NumberedPages[Source]):
    """Source type "friskus"; `source.url` is the API's address, with the municipality in it."""

    about = "activities on Friskus"
    order = 80
    most_pages = 20
    title_key = "name"
    total_key = "last_page"

    def address(self, source: Source, window: FetchWindow) -> str:
        """The first page."""
        return with_query(source.url, page="1")

    def recognises(self, body: bytes) -> bool:
        """Either shape."""
        if body.lstrip()[:1] != b"{" or b'"data"' not in body or b'"total_pages"' in body:
            return False
        return b'"start_at"' in body or b'"starts_at"' in body

    def records(
        self, row: Any, source: Source, window: FetchWindow, zone: ZoneInfo, warnings: Warnings
    ) -> Iterator[Record]:
        """The record of an activity; of a series, those in the window."""
        item = FriskusEvent.model_validate(_filled(row))
        start, end = local_span(item.starts_at, item.ends_at, zone, warnings.about(item.name))
        title = read_title(item.name)
        url = web_link(f"{SITE}/events/{quote(item.slug or item.id, safe='')}")
        record = Record(
            source=source.id,
            uid=item.id,
            title=title.text,
            start=start,
            end=end,
            venue=_venue(item),
            organizer=any_text(item.organization.get("name")),
            organizer_id=any_text(item.organization.get("id")) or None,
            status=Status.CANCELLED if item.is_cancelled else title.status,
            ticket=Ticket(TicketKind.FREE if item.is_free else TicketKind.UNKNOWN, availability=title.availability),
            url=url,
            description=item.description,
            picture_url=web_link(item.thumbnail_url),
        )
        yield from _repeated(record, item.rrule, window, zone, warnings) if item.rrule else (record,)


def _filled(row: Any) -> Any:
    """A row without its empty fields: of two names of a field, the one that is filled counts."""
    if not isinstance(row, dict):
        return row
    return {key: value for key, value in row.items() if value is not None and value != ""}


def _venue(item: FriskusEvent) -> str:
    if isinstance(item.location, dict):
        keys = ("name", "title", "address", "city")
        return place_line(*(item.location.get(key) for key in keys)) or item.address
    return any_text(item.location) or item.address


def _repeated(record: Record, rule: str, window: FetchWindow, zone: ZoneInfo, warnings: Warnings) -> Iterator[Record]:
    """The occurrences of a series, by the rules of calendars. Raises ValueError for a rule that is none."""
    assert isinstance(record.start, datetime)
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "SUMMARY:1", *_rule_lines(rule)]
    lines.append(f"DTSTART;TZID={zone.key}:{record.start:%Y%m%dT%H%M%S}")
    if isinstance(record.end, datetime):
        lines.append(f"DTEND;TZID={zone.key}:{record.end:%Y%m%dT%H%M%S}")
    body = "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()
    source = ICalSource(id=record.source, type="ical", url="https://friskus.com/series.ics")
    series = ICal().parse(body, source, window, zone)
    for warning in series.warnings:
        warnings.add(f'"{record.title[:80]}" {warning.removeprefix(chr(34) + "1" + chr(34)).lstrip(": ")}')
    yield from (replace(record, start=each.start, end=each.end) for each in series.records)


def _rule_lines(rule: str) -> list[str]:
    """A rule and its exceptions as lines of a calendar; the start, which libraries repeat, is the event's own.

    All of it must be understood: half a rule is another rule. Raises ValueError.
    """
    lines = []
    for line in rule.split() if len(rule) <= LONGEST_RULE else [""]:
        if found := _RULE.fullmatch(line):
            lines.append(f"RRULE:{found[1]}")
        elif _DATES.fullmatch(line):
            lines.append(line)
        elif not line.upper().startswith("DTSTART"):
            raise ValueError(f'its rule "{rule[:40]}" is not understood')
    return lines
