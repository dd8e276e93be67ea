"""Pictures that people put up are noticed at once: by inotify, where there is one, and by a look every few seconds.

A file that is still being written isn't taken: each is waited for until it has stayed as it is for a moment.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType

from watchfiles import watch

from signage.app.posters import BESIDE, MOST_LISTED, UNFINISHED, ending, is_ignored
from signage.config.models import Config
from signage.domain.poster_file import WantedPosters
from signage.planning.kinds import wanted_posters

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0  # between looks, where nothing is announced
QUIET_SECONDS = 0.5  # that a file must stay as it is
MOST_LOOKS = 20  # at files that change all the time, before screens.toml is looked at again
ANNOUNCED_MS, TOGETHER_MS = 50, 200  # a burst of announcements is one
LEAVE_SECONDS = 1.0

States = Mapping[str, tuple[int, ...]]  # what the file system says of each file, by path


class Settling:
    """Which files have changed and come to rest. Pure."""

    def __init__(self, states: States) -> None:
        self._used = dict(states)
        self._before = states

    def look(self, states: States) -> tuple[bool, bool]:
        """Whether a file has been new, changed or gone at two looks in a row, and whether one has not been yet."""
        changed = {path for path in {*states, *self._used} if states.get(path) != self._used.get(path)}
        settled = {path for path in changed if states.get(path) == self._before.get(path)}
        self._before = states
        for path in settled:
            self._used.pop(path, None)
            if path in states:
                self._used[path] = states[path]
        return bool(settled), changed != settled


class PosterWatch:
    """A thread that calls `on_change` when files that the playlists of `config()` name have changed."""

    def __init__(self, config: Callable[[], Config], on_change: Callable[[], None]) -> None:
        self._config = config
        self._on_change = on_change
        self._stop = threading.Event()
        self._known: tuple[Config | None, tuple[WantedPosters, ...]] = (None, ())
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)

    def __enter__(self) -> PosterWatch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(LEAVE_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            wanted = self._wanted()
            try:
                self._follow(wanted)
            except Exception as error:  # whatever it is, the next look finds what has changed
                log.debug("changes of pictures are not announced: %s", error)
                self._stop.wait(LOOK_SECONDS)

    def _wanted(self) -> tuple[WantedPosters, ...]:
        config = self._config()
        if config is not self._known[0]:
            found = dict.fromkeys(one for screen in config.screens.values() for one in wanted_posters(screen))
            self._known = (config, tuple(found))
        return self._known[1]

    def _follow(self, wanted: tuple[WantedPosters, ...]) -> None:
        """Until other files are wanted, or folders have come or gone."""
        settling = Settling(states_of(wanted))
        while not self._stop.is_set() and self._wanted() == wanted:
            folders = _folders(wanted)
            for _ in self._announcements(folders):
                self._settle(settling, wanted)
                if self._wanted() != wanted or _folders(wanted) != folders:
                    break

    def _announcements(self, folders: tuple[Path, ...]) -> Iterable[object]:
        if not folders:
            self._stop.wait(LOOK_SECONDS)
            return [None]
        return watch(
            *folders,
            watch_filter=None,
            debounce=TOGETHER_MS,
            step=ANNOUNCED_MS,
            stop_event=self._stop,
            rust_timeout=round(LOOK_SECONDS * 1000),
            yield_on_timeout=True,
            recursive=False,
            raise_interrupt=False,
        )

    def _settle(self, settling: Settling, wanted: tuple[WantedPosters, ...]) -> None:
        for _ in range(MOST_LOOKS):
            changed, waiting = settling.look(states_of(wanted))
            if changed:
                self._on_change()
            if not waiting or self._stop.wait(QUIET_SECONDS):
                return


def states_of(wanted: Iterable[WantedPosters]) -> dict[str, tuple[int, ...]]:
    """What the file system says of each file of these paths, and of what is written beside it."""
    found: dict[str, tuple[int, ...]] = {}
    for one in wanted:
        path = Path(one.path)
        try:
            names = _names(path) if one.folder else [path.name, path.with_suffix(f".{BESIDE}").name]
        except OSError:
            continue
        folder = path if one.folder else path.parent
        for name in names:
            try:
                status = (folder / name).stat()
            except OSError:
                continue
            state = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            found[str(folder / name)] = state
    return found


def _names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        names = [entry.name for entry, _ in zip(entries, range(MOST_LISTED), strict=False)]
    return [name for name in names if not is_ignored(name) and ending(name) not in UNFINISHED]


def _folders(wanted: Iterable[WantedPosters]) -> tuple[Path, ...]:
    """The folders that there are."""
    folders = dict.fromkeys(Path(one.path) if one.folder else Path(one.path).parent for one in wanted)
    return tuple(folder for folder in folders if folder.is_dir())
