"""What every way to the pixels offers, and what is reported when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from player import texts
from player.display.slim_pygame import pygame
from player.texts import Text

# What the kernel knows of plugged-in displays: read, never probed, so it costs nothing
SYSTEM = Path("/sys/class/drm")


class Output(Protocol):
    """One display that is open. All methods are for the main thread.

    `name`: "kms", "framebuffer", "x11", "wayland" or "kmsdrm". `canvas`: the surface to draw on, as large as the
    panel or window and in its pixel format; it holds what should be on the display. `whole_panel`: False for a window
    on a desktop, which has room for `desktop`. `quit`: somebody wants the player to end. `lost`: the display is gone,
    or has become another one: close this and open again.
    """

    name: str
    canvas: pygame.Surface
    whole_panel: bool
    desktop: tuple[int, int]
    quit: bool
    lost: bool

    @property
    def panel(self) -> str:
        """Like "1920x1080@60"."""

    def show(self, areas: Sequence[pygame.Rect] | None = None) -> None:
        """Put the canvas on the display; only these areas of it, or everything."""

    def lay_aside(self) -> None:
        """Free the canvas' memory for a while, where the display itself keeps what is on it."""

    def take_up(self) -> None:
        """Have the whole canvas again."""

    def rest(self) -> None:
        """Nothing moves for a while: give back what only a moving picture needs."""

    def watch(self) -> None:
        """Look if the display is still there and still the same. Sets `lost`. Costs little; called each second."""

    def drain(self) -> None:
        """Read what happened since: keys, a closed window. Sets `quit`."""

    def reshape(self, size: tuple[int, int]) -> None:
        """Make a window this large; a whole panel stays as it is."""

    def power(self, on: bool) -> bool:
        """Turn the display's signal on or off; False when this output can't."""

    def powered(self) -> bool | None:
        """Is the signal on? None when nobody knows."""

    def read(self, top: int, rows: int) -> bytes | None:
        """Rows of what is really in the framebuffer, in the canvas' format, without padding.

        None when it can't be read back. Empty when something else than our picture is shown.
        """

    def close(self) -> None:
        """Give the display back."""


class Unusable(Exception):
    """One way to the pixels doesn't work here: a phrase with the reason.

    `final`: it is the right way and only has to wait for a screen or a permission; the ways after it would draw where
    nobody looks. `advice`: what to do about it, where a cable is not to blame.
    """

    def __init__(self, why: str, final: bool = False, advice: Text | None = None) -> None:
        super().__init__(why)
        self.final = final
        self.advice = advice


class NoDisplay(Exception):
    """No way to the pixels works. `tried` are the ways and why each failed."""

    def __init__(self, tried: Sequence[tuple[str, Unusable]]) -> None:
        self.tried = tuple((way, str(error)) for way, error in tried)
        advice = next((error.advice for _, error in tried if error.advice), texts.CHECK_CABLE)
        norwegian, english = texts.joined(texts.NO_DISPLAY, advice)
        ways = "; ".join(f"{way}: {why}" for way, why in self.tried)
        super().__init__(f"{norwegian} / {english} ({ways})")


@dataclass(frozen=True, slots=True)
class Connection:
    """`status`: "connected", "disconnected" or "unknown"; `modes`: the sizes that the display offers, a line each."""

    status: str
    modes: str


def connection(folder: Path) -> Connection | None:
    """How it is at one connector; None where the kernel doesn't report it."""
    try:
        return Connection((folder / "status").read_text("ascii").strip(), (folder / "modes").read_text("ascii"))
    except OSError:
        return None


def connections(system: Path = SYSTEM) -> dict[str, Connection]:
    """Every connector's name ("card0-HDMI-A-1") and state."""
    found = {path.name: connection(path) for path in sorted(system.glob("card*-*"))}
    return {name: state for name, state in found.items() if state is not None}
