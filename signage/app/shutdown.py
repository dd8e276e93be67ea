"""End several things at once, and wait for none of them longer than for all."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

log = logging.getLogger(__name__)


def end_together(closers: Sequence[tuple[str, Callable[[], Any]]], seconds: float) -> None:
    """Call every closer in a separate thread, and wait for them at most `seconds`. One that fails costs only that."""
    threads = [(name, threading.Thread(target=_close, args=(name, close), daemon=True)) for name, close in closers]
    for _, thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    for name, thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            log.debug("%s did not end within %g s", name, seconds)


def _close(name: str, close: Callable[[], Any]) -> None:
    try:
        close()
    except Exception as error:  # what is ended anyway may fail at that
        log.debug("while ending %s: %s: %s", name, type(error).__name__, error)
