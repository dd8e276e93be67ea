"""Screenshots as pixels, and the memory that they take."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from signage.rendering.encode import decode, encode, encoders


def png(mode: str = "RGB", size: tuple[int, int] = (1920, 1080)) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 200).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_whatever_the_browser_writes_its_pixels_have_three_channels(mode: str) -> None:
    data = png(mode, (40, 30))
    decoded = decode(data)
    assert decoded.mode == "RGB"
    assert decoded.tobytes() == Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def test_a_decoded_page_outlives_its_bytes(tmp_path: Path) -> None:
    decoded = decode(png())
    assert decoded.getpixel((1919, 1079)) == (200, 0, 0)
    assert encode(decoded, photograph=False)


def test_memory_of_pages_is_used_again_while_pages_are_made_and_given_back_then() -> None:
    stats = Image.core.get_stats  # type: ignore[attr-defined]
    data, before = png(), stats()["reused_blocks"]
    with encoders(2) as threads:
        for _ in range(4):
            threads.submit(decode, data).result()
        assert stats()["reused_blocks"] > before
        assert stats()["blocks_cached"] > 0
    assert stats()["blocks_cached"] == 0


def test_encoders_that_are_not_waited_for_do_what_they_have_begun() -> None:
    threads = encoders(2)
    pictures = [threads.submit(encode, decode(png()), photograph=False) for _ in range(4)]
    threads.shutdown(wait=False)
    assert len({picture.result() for picture in pictures}) == 1
