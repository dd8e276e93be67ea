"""iCalendar (RFC 5545) with reminders, for a telephone's own calendar. The same events give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar
from icalendar import Event as Entry

from signage.domain.model import Event, Status
from signage.wording.languages import Words

PRODUCT = "-//Heim//info screens//NO"
BEFORE = timedelta(hours=2)
EVENING_BEFORE = timedelta(hours=6)  # 18.00 on the day before an all-day event
REFRESH = timedelta(hours=1)
STAMP = datetime(2000, 1, 1, tzinfo=UTC)  # DTSTAMP must be there (3.8.7.2) and must not change when nothing has
_STATUS = {Status.CANCELLED: "CANCELLED", Status.POSTPONED: "TENTATIVE"}


def calendar(name: str, events: Sequence[Event], zone: ZoneInfo, words: Words, host: str) -> bytes:
    """A calendar of these events; `host` makes their ids this site's own (RFC 7986 5.3)."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("name", name)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", REFRESH)
    for event in events:
        made.add_component(_entry(event, zone, words, host))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def _entry(event: Event, zone: ZoneInfo, words: Words, host: str) -> Entry:
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
        entry.add_component(_reminder(event, words))
    return entry


def _reminder(event: Event, words: Words) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.title)
    alarm.add("trigger", -(EVENING_BEFORE if event.all_day else BEFORE))
    return alarm
