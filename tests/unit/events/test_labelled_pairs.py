"""How often the merging is right, on pairs that people have labelled."""

from __future__ import annotations

import pytest

from tests.fixtures import pairs

ENOUGH = 0.97
ENOUGH_OF_A_HALF = 0.95  # one pair more or less is a hundredth there


def test_there_are_enough_pairs_of_both_kinds_and_halves() -> None:
    found = pairs.load()
    assert len(found) >= 150
    for held_out in (False, True):
        half = [pair for pair in found if pair.held_out is held_out]
        assert len(half) >= len(found) / 3
        assert len(half) / 3 <= sum(pair.same for pair in half) <= 2 * len(half) / 3


def test_no_pair_is_there_twice() -> None:
    told = [(pair.one, pair.other) for pair in pairs.load()]
    assert len({repr(each) for each in told}) == len(told)


def wrong(found: list[pairs.Pair]) -> list[str]:
    return [f"{pair.about}: {pair.one.title} / {pair.other.title}" for pair in found if pairs.joined(pair) != pair.same]


def test_all_of_them() -> None:
    found = list(pairs.load())
    score = pairs.score(found)
    assert min(score.precision, score.recall) >= ENOUGH, wrong(found)


@pytest.mark.parametrize("held_out", [False, True])
def test_each_half(held_out: bool) -> None:
    found = [pair for pair in pairs.load() if pair.held_out is held_out]
    score = pairs.score(found)
    assert min(score.precision, score.recall) >= ENOUGH_OF_A_HALF, wrong(found)
