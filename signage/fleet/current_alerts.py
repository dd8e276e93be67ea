"""The alert documents that are published, each read again when its file was replaced. I/O: reads `alerts/`."""

from __future__ import annotations

from pathlib import Path

from signage.publishing.alert_documents import FOLDER, SUFFIX, parse
from signage.publishing.bundle_format import AlertDocument


class CurrentAlerts:
    """The documents in the published folder `out`. Safe to use from several threads."""

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER
        self._read: dict[str, tuple[tuple[int, ...], AlertDocument | None]] = {}  # by screen: which file it was

    def of(self, screen: str) -> AlertDocument | None:
        """The document of a screen that is published now; None when there is none that can be read."""
        path = self._folder / f"{screen}{SUFFIX}"
        try:
            about = path.stat()
            which = (about.st_ino, about.st_size, about.st_mtime_ns)
            known = self._read.get(screen)
            if known is None or known[0] != which:
                known = (which, parse(path.read_bytes()))
        except OSError:
            return None
        self._read[screen] = known
        return known[1]
