"""The last things that the player complained of, for the heartbeat."""

from __future__ import annotations

import logging
from collections import deque

MOST, LONGEST = 10, 200  # sentences, and characters of each; docs/heartbeat.md


class Complaints(logging.Handler):
    """Keeps the last warnings and worse. Bounded; to be added to the player's logger."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[str] = deque(maxlen=MOST)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by the logger, from any thread, under this handler's lock."""
        words = " ".join(record.getMessage().split())
        if record.exc_info and record.exc_info[1] is not None:
            words += f" ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
        self._kept.append(words if len(words) <= LONGEST else words[: LONGEST - 1] + "…")

    def last(self) -> tuple[str, ...]:
        """Oldest first."""
        self.acquire()
        try:
            return tuple(self._kept)
        finally:
            self.release()
