"""What a build did, for `--json`, the status page and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import get_args

from signage.domain.server_status import Message, ServerProblem
from signage.domain.status_json import BuildJson, BuiltScreenJson, SourceJson
from signage.errors import EXIT_OK, EXIT_PARTIAL, SourceFault
from signage.sources.trust.freshness import Alarm
from signage.sources.trust.health import SourceStatus


@dataclass(frozen=True, slots=True)
class ScreenReport:
    """One screen. `seconds` is from the start of the build until its whole horizon was published.

    `first_day_seconds`: until its first 24 hours were. `bytes`: all its pictures. `problems`: what was
    left out.
    """

    screen: str
    slices: int = 0
    pages: int = 0
    pictures: int = 0
    rendered: int = 0
    reused: int = 0
    bytes: int = 0
    first_day_seconds: float = 0.0
    seconds: float = 0.0
    problems: tuple[str, ...] = ()

    def found_problems(self) -> list[ServerProblem]:
        """What was left out of this screen."""
        message = Message("problems.screen", {"screen": self.screen})
        return [ServerProblem(message, f"{self.screen}: {problem}") for problem in self.problems]

    def as_dict(self) -> BuiltScreenJson:
        return {
            "screen": self.screen,
            "slices": self.slices,
            "pages": self.pages,
            "pictures": self.pictures,
            "pictures_rendered": self.rendered,
            "pictures_reused": self.reused,
            "bytes": self.bytes,
            "first_day_seconds": round(self.first_day_seconds, 3),
            "seconds": round(self.seconds, 3),
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source, as `signage.sources.trust.health.SourceStatus` has it.

    `age_seconds`: how old its events are; None when it has never answered. `live`: it has live data or a table, and no
    events.
    """

    source: str
    events: int
    age_seconds: float | None
    problem: str | None
    warnings: tuple[str, ...] = ()
    last_good_at: datetime | None = None
    changed_at: datetime | None = None
    week_events: int = 0
    usual_week: float | None = None
    waits_for: str | None = None
    alarms: tuple[Alarm, ...] = ()
    asked_again: datetime | None = None
    fault: str = "other"
    fault_values: Mapping[str, str] = field(default_factory=dict)
    live: bool = False

    @classmethod
    def of(cls, status: SourceStatus, now: datetime, *, live: bool = False) -> SourceReport:
        """The report of a status at the instant `now`."""
        return cls(
            source=status.id,
            events=status.events,
            age_seconds=(now - status.last_good_at).total_seconds() if status.last_good_at else None,
            problem=status.problem,
            warnings=status.warnings,
            last_good_at=status.last_good_at,
            changed_at=status.changed_at,
            week_events=status.week_events,
            usual_week=status.usual_week,
            waits_for=status.waits_for,
            alarms=status.alarms,
            asked_again=status.asked_again,
            fault=status.fault,
            fault_values=status.fault_values,
            live=live,
        )

    def found_problems(self) -> list[ServerProblem]:
        """That it can't be read, and what else a person should look at."""
        found = []
        if self.problem:
            known = self.fault in get_args(SourceFault)  # a newer version may have stored another
            reason = Message(f"sources.{self.fault}", self.fault_values) if known else Message("sources.other")
            key = "problems.live_failing" if self.live else "problems.source_failing"
            message = Message(key, {"source": self.source, "reason": reason})
            found.append(ServerProblem(message, f"{self.source}: {self.problem}"))
        for alarm in self.alarms:
            if alarm.kind != "failing":
                message = Message(f"problems.source_{alarm.kind}", {"source": self.source})
                found.append(ServerProblem(message, f"{self.source}: {alarm.text}"))
        return found

    def as_dict(self) -> SourceJson:
        """JSON data; instants are RFC 3339 in UTC."""
        return {
            "source": self.source,
            "events": self.events,
            "age_seconds": None if self.age_seconds is None else round(self.age_seconds),
            "answered": _instant(self.last_good_at),
            "changed": _instant(self.changed_at),
            "week_events": self.week_events,
            "usual_week": self.usual_week,
            "waits_for": self.waits_for,
            "asked_again": _instant(self.asked_again),
            "problem": self.problem,
            "fault": None if self.problem is None else {"kind": self.fault, "values": dict(self.fault_values)},
            "alarms": [
                {"kind": alarm.kind, "since": _instant(alarm.since), "text": alarm.text} for alarm in self.alarms
            ],
            "warnings": list(self.warnings),
        }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What one build did. `problems`: what failed and was left out before it came to the screens, a sentence each."""

    generated: datetime
    seconds: float
    screens: tuple[ScreenReport, ...]
    sources: tuple[SourceReport, ...]
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """EXIT_PARTIAL when a source failed or anything was left out, else EXIT_OK."""
        partial = any(s.problem for s in self.sources) or any(s.problems for s in self.screens)
        return EXIT_PARTIAL if partial or self.problems else EXIT_OK

    def found_problems(self) -> list[ServerProblem]:
        """What was left out of all screens and of each; the sources report their own problems."""
        return [
            *(ServerProblem(Message("problems.left_out"), problem) for problem in self.problems),
            *(problem for screen in self.screens for problem in screen.found_problems()),
        ]

    def as_dict(self) -> BuildJson:
        return {
            "generated": self.generated.isoformat(),
            "seconds": round(self.seconds, 3),
            "screens": [s.as_dict() for s in self.screens],
            "sources": [s.as_dict() for s in self.sources],
            "warnings": list(self.warnings),
            "left_out": list(self.problems),
            "complete": self.exit_code == EXIT_OK,
        }
