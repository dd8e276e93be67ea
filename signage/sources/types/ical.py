"""Calendars that can be subscribed to: iCalendar (RFC 5545, 7986) from any .ics or webcal: address."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

from signage.config.sources import ANY_WEB, FILE, Source
from signage.domain.model import Record
from signage.sources.base import LONGEST_EXPIRY, FetchWindow, Parsed, SourceType, Warnings, none_readable
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.ical.fields import record_of, text, uid_of
from signage.sources.formats.ical.series import CalendarOccurrence, Component, Expander
from signage.sources.formats.ical.text import Block, NotACalendar, read
from signage.sources.formats.ical.times import Moment, span_of
from signage.sources.formats.ical.zones import Zones
from signage.sources.formats.occurrences import Entry, entry_of, occurrences_of
from signage.sources.formats.times import instant, midnight

# Occurrences of a series: what happens more often than this, on every day, is an opening hour or a mistake.
A_DAY_OF_A_SERIES = 8
LEAST_OF_A_SERIES = 100  # however short the window: a film festival's day under one UID
# Occurrences of a file: a county's calendar has hundreds a day.
A_DAY = 1000
LEAST = 5000
MOST = 100_000  # however long the window: some 100 MB of memory


def most_of_a_series(window: FetchWindow) -> int:
    """How many occurrences of one series are taken."""
    return max(LEAST_OF_A_SERIES, A_DAY_OF_A_SERIES * window.days)


def most_records(window: FetchWindow) -> int:
    """How many occurrences of one file are taken."""
    return min(MOST, max(LEAST, A_DAY * window.days))


class ICalSource(Source):
    schemes: ClassVar[frozenset[str]] = ANY_WEB | {FILE}


class ICal(SourceType[ICalSource]):
    """Source type "ical"; `source.url` is the calendar's address, or a file."""

    about = "a calendar that can be subscribed to"
    settings = ICalSource
    order = 20
    endings = (".ics",)
    accept = "text/calendar, */*;q=0.1"

    def recognises(self, body: bytes) -> bool:
        """A calendar, or an event without one around it."""
        start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].upper()
        return start.startswith((b"BEGIN:VCALENDAR", b"BEGIN:VEVENT")) or b"\nBEGIN:VCALENDAR" in body[:4096].upper()

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """Calendars that the page links to, and Google's that it shows in a frame."""
        for link in page.links:
            yield from embedded(link.url)
            if link.type == "text/calendar" or link.scheme in ("webcal", "webcals") or link.path.endswith(".ics"):
                yield link.url

    def parse(self, body: bytes, source: ICalSource, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read a calendar and expand it over the window. What can't be read costs its event or its series."""
        try:
            document = read(body)
        except NotACalendar as error:
            raise error.of(source) from None
        warnings = Warnings()
        if document.unclosed:
            warnings.add(f"{document.unclosed} events are left out: their END:VEVENT is missing.")
        zones = Zones(document.timezones, zone, warnings)
        series: dict[str, list[Component]] = {}
        for block in document.blocks:
            component = _component(block, zones, warnings)
            if component is not None:
                series.setdefault(component.uid, []).append(component)
        if document.blocks and not series:
            raise none_readable(source, len(document.blocks), "events", warnings.all[0])
        records = _Records(source, window, zone, warnings, zones).of(series)
        return Parsed(records, warnings.all)


def _component(block: Block, zones: Zones, warnings: Warnings) -> Component | None:
    uid = uid_of(block)
    name = f'"{text(block, "SUMMARY")[:60] or uid[:60]}"'
    floating = zones.floating(block.zone)
    try:
        span = span_of(block, zones, floating, warnings, name)
    except (ValueError, OverflowError) as error:
        warnings.add(f"{name} is left out: {error}.")
        return None
    if block.garbage:
        warnings.add(f"{name}: {block.garbage} of its lines can't be read.")
    return Component(uid, block, span, floating, name)


def embedded(url: str) -> Iterator[str]:
    """The public addresses of the calendars that an address of Google's embedding shows: "…/calendar/embed?src=…"."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if parts.hostname != "calendar.google.com" or not parts.path.endswith("/embed"):
        return
    for name in parse_qs(parts.query).get("src", []):
        if "@" not in name:  # newer embeddings write it in Base64, without its end
            try:
                name = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode("ascii")
            except ValueError:
                continue
        if "@" in name:
            yield f"https://calendar.google.com/calendar/ical/{quote(name, safe='')}/public/basic.ics"


@dataclass(frozen=True, slots=True)
class _Records:
    """Makes the records of one file."""

    source: ICalSource
    window: FetchWindow
    zone: ZoneInfo
    warnings: Warnings
    zones: Zones

    def of(self, series: dict[str, list[Component]]) -> tuple[Record, ...]:
        """In the order of time, each occurrence once."""
        first = midnight(self.window.start, self.zone) - LONGEST_EXPIRY
        last = midnight(self.window.end + timedelta(days=1), self.zone)
        expander = Expander(first.astimezone(UTC), last.astimezone(UTC), self.zone, self.zones, self.warnings)
        most = most_records(self.window)
        found: dict[Entry, Record] = {}
        total = 0
        for components in series.values():
            for record in self._of_series(expander.expand(components)):
                found.setdefault(entry_of(record), record)
            if len(found) > 2 * most:  # what is last in time would go in the end
                total += len(found) - most
                found = dict(sorted(found.items(), key=lambda item: self._order(item[1]))[:most])
        records = sorted(found.values(), key=self._order)
        total += len(records)
        if total > most:
            self.warnings.add(f"The calendar has {total} occurrences. Only the first {most} are used.")
        return tuple(records[:most])

    def _order(self, record: Record) -> tuple[datetime, str]:
        return instant(record.start, self.zone), record.uid

    def _of_series(self, occurrences: list[CalendarOccurrence]) -> Iterator[Record]:
        taken, most = 0, most_of_a_series(self.window)
        for occurrence in sorted(occurrences, key=lambda o: instant(o.start, self.zone)):
            component = occurrence.component
            end = None if occurrence.end is None else self._local(occurrence.end)
            whole = record_of(self.source.id, component.uid, component.block, self._local(occurrence.start), end)
            for record in occurrences_of(whole, self.zone, self.warnings):
                if not self.window.holds(record, self.zone):
                    continue
                if taken == most:
                    self.warnings.add(f"{component.name}: only its first {most} repetitions are used.")
                    return
                taken += 1
                yield record

    def _local(self, value: Moment) -> Moment:
        return value.astimezone(self.zone) if isinstance(value, datetime) else value
