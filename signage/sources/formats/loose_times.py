"""Dates and times in any form that has one meaning: programs' own, those of e-mail, and as people write them. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from signage.domain.date_words import NAMES
from signage.sources.formats.times import read_moment
from signage.sources.formats.written_times import read_days, read_times, weekday

LONGEST = 100  # characters
# Names of zones that RFC 5322 4.3 does not have; read as local, "CET" would be an hour wrong in Finland.
_OFFSETS = {"CET": "+0100", "MEZ": "+0100", "CEST": "+0200", "MESZ": "+0200", "EET": "+0200", "EEST": "+0300"}
_OFFSET = re.compile(rf"\b(?:{'|'.join(_OFFSETS)})\b")
_RFC822 = re.compile(
    r"(?:([A-Za-z]{3,9}),?\s+)?\d{1,2}[\s-][A-Za-z]{3,9}[\s-]\d{2,4}\s+\d\d:\d\d(?::\d\d)?"
    rf"(?:\s*(?:[+-]\d{{4}}|Z|UTC?|GMT|[ECMP][SD]T|{'|'.join(_OFFSETS)}))?(?:\s*\([^()]*\))?"
)
_ZONE_BEHIND = re.compile(r"\s?\[?([A-Z][A-Za-z]+/[A-Za-z_]+)\]?$")
_ZONE_BETWEEN = re.compile(r"(\d{4}-\d\d-\d\d)(?:CET|CEST)(?=\d)")  # PHP's "T" is the zone's name
_UNSIGNED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\d\d:\d\d)")
_GMT = re.compile(r"(?<=\d)\s?(?:GMT|UTC)(?=[+-]\d)")
_DAY_AND_CLOCK = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:T|\s)\s*(.+)", re.IGNORECASE)
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)(?:[\s,]+(?:at\s+)?(.+))?")
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d\d(?!\d)")


def read_any_moment(text: str, near: date | None = None) -> datetime | date:
    """A date, or a time; one without an offset stays without a zone. Raises ValueError, also for 12/05/2026.

    `near`: a date without a year is the next one from 30 days before; without it, such a date is refused.
    """
    written = text.strip()
    if len(written) > LONGEST:
        raise ValueError(_unknown(text))
    with suppress(ValueError):
        return read_moment(written)
    if _EPOCH.fullmatch(written):
        return datetime.fromtimestamp(int(written[:10]), UTC)
    if found := _RFC822.fullmatch(written):
        return _of_mail(written, found[1])
    written = _GMT.sub("", _ZONE_BETWEEN.sub(r"\1T", written))
    written = _UNSIGNED.sub(r"\1+\2", written) if _UNSIGNED.fullmatch(written) else written
    zone = _ZONE_BEHIND.search(written)
    if zone:
        return _in_named_zone(written[: zone.start()], zone[1])
    with suppress(ValueError):
        return read_moment(written)
    if found := _DAY_AND_CLOCK.fullmatch(written):
        day = read_moment(found[1])
        return _at(day, found[2], text)
    if found := _SLASHES.fullmatch(written):
        return _at(_with_slashes(int(found[1]), int(found[2]), int(found[3]) % 2000 + 2000, text), found[4] or "", text)
    if near is None and not _YEAR.search(written):
        raise ValueError(_unknown(text))
    days = read_days(written, near or date(2000, 1, 1))
    if days.last != days.first:
        raise ValueError(_unknown(text))
    return days.first if days.times.start is None else _after_midnight(days.first, days.times.start)


def _of_mail(text: str, named: str | None) -> datetime:
    """A time as in RFC 5322 3.3. Its weekday must be right; without an offset it stays without a zone."""
    try:
        at = parsedate_to_datetime(_OFFSET.sub(lambda found: _OFFSETS[found[0]], text))
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(_unknown(text)) from None
    said = weekday(named) if named else None
    if said is not None and said != at.weekday():
        raise ValueError(f'"{text[:40]}" is a {NAMES[at.weekday()]}')
    if at.tzinfo is not None or not text.endswith("-0000"):
        return at
    return at.replace(tzinfo=UTC)


def _in_named_zone(text: str, name: str) -> datetime | date:
    """A time with "[Europe/Oslo]" behind it: in that zone, unless it also has an offset."""
    at = read_any_moment(text)
    if not isinstance(at, datetime) or at.tzinfo is not None:
        return at
    try:
        return at.replace(tzinfo=ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        raise ValueError(f'the time zone "{name[:40]}" is unknown') from None


def _with_slashes(first: int, second: int, year: int, text: str) -> date:
    """13/05/2026 and 05/13/2026 have one meaning, 12/05/2026 has two."""
    if first <= 12 and second <= 12 and first != second:
        raise ValueError(f'"{text[:40]}" may be either of two dates')
    day, month = (first, second) if first > 12 else (second, first)
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f'the date "{text[:40]}" does not exist') from None


def _at(day: date, clock: str, text: str) -> datetime | date:
    if not clock.strip():
        return day
    times = read_times(clock)
    if times.start is None or times.end is not None:
        raise ValueError(_unknown(text))
    return _after_midnight(day, times.start)


def _after_midnight(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _unknown(text: str) -> str:
    return f'the date "{text[:40]}" is not understood'
