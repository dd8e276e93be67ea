"""screens.toml while the server runs: an edit is used, and what is wrong with it is logged."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from signage.app.edit_watch import EditWatch
from signage.app.last_config import LastConfig
from signage.config.models import Config
from signage.config.watch import Transition, WatchedConfig
from signage.errors import ConfigError, Problem

log = logging.getLogger(__name__)


class FollowedConfig:
    """The configuration in force. All but the announcement of an edit happens in the main thread."""

    def __init__(
        self,
        path: Path,
        layouts: Path,
        state: Path,
        now: Callable[[], datetime],
        use: Callable[[], None],
        replaced: Callable[[Config], Config] = lambda config: config,
    ) -> None:
        """`state`: the folder that keeps what is in force, for a start while the file can't be used. `use`: called when
        another configuration is in force. `replaced`: makes of it what is used, as a demo does with its own
        addresses. Raises ConfigError when there is none to begin with.
        """
        self.watched = WatchedConfig(path, layouts)
        self._last = LastConfig(state, path)
        if self.watched.current is None:
            self._resume()
        self._keep()
        self._now = now
        self._use = use
        self._replaced = replaced
        self._effective: tuple[Config, Config] | None = None  # the configuration in force, and what is used of it
        self._edited = threading.Event()
        self._logged: tuple[Problem, ...] = ()

    def _resume(self) -> None:
        """Begin with what was in force when the last server ended."""
        problems = self.watched.problems
        assert problems is not None
        kept = self._last.read()
        if kept is None:
            raise problems
        try:
            self.watched.resume(kept)
        except ConfigError:  # a layout that it names is gone, too, or this version of the program wants it otherwise
            raise problems from None
        self._log_problems(problems)

    def _keep(self) -> None:
        if in_force := self.watched.in_force:
            self._last.keep(in_force)

    @property
    def current(self) -> Config:
        assert self.watched.current is not None
        return self.watched.current

    @property
    def effective(self) -> Config:
        """What is used. The same object until another configuration is in force: by that, others see an edit."""
        current, known = self.current, self._effective
        if known is None or known[0] is not current:
            known = self._effective = current, self._replaced(current)
        return known[1]

    def announcements(self, wake: Callable[[], None]) -> EditWatch:
        """A thread that calls `wake` when there may be an edit to follow."""

        def note() -> None:
            self._edited.set()
            wake()

        return EditWatch(self.watched.path, note)

    def follow_announced(self) -> None:
        """Use an edit that was announced, if there is one and it is beyond doubt."""
        if self._edited.is_set():
            self._edited.clear()
            try:
                self._follow(self.watched.glance())
            except Exception:  # as with every job, it costs this turn
                log.exception("following an edit failed")

    def look(self) -> None:
        """Use an edit, or log what is wrong with it."""
        self._follow(self.watched.poll())

    def _follow(self, transition: Transition) -> None:
        match transition:
            case "changed":
                log.info("%s has changed; building again", self.watched.path)
                self._take()
            case "repaired":
                log.info("%s is valid again; building again", self.watched.path)
                self._take()
            case "broken":
                assert self.watched.problems is not None
                self._log_problems(self.watched.problems)
            case "unchanged":
                pass
        self.log_part_problems()

    def _log_problems(self, error: ConfigError) -> None:
        log.warning("%s can't be used; the previous version stays in force:", self.watched.path)
        for problem in error.problems:
            log.warning("  %s", problem)

    def _take(self) -> None:
        self._keep()
        self.log_warnings()
        self._use()

    def log_part_problems(self) -> None:
        """What is wrong with files in screens.d, once; and that it is right again."""
        problems, before = self.current.parts.problems, self._logged
        self._logged = problems
        if problems == before:
            return
        for name in sorted({problem.file for problem in before} - {problem.file for problem in problems}):
            log.info("%s is valid again, or gone", name)
        for name in dict.fromkeys(problem.file for problem in problems):
            if name == str(self.watched.path):
                log.warning("%s names what is in none of its files:", name)
            else:
                log.warning("%s can't be used; its screens stay as they are:", name)
            for problem in (each for each in problems if each.file == name):
                log.warning("  %s", problem)

    def log_warnings(self) -> None:
        """What should be looked at again in the file that is in force."""
        for problem in self.watched.warnings(self._now()):
            log.warning("%s", problem)
