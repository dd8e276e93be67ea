"""How far a build is towards the first picture of each screen that shows nothing yet: the bars of the start page."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from signage.config.models import Config
from signage.domain.server_status import ScreenProgress, Stage

Count = tuple[int, int]  # how many are done, and how many there are


@dataclass(frozen=True, slots=True)
class _Build:
    """The build that is going on. `sources`: those that have answered; None before the first question. `pages`: those
    that are made of what each screen shows first, by its id.
    """

    sources: Count | None = None
    pages: Mapping[str, Count] = field(default_factory=dict)


class FirstPictures:
    """Receives how a build goes on, from any thread, and gives how far each screen is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._build: _Build | None = None

    def begin(self) -> None:
        """A build begins."""
        with self._lock:
            self._build = _Build()

    def end(self) -> None:
        """It has ended, however it went: what still has no picture waits for the next one."""
        with self._lock:
            self._build = None

    def fetching(self, done: int, total: int) -> None:
        """`done` of `total` sources have answered."""
        with self._lock:
            if self._build is not None:
                self._build = replace(self._build, sources=(done, total))

    def rendering(self, pages: Mapping[str, Count]) -> None:
        """How many pages are made of those that each screen shows first, by its id."""
        with self._lock:
            if self._build is not None:
                self._build = replace(self._build, pages=dict(pages))

    def of(self, config: Config) -> tuple[ScreenProgress, ...]:
        """Every screen of the configuration, in its order."""
        build, names = self._build, config.screen_names
        return tuple(
            ScreenProgress(id, names[id], screen.width, screen.height, screen.rotate, *_stage(build, id))
            for id, screen in config.screens.items()
        )


def _stage(build: _Build | None, screen: str) -> tuple[Stage, int, int]:
    """At what the screen is, how much of it is done, and how much there is."""
    if build is None or (build.sources is None and screen not in build.pages):
        return "waiting", 0, 0
    if screen in build.pages:
        return "rendering", *build.pages[screen]
    assert build.sources is not None
    done, total = build.sources
    return ("fetching", done, total) if done < total else ("planning", 0, 0)
