"""In which rounds of a playlist each of its lines is shown, where entries take turns. Pure.

Players know nothing of rounds: a manifest lists those that differ one after the other, as it lists the languages of a
screen (docs/bundle-format.md, "The order of pages").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import lcm

from signage.config.lines import Part

Span = tuple[datetime, datetime]
Rounds = dict[int, dict[int, list[Span]]]  # line -> round, from 0 on -> when it is shown in that round


def deal_rounds(root: Part, shown: Mapping[int, Sequence[Span]], until: datetime) -> Rounds:
    """The rounds of each line in `shown`, which says when each of them has pages.

    At every instant there are as many rounds as it takes until the playlist repeats itself. Entries without pages give
    their turns to the others. From `until` on all lines are in one and the same round.
    """
    edges = sorted({until, *(edge for spans in shown.values() for span in spans for edge in span)})
    opening: dict[datetime, list[int]] = {}
    closing: dict[datetime, list[int]] = {}
    for line, spans in shown.items():
        for begin, finish in spans:
            opening.setdefault(begin, []).append(line)
            closing.setdefault(finish, []).append(line)
    rounds: Rounds = {line: {} for line in shown}
    present: set[int] = set()
    known: dict[frozenset[int], list[list[int]]] = {}
    for begin, finish in pairwise(edges):
        present -= set(closing.get(begin, ()))
        present |= set(opening.get(begin, ()))
        here = frozenset(present)
        if here not in known:
            known[here] = [_in_round(root, number, here) for number in range(_cycle(root, here))]
        for number, lines in enumerate(known[here] if begin < until else [list(here)]):
            for line in lines:
                spans_there = rounds[line].setdefault(number, [])
                if spans_there and spans_there[-1][1] == begin:
                    spans_there[-1] = (spans_there[-1][0], finish)
                else:
                    spans_there.append((begin, finish))
    return rounds


def _present(part: Part, lines: Collection[int]) -> bool:
    return part.line in lines or any(_present(inner, lines) for inner in part.parts)


def _cycle(part: Part, lines: Collection[int]) -> int:
    """After how many rounds a part repeats itself, while these lines have pages."""
    inside = [inner for inner in part.parts if _present(inner, lines)]
    cycle = lcm(*(_cycle(inner, lines) for inner in inside))
    return part.every * cycle * (len(inside) if part.in_turn and inside else 1)


def _in_round(part: Part, number: int, lines: Collection[int]) -> list[int]:
    """The lines of a part that are in the round of this number."""
    if number % part.every != part.shift:
        return []
    number //= part.every
    if part.line is not None:
        return [part.line] if part.line in lines else []
    inside = [inner for inner in part.parts if _present(inner, lines)]
    if part.in_turn and inside:
        return _in_round(inside[number % len(inside)], number // len(inside), lines)
    return [line for inner in inside for line in _in_round(inner, number, lines)]
