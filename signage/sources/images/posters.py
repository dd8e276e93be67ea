"""The files that people drop: pictures and documents, from bytes to pages. Pure; runs in a worker process.

What the bytes are is seen from the bytes: a JPEG that is called .png is a JPEG.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from PIL import Image

from signage.sources.images.decoding import BadPicture, decoded_poster, encoded
from signage.sources.images.focal_point import look_at
from signage.sources.images.pdf_pages import draw_page, page_count
from signage.sources.images.svg_drawing import harmless, is_svg

__all__ = ["DecodedPage", "document_page", "drawing_page", "kind_of", "page_count", "picture_page", "still_page"]

QUALITY = 92  # of the JPEG: letters show its artefacts sooner than photographs do
EDGE = 6  # of a picture's 200 pixels across: how deep the edge is that is looked at
LOOKED_AT = 200  # px across
STEP = 32  # of 256: shades that are nearer to each other are the same
ALIKE = 0.94  # of the edge must have the same shade
ZEROS = 4096  # bytes: a file that ends in so many zeros is one whose end is yet to come
TAIL = 4096  # bytes at the end of a PDF, where its end mark is; some programs write a little more behind it
LENGTH = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d{1,12})\b")  # ISO 32000-1, annex F.2: the length of the whole file

Prints = tuple[tuple[float, int, str], ...]  # as `PrintSize`, plain enough for a worker's result


@dataclass(frozen=True, slots=True)
class DecodedPage:
    """A page of our own encoding. `colour`: dark, of the picture's own; `edge`: that all of its edges have, or ""."""

    data: bytes
    suffix: str
    width: int
    height: int
    colour: str
    edge: str
    prints: Prints = ()


def kind_of(body: bytes) -> str:
    """ "pdf", "svg" or "picture"; raises BadPicture for what is cut, and for what is none of them."""
    if not body:
        raise BadPicture("It is empty.")
    if len(body) > ZEROS and not body[-ZEROS:].strip(b"\0"):
        raise BadPicture("Its end is missing. It may still be being copied.")
    if b"%PDF-" in body[:1024]:
        _check_end(body)
        return "pdf"
    return "svg" if is_svg(body) else "picture"


def _check_end(body: bytes) -> None:
    """Raise BadPicture for a PDF that is cut. One that was saved for the web has all its pages' names at its beginning:
    cut anywhere, it can be opened, and its pages are white.
    """
    length = LENGTH.search(body[:2048])
    if b"%%EOF" not in body[-TAIL:] or (length and int(length[1]) > len(body)):
        raise BadPicture("Its end is missing. It may still be being copied.")


def drawing_page(body: bytes, longest: int) -> DecodedPage:
    """A drawing as a page. Raises BadPicture."""
    data, width, height = harmless(body, longest)
    return DecodedPage(data, ".svg", width, height, "", "")


def document_page(body: bytes, number: int, longest: int) -> DecodedPage:
    """One page of a document, counted from 0. Raises BadPicture."""
    drawn, prints = draw_page(body, number, longest)
    return _page(drawn, tuple(prints))


def picture_page(body: bytes, longest: int) -> DecodedPage:
    """A picture as a page: upright, sRGB, no longer than `longest`. Raises BadPicture."""
    return _page(decoded_poster(body, longest))


def still_page(image: Image.Image) -> DecodedPage:
    """A frame of a film as a page."""
    return _page(image)


def _page(image: Image.Image, prints: Prints = ()) -> DecodedPage:
    data = encoded(image, quality=QUALITY, subsampling=0)
    return DecodedPage(data, ".jpg", *image.size, look_at(image).colour, edge_of(image), prints)


def edge_of(image: Image.Image) -> str:
    """The colour that a picture has along all of its edges, as "#rrggbb"; "" if it has several."""
    small = image.resize((LOOKED_AT, LOOKED_AT), Image.Resampling.BOX)
    inner = (EDGE, EDGE, LOOKED_AT - EDGE, LOOKED_AT - EDGE)
    mask = Image.new("L", small.size, 1)
    mask.paste(0, inner)
    data, at_edge = small.tobytes(), mask.tobytes()
    pixels = [tuple(data[3 * n : 3 * n + 3]) for n, edge in enumerate(at_edge) if edge]
    median = tuple(sorted(band)[len(band) // 2] for band in zip(*pixels, strict=True))
    near = Counter(max(abs(a - b) for a, b in zip(pixel, median, strict=True)) < STEP for pixel in pixels)
    return "#{:02x}{:02x}{:02x}".format(*median) if near[True] >= ALIKE * len(pixels) else ""
