"""Follow screens.toml and screens.d while they are edited. No thread, no clock: the main loop calls `poll`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from signage.config.load import find_warnings, parse_config, read
from signage.config.models import Config
from signage.config.parts import FileBytes, read_parts
from signage.errors import ConfigError, Problem

Transition = Literal["unchanged", "changed", "broken", "repaired"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read at one look: screens.toml, and the files beside it."""

    data: bytes
    parts: tuple[FileBytes, ...]

    @property
    def contents(self) -> tuple[bytes, ...]:
        return (self.data, *(part.data for part in self.parts))


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
        self._seen: Snapshot | None = None
        self._right: dict[str, bytes] = {}  # the files beside it as they were when they had no mistakes, by name
        self._doubted: Snapshot | None = None
        self._was_away = True
        self.poll()

    @property
    def in_force(self) -> Snapshot | None:
        """What `current` was read from; None while the file can't be used."""
        if self._seen is None:
            return None
        return Snapshot(self._seen.data, tuple(FileBytes(name, data) for name, data in self._right.items()))

    def resume(self, kept: Snapshot) -> None:
        """Take what was in force before this process began, because the file can't be used now. Raises ConfigError."""
        self.current = parse_config(kept.data, str(self.path), self.layouts, kept.parts)
        self._right = {part.name: part.data for part in kept.parts if part.name not in self.current.parts.broken}

    def poll(self) -> Transition:
        """Look at the file, and at those beside it in screens.d, once. Says each change once; "unchanged" means that
        there is nothing to say or do.

        "changed": `current` is new. "broken": the file can't be used, or is now wrong in another way; `problems` says
        why and `current` stays. "repaired": the file is right again; `current` is what it says, new or as before. A
        mistake in a file of screens.d breaks nothing else: it is in `current.parts.problems`.

        An edit is noticed by the files' bytes: editors replace files, keep times and sizes, or write twice a second. A
        file that is away or empty is believed at the second look only: editors do that while they save. Half a file is
        at worst "broken" at one look and "repaired" at the next; where it happens to make sense, with fewer screens or
        sources and no line end, it is believed at the second look too.
        """
        try:
            seen = self._look()
        except ConfigError as error:
            return self._broken(error) if self._away_twice() else "unchanged"
        if not seen.data.strip() and not self._away_twice():
            return "unchanged"
        self._was_away = not seen.data.strip()
        self._doubted, doubted = None, self._doubted
        if seen == self._seen:
            return "unchanged"
        try:
            config = self._parse(seen)
        except ConfigError as error:
            return self._broken(error)
        if self._looks_cut(seen, config) and seen != doubted:
            self._doubted = seen
            return "unchanged"
        return self._take(seen, config)

    def glance(self) -> Transition:
        """Look at the files right after one was written. Takes what is beyond doubt; all else is left to `poll`, which
        comes later: what is written in steps is seen half here, and two glances are not two looks.
        """
        try:
            seen = self._look()
            if seen == self._seen or not all(data.endswith(b"\n") for data in seen.contents):
                return "unchanged"
            config = self._parse(seen)
        except ConfigError:
            return "unchanged"
        if config.parts.broken or self._looks_cut(seen, config):
            return "unchanged"
        return self._take(seen, config)

    def _look(self) -> Snapshot:
        parts = read_parts(self.path)
        if [part.is_folder for part in parts] == [True] and self._seen:  # its files are as they were at the last look
            parts = (*(part for part in self._seen.parts if not part.is_folder), *parts)
        return Snapshot(read(self.path), parts)

    def _parse(self, seen: Snapshot) -> Config:
        return parse_config(seen.data, str(self.path), self.layouts, seen.parts, self._right)

    def _take(self, seen: Snapshot, config: Config) -> Transition:
        self._was_away, self._doubted = False, None
        self._seen = seen
        self._right = {
            part.name: part.data if part.name not in config.parts.broken else self._right[part.name]
            for part in seen.parts
            if part.name not in config.parts.broken or part.name in self._right
        }
        was_broken, self.problems = self.problems is not None, None
        changed, self.current = config != self.current, config
        return "repaired" if was_broken else "changed" if changed else "unchanged"

    def warnings(self, now: datetime) -> list[Problem]:
        """What should be looked at again in the files that are in force; empty while screens.toml is broken."""
        if self._seen is None or self.current is None:
            return []
        in_force = [FileBytes(name, data) for name, data in self._right.items()]
        return find_warnings(self._seen.data, str(self.path), self.current, now, parts=in_force)

    def _looks_cut(self, seen: Snapshot, config: Config) -> bool:
        if self.current is None:
            return False
        before = self._seen.parts if self._seen else ()
        gone = {part.name for part in before} - {part.name for part in seen.parts}
        if all(data.endswith(b"\n") for data in seen.contents) and not gone:
            return False
        return len(config.screens) < len(self.current.screens) or len(config.sources) < len(self.current.sources)

    def _away_twice(self) -> bool:
        before, self._was_away = self._was_away, True
        return before

    def _broken(self, error: ConfigError) -> Transition:
        known = self.problems is not None and str(self.problems) == str(error)
        self.problems = error
        self._seen = None  # check it again at every look: the layout that it names may arrive
        return "unchanged" if known else "broken"
