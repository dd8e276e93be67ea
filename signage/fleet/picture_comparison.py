"""Does the thumbnail of the display look like the page that should be there? Pillow; no I/O.

The published picture is scaled, turned and placed as the player does it, down to the thumbnail's size. What a JPEG, a
16-bit panel and another way of scaling change stays within the darkest and the lightest of the pixels around, or close
to it; another page leaves whole blocks outside. Boxes that the player itself writes in, its clock's, are left out.

Measured on the approved pictures of all layouts: pages that are right leave no two blocks above 21 of 255 (674
thumbnails), a page in the place of another leaves two above 48 (5,344 pairs).
tests/unit/fleet/test_picture_comparison.py holds it.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

MOST_SIDE = 240  # pixels of a thumbnail, docs/heartbeat.md
FINER = 4  # the picture is placed on a canvas that is this many times finer: edges fall where the panel has them
BLUR = 1.0  # pixels: letters' rims
BLOCK = 6  # pixels of a square whose mean counts
SEEN = 32  # of 255: the mean of a block that shows something else
BLOCKS = 2  # this many of them make it another page
FADED = 0.12  # of a page's share in a cross-fade: with less of it, the other page is what is shown
COARSE = 16  # pixels: how finely a fade's share is estimated
OVERSCANS = (1.0, 2.0, 3.0, 4.0, 5.0, 7.5)  # percent, tried when a player doesn't report it

Box = tuple[float, float, float, float]


class UnreadablePicture(ValueError):
    """A thumbnail that is not a small JPEG."""


@dataclass(frozen=True, slots=True)
class Placing:
    """How the player puts a picture of `width` x `height` on its panel. `overscan`: percent of each side left black."""

    width: int
    height: int
    rotate: int
    overscan: float = 0.0


def read_thumbnail(data: bytes) -> Image.Image:
    """Decode a player's JPEG under limits. Raises Unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
                if max(image.size) > MOST_SIDE:
                    raise UnreadablePicture(f"a thumbnail of {image.width}x{image.height} pixels is too large")
                return image.convert("RGB")
    except UnreadablePicture:
        raise
    except Exception as error:  # Pillow's decoders raise whatever they stumble on
        raise UnreadablePicture(f"the thumbnail is not a JPEG: {error}") from error


def encode_thumbnail(image: Image.Image, rotate: int) -> bytes:
    """A JPEG of our own making, for browsers: nothing of the player's bytes is handed on. Upright, as the passer-by
    sees the panel: turned back by the `rotate` degrees that the player turned it.
    """
    out = io.BytesIO()
    upright = image.transpose(_TURNS[360 - rotate]) if rotate else image
    upright.save(out, "JPEG", quality=82)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Template:
    """A page as it should look on a thumbnail, made ready for comparing with many of them. `mask`: black where nothing
    is compared. `lightest`, `darkest`: of the pixels around each."""

    expected: Image.Image
    lightest: Image.Image
    darkest: Image.Image
    mask: Image.Image | None


def prepare(picture: Image.Image, placing: Placing, size: tuple[int, int], drawn: Sequence[Box] = ()) -> Template:
    """From the published picture. `size` of the thumbnail; `drawn`: where the player writes, in picture pixels."""
    return _template(place(picture, placing, size), _mask(drawn, placing, size))


def place(picture: Image.Image, placing: Placing, size: tuple[int, int]) -> Image.Image:
    """The picture as it should look on a thumbnail of this size: scaled with its aspect, turned, black around it."""
    canvas = Image.new("RGB", (size[0] * FINER, size[1] * FINER))
    left, top, width, height = _lies(placing, canvas.size)
    turned = picture.convert("RGB")
    if placing.rotate:
        turned = turned.transpose(_TURNS[placing.rotate])
    scaled = turned.resize((max(1, round(width)), max(1, round(height))), Image.Resampling.BOX)
    canvas.paste(scaled, (round(left), round(top)))
    return canvas.resize(size, Image.Resampling.BOX)


def same_page(seen: Image.Image, template: Template) -> bool:
    """Is every block of `seen` about what the template has there?"""
    soft = seen.filter(ImageFilter.GaussianBlur(BLUR))
    above, below = ImageChops.subtract(soft, template.lightest), ImageChops.subtract(template.darkest, soft)
    red, green, blue = ImageChops.add(above, below).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    if template.mask is not None:
        most = ImageChops.multiply(most, template.mask)
    return sum(block > SEEN for block in most.reduce(BLOCK).tobytes()) < BLOCKS


def is_fade(seen: Image.Image, template: Template, other: Image.Image) -> bool:
    """Is it a mix of the template's page and `other`, with enough of the page in it?"""
    share = _share(seen, template.expected, other)
    return FADED <= share < 1 and same_page(
        seen, _template(Image.blend(other, template.expected, share), template.mask)
    )


def _template(expected: Image.Image, mask: Image.Image | None) -> Template:
    blurred = expected.filter(ImageFilter.GaussianBlur(BLUR))
    return Template(expected, blurred.filter(ImageFilter.MaxFilter(3)), blurred.filter(ImageFilter.MinFilter(3)), mask)


def _share(seen: Image.Image, expected: Image.Image, other: Image.Image) -> float:
    """The part that `expected` has in a mix of both, by least squares over coarse means; 0 when the two are alike."""
    s, a, b = (image.convert("L").reduce(COARSE).tobytes() for image in (seen, expected, other))
    across = sum((x - z) * (y - z) for x, y, z in zip(s, a, b, strict=True))
    apart = sum((y - z) ** 2 for y, z in zip(a, b, strict=True))
    return across / apart if apart else 0.0


def _lies(placing: Placing, size: tuple[int, int]) -> Box:
    """Where the turned picture lies on a panel of this size."""
    across, down = placing.width, placing.height
    if placing.rotate in (90, 270):
        across, down = down, across
    inner = 1 - placing.overscan / 50
    scale = min(size[0] * inner / across, size[1] * inner / down)
    width, height = across * scale, down * scale
    return (size[0] - width) / 2, (size[1] - height) / 2, width, height


def _mask(drawn: Sequence[Box], placing: Placing, size: tuple[int, int]) -> Image.Image | None:
    if not drawn:
        return None
    left, top, width, height = _lies(placing, size)
    scale = max(width, height) / max(placing.width, placing.height)
    mask = Image.new("L", size, 255)
    for box in drawn:
        x, y, w, h = _turned(box, placing)
        # blur and JPEG reach a little further
        corners = (left + x * scale - 2, top + y * scale - 2, left + (x + w) * scale + 2, top + (y + h) * scale + 2)
        ImageDraw.Draw(mask).rectangle(corners, fill=0)
    return mask


def _turned(box: Box, placing: Placing) -> Box:
    x, y, w, h = box
    if placing.rotate == 90:
        return placing.height - y - h, x, h, w
    if placing.rotate == 180:
        return placing.width - x - w, placing.height - y - h, w, h
    if placing.rotate == 270:
        return y, placing.width - x - w, h, w
    return box


# Pillow turns counter-clockwise.
_TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
