"""Until when an alert is shown, as people write it: "18:00", "kl. 18", "2026-12-05 18:00". Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signage.fleet.alert_desk import AlertRefused

YEARS = range(1970, 2200)  # an instant at the end of the calendar can't be converted to another zone
LONGEST_SHOWN = 30  # characters of what was typed that a refusal repeats
_TIME = re.compile(r"(?:kl\.?\s*)?([01]?\d|2[0-4])(?:[:.]([0-5]\d))?", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)


def until_of(typed: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant that was meant. A time without a day is the next such time; without an offset it is local time.

    Where the clock is put back, a time comes twice: the later one is meant, so that the alert isn't gone too early. A
    time that is left out where the clock is put forward is refused. Raises AlertRefused.
    """
    text = " ".join(typed.split())
    if not text:
        raise AlertRefused("no_until", "write it like 18:00.")
    if found := _TIME.fullmatch(text):
        return _next(int(found[1]), int(found[2] or 0), now, zone)
    try:
        if _DAY.fullmatch(text):  # the whole day
            return _local(datetime.fromisoformat(text) + timedelta(days=1), zone, text)
        instant = datetime.fromisoformat(text)
        if instant.year not in YEARS:
            raise ValueError(text)
        return _local(instant, zone, text) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise AlertRefused("bad_until", "or with a day, 2026-12-05 18:00.", until=text[:LONGEST_SHOWN]) from None


def _next(hour: int, minute: int, now: datetime, zone: ZoneInfo) -> datetime:
    text = f"{hour:02}:{minute:02}"
    if hour == 24 and minute:
        raise AlertRefused("bad_until", "or with a day, 2026-12-05 18:00.", until=text)
    today = datetime.combine(now.astimezone(zone).date(), time())
    for day in range(3):
        wanted = today + timedelta(days=day, hours=hour, minutes=minute)
        found = _local(wanted, zone, text, ahead=now)
        if found > now:
            return found
    raise AlertRefused("bad_until", "or with a day, 2026-12-05 18:00.", until=text)


def _local(wanted: datetime, zone: ZoneInfo, text: str, ahead: datetime | None = None) -> datetime:
    later = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if later.astimezone(zone).replace(tzinfo=None) != wanted:
        if ahead is not None and later <= ahead:
            return later  # the next one is meant
        raise AlertRefused("left_out", "the clock is put forward then: write an earlier or a later time.", until=text)
    return later
