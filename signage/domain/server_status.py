"""How the server, its sources and its screens are: what `signage run` knows, and its web pages put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from signage.domain.status_json import StatusFigures

Value: TypeAlias = "str | float | datetime | timedelta | Message"
Stage = Literal["waiting", "fetching", "planning", "rendering"]


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence that is put into words for each reader, in their language: its key in the message catalogue
    (`signage.wording.languages.messages`), and the values of its {names}. An instant is written in the form that its
    name is for: "at", "since" or "date". A value may be a message itself.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerProblem:
    """Something that went wrong. `message`: for people. `detail`: exactly what, in English, for administrators."""

    message: Message
    detail: str


@dataclass(frozen=True, slots=True)
class RaisedAlarm:
    """Something that a person has to look after. `unit`: a screen, a source or a page; "" when it concerns all."""

    kind: str
    unit: str
    since: datetime
    message: Message


@dataclass(frozen=True, slots=True)
class ScreenProgress:
    """A screen of screens.toml, and how far the build is towards its first picture: at this stage, `done` of `total`
    sources or pages. `total` is 0 where there is nothing to count.
    """

    id: str
    name: str
    width: int
    height: int
    rotate: int
    stage: Stage
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The status at the instant `at`, whose times are shown in `zone`. `figures`: the other keys of /status.json.
    `screens`: all that are configured, published or not.
    """

    at: datetime
    zone: ZoneInfo
    alarms: tuple[RaisedAlarm, ...] = ()
    problems: tuple[ServerProblem, ...] = ()
    figures: StatusFigures = field(default_factory=StatusFigures)
    screens: tuple[ScreenProgress, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.alarms and not self.problems
