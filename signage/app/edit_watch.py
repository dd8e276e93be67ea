"""Edits of the configuration are noticed by inotify, where there is one; a look every few seconds finds all others."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from watchfiles import watch

from signage.config.parts import parts_folder

log = logging.getLogger(__name__)
logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it counts changes; what they were is logged by us

QUIET_MS = 100  # without a further change: editors write, rename and set modes in a row
LONGEST_MS = 500  # a folder in which something always changes is looked at this often
FOLDER_MS = 5_000  # how soon it is noticed that screens.d has come
RETRY_SECONDS = 60.0  # a folder that is away, or a machine that has no inotify instance left


class EditWatch:
    """A thread that calls `on_edit` soon after anything in the file's own folder, or in screens.d, has changed.

    Network file systems announce nothing, and a folder can be replaced: this is only ever sooner than looking.
    """

    def __init__(self, file: Path, on_edit: Callable[[], None]) -> None:
        self._folder = file.absolute().parent
        self._parts = parts_folder(file.absolute())
        self._on_edit = on_edit
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edits", daemon=True)

    def __enter__(self) -> EditWatch:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(2 * LONGEST_MS / 1000)

    def _folders(self) -> list[Path]:
        return [self._folder, self._parts] if self._parts.is_dir() else [self._folder]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                folders = self._folders()
                for changes in watch(
                    *folders,
                    watch_filter=None,
                    debounce=LONGEST_MS,
                    step=QUIET_MS,
                    stop_event=self._stop,
                    recursive=False,
                    raise_interrupt=False,
                    rust_timeout=FOLDER_MS,
                    yield_on_timeout=True,
                ):
                    moved = self._folders() != folders
                    if changes or moved:
                        self._on_edit()
                    if moved:
                        break
                if not self._stop.is_set():
                    continue
            except Exception as error:  # whatever it is, the file is looked at anyway
                log.debug("changes of %s are not announced: %s", self._folder, error)
            self._stop.wait(RETRY_SECONDS)
