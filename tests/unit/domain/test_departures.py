"""What is shown of departures, and until when: nothing that has left, and nothing that is older than two minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from signage.domain.departures import FRESH, MOST_PIECES, Board, Departure, Departures, boards

NOON = datetime(2026, 11, 29, 11, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def departures(*leaving: float, fetched: datetime = NOON, **more: bool) -> Departures:
    """Some that leave so many seconds after noon."""
    times = [NOON + seconds * SECOND for seconds in leaving]
    return Departures(
        "Sentrum", tuple(Departure(f"{n}", "Orkanger", at, at, **more) for n, at in enumerate(times)), fetched
    )


def lines(board: Board) -> str:
    return " ".join(call.line for call in board.calls)


calls = st.builds(
    Departure,
    st.sampled_from(["1", "2", "310"]),
    st.sampled_from(["Orkanger", "Aure"]),
    st.integers(-300, 600).map(lambda seconds: NOON + seconds * SECOND),
    st.integers(-300, 600).map(lambda seconds: NOON + seconds * SECOND),
    realtime=st.booleans(),
    cancelled=st.booleans(),
)


@given(st.lists(calls, max_size=30), st.integers(-60, 200), st.integers(-60, 400), st.integers(1, 12))
def test_at_no_second_is_one_shown_that_has_left_or_that_is_old(
    found: list[Departure], begin: int, end: int, rows: int
) -> None:
    at, until = NOON + begin * SECOND, NOON + end * SECOND
    pieces = boards(Departures("Sentrum", tuple(found), NOON), at, until, rows)
    assert len(pieces) <= MOST_PIECES
    for second in range(-100, 500):
        now = NOON + second * SECOND
        open_now = [board for start, stop, board in pieces if start <= now < stop]
        assert len(open_now) <= 1
        for board in open_now:
            assert NOON <= at <= now < until
            assert now < NOON + FRESH
            assert board.calls
            assert len(board.calls) <= rows
            for call in board.calls:
                assert now < (call.aimed if call.cancelled else call.expected)


@given(st.lists(calls, max_size=4))
def test_a_quiet_stop_shows_each_until_the_second_it_leaves(found: list[Departure]) -> None:
    pieces = boards(Departures("Sentrum", tuple(found), NOON), NOON, NOON + FRESH, 12)
    for second in range(120):
        now = NOON + second * SECOND
        shown = [board.calls for start, stop, board in pieces if start <= now < stop]
        assert sum(map(len, shown)) == sum(call.leaves > now for call in found)


def test_the_order_is_that_of_the_times() -> None:
    ((_, _, board),) = boards(departures(900, 300, 600), NOON, NOON + FRESH, 2)
    assert lines(board) == "1 2"


def test_a_busy_stop_has_few_pieces_and_is_never_empty() -> None:
    pieces = boards(departures(*range(2, 600, 3)), NOON, NOON + FRESH, 8)
    assert len(pieces) == MOST_PIECES
    assert all(len(board.calls) == 8 for *_, board in pieces)
    assert [start for start, *_ in pieces[1:]] == [end for _, end, _ in pieces[:-1]]


def test_what_changes_nothing_makes_no_second_piece() -> None:
    found = departures(30, 300, 600, cancelled=False)
    pieces = boards(found, NOON + 40 * SECOND, NOON + FRESH, 8)
    assert [lines(board) for *_, board in pieces] == ["1 2"]


def test_a_clock_that_was_set_back_shows_nothing() -> None:
    assert boards(departures(300, fetched=NOON + 60 * SECOND), NOON, NOON + FRESH, 8) == []
