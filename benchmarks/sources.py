"""How fast calendars are read and expanded: a ratio to icalendar with recurring-ical-events alone, in the same run.

python -m benchmarks.sources
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from benchmarks import unchanged
from signage.sources.base import FetchWindow, Parsed
from signage.sources.types.ical import ICal, ICalSource

EVENTS = 5000
ONE_IN = 10  # recurs
DAYS = 31
LIMIT = 1.3
ROUNDS = 5
SEED = 5545
ZONE = ZoneInfo("Europe/Oslo")
START = date(2026, 10, 10)  # the clock is moved within the window
END = START + timedelta(days=DAYS - 1)
SOURCE = ICalSource(id="bench", type="ical", url="https://example.org/bench.ics")
TITLES = ("Strikkekafé", "KINO: Vaiana", "Dugnad på Øra", "Kaillkaffe med Jahn", "Bygdekveld", "Seniordans", "Basar")
VENUES = ("kulØr'n\\, Øragata\\, Kyrksæterøra", "Halsahallen\\, Liabøen", "Bergtun Forsamlingshus", "Peisestua")


def calendar(events: int = EVENTS) -> bytes:
    """A file as Google writes it: most events once, in a year around the window, the others weekly, daily, monthly."""
    dice = random.Random(SEED)  # the same file in every run
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Heim//bench//NO", "X-WR-TIMEZONE:Europe/Oslo"]
    lines += icalendar.Timezone.from_tzid("Europe/Oslo").to_ical().decode().splitlines()
    for number in range(events):
        lines += _event(number, dice)
    lines += ["END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def _event(number: int, dice: random.Random) -> list[str]:
    start = datetime(2026, 4, 1, dice.randint(8, 20), dice.choice((0, 15, 30)), tzinfo=ZONE)
    start += timedelta(days=dice.randrange(365))
    recurs = number % ONE_IN == 0
    if recurs:
        start -= timedelta(days=dice.randrange(200, 700))
    end = start + timedelta(minutes=dice.choice((45, 60, 90, 120)))
    return [
        "BEGIN:VEVENT",
        f"UID:{number}@example.org",
        "DTSTAMP:20260901T120000Z",
        f"DTSTART;TZID=Europe/Oslo:{start:%Y%m%dT%H%M%S}",
        f"DTEND;TZID=Europe/Oslo:{end:%Y%m%dT%H%M%S}",
        *(_rule(start, dice) if recurs else ()),
        f"SUMMARY:{dice.choice(TITLES)} {number}",
        f"LOCATION:{dice.choice(VENUES)}",
        "DESCRIPTION:Alle er velkomne\\, store og små.\\nKaffe og vafler i pausen\\; ta",
        "  med godt humør og en venn.",
        "STATUS:CONFIRMED",
        "SEQUENCE:1",
        "CATEGORIES:Kultur,Kurs",
        f"URL:https://example.org/{number}",
        "END:VEVENT",
    ]


def _rule(start: datetime, dice: random.Random) -> list[str]:
    day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[start.weekday()]
    rule, every = dice.choice(
        (
            (f"FREQ=WEEKLY;BYDAY={day}", 7),
            ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20271231T225959Z", 14),
            ("FREQ=DAILY", 1),
            (f"FREQ=MONTHLY;BYDAY={(start.day - 1) // 7 % 4 + 1}{day}", 28),
        )
    )
    # one that falls into the window
    times = (START - start.date()).days // every + 1
    left_out = start + timedelta(days=every * times)
    return [f"RRULE:{rule}", f"EXDATE;TZID=Europe/Oslo:{left_out:%Y%m%dT%H%M%S}"]


def ours(body: bytes) -> Parsed:
    return ICal().parse(body, SOURCE, FetchWindow(START, END), ZONE)


def theirs(body: bytes) -> list[icalendar.Component]:
    parsed = icalendar.Calendar.from_ical(body)
    return list(recurring_ical_events.of(parsed).between(START, END + timedelta(days=1)))


def best(*ways: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The shortest time of each way in seconds; they take turns, so that a busy machine is as unkind to all."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, taken in zip(ways, times, strict=True):
            gc.collect()
            started = time.perf_counter()
            way()
            taken.append(time.perf_counter() - started)
    return [min(taken) for taken in times]


def rows() -> Iterator[tuple[str, str, str]]:
    """What was measured, the figure, and its limit."""
    body = calendar()
    found, expected = len(ours(body).records), len(theirs(body))
    our_time, their_time = best(lambda: ours(body), lambda: theirs(body))
    what = f"{EVENTS} iCalendar events, {DAYS} days"
    yield f"{what}: icalendar and recurring-ical-events", f"{their_time:.2f} s", f"{expected} occurrences"
    yield f"{what}: ours", f"{our_time:.2f} s", f"{found} occurrences"
    yield "ours to theirs", f"{our_time / their_time:.2f}", f"<= {LIMIT}"
    yield from unchanged.rows(body, datetime(START.year, START.month, START.day, 12, tzinfo=ZONE))


def main() -> None:
    for what, figure, limit in rows():
        print(f"{what:62} {figure:>16}  {limit}", flush=True)


if __name__ == "__main__":
    main()
