"""Calendars that can be subscribed to: iCalendar (RFC 5545, 7986) from any .ics or webcal: address."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from signage.config.models import Source
from signage.errors import SourceError
from signage.model import Record, Status, Ticket
from signage.sources.base import LONGEST_EXPIRY, Parsed, SourceType, Warnings, Window
from signage.sources.ical.series import Component, Expander, Occurrence
from signage.sources.ical.text import Block, NotACalendar, read
from signage.sources.ical.times import Moment, span_of
from signage.sources.ical.zones import Zones
from signage.sources.page import Page
from signage.sources.times import instant, midnight
from signage.sources.titles import read_title

# Occurrences in the whole window. Every hour for two months is no event; a county's calendar may have thousands.
MOST_PER_SERIES = 500
MOST_RECORDS = 5000
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


class ICal(SourceType):
    """Source type "ical"; `source.url` is the calendar's address, or a file."""

    accept = "text/calendar, */*;q=0.1"
    schemes = frozenset({"http", "https", "webcal", "webcals", "file"})

    def recognises(self, body: bytes) -> bool:
        """A calendar, or an event without one around it."""
        start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].upper()
        return start.startswith((b"BEGIN:VCALENDAR", b"BEGIN:VEVENT")) or b"\nBEGIN:VCALENDAR" in body[:4096].upper()

    def addresses(self, page: Page) -> Iterable[str]:
        """Calendars that the page links to."""
        for link in page.links:
            if link.type == "text/calendar" or link.scheme in ("webcal", "webcals") or link.path.endswith(".ics"):
                yield link.url

    def parse(self, body: bytes, source: Source, window: Window, zone: ZoneInfo) -> Parsed:
        """Read a calendar and expand it over the window. What can't be read costs its event or its series."""
        try:
            document = read(body)
        except NotACalendar as error:
            raise SourceError(source.id, source.url, str(error)) from None
        warnings = Warnings()
        if document.unclosed:
            warnings.add(f"{document.unclosed} events are left out: they begin and never end")
        zones = Zones(document.timezones, zone, warnings)
        series: dict[str, list[Component]] = {}
        for block in document.blocks:
            component = _component(block, zones, warnings)
            if component is not None:
                series.setdefault(component.uid, []).append(component)
        if document.blocks and not series:
            why = f"none of its {len(document.blocks)} events can be read ({warnings.all[0]})"
            raise SourceError(source.id, source.url, why)
        records = _Records(source, window, zone, warnings, zones).of(series)
        return Parsed(records, warnings.all)


def _component(block: Block, zones: Zones, warnings: Warnings) -> Component | None:
    name = f'"{_text(block, "SUMMARY")[:60] or _uid(block)[:60]}"'
    floating = zones.floating(block.zone)
    try:
        span = span_of(block, zones, floating, warnings, name)
    except (ValueError, OverflowError) as error:
        warnings.add(f"{name} is left out: {error}")
        return None
    if block.garbage:
        warnings.add(f"{name}: {block.garbage} of its lines can't be read")
    return Component(_uid(block), block, span, floating, name)


@dataclass(frozen=True, slots=True)
class _Records:
    """Makes the records of one file."""

    source: Source
    window: Window
    zone: ZoneInfo
    warnings: Warnings
    zones: Zones

    def of(self, series: dict[str, list[Component]]) -> tuple[Record, ...]:
        """In the order of time, each occurrence once."""
        first = midnight(self.window.start, self.zone) - LONGEST_EXPIRY
        last = midnight(self.window.end + timedelta(days=1), self.zone)
        expander = Expander(first.astimezone(UTC), last.astimezone(UTC), self.zone, self.zones, self.warnings)
        found: dict[tuple[str, str], Record] = {}
        for components in series.values():
            for record in self._of_series(expander.expand(components)):
                found.setdefault((record.uid, record.start.isoformat()), record)
        records = sorted(found.values(), key=lambda r: (instant(r.start, self.zone), r.uid))
        if len(records) > MOST_RECORDS:
            self.warnings.add(f"it has {len(records)} occurrences; the first {MOST_RECORDS} are taken")
        return tuple(records[:MOST_RECORDS])

    def _of_series(self, occurrences: list[Occurrence]) -> Iterator[Record]:
        taken = 0
        for occurrence in sorted(occurrences, key=lambda o: instant(o.start, self.zone)):
            block = occurrence.component.block
            if _value(block, "CLASS").upper() in ("PRIVATE", "CONFIDENTIAL"):
                self.warnings.add("events that are marked as private are left out")
                return
            record = self._record(occurrence)
            if not self.window.holds(record, self.zone):
                continue
            if taken == MOST_PER_SERIES:
                self.warnings.add(
                    f"{occurrence.component.name}: only its first {MOST_PER_SERIES} repetitions are taken"
                )
                return
            taken += 1
            yield record

    def _record(self, occurrence: Occurrence) -> Record:
        block = occurrence.component.block
        summary = _text(block, "SUMMARY")
        title = read_title(summary)
        status = title.status
        if block.cancelled or _value(block, "STATUS").upper() == "CANCELLED":
            status = Status.CANCELLED
        organizer = block.first("ORGANIZER")
        return Record(
            source=self.source.id,
            uid=occurrence.component.uid,
            title=title.text,
            start=self._local(occurrence.start),
            end=None if occurrence.end is None else self._local(occurrence.end),
            venue=_text(block, "LOCATION"),
            organizer=_unescaped(organizer.params.get("CN", "")) if organizer else "",
            categories=_categories(block),
            status=status,
            ticket=Ticket(availability=title.availability),
            url=_web(_value(block, "URL")),
            description=_text(block, "DESCRIPTION") or _text(block, "X-ALT-DESC"),
            picture_url=_picture(block),
        )

    def _local(self, value: Moment) -> Moment:
        return value.astimezone(self.zone) if isinstance(value, datetime) else value


def _uid(block: Block) -> str:
    """The UID; for an event without one, a name made of what it says, so that it is the same next time."""
    uid = _value(block, "UID")
    if uid:
        return uid
    lines = sorted(found.line for found in block.properties if found.name not in ("DTSTAMP", "LAST-MODIFIED"))
    return "no-uid-" + hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _value(block: Block, name: str) -> str:
    found = block.first(name)
    return found.value.strip() if found else ""


def _text(block: Block, name: str) -> str:
    return _unescaped(_value(block, name))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], text).strip()


def _categories(block: Block) -> tuple[str, ...]:
    words = (_unescaped(w) for found in block.every("CATEGORIES") for w in _UNESCAPED_COMMA.split(found.value))
    return tuple(dict.fromkeys(word for word in words if word))


def _web(url: str) -> str | None:
    try:
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def _picture(block: Block) -> str | None:
    """The event's IMAGE (RFC 7986 5.10), or an attachment that is a picture. Thumbnails only when nothing else is."""
    images = [found for found in block.every("IMAGE") if found.params.get("VALUE", "URI").upper() == "URI"]
    images.sort(key=lambda found: "THUMBNAIL" in found.params.get("DISPLAY", "").upper())
    attached = [
        found for found in block.every("ATTACH") if found.params.get("FMTTYPE", "").lower().startswith("image/")
    ]
    return next(filter(None, (_web(found.value.strip()) for found in [*images, *attached])), None)
