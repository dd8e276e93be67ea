"""The demo's pictures, from `pictures/`: one lossless WebP for each motif."""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from PIL import Image

QUALITY = 90  # flat colours show JPEG's artefacts below that
PICTURES = files("signage.demo").joinpath("pictures")
POSTERS = Path(__file__).parent / "posters"  # a poster as associations make them, with words beside it
MOTIFS = tuple(sorted(each.name.removesuffix(".webp") for each in PICTURES.iterdir() if each.name.endswith(".webp")))


@lru_cache(None)
def picture(motif: str) -> bytes:
    """A JPEG of 1280 x 720, as the portal serves it. Raises KeyError when there is no such motif."""
    if motif not in MOTIFS:
        raise KeyError(motif)
    out = io.BytesIO()
    with Image.open(io.BytesIO(PICTURES.joinpath(f"{motif}.webp").read_bytes())) as image:
        image.convert("RGB").save(out, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return out.getvalue()
