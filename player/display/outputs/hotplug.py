"""What the kernel knows of plugged-in displays, from /sys/class/drm: read, never probed, so it costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SYSTEM = Path("/sys/class/drm")


@dataclass(frozen=True, slots=True)
class Connection:
    """`status`: "connected", "disconnected" or "unknown"; `modes`: the sizes that the display offers, a line each."""

    status: str
    modes: str


def connection(folder: Path) -> Connection | None:
    """How it is at one connector; None where the kernel doesn't tell."""
    try:
        return Connection((folder / "status").read_text("ascii").strip(), (folder / "modes").read_text("ascii"))
    except OSError:
        return None


def connections(system: Path = SYSTEM) -> dict[str, Connection]:
    """Every connector's name ("card0-HDMI-A-1") and state."""
    found = {path.name: connection(path) for path in sorted(system.glob("card*-*"))}
    return {name: state for name, state in found.items() if state is not None}
