"""The quick grouping gives what comparing everything with everything gives, whatever order it is told in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from signage.config.models import Config
from signage.domain.model import Record
from signage.events import merge_events, sort_out
from signage.events.candidates import neighbours, pairs
from signage.events.grouping import Group, group
from signage.events.matching import between, same_venue, verdict
from signage.events.occurrences import Occurrence
from signage.events.places import PlaceIndex
from tests.fixtures import pairs as labelled
from tests.fixtures.make_records import config, record
from tests.fixtures.properties import examples
from tests.fixtures.scaling import check_linear

CONFIG = config()
TITLES = [
    "Kor", "Kor 1", "Kor 2", "Kino", "Kino: Vaiana", "Vaiana", "Vaiana – norsk tale", "KINO: Ni liv", "Konsert",
    "Konsert på Trudvang", "Konsert med Bygdekoret", "Bygdekoret: øvelse", "Åpen hall", "Quiz-kveld", "Quizkveld",
    "Quiz", "Yoga for nybegynnere", "Yoga for viderekomne", "Hemne - Orkla", "Orkla - Hemne", "Basar i Vågland",
    "17. mai", "!!!", "Kystkulturdager: bryggedans", "Kystkulturdager: barnedans", "Bryggedans", "Årsmøte",
    "Trudvang", "gruppe a",
]  # fmt: skip
VENUES = [
    "", "Trudvang", "Trudvang, sal 2", "Trudvang, sal 1", "Trudvang-huset", "kulØr'n", "kulØr'n, Øragata",
    "Halsahallen", "Vågland", "Samfunnshuset, Vågland", "Vågland samfunnshus", "Vinje kirke", "Hemne kirke", "?",
    "Peisestua",
]  # fmt: skip
STARTS = [
    "2026-10-24", "2026-10-25", "2026-10-24 17:00", "2026-10-24 18:00", "2026-10-24 18:30", "2026-10-24 19:30",
    "2026-10-24 20:00", "2026-10-25 02:30",
]  # fmt: skip
RECORDS = st.builds(
    lambda title, start, source, uid, venue, organizer, url: record(
        title, start, source=source, uid=uid, venue=venue, organizer=organizer, url=url
    ),
    st.sampled_from(TITLES),
    st.sampled_from(STARTS),
    st.sampled_from(["iheim", "kultur", "frivillig", "unknown"]),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(VENUES),
    st.sampled_from(["", "Bygdekoret", "Hemne turmarsjklubb"]),
    st.sampled_from([None, "https://a.example/1", "https://a.example/2"]),
)


def with_towns(order: Sequence[str] = ("iheim", "kultur", "frivillig")) -> Config:
    data = CONFIG.model_dump(mode="json", by_alias=True)
    data["places"]["bergtun"] = {"name": "Bergtun", "town": "Vågland"}
    data["places"]["kulorn"]["town"] = "Kyrksæterøra"
    data["sources"] = [next(s for s in data["sources"] if s["id"] == name) for name in order]
    return Config.model_validate(data)


def all_pairs(day: Sequence[Occurrence], same: object = None) -> Iterable[tuple[int, int]]:
    every = itertools.combinations(range(len(day)), 2)
    return ((i, j) for i, j in every if day[i].source != day[j].source)


def names(groups: Iterable[Group]) -> set[frozenset[tuple[object, ...]]]:
    return {frozenset((o.source, o.uid, o.start, o.title, o.venue) for o in members) for members in groups}


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(RECORDS, max_size=14))
def test_the_index_loses_no_pair(records: list[Record]) -> None:
    kept = sort_out(records, with_towns()).kept
    assert group(kept) == group(kept, all_pairs)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(RECORDS, min_size=2, max_size=10))
def test_what_agrees_is_a_candidate(records: list[Record]) -> None:
    kept = sort_out(records, with_towns()).kept
    day = [o for o in kept if o.day == kept[0].day]
    assert {(i, j) for i, j in all_pairs(day) if between(day[i], day[j]).same} <= set(
        pairs(day, neighbours(o.where for o in day))
    )


@settings(max_examples=examples(300), deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["Hemne", "hall", "Trudvang", "sal", "kirke,", "Vågland", "Vågland,", "-", "Sal-2"])),
        max_size=9,
    )
)
def test_no_two_texts_of_one_venue_miss_each_other(texts: list[list[str]]) -> None:
    places = PlaceIndex(with_towns().places)
    wheres = [places.where(" ".join(words)) for words in texts]
    known = {where.text: where for where in wheres if where.known}
    found = neighbours(wheres)
    assert {text: set(same) for text, same in found.items()} == {
        text: {other.text for other in known.values() if other is where or same_venue(where, other)}
        for text, where in known.items()
    }


def test_titles_that_say_little_are_not_compared_with_all_without_a_venue() -> None:
    """Many concerts of one day, half of them without a name and half of them without a venue."""

    def make(count: int) -> tuple[Occurrence, ...]:
        plain = [record("Konsert", "2026-10-24 18:00", venue=f"Grend{n}", uid=str(n)) for n in range(count)]
        homeless = [record(f"Konsert: Spill{n}", "2026-10-24 18:00", source="kultur", uid=str(n)) for n in range(count)]
        return sort_out([*plain, *homeless], CONFIG).kept

    check_linear(lambda kept: list(pairs(kept, neighbours(o.where for o in kept))), make, 200)


def test_the_index_loses_no_labelled_pair() -> None:
    for pair in labelled.load():
        kept = sort_out([pair.one, pair.other], labelled.config()).kept
        assert group(kept) == group(kept, all_pairs), pair.about


@settings(max_examples=examples(200), deadline=None)
@given(RECORDS, RECORDS)
def test_a_verdict_is_the_same_from_both_sides(one: Record, other: Record) -> None:
    kept = sort_out([one, other], with_towns()).kept
    if len(kept) == 2:
        left, right = verdict(*kept), verdict(*kept[::-1])
        assert (left.same, left.against, left.weak) == (right.same, right.against, right.weak)
        assert left.reason
        assert right.reason


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(RECORDS, max_size=12), st.permutations(["iheim", "kultur", "frivillig"]), st.randoms())
def test_neither_the_records_order_nor_the_sources_changes_who_belongs_together(records, order, dice) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(records)
    dice.shuffle(shuffled)
    usual, other = with_towns(), with_towns(order)
    assert merge_events(records, usual) == merge_events(shuffled, usual)
    one, two = group(sort_out(records, usual).kept), group(sort_out(shuffled, other).kept)
    assert names(one.groups) == names(two.groups)
    told = [{(o.source, o.uid) for o in e.origins} for e in merge_events(records, usual).events]
    also = [{(o.source, o.uid) for o in e.origins} for e in merge_events(shuffled, other).events]
    assert sorted(map(sorted, told)) == sorted(map(sorted, also))


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(RECORDS, max_size=12))
def test_no_group_holds_a_contradiction(records: list[Record]) -> None:
    for members in group(sort_out(records, with_towns()).kept).groups:
        for one, other in itertools.combinations(members, 2):
            if one.source != other.source:
                assert not between(one, other).against
            else:
                assert one.start == other.start
            assert abs(one.day - other.day) == timedelta()


def test_what_contradicts_each_other_is_not_joined_through_a_third() -> None:
    """The church services of two churches, and one of nobody knows which."""
    assert len(merge_events(
        [
            record("Gudstjeneste", "2026-09-15 11:00", venue="Hemne kirke"),
            record("Gudstjeneste", "2026-09-15 11:00", source="kultur"),
            record("Gudstjeneste", "2026-09-15 11:00", source="frivillig", venue="Vinje kirke"),
        ],
        CONFIG,
    ).events) == 3  # fmt: skip


def test_what_a_third_is_closer_to_is_joined_with_that() -> None:
    merged = merge_events(
        [
            record("Gudstjeneste", "2026-09-15 11:00", venue="Hemne kirke", uid="1"),
            record("Gudstjeneste", "2026-09-15 11:30", source="kultur", uid="2"),
            record("Gudstjeneste", "2026-09-15 11:30", source="frivillig", venue="Vinje kirke", uid="3"),
        ],
        CONFIG,
    ).events
    assert [[o.uid for o in event.origins] for event in merged] == [["1"], ["2", "3"]]


def test_a_thousand_of_one_name_are_no_long_wait() -> None:
    """One source repeats itself; nothing is compared within it but equal starts."""
    records = [
        record("Åpen hall", f"2026-09-15 {h:02}:{m:02}", uid=f"{h}-{m}-{v}", venue=f"Bane {v}")
        for h in range(8, 22)
        for m in range(0, 60, 5)
        for v in range(6)
    ]
    assert len(merge_events(records, CONFIG).events) == len(records)
