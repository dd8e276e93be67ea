"""Follow screens.toml while it is edited. No thread, no clock: the main loop calls `poll`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from signage.config.load import find_warnings, parse_config, read
from signage.config.models import Config
from signage.errors import ConfigError, Problem

Transition = Literal["unchanged", "changed", "broken", "repaired"]


class WatchedConfig:
    """The last good configuration, and what is wrong with the file as it is now.

    The file is read when this is made, so `current` and `problems` can be looked at before the first `poll`.
    """

    def __init__(self, path: Path, layouts: Path) -> None:
        self.path = path
        self.layouts = layouts
        self.current: Config | None = None
        """The last good configuration; None when there has been none yet."""
        self.problems: ConfigError | None = None
        """Why the file can't be used right now; None when `current` is what the file says."""
        self._bytes: bytes | None = None
        self._doubted: bytes | None = None
        self._was_away = True
        self.poll()

    def poll(self) -> Transition:
        """Look at the file once. Says each change once; "unchanged" means that there is nothing to say or do.

        "changed": `current` is new. "broken": the file can't be used, or is now wrong in another way; `problems` says
        why and `current` stays. "repaired": the file is right again; `current` is what it says, new or as before.

        An edit is noticed by the file's bytes: editors replace files, keep times and sizes, or write twice a second. A
        file that is away or empty is believed at the second look only: editors do that while they save. Half a file is
        at worst "broken" at one look and "repaired" at the next; where it happens to make sense, with fewer screens or
        sources and no line end, it is believed at the second look too.
        """
        try:
            data = read(self.path)
        except ConfigError as error:
            return self._broken(error) if self._away_twice() else "unchanged"
        if not data.strip() and not self._away_twice():
            return "unchanged"
        self._was_away = not data.strip()
        self._doubted, doubted = None, self._doubted
        if data == self._bytes:
            return "unchanged"
        try:
            config = parse_config(data, str(self.path), self.layouts)
        except ConfigError as error:
            return self._broken(error)
        if self._looks_cut(data, config) and data != doubted:
            self._doubted = data
            return "unchanged"
        return self._take(data, config)

    def glance(self) -> Transition:
        """Look at the file right after it was written. Takes what is beyond doubt; all else is left to `poll`, which
        comes later: what is written in steps is seen half here, and two glances are not two looks.
        """
        try:
            data = read(self.path)
            if data == self._bytes or not data.endswith(b"\n"):
                return "unchanged"
            config = parse_config(data, str(self.path), self.layouts)
        except ConfigError:
            return "unchanged"
        return self._take(data, config)

    def _take(self, data: bytes, config: Config) -> Transition:
        self._was_away, self._doubted = False, None
        self._bytes = data
        was_broken, self.problems = self.problems is not None, None
        changed, self.current = config != self.current, config
        return "repaired" if was_broken else "changed" if changed else "unchanged"

    def warnings(self, now: datetime) -> list[Problem]:
        """What should be looked at again in the file that is in force; empty while it is broken."""
        if self._bytes is None or self.current is None:
            return []
        return find_warnings(self._bytes, str(self.path), self.current, now)

    def _looks_cut(self, data: bytes, config: Config) -> bool:
        if self.current is None or data.endswith(b"\n"):
            return False
        return len(config.screens) < len(self.current.screens) or len(config.sources) < len(self.current.sources)

    def _away_twice(self) -> bool:
        before, self._was_away = self._was_away, True
        return before

    def _broken(self, error: ConfigError) -> Transition:
        known = self.problems is not None and str(self.problems) == str(error)
        self.problems = error
        self._bytes = None  # check it again at every look: the layout that it names may arrive
        return "unchanged" if known else "broken"
