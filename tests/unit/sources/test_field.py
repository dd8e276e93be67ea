"""Traits of real sources that were reported for other systems, each with its correct answer."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Config
from signage.domain.model import Event, Record
from signage.events import Merged, merge_events
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.loose_times import read_any_moment
from signage.sources.registry import source_type
from tests.fixtures.make import oslo
from tests.fixtures.make_records import config
from tests.fixtures.paths import shared_data
from tests.fixtures.source_cases.jsonld import html

ZONE = ZoneInfo("Europe/Oslo")
WINDOW = FetchWindow(date(2026, 11, 1), date(2027, 6, 30))
TYPES = {".ics": "ical", ".html": "jsonld", ".xml": "rss"}


def parse(body: bytes, name: str, source: str = "x") -> Parsed:
    kind = source_type(name)
    section = kind.settings.model_validate({"id": source, "type": name, "url": "https://example.no/"})
    return kind.parse(body, section, WINDOW, ZONE)


def field(file: str, source: str = "x") -> Parsed:
    path = shared_data() / "field" / file
    return parse(path.read_bytes(), TYPES[path.suffix], source)


def events(found: Parsed) -> dict[str, list[Event]]:
    by_title: dict[str, list[Event]] = {}
    for event in merge_events(found.records, config()).events:
        by_title.setdefault(event.title, []).append(event)
    return by_title


def calendar(*components: str) -> Parsed:
    lines = [f"BEGIN:VEVENT\nUID:{n}\n{each}\nEND:VEVENT" for n, each in enumerate(components)]
    return parse("\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).replace("\n", "\r\n").encode(), "ical")


def page(*nodes: dict[str, Any]) -> Parsed:
    return parse(html(json.dumps([{"@type": "Event", **node} for node in nodes])).encode(), "jsonld")


def feed(*items: str) -> Parsed:
    body = "".join(f"<item><title>{n}</title>{item}</item>" for n, item in enumerate(items))
    return parse(f'<rss version="2.0"><channel>{body}</channel></rss>'.encode(), "rss")


def only(found: Parsed) -> Record:
    (record,) = found.records
    return record


@pytest.mark.parametrize("file", ["i14-same-uid.ics", "j11-same-url.html", "r03-same-guid.xml"])
def test_one_id_of_several_events(file: str) -> None:
    titles = {"i": {"Papir", "Restavfall", "Glass"}, "j": {"Kor", "Dans", "Quiz"}}
    assert set(events(field(file))) == titles.get(file[0], {"Strikkekafé", "Bokprat", "Kor"})


@pytest.mark.parametrize(
    ("file", "days"),
    [
        ("i06-allday-outlook.ics", ["05-06", "08-09", "10-13", "15-16", "17-18", "19-20"]),
        (
            "j02-allday-forms.html",
            ["05-06", "08-09", "10-11", "12-13", "14-15", "15-16", "16-19", "20-21", "21-24"],
        ),
    ],
)
def test_midnight_to_midnight_is_all_day(file: str, days: list[str]) -> None:
    found = sorted(field(file).records, key=lambda record: record.start)
    assert all(record.all_day for record in found)
    assert [f"{record.start:%d}-{record.end:%d}" for record in found] == days


def test_a_day_of_one_source_gets_the_time_of_the_other() -> None:
    both = config()
    records = [*field("merge-midnight-a.ics", "a").records, *field("merge-midnight-b.ics", "b").records]
    (workshop,) = [event for event in merge_events(records, both).events if event.title == "Juleverksted"]
    assert workshop.start == oslo("2026-12-03 17:00")
    assert len(workshop.origins) == 2


def test_outlooks_mark_needs_no_end() -> None:
    mark = "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"
    assert only(calendar(f"SUMMARY:A\nDTSTART:20261217T000000Z\n{mark}")).start == date(2026, 12, 17)
    assert only(calendar("SUMMARY:A\nDTSTART:20261217T000000Z")).start == oslo("2026-12-17 01:00")


def test_cards_of_modern_events_calendar_have_the_right_times() -> None:
    doubled = {title: (each.start, each.end) for title, (each,) in events(field("n01-mec-double-offset.html")).items()}
    assert doubled == {
        "Pokémontreff": (oslo("2026-12-07 16:00"), oslo("2026-12-07 17:00")),
        "Sommarkveld": (oslo("2027-06-07 16:00"), oslo("2027-06-07 17:00")),
    }
    dates = {title: (each.start, each.end) for title, (each,) in events(field("n02-mec-date-only.html")).items()}
    assert dates == {
        "Trekkspelklubben og allsong": (oslo("2026-12-28 10:30"), oslo("2026-12-28 12:00")),
        "Nattkonsert": (oslo("2026-12-29 22:00"), oslo("2026-12-30 01:00")),
    }


def mec(start: str, day: int, printed: str, url: str = "https://example.no/kor/") -> str:
    node = {"@type": "Event", "name": "Kor", "startDate": start, "endDate": start, "url": url}
    return (
        f'<script type="application/ld+json">{json.dumps(node)}</script><article class="mec-event-article">'
        f'<div class="mec-event-date">{day}</div>{printed}'
        f'<h4 class="mec-event-title"><a href="{url}">Kor</a></h4></article>'
    )


def test_a_card_of_a_late_event_of_a_series_and_one_without_times() -> None:
    late = mec("2026-12-08T00:30:00+01:00", 7, '<span class="mec-start-time">23:30</span>')
    assert only(parse(late.encode(), "jsonld")).start == oslo("2026-12-07 23:30")
    times = '<span class="mec-start-time">6:00 pm</span><span class="mec-end-time">7:30 pm</span>'
    series = mec("2026-12-07T19:00:00+01:00", 7, times) + mec("2026-12-14", 14, times.replace("6:00", "7:00"))
    starts = [record.start for record in parse(series.encode(), "jsonld").records]
    assert starts == [oslo("2026-12-07 18:00"), oslo("2026-12-14 19:00")]
    whole = mec("2026-12-08", 8, '<span class="mec-start-time">Heile dagen</span>')
    assert only(parse(whole.encode(), "jsonld")).start == date(2026, 12, 8)


def test_a_card_of_an_event_over_two_days() -> None:
    times = '<span class="mec-start-time">10:00</span><span class="mec-end-time">15:00</span>'
    body = mec("2026-12-05T11:00:00+01:00", 5, times).replace('"endDate": "2026-12-05T11', '"endDate": "2026-12-06T16')
    record = only(parse(body.encode(), "jsonld"))
    assert (record.start, record.end) == (oslo("2026-12-05 10:00"), oslo("2026-12-06 15:00"))


def test_starts_that_cannot_be_read_are_reported() -> None:
    starts = ["2026-12-05T18:00", "2026-12-06T18:00", "07/12/2026 18:00"]
    found = page({"name": "Kor", "startDate": starts})
    assert [record.start for record in found.records] == [oslo("2026-12-05 18:00"), oslo("2026-12-06 18:00")]
    assert "one of its starts is left out" in found.warnings[0]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sat, 05 Dec 2026 18:00:00", "2026-12-05T18:00:00"),
        ("5 Dec 2026 18:00", "2026-12-05T18:00:00"),
        ("Sat, 05 Dec 2026 06:00 PM", "2026-12-05T18:00:00"),
        ("Sat, 05 Dec 2026 18:00:00 CET", "2026-12-05T18:00:00+01:00"),
        ("Tue, 09 Jun 2026 18:00 CEST", "2026-06-09T18:00:00+02:00"),
        ("Sat, 05 Dec 2026 18:00:00 -0000", "2026-12-05T18:00:00+00:00"),
        ("13/05/26", "2026-05-13"),
    ],
)
def test_a_time_without_an_offset_is_local(text: str, moment: str) -> None:
    assert read_any_moment(text).isoformat() == moment


def test_a_short_year_does_not_make_a_date_clear() -> None:
    with pytest.raises(ValueError, match="either of two dates"):
        read_any_moment("12/05/26 18:00")


def test_plus_zero_on_every_time_of_a_page_says_nothing() -> None:
    found = events(field("j14-plus-zero.html"))
    assert found["Jul i Svingen"][0].start == oslo("2026-12-08 20:00")
    assert found["Jul i Svingen"][0].end == oslo("2026-12-08 22:00")
    assert found["Sommerspill"][0].start == oslo("2027-06-08 20:00")
    mixed = page(
        {"name": "A", "startDate": "2026-12-08T20:00:00+00:00"}, {"name": "B", "startDate": "2026-12-09T20:00:00+01:00"}
    )
    assert [record.start for record in mixed.records] == [oslo("2026-12-08 21:00"), oslo("2026-12-09 20:00")]
    short = page({"name": "A", "startDate": "2026-12-08T20:00+0000"}, {"name": "B", "startDate": "2026-12-09"})
    assert [record.start for record in short.records] == [oslo("2026-12-08 20:00"), date(2026, 12, 9)]


def held(found: Parsed, rules: Config | None = None) -> Merged:
    return merge_events(found.records, rules or config())


def test_availability_is_no_event() -> None:
    found = held(field("i12-busy.ics"))
    assert found.events == ()
    assert len(found.held_back) == 19
    assert all("built-in rule (" in str(each) for each in found.held_back)


def test_ceremonies_of_families_are_held_back_unless_a_setting_shows_them() -> None:
    found = held(field("i18-church.ics"))
    assert [event.title for event in found.events] == ["Gudstjeneste"]
    assert {each.reason for each in found.held_back} == {"built-in rule (a family's ceremony)"}
    data = config().model_dump(mode="json", by_alias=True)
    data["site"]["ceremonies"] = True
    assert "Gravferd" in [event.title for event in held(field("i18-church.ics"), Config.model_validate(data)).events]


def test_the_gregorian_scale_is_ours() -> None:
    found = events(field("i08b-rscale-google.ics"))
    assert [event.start for event in found["Korøvelse"][:3]] == [
        oslo("2026-12-01 18:00"),
        oslo("2026-12-08 18:00"),
        oslo("2026-12-15 18:00"),
    ]
    assert [event.start for event in found["Bursdag"]] == [date(2026, 12, 12)]
    chinese = calendar(
        "SUMMARY:A\nDTSTART;VALUE=DATE:20261212\nRRULE:RSCALE=CHINESE;FREQ=YEARLY", "SUMMARY:B\nDTSTART:20261212T180000"
    )
    assert [record.title for record in chinese.records] == ["B"]
    assert '"A" is left out with all its repetitions: its rule is in another calendar (CHINESE).' in chinese.warnings
    leap = calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20261130\nRRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD")
    assert any("SKIP=FORWARD is not supported" in warning for warning in leap.warnings)


def test_empty_rules_and_broken_ends() -> None:
    found = field("i21-empty-rrule-rdate.ics")
    starts = {title: [event.start for event in each] for title, each in events(found).items()}
    assert starts["Juletrefest"] == [date(2026, 12, 26)]
    assert starts["Forelesning"] == [oslo("2026-12-07 10:15")]
    assert starts["Tom EXRULE"] == [oslo("2026-12-08 10:15")]
    assert starts["NaN"] == [oslo("2026-12-09 18:00")]
    assert starts["RDATE tom i serie"] == [oslo("2026-12-10 18:00"), oslo("2026-12-17 18:00")]
    assert any(warning.startswith('"NaN" is shown once: its UNTIL') for warning in found.warnings)
    others = calendar(
        "SUMMARY:A\nDTSTART:20261209T180000\nRRULE:FREQ=DAILY;COUNT=NaN",
        "SUMMARY:B\nDTSTART;VALUE=DATE:20261209\nRRULE:FREQ=DAILY;UNTIL=Invalid date\nEXDATE:",
    )
    assert [record.start for record in others.records] == [date(2026, 12, 9), oslo("2026-12-09 18:00")]
    assert len(others.warnings) == 2


def test_a_date_with_a_time_is_a_time() -> None:
    quiz = only(field("i02-valuedate-with-time.ics"))
    assert (quiz.start, quiz.end) == (oslo("2026-12-05 18:00"), oslo("2026-12-05 20:00"))
    assert only(calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20261205T000000")).start == date(2026, 12, 5)
    assert only(calendar("SUMMARY:A\nDTSTART;VALUE=DATE:20261205T170000Z")).start == oslo("2026-12-05 18:00")


def test_a_moved_occurrence_takes_what_it_lacks_from_its_series() -> None:
    found = events(field("i30-override-without-summary.ics"))
    moved = found["Korøvelse"][1]
    assert (moved.start, moved.end, moved.venue) == (oslo("2026-12-09 19:00"), oslo("2026-12-09 21:00"), "Kirka")
    assert [event.start.day for event in found["Korøvelse"]] == [1, 9, 15, 22]
    assert [event.start.day for event in found["Dans"]] == [3, 11, 17]


def test_a_date_as_recurrence_id_means_that_days_occurrence() -> None:
    found = events(field("i25-override-orphan.ics"))
    assert [event.start.day for event in found["Serie"]] == [1, 15, 22]
    assert [event.start for event in found["Serie flyttet"]] == [oslo("2026-12-09 19:00")]
    assert [event.start.day for event in found["Serie3"]] == [3, 17, 24]
    assert "Kor flyttet" in found
    assert [event.start.day for event in found["Serie4"]] == [4, 18], "the one that moved is also excluded"
    assert [event.start for event in found["Serie4 flyttet"]] == [oslo("2026-12-12 19:00")]
    body = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Uke\nDTSTART;VALUE=DATE:20261201\nRRULE:FREQ=WEEKLY;COUNT=3\n"
        "END:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Uke\nRECURRENCE-ID:20261208T000000\nDTSTART;VALUE=DATE:20261209\n"
        "END:VEVENT\nEND:VCALENDAR"
    )
    assert [record.start.day for record in parse(body.encode(), "ical").records] == [1, 9, 15]


@pytest.mark.parametrize(
    ("file", "times"),
    [
        ("i38-tzid-comma-helsinki.ics", [("2026-12-05 08:30", "2026-12-05 09:40")]),
        (
            "i36-tzone-quoted.ics",
            [("2026-12-16 21:30", "2026-12-16 22:00"), ("2026-12-17 21:30", "2026-12-17 22:00")],
        ),
        ("i05-t24.ics", [("2026-12-05 20:00", "2026-12-06 00:00")]),
    ],
)
def test_zones_and_the_end_of_the_day(file: str, times: list[tuple[str, str]]) -> None:
    assert [(r.start, r.end) for r in field(file).records] == [(oslo(start), oslo(end)) for start, end in times]


def test_other_zones_of_exchange() -> None:
    found = calendar("SUMMARY:A\nDTSTART;TZID=tzone://Microsoft/Custom:20261205T180000\nDTEND:20261205T240000")
    assert (only(found).start, only(found).end) == (oslo("2026-12-05 18:00"), oslo("2026-12-06 00:00"))
    windows = calendar("SUMMARY:A\nDTSTART;TZID=tzone://Microsoft/FLE Standard Time:20261205T180000")
    assert only(windows).start == oslo("2026-12-05 17:00")


def test_quoted_printable() -> None:
    evening = only(field("i15-vcal-qp.ics"))
    assert (evening.title, evening.venue) == ("Jørgens kveld", "KulØrn")
    long = "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Barne=\nrevy =C3=A5 nei\nDTSTART:20261205T180000"
    assert only(calendar(long)).title == "Barnerevy å nei"
    unnamed = "SUMMARY;ENCODING=QUOTED-PRINTABLE:F=F8rjulskonsert\nDTSTART:20261205T180000"
    assert only(calendar(unnamed)).title == "Førjulskonsert"


@pytest.mark.parametrize("charset", ["undefined", "raw_unicode_escape", "utf-7", "a\0b"])
def test_a_strange_encoding_costs_neither_the_calendar_nor_its_letters(charset: str) -> None:
    line = f"SUMMARY;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:Bl=C3=A5 =5Cud83d +2D0-\nDTSTART:20261205T180000"
    first, second = calendar(line, "SUMMARY:Kor\nDTSTART:20261206T180000").records
    assert first.title.encode().startswith("Blå".encode())
    assert second.title == "Kor"


def test_garbled_texts_and_addresses_as_venues() -> None:
    found = events(field("i27-text-escapes.ics"))
    assert set(found) == {
        'Kaffe, kake; og "kos" linje to', "Norsk", 'A – B "C" æ', "Jørgen", "Øvelse for børn", '"Sitat"'
    }  # fmt: skip
    assert found['"Sitat"'][0].venue == ""


def test_words_for_cancelled_moved_and_postponed() -> None:
    found = [e for e in merge_events(field("i19-cancel-words.ics").records, config()).events if e.start.day < 26]
    assert {event.title for event in found} == {"Kor", "❌ Kor"}
    statuses = {event.start.day: event.status.value for event in found}
    assert {day for day, status in statuses.items() if status == "cancelled"} == {*range(5, 20), 22, 24}
    assert {day for day, status in statuses.items() if status == "postponed"} == {20, 21}
    assert {day for day, status in statuses.items() if status == "moved"} == {25}


def test_forms_of_a_start() -> None:
    found = field("j01-start-forms.html")
    starts = {record.title: record.start for record in found.records}
    assert starts.pop("F22 2026-12-05T18:00:00-01:00") == oslo("2026-12-05 20:00")
    assert set(starts.values()) == {oslo("2026-12-05 18:00")}
    assert len(starts) == 23
    left_out = [warning for warning in found.warnings if "left out" in warning]
    assert len(left_out) == 2
    assert "12/05/2026 6:00 pm" in left_out[0]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("25/12/2026 18:00", datetime.fromisoformat("2026-12-25T18:00")),
        ("12/25/2026, 6:00 PM", datetime.fromisoformat("2026-12-25T18:00")),
        ("12/12/2026", date(2026, 12, 12)),
        ("5. des. 2026 kl 18", datetime.fromisoformat("2026-12-05T18:00")),
        ("2026-12-05T18:00[Europe/London]", datetime(2026, 12, 5, 18, tzinfo=ZoneInfo("Europe/London"))),
    ],
)  # fmt: skip
def test_other_forms_with_one_meaning(text: str, moment: datetime | date) -> None:
    assert read_any_moment(text) == moment


@pytest.mark.parametrize(
    "text", ["12/05/2026", "5/12/2026 18:00", "5. desember", "31/13/2026", "snart", "fredag 18.00"]
)
def test_forms_with_two_meanings_or_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_any_moment(text)


def test_typed_values_and_languages() -> None:
    found = events(field("j03-typed-values.html"))
    assert found["Julekonsert"][0].start == oslo("2026-12-05 18:00")
    assert found["Julemesse"][0].start == oslo("2026-12-06 12:00")
    assert [found[title][0].status.value for title in ("Status liste", "Status id", "Status ord", "Status http")] == [
        "cancelled", "cancelled", "cancelled", "postponed"
    ]  # fmt: skip
    start = "2026-12-05T18:00"
    mapped = page(
        {"name": {"en": "Fair", "no": "Messe"}, "startDate": start, "location": {"name": {"@value": "Torget"}}}
    )
    assert (only(mapped).title, only(mapped).venue) == ("Messe", "Torget")
    english = source_type("jsonld").settings.model_validate({"id": "x", "type": "jsonld", "url": "https://example.no/"})
    english.read_in("en")
    body = html(json.dumps({"@type": "Event", "name": {"en": "Fair", "no": "Messe"}, "startDate": start})).encode()
    assert only(source_type("jsonld").parse(body, english, WINDOW, ZONE)).title == "Fair"


def test_what_is_shown_gives_the_name() -> None:
    found = events(field("j05-nesting.html"))
    assert found["Flåklypa"][0].start == oslo("2026-12-09 18:00")
    assert "Hemne – Orkla" in found
    start = "2026-12-05T18:00"
    assert only(page({"workPerformed": {"name": "Peer Gynt"}, "startDate": start})).title == "Peer Gynt"
    assert only(page({"performer": [{"name": "Bygdekoret"}], "startDate": start})).title == "Bygdekoret"


def test_event_dates_in_elements_of_many_vendors() -> None:
    found = field("r01-elements.xml")
    starts = [f"2026-12-{day:02} {'11:00' if day == 5 else '18:00'}" for day in range(5, 20)]
    assert [record.start for record in found.records] == [*map(oslo, starts)]
    ends = ("2026-12-05 11:30", "2026-12-06 20:00", "2026-12-07 20:00")
    assert [record.end for record in found.records[:3]] == [*map(oslo, ends)]
    assert found.records[6].venue == "Kulturhuset"
    assert {item.title for item in found.news} == {"5. desember: Julekonsert kl. 18", "pubDate frem i tid"}


def test_other_elements_of_vendors() -> None:
    found = feed(
        "<fradato>5. desember 2026</fradato><tidspunkt>kl. 18-20</tidspunkt>",
        "<startTime>18:00</startTime><eventDate>05.12.2026</eventDate>",
        "<start>Kom tidlig</start><pubDate>Mon, 02 Nov 2026 10:00:00 +0000</pubDate>",
    )
    assert [record.start for record in found.records] == [oslo("2026-12-05 18:00")] * 2
    assert len(found.news) == 1
