"""What is remembered of an object store from one run to the next: our screens there, and since when an asset is unused.

A file that is lost or damaged costs a day more of what could be deleted, and nothing else. I/O: disk.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from signage.storage.durable_file import write_file

NOTES_FILE = "object-store.json"
MAX_BYTES = 64 * 1024 * 1024

log = logging.getLogger(__name__)


class MirrorNotes:
    """The notes in the file `path` about the store at `address`; about another store there are none yet."""

    def __init__(self, path: Path, address: str) -> None:
        self._path = path
        self._address = address
        self.screens: set[str] = set()
        """Those that were written to the store."""
        self._unused: dict[str, datetime] = {}
        try:
            with path.open("rb") as file:
                fields = json.loads(file.read(MAX_BYTES))
            if fields["address"] == address:
                self.screens = {str(screen) for screen in fields["screens"]}
                self._unused = {name: datetime.fromisoformat(at) for name, at in fields["unused"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.screens, self._unused = set(), {}

    def add(self, screen: str) -> None:
        """It is in the store now."""
        if screen not in self.screens:
            self.screens.add(screen)
            self.write()

    def remove(self, screen: str) -> None:
        """It is there no more."""
        self.screens.discard(screen)

    def unused_for(self, names: Collection[str], age: timedelta, now: datetime) -> list[str]:
        """Those of the assets that nothing needs, `names`, of which that has been so for longer than `age`."""
        # a mark of a clock that was ahead begins again
        self._unused = {name: min(now, self._unused.get(name, now)) for name in names}
        return [name for name, since in self._unused.items() if now - since > age]

    def write(self) -> None:
        """Keep the notes; where the disk refuses, they are kept in memory."""
        unused = {name: at.isoformat() for name, at in sorted(self._unused.items())}
        fields = {"address": self._address, "screens": sorted(self.screens), "unused": unused}
        try:
            write_file(self._path, json.dumps(fields, indent=1).encode() + b"\n")
        except OSError as error:
            log.debug("the notes on the object store can't be written: %s", error)
