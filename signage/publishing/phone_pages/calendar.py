"""iCalendar (RFC 5545) with reminders, for a telephone's own calendar. The same events give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Timezone
from icalendar import Event as Entry

from signage.domain.model import Event, Status

PRODUCT = "-//Heim//info screens//NO"
BEFORE = timedelta(hours=2)
EVENING_BEFORE = timedelta(hours=6)  # 18.00 on the day before an all-day event
REFRESH = timedelta(hours=1)
STAMP = datetime(2000, 1, 1, tzinfo=UTC)  # DTSTAMP must be there (3.8.7.2) and must not change when nothing has
_STATUS = {Status.CANCELLED: "CANCELLED", Status.POSTPONED: "TENTATIVE"}


def calendar(name: str, events: Sequence[Event], zone: ZoneInfo, host: str) -> bytes:
    """A calendar of these events; `host` makes their ids this site's own (RFC 7986 5.3).

    Put together of parts: a screen has hundreds of calendars, of events and a time zone that others have, too.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("name", name)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", REFRESH)
    head, end, _ = made.to_ical().rpartition(b"END:VCALENDAR")
    entries = b"".join(_entry(event, zone, host) for event in events)
    return bytes(head + (_time_zone(zone) if b"TZID=" in entries else b"") + entries + end + b"\r\n")


@lru_cache(maxsize=8)
def _time_zone(zone: ZoneInfo) -> bytes:
    return bytes(Timezone.from_tzid(zone.key).to_ical())


@lru_cache(maxsize=4096)
def _entry(event: Event, zone: ZoneInfo, host: str) -> bytes:
    entry = Entry()
    entry.add("uid", f"{event.id}@{host}")
    entry.add("dtstamp", STAMP)
    entry.add("summary", event.title)
    if isinstance(event.start, datetime):
        entry.add("dtstart", event.start.astimezone(zone))
        if isinstance(event.end, datetime) and event.end > event.start:
            entry.add("dtend", event.end.astimezone(zone))
    else:
        entry.add("dtstart", event.start)
        if event.end is not None:
            entry.add("dtend", event.end)
    if event.venue:
        entry.add("location", event.venue)
    if event.summary:
        entry.add("description", event.summary)
    if event.url:
        entry.add("url", event.url)
    entry.add("status", _STATUS.get(event.status, "CONFIRMED"))
    if event.status not in _STATUS:
        entry.add_component(_reminder(event))
    return bytes(entry.to_ical())


def _reminder(event: Event) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.title)
    alarm.add("trigger", -(EVENING_BEFORE if event.all_day else BEFORE))
    return alarm
