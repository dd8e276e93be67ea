"""Each event once, none lost, whatever order the sources tell it in."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.config.models import Source
from signage.domain.model import Event, Origin, Picture, Record, Status, Ticket, TicketKind
from signage.events import Merged, merge_events
from signage.events.lines import as_line
from signage.sources.base import FetchWindow
from signage.sources.types.wis import Wis
from tests.fixtures.make import OSLO, oslo
from tests.fixtures.make_records import config, record
from tests.fixtures.paths import shared_data
from tests.fixtures.properties import examples

CONFIG = config()
PICTURE = Picture("a" * 64, 400, 300)
KULØRN = "kulØr'n, Øragata, Kyrksæterøra"


def merge(*records: Record) -> tuple[Event, ...]:
    return merge_events(records, CONFIG).events


def titles(*records: Record) -> list[str]:
    return [event.title for event in merge(*records)]


def real() -> tuple[Record, ...]:
    body = (shared_data() / "wis" / "heim-2026-09-14--16.json").read_bytes()
    source = Source(id="iheim", type="wis", url="https://iheim.no")
    return Wis().parse(body, source, FetchWindow(date(2026, 9, 14), date(2026, 9, 16)), OSLO).records


# --- the same event ---


def test_kaillkaffe_is_one_and_vaiana_two() -> None:
    merged = merge_events(real(), CONFIG)
    kaillkaffe = [event for event in merged.events if event.title == "Kaillkaffe med Jahn"]
    vaiana = [event for event in merged.events if "vaiana" in event.title.casefold()]
    assert len(kaillkaffe) == 1
    assert [origin.uid for origin in kaillkaffe[0].origins] == ["1062097", "2704214"]
    assert kaillkaffe[0].id == "iheim:1062097:2026-09-15"
    assert [event.start for event in vaiana] == [oslo("2026-09-14 18:00"), oslo("2026-09-15 18:00")]
    assert len(merged.events) == 17
    assert any("Kaillkaffe" in note for note in merged.notes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (record("Kor", "2026-09-15 18:00"), record("KOR!", "2026-09-15 18:00", source="kultur")),
        (
            record("Konsert med Hemne korforening", "2026-09-15 18:00"),
            record("Hemne korforening: Konsert", "2026-09-15 18:30", source="kultur"),
        ),
        (
            record("Babysang på biblioteket", "2026-09-15 11:00", venue="Hemne bibliotek"),
            record("Babysang", "2026-09-15 11:00", venue="Heim bibliotek, Kyrksæterøra", source="kultur"),
        ),
        (
            record("KINO: Vaiana", "2026-09-15 18:00", venue=KULØRN),
            record("Vaiana", "2026-09-15 18:00", venue="KULØR’N", source="kultur"),
        ),
        (
            record("Kystkulturdager", "2026-09-25", "2026-09-28"),
            record("Kystkulturdager 2026", "2026-09-25", "2026-09-28", source="kultur"),
        ),
        (record("Turdag", "2026-09-25"), record("Turdag", "2026-09-25 10:00", source="kultur")),
    ],
)
def test_told_by_two_sources(one: Record, other: Record) -> None:
    one, other = replace(one, venue=one.venue or "Trudvang"), replace(other, venue=other.venue or "Trudvang")
    merged = merge(one, other)
    assert len(merged) == 1
    assert [origin.source for origin in merged[0].origins] == ["iheim", "kultur"]
    assert merge(other, one) == merged


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # another day, another time, another place, another title
        (record("Kor", "2026-09-15 18:00"), record("Kor", "2026-09-16 18:00", source="kultur")),
        (record("Kor", "2026-09-15 18:00"), record("Kor", "2026-09-15 20:00", source="kultur")),
        (record("Kor", "2026-09-15 18:00"), record("Kort", "2026-09-15 18:00", source="kultur")),
        (record("Kår", "2026-09-15 18:00"), record("Kar", "2026-09-15 18:00", source="kultur")),
        (
            record("Gudstjeneste", "2026-09-15 11:00", venue="Hemne kirke"),
            record("Gudstjeneste", "2026-09-15 11:00", venue="Vinje kirke", source="kultur"),
        ),
        (
            record("Kino: Vaiana", "2026-09-15 18:00", venue="Halsahallen"),
            record("Kino: Vaiana", "2026-09-15 18:00", venue=KULØRN, source="kultur"),
        ),
        (
            record("Trim for eldre", "2026-09-15 11:00", venue="Trudvang"),
            record("Trim for unge", "2026-09-15 11:00", venue="Trudvang", source="kultur"),
        ),
        (
            record("Kino: Vaiana", "2026-09-15 18:00", venue=KULØRN),
            record("Kino: Flåklypa", "2026-09-15 18:00", venue=KULØRN, source="kultur"),
        ),
        (
            record("Kystkulturdager", "2026-09-25", "2026-09-28"),
            record("Kystkulturdager", "2026-09-25 18:00", source="kultur"),
        ),
        # one source, that means what it says
        (record("Kor", "2026-09-15 18:00", uid="1"), record("Kor", "2026-09-15 18:30", uid="2")),
        (
            record("Åpen hall", "2026-09-15 18:00", uid="1", venue="Halsahallen"),
            record("Åpen hall", "2026-09-15 18:00", uid="2", venue="Trudvang"),
        ),
        (record("Kor", "2026-09-15 18:00", uid="1", venue="Kor"),
         record("Kor", "2026-09-15 18:00", uid="2", venue="Korps")),
    ],
)  # fmt: skip
def test_two_events(one: Record, other: Record) -> None:
    assert len(merge(one, other)) == 2
    assert merge(one, other) == merge(other, one)


def test_of_two_showings_each_finds_its_own() -> None:
    shows = ["2026-09-15 17:00", "2026-09-15 18:00"]
    iheim = [record("Vaiana", start, uid=start) for start in shows]
    kultur = [record("Vaiana", start, source="kultur", uid=start) for start in shows]
    merged = merge(*iheim, *kultur)
    assert [[origin.uid for origin in event.origins] for event in merged] == [[start, start] for start in shows]


def test_what_fits_two_is_joined_with_neither() -> None:
    assert len(merge(
        record("Åpen hall", "2026-09-15 18:00", uid="1", venue="Halsahallen"),
        record("Åpen hall", "2026-09-15 18:00", uid="2", venue="Trudvang"),
        record("Åpen hall", "2026-09-15 18:00", source="kultur"),
    )) == 3  # fmt: skip


def test_the_better_title_wins_over_a_similar_one() -> None:
    merged = merge(
        record("Konsert", "2026-09-15 18:00", uid="1", venue="Trudvang"),
        record("Konsert ungdomskor", "2026-09-15 18:00", uid="2", venue="Trudvang"),
        record("Konsert ungdomskor", "2026-09-15 18:00", source="kultur", venue="Trudvang"),
    )
    assert [len(event.origins) for event in merged] == [1, 2]


def test_what_each_source_adds() -> None:
    ticket = Ticket(TicketKind.TICKETS, "https://checkin.no/event/1", "380.00", "NOK")
    (event,) = merge(
        record("Kor", "2026-09-15 18:00", venue="Trudvang", categories=("Sang",), url="https://iheim.no/1"),
        record(
            "KOR",
            "2026-09-15 18:00",
            "2026-09-15 20:00",
            source="kultur",
            venue="Trudvang, Kyrksæterøra",
            organizer="Koret",
            categories=("sang", "Kultur"),
            audiences=("Voksne",),
            ticket=ticket,
            description="Vi synger.",
            picture=PICTURE,
            url="https://kultur.no/1",
        ),
    )
    assert (event.title, event.venue, event.organizer) == ("Kor", "Trudvang", "Koret")
    assert event.end == oslo("2026-09-15 20:00") == event.ends_at
    assert event.categories == ("Sang", "Kultur")
    assert event.audiences == ("Voksne",)
    assert event.ticket == ticket
    assert event.summary == "Vi synger."
    assert event.picture == PICTURE
    assert event.url == "https://iheim.no/1"
    assert event.origins[1] == Origin("kultur", "KOR 2026-09-15 18:00", "https://kultur.no/1")


def test_cancelled_anywhere_is_cancelled() -> None:
    one = record("Kor", "2026-09-15 18:00")
    other = record("Kor", "2026-09-15 18:00", source="kultur", status=Status.CANCELLED)
    assert merge(one, other)[0].status is Status.CANCELLED


def test_a_time_beats_all_day() -> None:
    (event,) = merge(record("Turdag", "2026-09-25"), record("Turdag", "2026-09-25 10:00", source="kultur"))
    assert event.start == oslo("2026-09-25 10:00")


# --- identity ---


def test_a_corrected_time_keeps_the_id() -> None:
    (before,) = merge(record("Kor", "2026-09-15 18:00", uid="7"))
    (after,) = merge(record("Kor", "2026-09-15 19:00", uid="7"))
    assert before.id == after.id == "iheim:7:2026-09-15"


def test_two_showings_of_one_series_on_a_day_have_two_ids() -> None:
    events = merge(record("Film", "2026-09-15 18:00", uid="7"), record("Film", "2026-09-15 20:00", uid="7"))
    assert [event.id for event in events] == ["iheim:7:2026-09-15", "iheim:7:2026-09-15:2"]


def test_a_night_belongs_to_the_local_day() -> None:
    start = oslo("2026-09-16 00:30").astimezone(UTC)
    (event,) = merge(replace(record("Natt", "2026-09-15 18:00", uid="7"), start=start))
    assert event.id == "iheim:7:2026-09-16"


# --- when it is off the glass ---


def test_display_expiry() -> None:
    (site,) = merge(record("Kor", "2026-09-15 18:00"))
    (own,) = merge(record("Kor", "2026-09-15 18:00", source="frivillig"))
    assert site.ends_at == oslo("2026-09-15 20:00")
    assert own.ends_at == oslo("2026-09-15 23:00")
    assert site.end is own.end is None


@pytest.mark.parametrize("end", ["2026-09-15 18:00", "2026-09-15 17:00"])
def test_an_end_that_is_none(end: str) -> None:
    (event,) = merge(record("Kor", "2026-09-15 18:00", end))
    assert event.end is None
    assert event.ends_at == oslo("2026-09-15 20:00")


@pytest.mark.parametrize(
    ("start", "end", "begins", "ends"),
    [
        ("2026-09-25", "2026-09-28", "2026-09-25 00:00", "2026-09-28 00:00"),
        ("2026-09-25", None, "2026-09-25 00:00", "2026-09-26 00:00"),
        ("2026-09-25", "2026-09-25", "2026-09-25 00:00", "2026-09-26 00:00"),
        ("2026-10-25", None, "2026-10-25 00:00", "2026-10-26 00:00"),
    ],
)
def test_all_day(start: str, end: str | None, begins: str, ends: str) -> None:
    (event,) = merge(record("Dag", start, end))
    assert event.all_day
    assert (event.starts_at, event.ends_at) == (oslo(begins), oslo(ends))


def test_the_longest_day_of_the_year_has_25_hours() -> None:
    (event,) = merge(record("Dag", "2026-10-25"))
    assert event.ends_at - event.starts_at == timedelta(hours=25)


# --- places, bookings ---


@pytest.mark.parametrize(
    ("venue", "place"),
    [
        ("kulØr'n, Øragata, Kyrksæterøra", "kulorn"),
        ("KULØR’N", "kulorn"),
        ("Heim  bibliotek, Kyrksæterøra", "bibliotek"),
        ("hemne bibliotek", "bibliotek"),
        ("Peisestua, helsesenteret", "helsesenteret"),
        ("Halsahallen", "halsahallen"),
        ("Halsahallens venner", None),
        ("Ved Halsahallen", None),
        ("kulor'n", None),
        ("", None),
    ],
)
def test_places(venue: str, place: str | None) -> None:
    assert merge(record("Kor", "2026-09-15 18:00", venue=venue))[0].place == place


@pytest.mark.parametrize(
    "title",
    ["Utleid", "UTLEID til Hemne IL", "Hallen er utleid", "Stengt: Svømmehallen Liabø", "Stengt", "Privat",
     "Privat arrangement", "Stengt på grunn av vask", "Reservert"],
)  # fmt: skip
def test_bookings_are_held_back(title: str) -> None:
    merged = merge_events([record(title, "2026-09-15 18:00", uid="9")], CONFIG)
    assert merged.events == ()
    assert title in str(merged.held_back[0])
    assert "iheim:9" in str(merged.held_back[0])


@pytest.mark.parametrize("title", ["Privatøkonomi for unge", "Stengte dører – teater", "Utleide hjem: film", "Åpent"])
def test_titles_that_only_sound_like_it(title: str) -> None:
    assert titles(record(title, "2026-09-15 18:00")) == [title]


def test_an_event_without_a_title_is_said() -> None:
    merged = merge_events([record(" <br> ", "2026-09-15 18:00", uid="9")], CONFIG)
    assert merged.events == ()
    assert merged.notes == ("iheim:9 on 2026-09-15 is left out: it has no title",)


# --- as JSON ---


def test_as_a_line() -> None:
    (event,) = merge(record("Kor", "2026-09-15 18:00", uid="7", ticket=Ticket(TicketKind.FREE)))
    assert json.loads(json.dumps(as_line(event))) == {
        "id": "iheim:7:2026-09-15",
        "source": "iheim",
        "title": "Kor",
        "start": "2026-09-15T18:00:00+02:00",
        "end": None,
        "all_day": False,
        "venue": "",
        "place": None,
        "organizer": "",
        "organisation": None,
        "categories": [],
        "audiences": [],
        "summary": "",
        "picture": None,
        "status": "scheduled",
        "url": None,
        "ticket": {
            **dict.fromkeys(("url", "price_from", "price_to", "currency")),
            "kind": "free",
            "availability": "unknown",
        },
        "origins": [{"source": "iheim", "id": "7", "url": None}],
    }


def test_all_day_as_a_line() -> None:
    line = as_line(merge(record("Dag", "2026-09-25", "2026-09-28"))[0])
    assert (line["start"], line["end"], line["all_day"], line["ticket"]) == ("2026-09-25", "2026-09-28", True, None)


# --- order ---


def test_a_venue_that_fits_two_longer_ones() -> None:
    """One text begins like both others, which don't begin alike: the answer must not depend on who came first."""
    records = [
        record("Kor", "2026-09-15 18:00", uid=uid, venue=venue)
        for uid, venue in [("1", "Trudvang, sal 2"), ("2", "Trudvang"), ("3", "Trudvang, kjelleren")]
    ]
    answers = {tuple(merge(*order)) for order in itertools.permutations(records)}
    assert len(answers) == 1
    assert sorted(len(event.origins) for event in answers.pop()) == [1, 2]


TITLES = st.sampled_from(["Kor", "kor!", "Kino: Vaiana", "Vaiana", "Konsert med kor", "Åpen hall", "Utleid", ""])
VENUES = st.sampled_from(["", "Trudvang", "Trudvang, sal 2", "Trudvang, Heim", KULØRN, "kulØr'n", "Halsahallen"])
STARTS = st.sampled_from(
    ["2026-10-24", "2026-10-25", "2026-10-24 18:00", "2026-10-24 18:30", "2026-10-24 20:00", "2026-10-25 02:30"]
)
RECORDS = st.builds(
    lambda title, start, source, uid, venue, status, text: record(
        title, start, source=source, uid=uid, venue=venue, status=status, description=text
    ),
    TITLES,
    STARTS,
    st.sampled_from(["iheim", "kultur", "frivillig", "unknown"]),
    st.sampled_from(["1", "2", "10", "a"]),
    VENUES,
    st.sampled_from(list(Status)),
    st.sampled_from(["", "Kort.", "En lengre tekst om det."]),
)


def same(one: Merged, other: Merged) -> bool:
    return one == other and [as_line(e) for e in one.events] == [as_line(e) for e in other.events]


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_order_changes_nothing_and_nothing_is_lost(data: st.DataObject) -> None:
    records = data.draw(st.lists(RECORDS, max_size=12))
    shuffled = data.draw(st.permutations(records))
    merged = merge_events(records, CONFIG)
    assert same(merged, merge_events(shuffled, CONFIG))
    assert len({event.id for event in merged.events}) == len(merged.events)
    assert list(merged.events) == sorted(merged.events, key=lambda e: (e.starts_at, e.title, e.id))
    told = {(r.source, r.uid) for r in records if r.title not in ("Utleid", "")}
    assert {(o.source, o.uid) for event in merged.events for o in event.origins} == told
    assert all(event.ends_at > event.starts_at for event in merged.events)


@settings(max_examples=examples(100), deadline=None)
@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_comes_out_clean(title: str, description: str) -> None:
    for event in merge(record(title, "2026-09-15 18:00", description=description, venue=title)):
        for text in (event.title, event.summary, event.venue):
            assert text == text.strip()
            assert text.isprintable() or "\u200c" in text or "\u200d" in text
            assert "\n" not in text
        assert len(event.title) <= 300
        assert len(event.summary) <= 280
