"""What the contract suite needs to know of a source type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.make import oslo
from tests.portal import Answer, Portal


@dataclass(frozen=True, slots=True)
class Told:
    """An event that a server tells of. `start` and `end` are in Oslo; every one has both."""

    uid: str
    title: str
    start: datetime
    end: datetime
    venue: str = "kulØr'n"


def told(count: int = 3, first: str = "2026-12-01 18:00", every: timedelta = timedelta(days=1)) -> list[Told]:
    """Events of two hours, one a day."""
    start = oslo(first)
    starts = [(start.replace(tzinfo=None) + n * every).replace(tzinfo=start.tzinfo) for n in range(count)]
    return [Told(str(1000 + n), f"Korøvelse nr. {n}", at, at + timedelta(hours=2)) for n, at in enumerate(starts)]


Serve = Callable[[Sequence[Told], Portal], Mapping[str, Answer]]


@dataclass(frozen=True, slots=True)
class Case:
    """How a type's server answers.

    `url`: what stands in screens.toml after the server's address ("/kalender.ics"). `serve(events, portal)`: path ->
    answer for a server that tells of these events, by the contract; `tests.portal.tagged` for those whose servers send
    ETags (`portal.url` is its address); of no events: what it says when nothing is on. `broken(events, portal)`: the
    same with one record more that can't be read (no date, no title), in the middle. `main`: the path that is asked
    first; bad answers are put there. `pages`: more events than one answer holds, if the type has paging; else 1.
    `encodings`: other encodings that the format may come in, which `encoded(events, portal, name)` serves.
    `source`: further keys of [[sources]]. `environment`: variables that the type reads.
    """

    type: str
    url: str
    main: str
    serve: Serve
    broken: Serve
    pages: int = 1
    posts: bool = False
    knows_uid: bool = True  # the format carries an id of each event
    knows_end: bool = True  # and when it ends
    garbage: bytes = b"\x00\xff not this \x80"
    encodings: tuple[str, ...] = ()
    encoded: Callable[[Sequence[Told], Portal, str], Mapping[str, Answer]] | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
