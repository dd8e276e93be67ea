"""Picture files that screens.toml or the sheet of organisations names: read, encoded anew, put beside the events' own.

A file that can't be used costs the picture and is told, with what to do.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from signage.errors import SignageError
from signage.model import Picture
from signage.sources.images import MOST_PIXELS, BadPicture, keep, reencode
from signage.sources.picture_care import care_of

MOST_BYTES = 20_000_000
LOGO_SIDE = 640  # px; a logo is a hand high at the most


def load_pictures(paths: Iterable[str], images: Path) -> tuple[dict[str, Picture], list[str]]:
    """The pictures by path, stored in the folder `images` under their sha256, and a sentence for each that can't be
    used. What is transparent stays so.
    """
    found: dict[str, Picture] = {}
    told: list[str] = []
    for path in sorted({path for path in paths if path}):
        try:
            found[path] = _load(Path(path), images)
        except BadPicture as error:
            told.append(f"{path}: the picture {error}")
        except OSError as error:
            told.append(f"{path}: the picture can't be read: {error.strerror or error}")
    return found, told


def _load(path: Path, images: Path) -> Picture:
    if path.stat().st_size > MOST_BYTES:
        raise BadPicture(f"is larger than {MOST_BYTES // 1_000_000} MB; save it smaller")
    body = path.read_bytes()
    if path.suffix.lower() == ".svg" or body.lstrip()[:5] in (b"<?xml", b"<svg "):
        raise BadPicture("is an SVG drawing; save it as PNG")
    if (transparent := _transparent(body)) is not None:
        data, width, height = transparent
        suffix = ".png"
    else:
        data, width, height = reencode(body)
        suffix = ".jpg"
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        images.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SignageError(f"{images}: can't be made: {error.strerror}") from error
    kept = images / f"{sha256}{suffix}"
    keep(kept, data)
    care = care_of(kept)
    return Picture(sha256, width, height, focus=(care.focus_x, care.focus_y), colour=care.colour)


def _transparent(body: bytes) -> tuple[bytes, int, int] | None:
    """PNG bytes and size of a picture with something transparent; None for any other. Raises BadPicture."""
    try:
        with Image.open(io.BytesIO(body), formats=("PNG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS or not opened.has_transparency_data:
                return None
            layered = ImageOps.exif_transpose(opened).convert("RGBA")
    except UnidentifiedImageError:
        return None  # another kind: the other decoder says what is wrong with it
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        raise BadPicture(f"can't be decoded ({type(error).__name__}); save it anew") from error
    layered.thumbnail((LOGO_SIDE, LOGO_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    layered.save(out, "PNG", optimize=True)
    return out.getvalue(), layered.width, layered.height
