"""What is shown when: the shared cases, and promises that hold for any bundle at any moment."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from player.rotation import Moment, Turn, open_pages, seconds_left, take_turn
from player.store.manifest import Manifest, verify
from tests.fixtures.bundles import KEY, Page, evergreen, manifest, page
from tests.fixtures.paths import FIXTURES
from tests.fixtures.rotation_reference import ms, turn_at

VECTORS = json.loads((FIXTURES / "vectors" / "rotation.json").read_bytes())
WITH_TURNS = [vector for vector in VECTORS if "turns" in vector]
EPOCH = datetime(2026, 10, 24, 22, tzinfo=UTC)  # the night when an hour comes twice is in the middle of the windows


def read(made: dict[str, Any]) -> Manifest:
    data = json.dumps(made).encode()
    return verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), made["screen"])


def at(minutes: float, trusted: bool = True, ticks: float | None = None) -> Moment:
    return Moment(EPOCH + timedelta(minutes=minutes), minutes * 60 if ticks is None else ticks, trusted)


def window(first: int, last: int) -> dict[str, str]:
    return {name: (EPOCH + timedelta(minutes=m)).isoformat() for name, m in (("from_", first), ("until", last))}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_shared_cases(vector: dict[str, Any]) -> None:
    bundle = read(vector["manifest"])
    for case in vector["cases"]:
        shown = open_pages(bundle, datetime.fromisoformat(case["now"]), case["clock_trusted"])
        assert [p.id for p in shown] == case["open"], case


@pytest.mark.parametrize("vector", WITH_TURNS, ids=[vector["name"] for vector in WITH_TURNS])
def test_the_shared_turns(vector: dict[str, Any]) -> None:
    """Whatever was shown before, and whatever the ticks are."""
    bundle = read(vector["manifest"])
    shown: Turn | None = None
    for number, case in enumerate(vector["turns"]):
        now = datetime.fromisoformat(case["now"])
        turn = take_turn(bundle, Moment(now, 1000.0 * number, True), shown if number % 2 else None)
        assert turn is not None
        assert turn.page.id == case["shown"], case
        until = case["until_ms"] or ms("2100-01-01T00:00:00+00:00")
        left = seconds_left(Moment(now, 1000.0 * number, True), turn)
        assert left == pytest.approx(until / 1000 - now.timestamp(), abs=1e-5) or case["until_ms"] is None, case
        shown = turn


@st.composite
def bundles(draw: st.DrawFn) -> tuple[Page, ...]:
    pages = []
    for number in range(draw(st.integers(0, 6))):
        first = draw(st.integers(0, 300))
        span = window(first, first + draw(st.integers(-5, 120)))
        dwell = draw(st.sampled_from([3.0, 10.0, 45.0]))
        pages.append(page(f"p{number}", dwell_seconds=dwell, dated=draw(st.booleans()), **span))
    return (*pages, evergreen(dwell_seconds=10.0))


def make(pages: tuple[Page, ...]) -> Manifest:
    horizon = (EPOCH + timedelta(minutes=360)).isoformat()
    return read(manifest(1, *pages, horizon=horizon)[0])


@settings(deadline=None)  # the machine may be busy
@given(bundles(), st.lists(st.tuples(st.floats(0, 120), st.booleans()), max_size=30))
def test_whatever_happens_an_open_page_is_on_the_glass(
    pages: tuple[Page, ...], looks: list[tuple[float, bool]]
) -> None:
    bundle, turn, now = make(pages), None, -5.0
    for minutes, trusted in looks:
        now += minutes
        moment = at(now, trusted)
        turn = take_turn(bundle, moment, turn)
        assert turn is not None
        assert turn.page in open_pages(bundle, moment.wall, trusted)
        if trusted and not turn.page.fallback:
            assert turn.page.start <= moment.wall < min(turn.page.until, bundle.horizon)
        if not trusted:
            assert not turn.page.dated


@settings(deadline=None)  # the machine may be busy
@given(bundles(), st.floats(-5, 400), st.booleans())
def test_looking_only_when_told_misses_nothing(pages: tuple[Page, ...], start: float, trusted: bool) -> None:
    """Between two looks as `seconds_left` says, no look in between would have shown another page."""
    bundle = make(pages)
    first = take_turn(bundle, at(start, trusted), None)
    assert first is not None
    left = seconds_left(at(start, trusted), first)
    assert left > 0
    for share in (0.3, 0.999):
        between = take_turn(bundle, at(start + left * share / 60, trusted), first)
        assert between is not None
        assert between.page == first.page


@settings(deadline=None, max_examples=200)  # the machine may be busy
@given(bundles(), st.lists(st.floats(-300, 24000), min_size=1, max_size=20))
def test_by_the_wall_clock_it_is_the_turn_of_the_page_that_the_plainest_way_finds(
    pages: tuple[Page, ...], looks: list[float]
) -> None:
    made = manifest(1, *pages, horizon=(EPOCH + timedelta(minutes=360)).isoformat())[0]
    bundle = read(made)
    for seconds in looks:
        wall = EPOCH + timedelta(milliseconds=round(seconds * 1000))
        turn = take_turn(bundle, Moment(wall, 0.0, True), None)
        assert turn is not None
        shown, until = turn_at(made, ms(wall.isoformat()))
        assert turn.page.id == shown
        assert until == 10**16 or turn.until == pytest.approx(until / 1000 - wall.timestamp(), abs=1e-5)


@settings(deadline=None)  # the machine may be busy
@given(bundles(), st.integers(0, 300), st.booleans())
def test_every_open_page_gets_its_turn_in_the_manifests_order(
    pages: tuple[Page, ...], start: int, trusted: bool
) -> None:
    """As long as no window opens or closes."""
    bundle = make(tuple(replace(each, from_=window(0, 0)["from_"], until=window(0, 330)["until"]) for each in pages))
    expected = [page.id for page in open_pages(bundle, at(start).wall, trusted)]
    turn, seen, minutes = None, [], float(start)
    while len(seen) < 2 * len(expected) + 1:
        turn = take_turn(bundle, at(minutes, trusted), turn)
        assert turn is not None
        seen.append(turn.page.id)
        minutes += seconds_left(at(minutes, trusted), turn) / 60 + 1e-6
    first = expected.index(seen[0])
    assert seen[: 2 * len(expected)] == (expected * 3)[first : first + 2 * len(expected)]


@settings(deadline=None)  # the machine may be busy
@given(bundles(), st.integers(0, 21000))
def test_no_page_is_shown_for_a_moment_only(pages: tuple[Page, ...], start: int) -> None:
    """Two windows that open or close within seconds of each other are another matter."""
    bundle = make(pages)
    moment = Moment(EPOCH + timedelta(seconds=start), 0.0, True)
    first = take_turn(bundle, moment, None)
    assert first is not None
    begin = moment.wall + timedelta(seconds=first.until)
    turn = take_turn(bundle, Moment(begin, first.until, True), first)
    assert turn is not None
    if turn.page != first.page:
        assert turn.until - first.until >= min(3.0, turn.page.dwell_seconds / 2) - 1e-5


def test_a_page_does_not_stay_beyond_its_window() -> None:
    bundle = make(
        (page("a", dwell_seconds=600, **window(0, 2)), page("b", dwell_seconds=600, **window(0, 9)), evergreen())
    )
    turn = take_turn(bundle, at(1.5), None)
    assert turn is not None
    assert seconds_left(at(1.5), turn) == 30
    after = take_turn(bundle, at(2), turn)
    assert after is not None
    assert after.page.id == "b"


def test_a_page_that_is_made_again_keeps_its_place_and_its_time() -> None:
    """Another picture, another id, another serial: the round goes on as if nothing had happened."""
    pages = (page("a"), page("b"), page("c", dwell_seconds=17.0), evergreen())
    old, new = make(pages), make((page("a-2", picture=evergreen_picture()), *pages[1:]))
    for second in range(0, 120, 5):
        turns = [take_turn(bundle, at(second / 60), None) for bundle in (old, new)]
        places = [
            [p.id for p in bundle.pages].index(t.page.id) for bundle, t in zip((old, new), turns, strict=True) if t
        ]
        assert places[0] == places[1]
        assert turns[0] and turns[1] and turns[0].until == turns[1].until  # noqa: PT018


def test_without_a_trusted_clock_a_page_stays_for_its_dwell() -> None:
    bundle = make((page("a", dwell_seconds=60, dated=False), evergreen()))
    turn = take_turn(bundle, at(1, trusted=False, ticks=7.0), None)
    assert turn is not None
    assert (turn.page.id, turn.until) == ("a", 67.0)
    kept = take_turn(bundle, at(1.9, trusted=False, ticks=66.0), turn)
    assert kept == turn
    after = take_turn(bundle, at(2, trusted=False, ticks=67.0), turn)
    assert after is not None
    assert after.page.id == "evergreen"


def test_the_next_one_follows_in_order_even_when_the_last_one_is_gone_from_the_manifest() -> None:
    undated = {"dated": False}
    old = make((page("a", **undated), page("b", **undated), page("c", **undated), evergreen()))
    new = make((page("c", **undated), page("d", **undated), evergreen()))
    turn = take_turn(new, at(5, trusted=False), Turn(old.pages[1], 0.0))
    assert turn is not None
    assert turn.page.id == "c"


def test_an_edited_page_is_shown_at_once() -> None:
    old, new = make((page("a"), evergreen())), make((page("a", picture=evergreen_picture()), evergreen()))
    turn = take_turn(new, at(5, ticks=1.0), Turn(old.pages[0], 0.0))
    assert turn is not None
    assert turn.page.picture != old.pages[0].picture


def evergreen_picture() -> bytes:
    from tests.fixtures.bundles import picture

    return picture("edited")


def test_an_unreadable_picture_counts_as_not_open() -> None:
    bundle = make((page("a", **window(0, 60)), page("b", **window(0, 60)), evergreen()))
    names = [p.picture.name for p in bundle.pages]
    assert [p.id for p in open_pages(bundle, at(1).wall, True, frozenset(names[:1]))] == ["b"]
    assert [p.id for p in open_pages(bundle, at(1).wall, True, frozenset(names[:2]))] == ["evergreen"]
    assert take_turn(bundle, at(1), None, frozenset(names)) is None


@pytest.mark.parametrize("step", [timedelta(days=-365), timedelta(hours=-1), timedelta(hours=1), timedelta(days=365)])
def test_a_clock_that_is_set_leads_to_the_right_page_at_the_next_look(step: timedelta) -> None:
    bundle = make((page("a", dwell_seconds=600, **window(0, 30)), evergreen()))
    before = take_turn(bundle, at(10, ticks=0), None)
    assert before is not None
    after = take_turn(bundle, Moment(at(10).wall + step, 0.5, True), before)
    assert after is not None
    assert after.page.id == "evergreen"
