"""A version that came up well proves it, so that the launcher goes on starting it (packaging/signage-player).

The launcher counts starts in the runtime folder. After three without a proof it starts the version before instead, and
names in the environment the version that it replaces.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from player import __version__

PROOF_SECONDS = 60.0  # of running well without a break; a version that dies sooner dies again and again
FALLBACK = "SIGNAGE_FALLBACK_FROM"


class Proof:
    """Called at each turn of the loop; writes the proof once. Seconds of the steady clock. Never raises."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._since: float | None = None
        self.proven = False

    def look(self, now: float, well: bool) -> None:
        """`well`: there is a picture, or it waits for a display or to be paired as it should."""
        if self.proven:
            return
        if not well:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= PROOF_SECONDS:
            self.proven = True
            prove(self._environment)


def fallback_from(environment: Mapping[str, str] = os.environ) -> str | None:
    """The version that did not work, when this one replaces it."""
    return environment.get(FALLBACK) or None


def prove(environment: Mapping[str, str] = os.environ) -> None:
    """Note for the launcher that this version came up well. Outside of the service, nothing."""
    folder = environment.get("RUNTIME_DIRECTORY")
    if not folder:
        return
    bad = fallback_from(environment)
    with contextlib.suppress(OSError):
        # "stood-in" names the version that this one goes on replacing, until the next boot or update
        (Path(folder) / ("stood-in" if bad else "proven")).write_text(f"{bad or __version__}\n", "utf-8")
        (Path(folder) / "starts").unlink(missing_ok=True)
    if not bad and (state := environment.get("STATE_DIRECTORY")):
        with contextlib.suppress(OSError):
            (Path(state) / "distrusted").unlink(missing_ok=True)
