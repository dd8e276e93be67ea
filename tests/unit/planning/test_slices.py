"""Slices and windows: what is cut where, and what is merged again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from signage.planning.slices import Slice, Window, midnights, slices, windows
from tests.fixtures.scaling import check_linear

OSLO = ZoneInfo("Europe/Oslo")
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def test_equal_neighbours_become_one_slice() -> None:
    found = slices(at(0), at(10), [at(2), at(4), at(6)], lambda t: t < at(4))
    assert found == [Slice(at(0), at(4), True), Slice(at(4), at(10), False)]


def test_instants_outside_the_horizon_cut_nothing() -> None:
    assert slices(at(0), at(1), [at(-1), at(0), at(1), at(2)], lambda t: t) == [Slice(at(0), at(1), at(0))]


def test_a_page_that_stays_while_its_neighbour_changes_keeps_one_window() -> None:
    pieces = [Slice(at(0), at(1), ("today-a", "friday")), Slice(at(1), at(2), ("today-b", "friday"))]
    assert windows(pieces) == [
        Window(at(0), at(1), "today-a", 0),
        Window(at(1), at(2), "today-b", 1),
        Window(at(0), at(2), "friday", 2),
    ]


def test_pages_that_change_places_are_cut_and_nothing_else_is() -> None:
    found = windows([Slice(at(0), at(1), ("a", "b", "c", "d")), Slice(at(1), at(2), ("d", "a", "b", "c"))])
    assert [(w.item, w.start, w.end) for w in found] == [
        ("d", at(1), at(2)), ("a", at(0), at(2)), ("b", at(0), at(2)), ("c", at(0), at(2)), ("d", at(0), at(1)),
    ]  # fmt: skip


def test_what_comes_between_two_that_stay_is_put_between_them() -> None:
    found = windows([Slice(at(0), at(1), ("a", "c")), Slice(at(1), at(2), ("a", "b", "c", "d"))])
    assert [w.item for w in found] == ["a", "b", "c", "d"]


def test_a_page_that_comes_back_has_two_windows() -> None:
    pieces = [Slice(at(0), at(1), ("a",)), Slice(at(1), at(2), ("b",)), Slice(at(2), at(3), ("a",))]
    assert [w for w in windows(pieces) if w.item == "a"] == [Window(at(0), at(1), "a", 0), Window(at(2), at(3), "a", 2)]


def test_a_gap_between_slices_closes_every_window() -> None:
    pieces = [Slice(at(0), at(1), ("a",)), Slice(at(5), at(6), ("a",))]
    assert windows(pieces) == [Window(at(0), at(1), "a", 0), Window(at(5), at(6), "a", 1)]


def test_days_of_23_and_25_hours_begin_at_local_midnight() -> None:
    spring = list(midnights(datetime(2026, 3, 28, 12, tzinfo=OSLO), datetime(2026, 3, 31, tzinfo=OSLO), OSLO))
    assert [b - a for a, b in pairwise(spring)] == [timedelta(hours=23)]
    autumn = list(midnights(datetime(2026, 10, 24, 12, tzinfo=OSLO), datetime(2026, 10, 27, tzinfo=OSLO), OSLO))
    assert [b - a for a, b in pairwise(autumn)] == [timedelta(hours=25)]


@given(
    st.lists(st.floats(0, 48, allow_nan=False), max_size=20),
    st.lists(st.tuples(st.floats(0, 48), st.floats(0, 48), st.sampled_from("abcd")), max_size=12),
    st.lists(st.permutations("abcd"), min_size=1, max_size=5),
)
def test_windows_say_at_every_instant_what_the_slices_say_in_their_order(
    cuts: list[float], shown: list[tuple[float, float, str]], orders: list[list[str]]
) -> None:
    """Cutting, merging and joining never change what is shown at any instant, nor in which order."""

    def content(t: datetime) -> tuple[str, ...]:
        order = orders[int((t - T0) / timedelta(hours=10)) % len(orders)]
        return tuple(sorted({item for start, end, item in shown if at(start) <= t < at(end)}, key=order.index))

    edges = [at(h) for h in (*cuts, 10, 20, 30, 40)] + [at(h) for start, end, _ in shown for h in (start, end)]
    found = windows(slices(at(0), at(48), edges, content))
    for probe in [at(h) for h in range(48)] + [e for e in edges if at(0) <= e < at(48)]:
        assert [w.item for w in found if w.start <= probe < w.end] == list(content(probe))


def test_the_order_of_many_pages_takes_no_longer_than_it_must() -> None:
    def make(pages: int) -> list[Slice[tuple[int, ...]]]:
        return [Slice(at(hour), at(hour + 1), tuple(range(hour, hour + pages))) for hour in range(20)]

    check_linear(windows, make, 200)
