"""When does a person have to look after the server? From what the server is at, and for how long. Pure.

Lengths of time are taken from a clock that never jumps (seconds, `time.monotonic`): setting the machine's clock right
must neither raise an alarm nor hide one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from signage.domain.server_status import Message, RaisedAlarm
from signage.runtime.activity import Working
from signage.wording.languages.messages import load_messages

PUBLISH_INTERVALS = 2  # refreshes that may pass without anything published or found unchanged
SOURCE_SECONDS = 5 * 60.0  # a source: 60 s for each answer, and a large one has a few
PAGE_SECONDS = 2 * 60.0  # a page: the browser is given 60 s, and at the second attempt 180
BUILD_SECONDS = 30 * 60.0  # a build: a first one, on a small computer, takes ten minutes
STILL_SECONDS = 15 * 60.0  # a build without a source read, a picture made or a screen published: it hangs
HEARTBEAT_SECONDS = 150.0  # the server's own sign of life, which it writes down once a minute
RENDERING = "rendering"  # the stage of a page in `signage.runtime.activity`; all others are stages of sources
ALL = ""  # the unit of an alarm that concerns every screen

log = logging.getLogger(__name__)

Kind = Literal["not_published", "source_working", "page_working", "build_working", "build_stuck", "not_heard", "ended"]
_Key = tuple[Kind, str]  # and the unit


@dataclass(frozen=True, slots=True)
class BuildState:
    """A build that is going on. `progressed`: when it last made progress. `cancelled`: when it was cancelled."""

    started: float
    progressed: float
    cancelled: float | None = None


@dataclass(frozen=True, slots=True)
class ServerState:
    """What the server is at. `published`: for each screen, when its pages were last published or found unchanged, or
    since when they are waited for.
    """

    refresh_seconds: float
    published: Mapping[str, float] = field(default_factory=dict)
    build: BuildState | None = None
    working: Sequence[Working] = ()


@dataclass(frozen=True, slots=True)
class ServerAlarm:
    """Something that a person has to look after. `unit`: a screen, a source or a page; "" when it concerns all.

    `since`: seconds on the same clock as the state's. Two alarms are the same one while kind and unit are.
    """

    kind: Kind
    unit: str
    since: float


def alarms(state: ServerState, now: float) -> tuple[ServerAlarm, ...]:
    """Every alarm that is to be raised at `now`, the most general first."""
    return (*_unpublished(state, now), *_build(state, now), *_slow(state.working, now))


def _unpublished(state: ServerState, now: float) -> list[ServerAlarm]:
    longest = PUBLISH_INTERVALS * state.refresh_seconds
    overdue = {screen: since for screen, since in state.published.items() if now - since > longest}
    if overdue and len(overdue) == len(state.published):
        return [ServerAlarm("not_published", ALL, max(overdue.values()))]
    return [ServerAlarm("not_published", screen, since) for screen, since in overdue.items()]


def _build(state: ServerState, now: float) -> list[ServerAlarm]:
    build = state.build
    if build is None:
        return []
    since = last_progress(build, state.working, now)
    if now - since > STILL_SECONDS:
        return [ServerAlarm("build_stuck", ALL, since)]
    return [ServerAlarm("build_working", ALL, build.started)] if now - build.started > BUILD_SECONDS else []


def last_progress(build: BuildState, working: Sequence[Working], now: float) -> float:
    """When a build last got on: a step was done, or another piece of work was begun. On the clock of `now`."""
    return max([build.progressed, *(now - work.seconds for work in working)])


def _slow(working: Sequence[Working], now: float) -> list[ServerAlarm]:
    slow: dict[tuple[Kind, str], ServerAlarm] = {}
    for work in sorted(working, key=lambda each: -each.seconds):
        page = work.stage == RENDERING
        kind: Kind = "page_working" if page else "source_working"
        if work.seconds > (PAGE_SECONDS if page else SOURCE_SECONDS):
            slow.setdefault((kind, work.unit), ServerAlarm(kind, work.unit, now - work.seconds))
    return list(slow.values())


def last_sign(at: datetime, ended: bool, now: datetime) -> tuple[Kind, datetime] | None:
    """Whether a server that last gave a sign of life at `at` has to be looked after, as another process sees it.

    `ended`: that sign was its last words. A sign from the future, by a clock that was set back, counts as none.
    """
    if ended:
        return "ended", at
    age = now - at
    fresh = -timedelta(seconds=HEARTBEAT_SECONDS) <= age <= timedelta(seconds=HEARTBEAT_SECONDS)
    return None if fresh else ("not_heard", at)


def raised(kind: Kind, unit: str, since: datetime) -> RaisedAlarm:
    """An alarm that has been raised since this instant (aware)."""
    key = f"alarms.{kind}_for" if kind == "not_published" and unit else f"alarms.{kind}"
    return RaisedAlarm(kind, unit, since, Message(key, {"unit": unit, "since": since, "at": since}))


class RaisedAlarms:
    """The alarms that are raised now: each is logged once when it is raised and once when it ends.

    Read from any thread; updated from one.
    """

    def __init__(self) -> None:
        self._raised: dict[_Key, RaisedAlarm] = {}

    def update(self, found: Iterable[ServerAlarm], now: float, at: datetime, zone: ZoneInfo) -> None:
        """Take what is to be raised at `now` (seconds of the alarms' clock), which the wall clock calls `at`."""
        messages, before = load_messages("en"), self._raised
        found_now: dict[_Key, RaisedAlarm] = {}
        for alarm in found:
            key = (alarm.kind, alarm.unit)
            since = at - timedelta(seconds=now - alarm.since)
            found_now[key] = before.get(key) or raised(*key, since)  # once: the clock may be set meanwhile
            if key not in before:
                log.error("%s", messages.word(found_now[key].message, zone, at))
        for key in before.keys() - found_now.keys():
            log.info("resolved: %s", messages.word(before[key].message, zone, at))
        self._raised = found_now

    @property
    def alarms(self) -> tuple[RaisedAlarm, ...]:
        """Each alarm that is raised now."""
        return tuple(self._raised.values())
