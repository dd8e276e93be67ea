"""The sheet of a preview: each caption stays below its own picture."""

from __future__ import annotations

import pytest
from PIL import Image, ImageColor

from signage.domain.model import RenderReport
from signage.preview.sheet import GAP, GROUND, LONG_SIDE, sheet
from signage.preview.shots import Shot

LONG_FAULT = "the text of the heading runs off the bottom by 120 px; letters of 9 mm are too small; contrast 2.1"


def shot(size: tuple[int, int], *problems: str) -> Shot:
    picture = None if problems else Image.new("RGB", size, "#00ff00")
    return Shot(picture, RenderReport(False, 26.0, 0.92, 0, "", problems=problems))


@pytest.mark.parametrize(
    "shots",
    [
        {f"organisation-split-{n}-1080x1920": shot((1080, 1920)) for n in range(7)},
        {f"event-1920x1080-{n}": shot((1920, 1080), LONG_FAULT, LONG_FAULT) for n in range(4)},
        {"w" * 200: shot((1080, 1920)), "event-1080x1920": shot((1080, 1920))},
    ],
)
def test_captions_stay_in_the_column_of_their_picture(shots: dict[str, Shot]) -> None:
    made = sheet(shots)
    wide = LONG_SIDE * 1080 // 1920 if next(iter(shots.values())).picture else LONG_SIDE
    ground = ImageColor.getrgb(GROUND)
    for number in range(1, len(shots)):
        left = GAP + number * (wide + GAP) - GAP
        if left + GAP < made.width:
            between = made.crop((left + 1, 0, left + GAP - 1, made.height))
            assert between.getcolors() == [(between.width * between.height, ground)]
    below = made.crop((0, made.height - GAP // 2, made.width, made.height))
    assert below.getcolors() == [(below.width * below.height, ground)], "nothing is cut off"


def test_the_whole_fault_is_on_the_sheet() -> None:
    short, long = (sheet({"event": shot((1920, 1080), fault)}).height for fault in ("wide", LONG_FAULT * 4))
    assert long > short
