"""The contrast of texts against the pixels behind them, beside a count that goes pixel by pixel."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from PIL import Image

from signage.domain.contrast import contrast, luminance
from signage.rendering.measured_contrast import TextRun, contrasts

PALETTE = [(250, 248, 240), (20, 40, 80), (24, 44, 84), (200, 120, 40), (128, 128, 128), (34, 54, 95)]
TEXT = (20, 40, 80)


def pixel_by_pixel(image: Image.Image, run: TextRun) -> float:
    """The ratio to the worst of: the commonest colour that isn't the text's own, and, where something is drawn behind a
    wide line, each colour that has three in a hundred of the pixels.
    """
    left, top, right, bottom = run.box
    seen = Counter(image.getpixel((x, y)) for x in range(left, right) for y in range(top, bottom))
    others = {c: n for c, n in seen.items() if any(abs(c[i] - run.colour[i]) > 14 for i in range(3))}  # type: ignore[index]
    if not others:
        return 1.0
    most = max(others.values())
    compared = [max(colour for colour, count in others.items() if count == most)]  # type: ignore[type-var]
    if run.behind == "drawn" and right - left >= 3 * (bottom - top):
        compared += [colour for colour, count in others.items() if 100 * count >= 3 * seen.total()]
    return min(contrast(luminance(run.colour), luminance(colour)) for colour in compared)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(60))
def test_it_is_what_counting_each_pixel_gives(seed: int) -> None:
    chance = Random(seed)
    image = Image.new("RGB", (chance.randint(4, 60), chance.randint(4, 30)), chance.choice(PALETTE))
    for _ in range(chance.randint(0, 200)):
        image.putpixel((chance.randrange(image.width), chance.randrange(image.height)), chance.choice(PALETTE))
    left, top = chance.randrange(image.width - 1), chance.randrange(image.height - 1)
    box = (left, top, chance.randint(left + 1, image.width), chance.randint(top + 1, image.height))
    run = TextRun(box, TEXT, 20.0, chance.choice(["plain", "drawn"]), "Hei")
    assert contrasts(image, [run]) == ((20.0, round(pixel_by_pixel(image, run), 2), "Hei"),)


def test_a_text_in_the_colour_of_its_ground_has_no_contrast() -> None:
    run = TextRun((0, 0, 30, 10), TEXT, 20.0, "plain", "Hei")
    assert contrasts(Image.new("RGB", (30, 10), TEXT), [run]) == ((20.0, 1.0, "Hei"),)
