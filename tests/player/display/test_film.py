"""Films in a real window: over their page where GStreamer is here, and the page in their place where it is not."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from tests.fixtures.bundle_server import serve
from tests.fixtures.bundles import evergreen, page, picture, publish
from tests.fixtures.films import converted
from tests.fixtures.player_process import PlayerProcess, player
from tests.fixtures.xvfb import xvfb

WIDTH, HEIGHT = 320, 180
PATIENCE = 20.0  # seconds
SIZE: dict[str, Any] = {"width": WIDTH, "height": HEIGHT}
BOX = (80, 45, 160, 90)
INSIDE, CORNER, OUTSIDE = (200, 120), (84, 48), (40, 150)
RED = (192, 48, 48)

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb(WIDTH, HEIGHT) as name:
        yield name


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return converted(tmp_path_factory.mktemp("film"), seconds=1.5)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return converted(tmp_path_factory.mktemp("film"), seconds=60, rate=1)


def store(folder: Path, *pages: Any, **size: Any) -> Path:
    """A store that has everything, films included."""
    publish(folder / "site", 1, *pages, evergreen(), **(size or SIZE))
    with (
        serve(folder / "site") as server,
        player(
            None, "--server", server.url, "--screen", "library", "--store", folder / "store", "--once-synced"
        ) as process,
    ):
        said = process.rest()
        assert process.process.wait(30) == 0, said
    return folder / "store"


def start(display: str, folder: Path, *more: str) -> Any:
    return player(
        display, "--server", "http://127.0.0.1:1", "--screen", "library", "--store", folder, "--fullscreen",
        "--at", "2026-06-01T15:42:10+02:00", *more,
    )  # fmt: skip


def near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


def frame(label: str = "a") -> Image.Image:
    return Image.open(io.BytesIO(picture(label, WIDTH, HEIGHT))).convert("RGB")


def until(screen: PlayerProcess, place: tuple[int, int], colour: tuple[int, int, int]) -> Image.Image:
    """Wait until a place of the glass has a colour; gives the glass."""
    end = time.monotonic() + PATIENCE
    while True:
        seen = screen.glass()
        if near(seen.getpixel(place), colour):
            return seen
        assert time.monotonic() < end, f"{place} stays {seen.getpixel(place)}"


def until_page(screen: PlayerProcess, label: str = "a") -> None:
    """Wait until a page is on the glass, and nothing else."""
    end = time.monotonic() + PATIENCE
    while screen.glass().tobytes() != frame(label).tobytes():
        assert time.monotonic() < end, f"something else stays on page {label}"


def programs(folder: Path, launch: str, inspect: str = "exit 0") -> str:
    """A PATH in which GStreamer's programs do this."""
    folder.mkdir()
    for name, what in (("gst-launch-1.0", launch), ("gst-inspect-1.0", inspect)):
        (folder / name).write_text(f"#!/bin/sh\n{what}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


FRAMES = f"""exec {sys.executable} -c '
import re, sys, time
wide, high = map(int, re.search("width=([0-9]+),height=([0-9]+)", " ".join(sys.argv)).groups())
for number in range(40):
    sys.stdout.buffer.write(bytes((0, 0, 255, 0) if number < 35 else (0, 255, 0, 0)) * wide * high)
    sys.stdout.buffer.flush()
    time.sleep(0.03)
' "$@" """


@pytest.mark.skipif(shutil.which("gst-launch-1.0") is None, reason="GStreamer isn't installed")
def test_gstreamer_plays_the_film_in_its_box(display: str, tmp_path: Path, short: bytes) -> None:
    folder = store(tmp_path, page("a", film=short, film_seconds=1.5, film_box=BOX, dwell_seconds=4))
    with start(display, folder) as screen:
        screen.says("the film of page a begins")
        seen = until(screen, INSIDE, RED)
        assert near(seen.getpixel(CORNER), (255, 255, 255))
        assert seen.getpixel(OUTSIDE) == frame().getpixel(OUTSIDE)
        until(screen, INSIDE, (192, 160, 48)), "its last quarter"
        screen.says("the film is over")
        until_page(screen)
        screen.says("the film of page a begins")  # the next turn
        assert screen.end() == 0


@pytest.mark.skipif(shutil.which("gst-launch-1.0") is None, reason="GStreamer isn't installed")
def test_a_film_on_a_full_panel_takes_less_than_120_mb(tmp_path: Path) -> None:
    """The player and GStreamer together, of memory that is theirs or their share (proc(5), Pss)."""
    film = converted(tmp_path, size=(1280, 720), seconds=3, rate=10)
    full = {"width": 1920, "height": 1080}
    folder = store(tmp_path, page("a", film=film, film_seconds=3, dwell_seconds=600), **full)
    most = 0
    with xvfb(1920, 1080) as panel, start(panel, folder) as screen:
        screen.says("the film of page a begins")
        us = psutil.Process(screen.process.pid)
        until(screen, INSIDE, (255, 255, 255))
        while players := [each for each in us.children() if each.name() == "gst-launch-1.0"]:
            with contextlib.suppress(psutil.Error, OSError):
                most = max(most, sum(each.memory_full_info().pss for each in (us, *players)))
    assert 30_000_000 < most < 120_000_000


@pytest.mark.skipif(shutil.which("gst-launch-1.0") is None, reason="GStreamer isn't installed")
def test_a_turned_panel_has_a_turned_film(display: str, tmp_path: Path, long: bytes) -> None:
    turned = {"width": HEIGHT, "height": WIDTH, "rotate": 90}
    folder = store(tmp_path, page("a", film=long, film_box=(0, 0, HEIGHT, WIDTH), dwell_seconds=600), **turned)
    with start(display, folder) as screen:
        screen.says("the film of page a begins")
        seen = until(screen, (160, 150), RED)
        assert near(seen.getpixel((310, 6)), (255, 255, 255)), "its upper left corner is on the right"


def test_frames_are_drawn_as_they_come_and_the_page_comes_back(
    display: str, tmp_path: Path, short: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a program in GStreamer's place, so that it runs everywhere."""
    folder = store(tmp_path, page("a", film=short, film_seconds=1.5, film_box=BOX, dwell_seconds=6))
    monkeypatch.setenv("PATH", programs(tmp_path / "bin", FRAMES))
    with start(display, folder) as screen:
        screen.says("the film of page a begins")
        seen = until(screen, INSIDE, (255, 0, 0))
        assert seen.getpixel(OUTSIDE) == frame().getpixel(OUTSIDE)
        until(screen, CORNER, (0, 255, 0))
        screen.says("the film is over")
        until_page(screen)


FAULTS = {
    "it is not there": (None, "GStreamer isn't installed"),
    "a part is missing": (("exit 1", "exit 1"), "GStreamer lacks filesrc"),
    "it crashes": (("kill -SEGV $$", "exit 0"), r"GStreamer ended early \(exit code -11\)"),
    "it hangs": (("exec sleep 600", "exit 0"), "GStreamer gives no pictures in time"),
    "it gives half a frame": (("head -c 5000 /dev/zero; exec sleep 600", "exit 0"), "no pictures in time"),
    "it ends without a word": (("exit 0", "exit 0"), "GStreamer ended early"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_where_it_cannot_be_played_the_page_stays_and_the_reason_is_logged(
    display: str, tmp_path: Path, short: bytes, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    folder = store(tmp_path, page("a", film=short, film_seconds=1.5, dwell_seconds=600))
    does, said = FAULTS[fault]
    monkeypatch.setenv("PATH", programs(tmp_path / "bin", *does) if does else str(tmp_path))
    with start(display, folder) as screen:
        screen.says(said)
        until_page(screen)
        assert psutil.Process(screen.process.pid).children() == []
        assert screen.end() == 0


def test_a_film_that_does_not_end_ends_with_its_page(
    display: str, tmp_path: Path, short: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store(tmp_path, page("a", film=short, dwell_seconds=4), page("b", dwell_seconds=2))
    endless = FRAMES.replace("range(40)", "range(10**9)").replace("number < 35", "True")
    monkeypatch.setenv("PATH", programs(tmp_path / "bin", endless))
    with start(display, folder) as screen:
        screen.says("the film of page a begins")
        until(screen, INSIDE, (255, 0, 0))
        screen.says("page b is on the display")
        until_page(screen, "b")
        assert psutil.Process(screen.process.pid).children() == []
        assert screen.end() == 0


def test_a_damaged_film_is_not_given_to_gstreamer(
    display: str, tmp_path: Path, short: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store(tmp_path, page("a", film=short, dwell_seconds=3))
    (film,) = (folder / "assets").glob("*.mp4")
    film.write_bytes(short[:-1] + b"x")
    asked = tmp_path / "asked"
    monkeypatch.setenv("PATH", programs(tmp_path / "bin", f"touch {asked}"))
    with start(display, folder) as screen:
        screen.says("page a is on the display")
        screen.says("clock|page|no connection")
        end = time.monotonic() + 10
        while film.exists() and time.monotonic() < end:
            os.sched_yield()
        assert not film.exists()
        assert not asked.exists()


def test_without_films_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    code = "import sys, player.loop, player.display.glass; print([m for m in sys.modules if 'film' in m])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "['player.film_turns']", "which loads the rest with the first film"
