"""The demo's second source: a music school's calendar (RFC 5545) with series, exceptions and an event that the portal
has as well. Text in, text out.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from signage.demo.programme import day_of

LINE_OCTETS = 75  # RFC 5545 section 3.1: longer lines are folded
WEEKS_BACK = 8  # the term began before the demo did

ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Oslo
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE"""


def calendar(today: date) -> bytes:
    """The .ics file as of `today`: series, an override, a cancellation, single events."""
    stamp = f"{today - timedelta(days=1):%Y%m%d}T080000Z"
    moved = day_of("mon 2", today)
    off = day_of("tue 1", today)
    concert = day_of("thu 2", today)
    open_day = day_of("sat 3", today)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Heim kulturskole//demo//NO",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Heim kulturskole",
        "X-WR-TIMEZONE:Europe/Oslo",
        *ZONE.splitlines(),
        *_event("barnekor", stamp, "Barnekoret øver", day_of("mon 1", today) - timedelta(weeks=WEEKS_BACK),
                "16:00", "17:00", "kulØr'n, Øragata, Kyrksæterøra", rrule="FREQ=WEEKLY;BYDAY=MO",
                text="For barn fra første til fjerde klasse. Kom og prøv, det koster ingenting."),
        *_event("barnekor", stamp, "Barnekoret øver – åpen øvelse for foreldre", moved, "17:00", "18:00",
                "kulØr'n, Øragata, Kyrksæterøra", instead_of=datetime.combine(moved, time(16))),
        *_event("gitar", stamp, "Gitarverksted", day_of("tue 1", today) - timedelta(weeks=WEEKS_BACK),
                "17:00", "18:30", "Hemne frivilligsentral", rrule="FREQ=WEEKLY;BYDAY=TU"),
        *_event("gitar", stamp, "Gitarverksted", off, "17:00", "18:30", "Hemne frivilligsentral",
                instead_of=datetime.combine(off, time(17)), status="CANCELLED"),
        *_event("huskonsert", stamp, "Kulturskolens huskonsert", concert, "18:00", "19:00", "kulØr'n",
                text="Elevene spiller for hverandre og for alle som vil høre."),
        *_event("apen-dag", stamp, "Åpen dag på kulturskolen: prøv alle instrumentene, se verkstedene, og spis "
                "vaffel mens du hører på", open_day, None, None, "kulØr'n, Øragata, Kyrksæterøra"),
        "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(fold(line) for line in lines).encode()


def fold(line: str) -> str:
    """The line with CRLF, folded after at most LINE_OCTETS octets and never inside a letter."""
    parts, part = [], ""
    for letter in line:
        if len((part + letter).encode()) > LINE_OCTETS:
            parts.append(part)
            part = " "
        part += letter
    return "\r\n".join([*parts, part]) + "\r\n"


def _event(
    uid: str,
    stamp: str,
    summary: str,
    day: date,
    start: str | None,
    end: str | None,
    location: str,
    rrule: str = "",
    instead_of: datetime | None = None,
    status: str = "CONFIRMED",
    text: str = "",
) -> list[str]:
    if start and end:
        when = [f"DTSTART;TZID=Europe/Oslo:{_local(day, start)}", f"DTEND;TZID=Europe/Oslo:{_local(day, end)}"]
    else:
        when = [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"]
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@kulturskolen.example.org",
        f"DTSTAMP:{stamp}",
        *([f"RECURRENCE-ID;TZID=Europe/Oslo:{instead_of:%Y%m%dT%H%M%S}"] if instead_of else []),
        *when,
        *([f"RRULE:{rrule}"] if rrule else []),
        f"SUMMARY:{_escape(summary)}",
        f"LOCATION:{_escape(location)}",
        *([f"DESCRIPTION:{_escape(text)}"] if text else []),
        f"STATUS:{status}",
        "END:VEVENT",
    ]


def _local(day: date, clock: str) -> str:
    return f"{day:%Y%m%d}T{clock.replace(':', '')}00"


def _escape(text: str) -> str:
    """RFC 5545 section 3.3.11."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
