"""A thread that does the same thing again and again, until the server ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from signage.app.clock_watch import ClockNotSet
from signage.errors import SignageError
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.containment import describe

log = logging.getLogger(__name__)


class RepeatedWork:
    """Does `work`, pauses for as many seconds as `pause` says, and so on, until `stop` is cancelled.

    What fails is logged, once as long as it fails in the same way, and tried again.
    """

    def __init__(self, name: str, work: Callable[[], None], pause: Callable[[], float], stop: CancelToken) -> None:
        self.fault = ""
        """What fails now, in a sentence."""
        self._name = name
        self._work = work
        self._pause = pause
        self._stop = stop
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Work from now on."""
        self._thread.start()

    def wake(self) -> None:
        """Work now, or right after what it is at. Any thread may call it."""
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the thread's end; gives whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with self._stop.on_cancel(self._wake.set):
            while not self._stop.cancelled:
                self._wake.clear()
                try:
                    self._work()
                    self.fault = ""
                except (Cancelled, ClockNotSet):
                    pass
                except Exception as error:  # the edge of a loop that must go on
                    sentence = f"{self._name}: {describe(error)}"
                    if sentence != self.fault:
                        log.error("%s", sentence, exc_info=None if isinstance(error, SignageError) else error)
                    self.fault = sentence
                self._wake.wait(self._pause())
