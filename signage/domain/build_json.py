"""The types of `signage build --json` and `signage sources status --json`. Instants are RFC 3339."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class SourceAlarmJson(TypedDict):
    kind: str
    since: str | None
    text: str


class SourceJson(TypedDict):
    source: str
    events: int
    age_seconds: int | None
    answered: str | None
    changed: str | None
    week_events: int
    usual_week: float | None
    waits_for: str | None
    asked_again: str | None
    problem: str | None
    alarms: list[SourceAlarmJson]
    warnings: list[str]


class BuiltScreenJson(TypedDict):
    screen: str
    slices: int
    pages: int
    pictures: int
    pictures_rendered: int
    pictures_reused: int
    bytes: int
    first_day_seconds: float
    seconds: float
    problems: list[str]


class BuildJson(TypedDict):
    """The last build. Before the first one has ended, it has only the keys that are always there."""

    generated: str | None
    seconds: NotRequired[float]
    screens: list[BuiltScreenJson]
    sources: list[SourceJson]
    warnings: NotRequired[list[str]]
    left_out: NotRequired[list[str]]
    complete: NotRequired[bool]
