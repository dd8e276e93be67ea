"""The contrast of every text against the pixels really behind it (WCAG 2.2); how much is enough: domain.contrast."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from PIL import Image

from signage.domain.contrast import contrast, luminance

Colour = tuple[int, int, int]
ALIKE = 14  # of 255 in each channel: the text's own colour, not the ground
WIDEST = 320  # px of a line that are looked at on plain ground: it is the same all along
DRAWN_PART = 0.03  # of the pixels have one colour at least, when it is drawn; what is less is the rim of a letter
SHORT = (
    3  # times as wide as it is high: the least for a line, so that the rims of its letters differ from what is drawn
)
WORST_PART = 0.02  # of the pixels of a picture may be worse: single ones that nobody sees


@dataclass(frozen=True, slots=True)
class TextRun:
    """A line of text: left, top, right, bottom in px, its colour, the height of its capitals in px, and its words.

    `behind`: "plain" ground, something "drawn" in flat colours, or a "picture".
    """

    box: tuple[int, int, int, int]
    colour: Colour
    letter: float
    behind: str
    text: str


def contrasts(
    image: Image.Image, runs: Iterable[TextRun], bare: Image.Image | None = None
) -> tuple[tuple[float, float, str], ...]:
    """For each height of capitals the worst contrast ratio and its text, the smallest letters first.

    `bare` is the same page without text; needed when a text is on a picture.
    """
    worst: dict[float, tuple[float, str]] = {}
    for run in runs:
        ratio = _ratio(image, bare, run)
        if ratio is not None and (run.letter not in worst or ratio < worst[run.letter][0]):
            worst[run.letter] = (ratio, run.text)
    return tuple((letter, round(ratio, 2), text) for letter, (ratio, text) in sorted(worst.items()))


def _ratio(image: Image.Image, bare: Image.Image | None, run: TextRun) -> float | None:
    """None for a line that has no pixels on the page."""
    left, top, right, bottom = run.box
    box = (max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    if run.behind == "plain":
        box = (box[0], box[1], min(box[2], box[0] + WIDEST), box[3])
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    own = luminance(run.colour)
    if run.behind == "picture" and bare is not None:
        return _worst_of_picture(bare.crop(box), own)
    width, height = box[2] - box[0], box[3] - box[1]
    told_apart = run.behind != "plain" and width >= SHORT * height
    ground = _ground(image.crop(box), run.colour, DRAWN_PART * width * height if told_apart else math.inf)
    return min((contrast(own, luminance(colour)) for colour in ground), default=1.0)  # 1: text in its ground's colour


def _ground(image: Image.Image, text: Colour, least: float) -> list[Colour]:
    """What isn't the text's own colour: the one with the most pixels, and all that have at least so many of them."""
    found: list[Colour] = []
    for count, colour in sorted(_colours(image), reverse=True):
        if found and count < least:
            break
        if not _alike(colour, text):
            found.append(colour)
    return found


def _worst_of_picture(ground: Image.Image, own: float) -> float:
    ratios = sorted((contrast(own, luminance(colour)), count) for count, colour in _colours(ground))
    allowed = WORST_PART * ground.width * ground.height
    for ratio, count in ratios:
        allowed -= count
        if allowed < 0:
            return ratio
    return ratios[-1][0]


def _colours(image: Image.Image) -> list[tuple[int, Colour]]:
    assert image.mode == "RGB"
    return cast(list[tuple[int, Colour]], image.getcolors(image.width * image.height))


def _alike(one: Colour, other: Colour) -> bool:
    (red, green, blue), (other_red, other_green, other_blue) = one, other
    return abs(red - other_red) <= ALIKE and abs(green - other_green) <= ALIKE and abs(blue - other_blue) <= ALIKE
