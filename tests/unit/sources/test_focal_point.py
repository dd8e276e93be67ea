"""Crops keep what matters, and the colour around a picture is its own and dark enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from signage.domain.contrast import contrast, luminance
from signage.sources.images.focal_point import image_focus, look_at
from signage.wording.rows import position

CROPS = {"poster": (890, 1080), "upright": (1080, 800), "column": (653, 360), "strip": (640, 540)}


def scene(x: int, y: int) -> Image.Image:
    """A person, drawn simply, on a calm ground; (x, y) is the middle of the face."""
    picture = Image.new("RGB", (1280, 720), "#a8bcc8")
    ink = ImageDraw.Draw(picture)
    ink.rectangle((x - 70, y + 60, x + 70, min(y + 320, 719)), fill="#b03020")
    ink.ellipse((x - 80, y - 90, x + 80, y + 90), fill="#d9a58a")
    for side in (-32, 32):
        ink.ellipse((x + side - 10, y - 20, x + side + 10, y), fill="#202020")
    return picture


def window(picture: Image.Image, crop: tuple[int, int], focus: tuple[float, float]) -> tuple[float, ...]:
    """What `object-fit: cover` with `object-position` shows, in picture pixels (CSS Images 3, 5.5)."""
    scale = max(crop[0] / picture.width, crop[1] / picture.height)
    wide, high = crop[0] / scale, crop[1] / scale
    left, top = (picture.width - wide) * position(focus[0]) / 100, (picture.height - high) * position(focus[1]) / 100
    return left, top, left + wide, top + high


@pytest.mark.parametrize("crop", CROPS.values(), ids=CROPS)
@pytest.mark.parametrize("x", [200, 440, 640, 840, 1080])
def test_a_crop_keeps_the_face(crop: tuple[int, int], x: int) -> None:
    picture = scene(x, 240)
    care = look_at(picture)
    left, _, right, _ = window(picture, crop, (care.focus_x, care.focus_y))
    assert left <= x - 60
    assert x + 60 <= right


@pytest.mark.parametrize("ground", ["#f4e04d", "#ffffff", "#7fb0d0", "#101010", "#808080"])
def test_the_colour_is_dark_enough_for_white_text(ground: str) -> None:
    colour = look_at(Image.new("RGB", (640, 360), ground)).colour
    channels = tuple(int(colour[n : n + 2], 16) for n in (1, 3, 5))
    assert contrast(luminance((channels[0], channels[1], channels[2])), 1.0) >= 9.5


def test_the_colour_is_the_pictures_own() -> None:
    colour = look_at(Image.new("RGB", (640, 360), "#2f7f3a")).colour
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    assert green > red
    assert green > blue


def test_it_is_worked_out_once_and_a_broken_file_is_shown_from_its_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    scene(1080, 240).save(path)
    first = image_focus(path)
    assert first.focus_x > 0.6
    Image.new("RGB", (1280, 720)).save(path)
    assert image_focus(path) == first
    broken = tmp_path / "b.jpg"
    broken.write_bytes(b"no picture")
    assert (image_focus(broken).focus_x, image_focus(broken).colour) == (0.5, "")
