"""Where the renderer keeps its state and what it publishes. Imports nothing large."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

STATE_FILE = "state.sqlite"


@dataclass(frozen=True)
class Folders:
    """Where the renderer keeps its state. The demo has a separate folder, so that it never mixes with real state."""

    var: Path
    out: Path | None = None
    demo: bool = False

    @property
    def state(self) -> Path:
        return self.var / "demo" if self.demo else self.var

    @property
    def published(self) -> Path:
        return self.out or self.state / "published"


def is_empty(folder: Path) -> bool:
    """Whether there is such a folder, with nothing in it but hidden files."""
    with suppress(OSError):
        return all(file.name.startswith(".") for file in folder.iterdir())
    return False
