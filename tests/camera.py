"""What a telephone's camera sees of a screen: fewer pixels, a little blur, noise, and JPEG."""

from __future__ import annotations

import io
import math
import random

import zxingcpp
from PIL import Image, ImageFilter

from signage.config.models import Screen
from signage.legibility import CAMERA_DEGREES, CAMERA_PIXELS, mm_per_px

BLUR = 0.5  # px, of a hand that is nearly still
NOISE = 0.06  # of the picture: indoors
QUALITY = 80


def seen(picture: Image.Image, screen: Screen, metres: float, seed: int = 0) -> Image.Image:
    """The screen's picture in the camera's, from a distance, straight in front of it."""
    across = 2 * metres * 1000 * math.tan(math.radians(CAMERA_DEGREES / 2))
    scale = mm_per_px(screen) / across * CAMERA_PIXELS
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.convert("L").resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(BLUR))
    mixed = Image.blend(small, _noise(size, seed), NOISE)
    out = io.BytesIO()
    mixed.save(out, "JPEG", quality=QUALITY)
    return Image.open(io.BytesIO(out.getvalue())).convert("L")


def codes(picture: Image.Image) -> list[str]:
    """The addresses of the QR codes in a picture."""
    return [found.text for found in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]


def _noise(size: tuple[int, int], seed: int) -> Image.Image:
    chance = random.Random(seed)
    return Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))
