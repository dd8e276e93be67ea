"""From Chromium's PNG to the file that is published: small, and exact wherever it is text on calm ground."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from signage.runtime.memory import LargeBlockThreads
from signage.storage.durable_file import NEW

MEDIA_TYPE = "image/webp"
QUICK_TYPE = "image/png"  # the browser's own file, for pages that are due now; the same pixels in twice the bytes
SUFFIXES = {MEDIA_TYPE: ".webp", QUICK_TYPE: ".png"}
# Measured on 1600 demo pages: effort 20 would take two thirds of the time, and 14 days of a busy screen 43 MB instead
# of 34 (40 are allowed). Methods above 1 take longer for the same size.
LOSSLESS = {"lossless": True, "method": 1, "quality": 50}
# Photographs: lossless would be 2 MB a page.
PHOTOGRAPH = {"lossless": False, "method": 2, "quality": 90}
COARSER = (70, 40, 15)  # qualities for a picture that would be too large: of noise, on a panel of 4K
MOST_BYTES = 8 * 1024 * 1024  # of a page: players refuse a list of pages with a larger one (docs/bundle-format.md)


def encoders(count: int) -> LargeBlockThreads:
    """Threads that decode and encode pages: an encoding takes 65 MB, so no more at once than there are cores.

    The memory of decoded pages, 8 MB each, is used again as well, which saves a quarter of the decoding.
    """
    return LargeBlockThreads(count, "encoder", Image.core.set_blocks_max)  # type: ignore[attr-defined]


def decode(png: bytes) -> Image.Image:
    """A screenshot's pixels, RGB."""
    with Image.open(io.BytesIO(png)) as image:
        image.load()
        return image if image.mode == "RGB" else image.convert("RGB")  # which copies 8 MB even where it changes nothing


def encode(image: Image.Image, photograph: bool, most: int = MOST_BYTES) -> bytes:
    """WebP bytes of a screenshot, at most `most` unless it can't be helped. The same pixels give the same bytes with
    the same libwebp.
    """
    data = _webp(image, PHOTOGRAPH if photograph else LOSSLESS)
    for quality in COARSER:
        if len(data) <= most:
            break
        data = _webp(image, {**PHOTOGRAPH, "quality": quality})
    return data


def flat(image: Image.Image, palette: Sequence[str]) -> Image.Image:
    """The picture in these colours ("#rrggbb") only, each pixel in the nearest one."""
    colours = [channel for colour in palette for channel in bytes.fromhex(colour[1:])]
    wanted = Image.new("P", (1, 1))
    wanted.putpalette(colours + colours[:3] * (256 - len(palette)))
    return image.quantize(palette=wanted, dither=Image.Dither.NONE).convert("RGB")


def _webp(image: Image.Image, how: Mapping[str, object]) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", **how)
    return out.getvalue()


def has_size(path: Path, size: int) -> bool:
    """Is there a file of this size? After a power cut, one that was not synced may be shorter."""
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def keep(folder: Path, data: bytes, suffix: str) -> str:
    """Write bytes under their sha256, whole or not at all; gives the hash. The folder must exist."""
    sha256 = hashlib.sha256(data).hexdigest()
    target = folder / f"{sha256}{suffix}"
    if not has_size(target, len(data)):
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=NEW)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)  # here, beside the browsers' work: publishing would wait for the disk otherwise
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    return sha256
