"""Keep the log short: what strangers can cause as often as they like is logged once, and counted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect

log = logging.getLogger(__name__)

QUIET_SECONDS = 60.0  # without another one, and it is over
REPEAT_SECONDS = 60.0  # between two equal messages of a library
MAX_KEYS = 200  # different messages remembered


@dataclass(slots=True)
class _Episode:
    began: float
    latest: float
    count: int


class Episodes:
    """One line when something begins to happen, and one when it is over, with how often it did. Not thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._going_on: dict[str, _Episode] = {}

    def note(self, words: str) -> None:
        """It happened (again). `words` complete the sentence "The server is ...": a fixed text, not a client's."""
        now = self._clock()
        episode = self._going_on.get(words)
        if episode is None:
            self._going_on[words] = _Episode(now, now, 1)
            log.warning("the server is %s; more of these are counted, not logged", words)
        else:
            episode.latest = now
            episode.count += 1

    def look(self) -> None:
        """Log what has ended. To be called now and then."""
        now = self._clock()
        for words, episode in list(self._going_on.items()):
            if now - episode.latest >= QUIET_SECONDS:
                del self._going_on[words]
                if episode.count > 1:
                    log.warning(
                        "the server is no longer %s: %d in %.0f s", words, episode.count, episode.latest - episode.began
                    )


class Sparingly(logging.Filter):
    """Lets each message of a logger through once a minute: a stranger's request must not fill the disk.

    Messages are the same when their text before formatting, their exception's type and its place are. That the
    server ends, or a client goes away, is not logged.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[object, ...], _Episode] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError | ClientDisconnect):
            return False
        now = self._clock()
        key = (record.msg, type(error), _place(error))
        seen = self._seen.get(key)
        if seen and now - seen.latest < REPEAT_SECONDS:
            seen.count += 1
            return False
        if seen and seen.count:
            record.msg = f"{record.getMessage().rstrip()} ({seen.count} more like this since it was last logged)"
            record.args = ()
        if len(self._seen) >= MAX_KEYS:
            self._seen.clear()
        self._seen[key] = _Episode(now, now, 0)
        return True


def _place(error: BaseException | None) -> tuple[str, int] | None:
    """File and line where it was raised."""
    trace = error.__traceback__ if error else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    return (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace else None
