"""Where a picture lies in a window: right aspect, centred, turned clockwise by a quarter or more. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

Box = tuple[float, float, float, float]  # x, y, width, height


class PictureShape(Protocol):
    """The size of a screen's pictures, and by how many degrees clockwise they are turned: that of a manifest."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def rotate(self) -> int: ...


class Upright(NamedTuple):
    """Pictures of this size that aren't turned."""

    width: int
    height: int
    rotate: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """A picture of `width` x `height`, scaled by `scale`, then turned clockwise by `rotate`, put at `left`, `top`."""

    width: int
    height: int
    rotate: int
    scale: float
    left: int
    top: int

    @property
    def scaled(self) -> tuple[int, int]:
        """Size before turning, in window pixels."""
        return max(1, round(self.width * self.scale)), max(1, round(self.height * self.scale))

    @property
    def turned(self) -> tuple[int, int]:
        """Size after turning, in window pixels."""
        wide, high = self.scaled
        return (high, wide) if self.rotate in (90, 270) else (wide, high)

    def place(self, box: Box) -> tuple[int, int, int, int]:
        """Where a box of the picture (window pixels before turning: multiply by `scale`) comes to lie in the window."""
        x, y, w, h = box
        wide, high = self.scaled
        if self.rotate == 90:
            x, y, w, h = high - y - h, x, h, w
        elif self.rotate == 180:
            x, y = wide - x - w, high - y - h
        elif self.rotate == 270:
            x, y, w, h = y, wide - x - w, h, w
        return self.left + round(x), self.top + round(y), round(w), round(h)


def inside(size: tuple[int, int], overscan: float) -> tuple[int, int, int, int]:
    """The part of a panel that people see, when it hides `overscan` percent of each side: x, y, width, height."""
    width, height = size
    left, top = round(width * overscan / 100), round(height * overscan / 100)
    return left, top, width - 2 * left, height - 2 * top


def fit(width: int, height: int, rotate: int, room: tuple[int, int, int, int]) -> Fit:
    """Fit a picture into a part of the window (x, y, width, height), as large as it goes; black bars take the rest."""
    across, down = (height, width) if rotate in (90, 270) else (width, height)
    scale = min(room[2] / across, room[3] / down)
    found = Fit(width, height, rotate, scale, 0, 0)
    wide, high = found.turned
    return Fit(width, height, rotate, scale, room[0] + (room[2] - wide) // 2, room[1] + (room[3] - high) // 2)


def window_for(width: int, height: int, rotate: int, desktop: tuple[int, int], share: float = 0.9) -> tuple[int, int]:
    """The size of a window that shows a picture whole on a desktop, not larger than the picture itself."""
    across, down = (height, width) if rotate in (90, 270) else (width, height)
    scale = min(1.0, desktop[0] * share / across, desktop[1] * share / down)
    return max(1, round(across * scale)), max(1, round(down * scale))
