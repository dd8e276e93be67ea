"""What a build did, for `--json`, the status page and the exit code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signage.errors import EXIT_OK, EXIT_PARTIAL


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

    def as_dict(self) -> dict[str, Any]:
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
    """One source. `age_seconds` is how old its events are; None when it has never answered."""

    source: str
    events: int
    age_seconds: float | None
    problem: str | None
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "events": self.events,
            "age_seconds": None if self.age_seconds is None else round(self.age_seconds),
            "problem": self.problem,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class BuildReport:
    generated: datetime
    seconds: float
    screens: tuple[ScreenReport, ...]
    sources: tuple[SourceReport, ...]

    @property
    def exit_code(self) -> int:
        """EXIT_PARTIAL when a source failed or anything was left out, else EXIT_OK."""
        partial = any(s.problem for s in self.sources) or any(s.problems for s in self.screens)
        return EXIT_PARTIAL if partial else EXIT_OK

    def as_dict(self) -> dict[str, Any]:
        return {
            "generated": self.generated.isoformat(),
            "seconds": round(self.seconds, 3),
            "screens": [s.as_dict() for s in self.screens],
            "sources": [s.as_dict() for s in self.sources],
            "complete": self.exit_code == EXIT_OK,
        }
