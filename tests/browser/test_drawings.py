"""A drawing that people put up has a small picture on the telephones' pages, drawn by a browser, once."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from signage.app.drawings import MOST_TRIES, Drawings
from signage.app.phone_pictures import SIDE, PhonePictures
from signage.domain.model import Picture
from signage.sources.images.svg_drawing import harmless

pytestmark = pytest.mark.browser

HALVES = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30">'
    '<path d="M0 0h20v30h-20z" fill="#c03030"/><path d="M20 0h10v30h-10z" fill="#3050c0"/></svg>'
)


def put(folder: Path, body: bytes) -> Picture:
    """A drawing in the folder of the posters."""
    data, width, height = harmless(body, 1920)
    sha256 = hashlib.sha256(data).hexdigest()
    folder.mkdir(exist_ok=True)
    (folder / f"{sha256}.svg").write_bytes(data)
    return Picture(sha256, width, height)


def test_it_is_drawn_whole_and_in_its_colours(tmp_path: Path) -> None:
    picture = put(tmp_path / "posters", HALVES.encode())
    copies = PhonePictures(tmp_path / "posters", tmp_path / "small")
    (small,) = copies.of([picture], make=True).values()
    (path,) = copies.files([small]).values()
    with Image.open(io.BytesIO(path.read_bytes())) as opened:
        seen = opened.convert("RGB")
    assert seen.size == (small.width, small.height) == (SIDE, SIDE * 3 // 4)
    for x, colour in ((5, (192, 48, 48)), (310, (192, 48, 48)), (330, (48, 80, 192)), (490, (255, 255, 255))):
        assert all(abs(a - b) < 12 for a, b in zip(seen.getpixel((x, 240)), colour, strict=True)), x
    assert PhonePictures(tmp_path / "posters", tmp_path / "small", _NoBrowser()).of([picture], make=True)


class _NoBrowser(Drawings):
    def drawn(self, picture: Picture, data: bytes, side: int) -> bytes | None:
        raise AssertionError("it was drawn again")


def test_one_that_cannot_be_drawn_costs_its_copy_and_is_not_tried_with_each_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = put(tmp_path / "posters", HALVES.encode())
    drawings = Drawings()
    with monkeypatch.context() as without:
        without.setenv("SIGNAGE_BROWSER", str(tmp_path / "nothing"))
        for _ in range(MOST_TRIES):
            assert PhonePictures(tmp_path / "posters", tmp_path / "small", drawings).of([picture], make=True) == {}
    assert drawings.drawn(picture, HALVES.encode(), SIDE) is None
