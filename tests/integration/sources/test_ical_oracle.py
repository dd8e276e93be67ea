"""mozilla's ical.js agrees on ten years of occurrences of every calendar, or it is written down who is right.

docs/calendar-disagreements.md tells the whole of each disagreement.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from signage.errors import SourceError
from signage.sources.base import FetchWindow
from signage.sources.types.ical import ICal, ICalSource
from tests.fixtures import oracle
from tests.fixtures.paths import FIXTURES, ROOT, shared_data

ZONE = ZoneInfo("Europe/Oslo")
SOURCE = ICalSource(id="k", type="ical", url="https://example.org/k.ics")
OWN = FIXTURES / "calendars"
DOCUMENT = ROOT / "docs" / "calendar-disagreements.md"
Key = tuple[str, datetime | date, datetime | date | None]


@dataclass(frozen=True)
class Differs:
    """How many occurrences only one of the two has. `right`: who is, by the RFC."""

    ours: int
    theirs: int
    right: str
    why: str


DISAGREEMENTS = {
    "autumn-night.ics": Differs(1, 1, "we", "a time that comes twice is the first one (RFC 5545 3.3.5)"),
    "calendar_labs_same_day_dtend.ics": Differs(1, 1, "neither", "an all-day DTEND that is DTSTART (3.8.2.2)"),
    "chi_low_income_housing_trust_fund.ics": Differs(7, 7, "we", "a VTIMEZONE with two TZIDs (3.6.5)"),
    "dates-of-its-own.ics": Differs(1, 0, "we", "DTSTART is the first of the set, also with RDATE alone (3.8.5.2)"),
    "day-and-hours.ics": Differs(1, 1, "we", "PT24H is exact, P1D goes by the calendar (3.3.6)"),
    "i02-valuedate-with-time.ics": Differs(1, 1, "neither", "VALUE=DATE with a time (3.3.4)"),
    "i06-allday-outlook.ics": Differs(6, 6, "neither", "midnight to midnight is a whole day"),
    "i25-override-orphan.ics": Differs(0, 1, "neither", "a date as RECURRENCE-ID of a timed series (3.8.4.4)"),
    "i30-override-without-summary.ics": Differs(1, 1, "neither", "an occurrence without a title or an end"),
    "issue_313_globally_unique_tzid.ics": Differs(2, 2, "we", "TZIDs with a vendor's path and no VTIMEZONE (3.2.19)"),
    "issue_722_timezone_transition_ambiguity.ics": Differs(1, 1, "neither", "midnight without an end is a whole day"),
    "merge-midnight-a.ics": Differs(1, 1, "neither", "midnight to midnight is a whole day"),
    "merge-midnight-b.ics": Differs(1, 1, "neither", "midnight without an end is a whole day"),
    "over-midnight.ics": Differs(1, 1, "neither", "an end before the start is invalid (3.8.2.2)"),
    "period.ics": Differs(1, 1, "we", "ical.js 2.2.1 can't expand an RDATE with a PERIOD (3.8.5.2)"),
    "revised.ics": Differs(0, 1, "we", "the higher SEQUENCE replaces the lower (3.8.7.4)"),
    "spring-night.ics": Differs(1, 1, "we", "a time that the clock skips has the offset from before (3.3.5)"),
    "unusual-rules.ics": Differs(
        11, 500, "we", "29 February, BYWEEKNO, and a DTSTART outside its rule (3.3.10, 3.8.5.3)"
    ),
}

# What breaks the grammar: ical.js refuses the whole file. It is given the file with these words replaced, and must then
# agree with what we make of the file as it is.
MENDED = {
    "emoji.ics": [(r"(DTSTART|DTEND):", r"\1;VALUE=DATE:")],
    "i21-empty-rrule-rdate.ics": [
        (r"(RRULE|RDATE|EXRULE):\r?\n", ""),
        (r"RRULE:.*NaN.*\n", ""),
        (r"DTEND;VALUE=DATE:20261226\r?\n", ""),
    ],
    "i36-tzone-quoted.ics": [(r'TZID="?tzone://Microsoft/Utc"?:(\w+)', r"X-WAS=tzone:\1Z")],
    "issue_104_broken_calendar.ics": [(r"\nX\r?\n", "\n")],
    "issue_165_missing_event.ics": [(", ", ",")],
    "issue_168_input.ics": [("X-APPLE-RADIUS=", "X-APPLE-RADIUS:")],
    "issue_348_exception_parsing_value.ics": [(r"ORGANIZER;CN=Sixt SE\r?\n", ""), (r"X-ORGANIZER2.*\n", "")],
    "issue_350.ics": [(r"(END:VCALENDAR)[\s\S]*", r"\1")],
    "issue_722_missing_timezones.ics": [
        (r"BEGIN:VEVENT\r?\n(?!DTSTART)[\s\S]*?END:VEVENT\r?\n", ""),
        (r"RDATE;VALUE=PERIOD.*\n", ""),
    ],
    "multiple_calendar_components.ics": [(r"[\r\n]+ ", "")],
    "parsing_error.ics": [(r"EXDATE;VALUE=DATE:\r?\n", "")],
    "period.ics": [(r"RDATE;VALUE=PERIOD(.*?):.*", r"RDATE\1:20260106T180000,20260109T120000")],
    "rrule-exdate-mismatch.ics": [(r"(DTSTART|DTEND):", r"\1;VALUE=DATE:"), ("DTEND;VALUE=DATE:20231224", "")],
    "rrule-until-mismatch.ics": [(r"(DTSTART|DTEND):", r"\1;VALUE=DATE:")],
}

# Neither we nor ical.js find anything that happens at a known time.
EMPTY_OF_EVENTS = {
    "big_bad_calendar.ics",
    "broken_dtstart.ics",
    "event_with_escaped_characters.ics",
    "issue_1081_invalid_rrule_freq.ics",
    "issue_1081_invalid_start_valid_end.ics",
    "issue_1561_image_value.ics",
    "pr_480_summary_with_colon.ics",
    "rfc_7986_conferences.ics",
    "rfc_7986_image.ics",
    "small_bad_calendar.ics",
}


def files() -> list[Path]:
    folders = (shared_data() / "ics", shared_data() / "field", OWN)
    return [file for folder in folders for file in sorted(folder.glob("*.ics"))]


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[oracle.Told] | str]:
    folder = tmp_path_factory.mktemp("mended")
    for file in files():
        body = file.read_bytes()
        for wrong, right in MENDED.get(file.name, []):
            body = re.sub(wrong.encode(), right.encode(), body)
        (folder / file.name).write_bytes(body)
    return oracle.ask(folder.glob("*.ics"), ZONE)


def ours(file: Path) -> Counter[Key]:
    body = file.read_bytes()
    first, last = oracle.window(body)
    try:
        records = ICal().parse(body, SOURCE, FetchWindow(first, last), ZONE).records
    except SourceError:
        return Counter()
    keys = (("" if r.uid.startswith("no-uid-") else r.uid, instant(r.start), instant(r.end)) for r in records)
    return within(keys, first, last)


def instant(moment: datetime | date | None) -> datetime | date | None:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment


def within(keys, first: date, last: date) -> Counter[Key]:  # type: ignore[no-untyped-def]
    """What begins in the window: we also give what began before it and still goes on."""
    return Counter(key for key in keys if first <= day(key[1]) <= last)


def day(moment: datetime | date) -> date:
    return moment.astimezone(ZONE).date() if isinstance(moment, datetime) else moment


def test_the_second_opinion_is_the_same_or_accounted_for(theirs: dict[str, list[oracle.Told] | str]) -> None:
    agreed, surprises = 0, []
    for file in files():
        said = theirs[file.name]
        found = ours(file)
        if file.name in EMPTY_OF_EVENTS:
            assert not found, file.name
            assert isinstance(said, str) or not said, file.name
            continue
        assert not isinstance(said, str), f"{file.name}: {said}"
        keys = ((told.uid, told.start, told.end) for told in said)
        expected = within(keys, *oracle.window(file.read_bytes()))
        only_ours, only_theirs = found - expected, expected - found
        known = DISAGREEMENTS.get(file.name)
        counts = (known.ours, known.theirs) if known else (0, 0)
        if (only_ours.total(), only_theirs.total()) != counts:
            surprises.append(
                f"{file.name}: only we have {only_ours.total()}, such as {sorted(only_ours, key=str)[:3]}; "
                f"only ical.js has {only_theirs.total()}, such as {sorted(only_theirs, key=str)[:3]}"
            )
        agreed += (found & expected).total()
    assert surprises == []
    assert agreed > 6000, "ten years of daily and weekly events"


def test_every_disagreement_is_written_down() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert [name for name in (*DISAGREEMENTS, *MENDED) if f"`{name}`" not in text] == []
    named = {file.name for file in files()}
    assert {*DISAGREEMENTS, *MENDED, *EMPTY_OF_EVENTS} <= named
