"""Where a picture lies in a window: right aspect, centred, turned clockwise by a quarter or more. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[float, float, float, float]  # x, y, width, height


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


def fit(width: int, height: int, rotate: int, window: tuple[int, int]) -> Fit:
    """Fit a picture into a window, as large as it goes; black bars take the rest."""
    across, down = (height, width) if rotate in (90, 270) else (width, height)
    scale = min(window[0] / across, window[1] / down)
    found = Fit(width, height, rotate, scale, 0, 0)
    wide, high = found.turned
    return Fit(width, height, rotate, scale, (window[0] - wide) // 2, (window[1] - high) // 2)


def window_for(width: int, height: int, rotate: int, desktop: tuple[int, int], share: float = 0.9) -> tuple[int, int]:
    """The size of a window that shows a picture whole on a desktop, not larger than the picture itself."""
    across, down = (height, width) if rotate in (90, 270) else (width, height)
    scale = min(1.0, desktop[0] * share / across, desktop[1] * share / down)
    return max(1, round(across * scale)), max(1, round(down * scale))
