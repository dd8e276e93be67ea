"""What a crop of a picture must keep, which colour suits around it, who took it. Worked out once, kept beside it."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from PIL import Image

from signage.domain.contrast import contrast, luminance
from signage.runtime.workers import PICTURE, WorkerKilled, WorkerPool, shared
from signage.sources.credits import kept_in

log = logging.getLogger(__name__)

LOOKED_AT = 320  # px of the long side: enough to see where the subject is, and twenty milliseconds
PALETTE = 8
GREY = 0.16  # of saturation; less is hardly a colour
WHITE_ON_IT = 9.5  # : 1, so that text that is a little less than white still has 7


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """`focus_x`, `focus_y`: parts of width and height from the upper left corner. `colour`: "#rrggbb", dark."""

    focus_x: float
    focus_y: float
    colour: str
    credit: str = ""


UNKNOWN = FocalPoint(0.5, 0.5, "")


def image_focus(picture: Path, workers: WorkerPool | None = None) -> FocalPoint:
    """What is known of a picture file, from the file beside it or worked out now, in a worker. At the worst its middle,
    which is then remembered.
    """
    beside = picture.with_suffix(".json")
    try:
        return FocalPoint(**json.loads(beside.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        pass
    try:
        body = picture.read_bytes()
        care = (workers or shared()).call(read_care, body, limits=PICTURE, cancel=None)
    except OSError as error:
        log.info("%s can't be read: %s", picture.name, error)
        return UNKNOWN
    except WorkerKilled as killed:
        log.info("%s: the subject of the picture is unknown. %s", picture.name, killed.reason)
        care = UNKNOWN
    except Exception as error:  # whatever is wrong with it, it is shown from its middle
        log.info("%s: the subject of the picture is unknown: %s", picture.name, error)
        care = UNKNOWN
    keep_care(picture, care)
    return care


def keep_care(picture: Path, care: FocalPoint) -> None:
    """Remember it beside the picture file."""
    try:
        picture.with_suffix(".json").write_text(json.dumps(asdict(care)), "utf-8")
    except OSError as error:
        log.info("%s: what is on it can't be kept: %s", picture.name, error)


def read_care(body: bytes) -> FocalPoint:
    """Work it out from the bytes of a file. Runs in a worker process."""
    with Image.open(io.BytesIO(body)) as opened:
        return replace(look_at(opened.convert("RGB")), credit=kept_in(opened))


def look_at(picture: Image.Image) -> FocalPoint:
    """Where the subject is, by smartcrop's edges, skin and saturation; and a colour of the picture's own."""
    import smartcrop  # it brings numpy, which only the workers need

    small = picture.copy()
    small.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BILINEAR)
    side = min(small.size)
    crop = smartcrop.SmartCrop().crop(small, side, side)["top_crop"]
    x = (crop["x"] + crop["width"] / 2) / small.width
    y = (crop["y"] + crop["height"] / 2) / small.height
    return FocalPoint(round(min(max(x, 0.0), 1.0), 3), round(min(max(y, 0.0), 1.0), 3), _colour(small))


def _colour(picture: Image.Image) -> str:
    """The colour that most of the picture has, greys aside, darkened until white text is legible on it."""
    tiny = picture.resize((64, 64), Image.Resampling.BOX).quantize(PALETTE)
    flat, counted = tiny.getpalette() or [], tiny.getcolors() or []
    colours = [(count, tuple(flat[3 * index : 3 * index + 3])) for count, index in counted if isinstance(index, int)]
    coloured = [one for one in colours if _saturation(one[1]) >= GREY]
    red, green, blue = max(coloured or colours)[1]
    scale = 1.0
    while contrast(luminance(_scaled(red, green, blue, scale)), 1.0) < WHITE_ON_IT:
        scale *= 0.94
    return "#{:02x}{:02x}{:02x}".format(*_scaled(red, green, blue, scale))


def _scaled(red: int, green: int, blue: int, scale: float) -> tuple[int, int, int]:
    return round(red * scale), round(green * scale), round(blue * scale)


def _saturation(colour: tuple[int, ...]) -> float:
    return (max(colour) - min(colour)) / max(1, max(colour))
