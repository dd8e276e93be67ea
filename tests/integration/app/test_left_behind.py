"""What a kill or a power cut leaves half-written is deleted by a later build."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from signage.rendering import encode
from signage.sources.images import album
from tests.fixtures.kill_points import killed_at
from tests.fixtures.quick import QuickPipeline
from tests.fixtures.site import NOW, small_site

HOUR = 3600


def write_page(folder: Path) -> None:
    encode.keep(folder, b"a page", ".webp")


def write_picture(folder: Path) -> None:
    album.keep(folder / "picture.jpg", b"a picture")


@pytest.mark.parametrize(("folder", "write"), [("pictures", write_page), ("images", write_picture)])
def test_half_written_pictures_go_after_an_hour(tmp_path: Path, folder: str, write: Callable[[Path], None]) -> None:
    pipeline = QuickPipeline(tmp_path)
    pictures = pipeline.folders.state / folder
    pictures.mkdir(parents=True, exist_ok=True)
    number = 0
    while killed_at(number, write, pictures):
        number += 1
    left = half_written(pictures)
    assert left
    ahead, new = pictures / ".new-ahead", pictures / ".new-new"  # of a clock that was put right; of another process
    for path, hours in (*((path, -2.0) for path in left), (ahead, 2.0), (new, -0.5)):
        path.touch()
        os.utime(path, (time.time() + hours * HOUR,) * 2)
    with small_site(tmp_path) as site:
        assert pipeline.build(site.write(), NOW).problems == ()
    assert half_written(pictures) == {new}


def half_written(pictures: Path) -> set[Path]:
    return {path for path in pictures.iterdir() if path.suffix not in (".webp", ".jpg", ".png", ".ttf", ".json")}
