"""The types of `signage build --json`, `signage sources status --json` and /status.json. Instants are RFC 3339."""

from __future__ import annotations

from typing import TypedDict


class SourceAlarmJson(TypedDict):
    kind: str
    since: str | None
    text: str


class FaultJson(TypedDict):
    kind: str
    values: dict[str, str]


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
    fault: FaultJson | None
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


class BuildJson(TypedDict, total=False):
    """A build. Before the first one has ended, only `generated`, `screens` and `sources` are there."""

    generated: str | None
    seconds: float
    screens: list[BuiltScreenJson]
    sources: list[SourceJson]
    warnings: list[str]
    left_out: list[str]
    complete: bool


class WorkingJson(TypedDict):
    unit: str
    stage: str
    seconds: float


class BuildingJson(TypedDict):
    """The build that is going on."""

    seconds: float
    working: list[WorkingJson]


class StatusFigures(BuildJson, total=False):
    """What /status.json has apart from alarms and problems: the last build, and how it goes on."""

    building: BuildingJson | None
    published: dict[str, str]


class AlarmJson(TypedDict):
    """`text` is English, `nb` Norwegian."""

    kind: str
    unit: str
    since: str
    text: str
    nb: str


class ShownAlarm(AlarmJson):
    """`sentence` is in the reader's language."""

    sentence: str


class StatusJson(StatusFigures):
    """/status.json without the screens."""

    ok: bool
    problems: list[str]
    alarms: list[ShownAlarm]
