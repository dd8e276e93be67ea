"""Where a build can be made to fail on purpose: each point raises in the middle of a real stage, for one unit alone."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

import signage.events
import signage.pipeline.desk
import signage.pipeline.salvaging
from signage.bundle import Publisher
from signage.events.occurrences import Reader
from signage.model import PageSpec
from signage.pages import arrange
from signage.pages.contexts import Contexts
from signage.pages.document import Renderer
from signage.pages.lines import Lines
from signage.pictures.faults import RenderFault
from signage.pictures.studio import Studio
from tests.faulty import says

FAULTS = (ValueError, KeyError, AssertionError, RecursionError, UnicodeError, MemoryError, ZeroDivisionError, OSError)


class Injected(Exception):
    """A failure that no part of the program knows."""


@dataclass(frozen=True)
class FaultPoint:
    """`install` makes the stage fail for a title; `costs` says which titles may be missing, and where it is named."""

    name: str
    install: Callable[[pytest.MonkeyPatch, str, type[Exception]], None]
    once: bool = False  # it fails the first time only: nothing is missing in the end, and nothing is named


def _raising(
    patch: pytest.MonkeyPatch, owner: Any, name: str, fails: Callable[..., bool], error: type[Exception]
) -> None:
    real = getattr(owner, name)

    def wrapped(*given: Any, **more: Any) -> Any:
        if fails(*given, **more):
            raise error("made on purpose")
        return real(*given, **more)

    patch.setattr(owner, name, wrapped)


def _mentions(value: Any, title: str) -> bool:
    """Whether an event with this title is anywhere in a value."""
    if getattr(value, "title", None) == title:
        return True
    if isinstance(value, Mapping):
        return any(_mentions(each, title) for each in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return any(_mentions(each, title) for each in value)
    return False


def record(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    _raising(patch, Reader, "read", lambda self, one: one.title == title, error)


def merging(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    _raising(patch, signage.events, "merged", lambda members, *rest: _mentions(members, title), error)


def grouping(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    _raising(patch, signage.events, "group", lambda occurrences: _mentions(occurrences, title), error)


def planning(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    for name in ("today", "agenda"):
        _raising(patch, arrange, name, lambda events, *rest, **more: _mentions(events, title), error)


def wording(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    _raising(patch, Lines, "row", lambda self, event, *rest, **more: event.title == title, error)


def template(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    _raising(patch, Renderer, "document", lambda self, spec: says(spec, title), error)


def encoding(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    failed: list[int] = []

    def fails(self: Studio, page: Any, taken: Any) -> bool:
        first = not failed and says(page.spec, title)
        failed.extend([1] * first)
        return first

    _raising(patch, Studio, "_keep", fails, error)


def judging(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    _raising(
        patch, signage.pipeline.desk, "judge", lambda report, screen: title in report.text.replace("\u00ad", ""), error
    )


def telephone_page(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    _raising(patch, signage.pipeline.desk, "pocket_files", lambda c, s, w, events, now: _mentions(events, title), error)


def one_screen(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    """The screen "nede" can't be put into words at all."""
    _raising(patch, Contexts, "__init__", lambda self, config, screen_id, *rest, **more: screen_id == "nede", error)


def activating(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    """The disk has no room for the screen "nede"."""
    real = Publisher._activate

    def full(self: Publisher, screen: str, *rest: Any) -> None:
        if screen == "nede":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, screen, *rest)

    patch.setattr(Publisher, "_activate", full)


def news(patch: pytest.MonkeyPatch, title: str, error: type[Exception]) -> None:
    _raising(patch, signage.pipeline.salvaging, "clean_news", lambda items: bool(items), error)


POINTS = (
    FaultPoint("record", record),
    FaultPoint("merging", merging),
    FaultPoint("grouping", grouping),
    FaultPoint("planning", planning),
    FaultPoint("wording", wording),
    FaultPoint("template", template),
    FaultPoint("encoding", encoding, once=True),
    FaultPoint("judging", judging),
    FaultPoint("telephone_page", telephone_page),
    FaultPoint("one_screen", one_screen),
    FaultPoint("activating", activating),
)


class BadPages:
    """In the place of a browser that hangs, or dies, over every page that says these words."""

    def __init__(self, words: str, *, hung: bool) -> None:
        self.words = words
        self.hung = hung

    def __call__(self, spec: PageSpec) -> None:
        if self.words and says(spec, self.words):
            raise RenderFault("made on purpose", hung=self.hung)
