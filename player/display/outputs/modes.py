"""Which of a panel's modes and which connector to use. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from player.display.display_options import Resolution

SLOW = 49.0  # pictures a second: below it a television draws its own fades badly; 50 Hz is all right
HD = Resolution(1920, 1080)
CONNECTED, DISCONNECTED, UNKNOWN = 1, 2, 3  # <xf86drmMode.h>, drmModeConnection
# Most likely to be the display that people look at first; these never report for sure whether a display is connected:
BLIND = ("Composite", "SVIDEO", "Component", "DIN", "TV")
NOT_FOR_EYES = ("Writeback",)
_ORDER = ("HDMI-A", "HDMI-B", "DP", "DVI-D", "DVI-I", "VGA", "Virtual")


class Mode(Protocol):
    """What a choice of modes looks at. `hertz`: pictures a second."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def hertz(self) -> float: ...
    @property
    def interlaced(self) -> bool: ...
    @property
    def preferred(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ChosenMode:
    """`position` in the list of modes; `refused`: the wish could not be met."""

    position: int
    refused: bool = False


def choose_mode(modes: Sequence[Mode], wish: Resolution | None) -> ChosenMode:
    """Pick a mode: the wish, else the panel's own.

    A panel whose own mode is large and slow (4K at 30 Hz) or interlaced gets 1920x1080 at 50 or 60 Hz, if it has it.
    """
    if wish is not None:
        fitting = [n for n, mode in enumerate(modes) if _meets(mode, wish)]
        if fitting:
            return ChosenMode(max(fitting, key=lambda n: _quality(modes[n])))
    own = next((n for n, mode in enumerate(modes) if mode.preferred), None)
    if own is None:
        own = max(range(len(modes)), key=lambda n: (modes[n].width * modes[n].height, _quality(modes[n])))
    mode = modes[own]
    large = mode.width * mode.height > HD.width * HD.height
    if mode.interlaced or (large and mode.hertz < SLOW):
        better = [n for n, m in enumerate(modes) if _meets(m, HD) and m.hertz >= SLOW and not m.interlaced]
        if better:
            own = max(better, key=lambda n: _quality(modes[n]))
    return ChosenMode(own, refused=wish is not None)


def _meets(mode: Mode, wish: Resolution) -> bool:
    right_rate = not wish.hertz or abs(mode.hertz - wish.hertz) < 0.6  # 59.94 is called 60 by everybody
    return (mode.width, mode.height) == wish[:2] and right_rate


def _quality(mode: Mode) -> tuple[bool, bool, float]:
    """Whole pictures, not slow, and not faster than 60 a second, which would only cost."""
    return not mode.interlaced, mode.preferred, -abs(mode.hertz - 60)


def rank(kind: str, connection: int, modes: int) -> int | None:
    """How well a connector would do; smaller is better, None: nobody is there.

    The composite jack of a Pi always reports "unknown"; a VGA cable without data lines does so too, but has a screen.
    """
    if not modes or kind in NOT_FOR_EYES or connection == DISCONNECTED or (connection == UNKNOWN and kind in BLIND):
        return None
    place = _ORDER.index(kind) if kind in _ORDER else len(_ORDER) + (kind in BLIND)
    return place + (0 if connection == CONNECTED else 100)
