"""What a frame is: a page, its film, a fade between two, black, no signal, or what nobody should see. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

from PIL import Image, ImageChops, ImageDraw

Box = tuple[int, int, int, int]  # left, top, right, bottom

SLACK = 3  # of a fade, which rounds each of its steps to 8 bits


@dataclass(frozen=True)
class Shown:
    """A page as it should stand on the display; `clock` is where the player writes, `film` where one is played."""

    picture: Image.Image
    clock: Box | None
    film: Box | None = None


@dataclass(frozen=True)
class Frame:
    """What a frame is: `kind` "page", "film" (the page, but for its film's box), "fade", "black", "no signal", "notice"
    or "foreign"; `page` of the first three.
    """

    kind: str
    page: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.page}".strip()


def clock_box(clock: Mapping[str, float]) -> Box:
    """Where the player may write for a clock of the manifest: its box, and half its type's size around it."""
    more = clock["size"] / 2
    left, top = clock["x"] - more, clock["y"] - more
    return (
        int(left),
        int(top),
        round(left + clock["width"] + 2 * more) + 1,
        round(top + clock["height"] + 2 * more) + 1,
    )


def judge(shot: Image.Image, pages: Mapping[str, Shown], size: tuple[int, int], notices: tuple[int, int, int]) -> Frame:
    """What a frame is. `size` of the panel; a frame of another size is QEMU's own, while nothing drives the display.

    `notices` is the ground colour of the player's own pages (waiting, a code to be paired with).
    """
    if shot.size != size or _says_inactive(shot):
        return Frame("no signal")
    if shot.getbbox() is None:
        return Frame("black")
    for name, page in pages.items():
        if differs(shot, page) is None:
            return Frame("page", name)
    for name, page in pages.items():
        if page.film is not None and differs_beside(shot, page, page.film) is None:
            return Frame("film", name)
    for old, new in permutations(pages, 2):
        if _between(shot, pages[old], pages[new]):
            return Frame("fade", f"{old} to {new}")
    corners = [shot.getpixel(spot) for spot in ((4, 4), (size[0] - 5, 4))]
    return Frame("notice") if all(corner == notices for corner in corners) else Frame("foreign")


def _says_inactive(shot: Image.Image) -> bool:
    """QEMU's own "Display output is not active.": a line of two colours in the very middle, where no console writes."""
    box = shot.getbbox()
    if box is None or box[2] - box[0] > 400 or box[3] - box[1] > 16 or shot.getcolors(2) is None:
        return False
    return all(abs(box[n] + box[n + 2] - shot.size[n]) <= 16 for n in (0, 1))


def differs(shot: Image.Image, page: Shown) -> Box | None:
    """Where a frame is not the page, to the pixel and colour, but for the clock; None: nowhere."""
    return _without(ImageChops.difference(shot, page.picture), page.clock).getbbox()


def differs_beside(shot: Image.Image, page: Shown, box: Box) -> Box | None:
    """The same without what is in a box."""
    return _without(_without(ImageChops.difference(shot, page.picture), page.clock), box).getbbox()


def writes_time(shot: Image.Image, page: Shown) -> bool:
    """Does anything stand in the clock's box that the published picture has not there?"""
    return page.clock is not None and ImageChops.difference(shot, page.picture).crop(page.clock).getbbox() is not None


def _between(shot: Image.Image, old: Shown, new: Shown) -> bool:
    """Does every pixel lie between the two pages, as in a fade? Text of a console or a cursor would not."""
    low = ImageChops.darker(old.picture, new.picture).point(lambda value: max(0, value - SLACK))
    high = ImageChops.lighter(old.picture, new.picture).point(lambda value: min(255, value + SLACK))
    out = ImageChops.add(ImageChops.subtract(low, shot), ImageChops.subtract(shot, high))
    return _without(_without(out, old.clock), new.clock).getbbox() is None


def _without(picture: Image.Image, box: Box | None) -> Image.Image:
    if box is not None:
        picture = picture.copy()
        ImageDraw.Draw(picture).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=(0, 0, 0))
    return picture
