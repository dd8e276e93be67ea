"""What nothing needs any more is deleted by a later build: half-written files, and pictures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from signage.app import render_order
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


def test_a_screen_that_fails_keeps_only_young_pictures_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = QuickPipeline(tmp_path)
    pictures = pipeline.folders.state / "pictures"
    kino = '\n[screens.kino]\nplace = "bibliotek"\nsize = "1280x720"\nplaylist = [{ show = "agenda" }]\n'
    with small_site(tmp_path) as site:
        assert pipeline.build(site.write(more=kino), NOW).problems == ()
        shown = set(pictures.glob("*.webp"))
        young, old = pictures / "young.webp", pictures / "old.webp"
        for path, days in ((young, 14), (old, 16), *((path, 16) for path in shown)):
            path.touch()
            os.utime(path, (time.time() - days * 24 * HOUR,) * 2)
        with monkeypatch.context() as patch:
            patch.setattr(render_order, "make_screen_build", failing_for("kino", render_order.make_screen_build))
            site.listings[0]["title"] += " med kaffe"
            report = pipeline.build(site.write(more=kino), NOW + timedelta(minutes=10))
        assert "it could not be updated" in report.screens[1].problems[0]
        left = set(pictures.glob("*.webp"))
        assert old not in left
        assert young in left
        assert left & shown, "what a screen that works shows"
        assert pipeline.build(site.write(more=kino), NOW + timedelta(minutes=80)).problems == ()
        assert young not in set(pictures.glob("*.webp"))


def failing_for(screen_id: str, make: Callable[..., object]) -> Callable[..., object]:
    def made(config: object, wanted: str, *rest: object) -> object:
        if wanted == screen_id:
            raise RuntimeError("a fault")
        return make(config, wanted, *rest)

    return made


def half_written(pictures: Path) -> set[Path]:
    return {path for path in pictures.iterdir() if path.suffix not in (".webp", ".jpg", ".png", ".ttf", ".json")}
