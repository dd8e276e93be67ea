"""A real SDL window: what is on the display is what was published."""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import CLOCK, evergreen, page, picture, publish
from tests.fixtures.player_process import player
from tests.fixtures.xvfb import xvfb

WIDTH, HEIGHT = 640, 360
NOBODY = "http://127.0.0.1:1"
JUNE = "2026-06-01T15:42:10+02:00"
DEBIAN = "/usr/bin/python3"
SIZE: dict[str, Any] = {"width": WIDTH, "height": HEIGHT}

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb(WIDTH, HEIGHT) as name:
        yield name


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    publish(tmp_path / "site", 1, page("a"), evergreen(), **SIZE)
    with serve(tmp_path / "site") as server:
        yield server


@pytest.fixture
def store_dir(tmp_path: Path) -> Path:
    return tmp_path / "store"


def synced(server: BundleServer, store_dir: Path, *more: object) -> str:
    """Fill the store as an administrator would try it out; gives what was said."""
    with player(
        None, "--server", server.url, "--screen", "library", "--store", store_dir, "--once-synced", *more
    ) as process:
        said = process.rest()
        assert process.process.wait(30) == 0, said
    return said


def published(label: str, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    return Image.open(io.BytesIO(picture(label, width, height))).convert("RGB")


def box(image: Image.Image, other: Image.Image) -> tuple[int, int, int, int] | None:
    """Where two pictures differ."""
    return ImageChops.difference(image, other).getbbox()


def same(image: Image.Image, other: Image.Image) -> bool:
    return image.size == other.size and box(image, other) is None


@pytest.mark.parametrize(
    "python",
    [
        "this",
        pytest.param(
            DEBIAN,
            marks=pytest.mark.skipif(
                subprocess.run(
                    [DEBIAN, "-c", "import pygame, requests, nacl, schedule"], capture_output=True, check=False
                ).returncode
                != 0
                if Path(DEBIAN).exists()
                else True,
                reason="Debian's python3-pygame, -requests, -nacl and -schedule are not all installed",
            ),
        ),
    ],
)
def test_the_glass_shows_exactly_the_published_picture(
    display: str, server: BundleServer, store_dir: Path, python: str
) -> None:
    publish(server.folder, 2, page("a", dwell_seconds=4), page("b", dwell_seconds=4), evergreen(), **SIZE)
    interpreter = {} if python == "this" else {"python": python}
    arguments = ("--server", server.url, "--screen", "library", "--store", store_dir, "--fullscreen", "--trust-clock")
    with player(display, *arguments, **interpreter) as screen:
        screen.says("page a")
        assert same(screen.glass(), published("a"))
        frames = screen.says(r"fade (\d+) frames in ([\d.]+) s")
        assert 0.7 < float(frames[2]) < 2.0
        screen.says("page b")
        assert same(screen.glass(), published("b"))
        assert screen.end() == 0


def test_without_a_server_the_stored_bundle_is_shown(display: str, server: BundleServer, store_dir: Path) -> None:
    synced(server, store_dir)
    with player(
        display, "--server", NOBODY, "--screen", "library", "--store", store_dir, "--fullscreen", "--at", JUNE
    ) as s:
        s.says("page a")
        assert same(s.glass(), published("a"))
        s.says("the server is away: no connection; showing what is stored")
        assert same(s.glass(), published("a"))


def test_past_the_horizon_the_evergreen_page_is_shown(display: str, server: BundleServer, store_dir: Path) -> None:
    publish(server.folder, 2, page("a"), evergreen(), horizon="2026-06-15T00:00:00+02:00", **SIZE)
    synced(server, store_dir)
    arguments = ("--server", NOBODY, "--screen", "library", "--store", store_dir, "--fullscreen")
    with player(display, *arguments, "--at", "2026-06-15T00:00:00+02:00") as screen:
        screen.says("page evergreen")
        assert same(screen.glass(), published("evergreen"))


def test_a_page_has_left_the_glass_when_its_window_closes(display: str, server: BundleServer, store_dir: Path) -> None:
    short = {"until": "2026-06-01T15:42:15+02:00"}
    publish(server.folder, 2, page("a", dwell_seconds=600, **short), evergreen(), **SIZE)
    synced(server, store_dir)
    arguments = ("--server", NOBODY, "--screen", "library", "--store", store_dir, "--fullscreen")
    with player(display, *arguments, "--at", JUNE) as screen:
        screen.says("page a")
        assert same(screen.glass(), published("a"))
        alone = datetime.fromisoformat(screen.says("page evergreen is on the display at (.*)")[1])
        assert same(screen.glass(), published("evergreen"))
        # a fade takes 0.8 s: begun at the edge, it would end later than this
        assert timedelta(seconds=-1) < alone - datetime.fromisoformat(short["until"]) < timedelta(seconds=0.5)


def test_the_clock_is_drawn_where_the_layout_says_and_goes_on(
    display: str, server: BundleServer, store_dir: Path
) -> None:
    publish(server.folder, 2, page("a", dwell_seconds=600, clock={**CLOCK, "x": 500.0}), evergreen(), **SIZE)
    synced(server, store_dir)
    arguments = ("--server", NOBODY, "--screen", "library", "--store", store_dir, "--fullscreen")
    with player(display, *arguments, "--at", "2026-06-01T15:42:50+02:00") as screen:
        screen.says("page a")
        first = screen.glass()
        area = box(first, published("a"))
        assert area is not None
        left, top, right, bottom = area
        # right-aligned in its box, centred vertically, as large as its type
        assert left >= 500
        assert 595 <= right <= 601
        assert 20 <= top < bottom <= 60
        assert 18 <= bottom - top <= 26
        assert abs((top + bottom) / 2 - 40) < 4
        colours = first.crop(area).getcolors(10_000)
        assert colours is not None
        assert (0xF2, 0xB8, 0x4B) in {colour for _, colour in colours}
        screen.says(r"clock 15\.43")
        again = box(first, screen.glass())
        assert again is not None
        # the new time stands where the old one did, give or take a digit's width, and nothing of that one is left
        assert left - 8 <= again[0] < again[2] <= right + 1
        assert top - 2 <= again[1] < again[3] <= bottom + 2


def test_an_untrusted_clock_means_undated_pages_and_no_time(
    display: str, server: BundleServer, store_dir: Path
) -> None:
    # made in a year that this machine's clock does not believe in: then not even a time server's word counts
    later = "2096-01-01T00:00:00+01:00"
    clocked = evergreen(clock={**CLOCK, "x": 500.0})
    publish(server.folder, 2, page("a"), clocked, generated=later, horizon="2097-01-01T00:00:00+01:00", **SIZE)
    arguments = ("--server", server.url, "--screen", "library", "--store", store_dir, "--fullscreen", "--trust-clock")
    with player(display, *arguments) as screen:
        screen.says("the clock is not trusted: .* the newest bundle, which was made on 2095-12-31")
        screen.says("first picture")
        assert same(screen.glass(), published("evergreen"))
        assert screen.end() == 0
    # and it is remembered over a restart without a server
    arguments = ("--server", NOBODY, *arguments[2:])
    with player(display, *arguments) as screen:
        screen.says("the clock is not trusted: .* the newest bundle, which was made on 2095-12-31")
        screen.says("page evergreen")
        assert same(screen.glass(), published("evergreen"))


def test_a_server_whose_clock_was_years_ahead_is_believed_again(
    display: str, server: BundleServer, store_dir: Path
) -> None:
    later = {"generated": "2096-01-01T00:00:00+01:00", "horizon": "2097-01-01T00:00:00+01:00"}
    always = {"from_": "2020-01-01T00:00:00+01:00", "until": "2090-01-01T00:00:00+01:00"}
    publish(server.folder, 2, page("a", **always), evergreen(), **later, **SIZE)
    synced(server, store_dir)
    arguments = ("--server", server.url, "--screen", "library", "--store", store_dir, "--fullscreen", "--trust-clock")
    with player(display, *arguments) as screen:  # it was started anew while the server's clock was wrong
        screen.says("the clock is not trusted: .* the newest bundle, which was made on 2095-12-31")
        screen.says("page evergreen")
        right = {"generated": "2025-12-31T00:00:00+01:00", "horizon": "2089-01-14T00:00:00+01:00"}
        publish(server.folder, 3, page("a", **always), evergreen(), poll_seconds=1, **right, **SIZE)
        screen.process.send_signal(signal.SIGTERM)
    with player(display, *arguments) as screen:  # and it is started with what is stored, before the server answers
        screen.says("the clock is trusted")
        screen.says("page a")
        assert same(screen.glass(), published("a"))


def test_a_server_that_says_another_time_is_mentioned(display: str, server: BundleServer, store_dir: Path) -> None:
    server.behind = timedelta(hours=-1)  # the server is an hour ahead: one of the two clocks is wrong
    arguments = ("--server", server.url, "--screen", "library", "--store", store_dir, "--fullscreen", "--trust-clock")
    with player(display, *arguments) as screen:
        screen.says("the clock is trusted: .*; but the clock is 60 min behind the server")
        screen.says("page a")


def test_a_turned_panel_gets_a_turned_picture(display: str, server: BundleServer, store_dir: Path) -> None:
    upright: dict[str, Any] = {"width": HEIGHT, "height": WIDTH}
    publish(server.folder, 2, page("a", dwell_seconds=600, clock=CLOCK), evergreen(), rotate=90, **upright)
    synced(server, store_dir)
    arguments = ("--server", NOBODY, "--screen", "library", "--store", store_dir, "--fullscreen", "--at", JUNE)
    with player(display, *arguments) as screen:
        screen.says("page a")
        # turned clockwise: its upper left corner is at the upper right, and the clock is written downwards
        seen = screen.glass().transpose(Image.Transpose.ROTATE_90)
        area = box(seen, published("a", HEIGHT, WIDTH))
        assert area is not None
        assert area[0] >= 200
        assert 295 <= area[2] <= 301
        assert 20 <= area[1] < area[3] <= 60
    with player(display, *arguments, "--rotate", "0") as screen:
        screen.says("page a")
        bars = screen.glass()
        assert bars.getpixel((0, 180)) == (0, 0, 0)
        assert bars.getpixel((639, 180)) == (0, 0, 0)
        # 360x640 fits into 640x360 at 9/16: 202 wide, in the middle
        assert box(bars, Image.new("RGB", bars.size)) == (219, 0, 421, 360)


def test_a_smaller_window_shows_the_whole_picture_upright(display: str, server: BundleServer, store_dir: Path) -> None:
    publish(server.folder, 2, page("a", dwell_seconds=600), evergreen(), rotate=90, width=1280, height=720)
    synced(server, store_dir)
    with player(display, "--server", NOBODY, "--screen", "library", "--store", store_dir, "--at", JUNE) as screen:
        screen.says("page a")
        area = screen.glass().getbbox()
        assert area is not None
        assert (area[2] - area[0], area[3] - area[1]) == (576, 324)  # nine tenths of the desktop
        corner = screen.glass().crop((area[0] + 5, area[1] + 5, area[0] + 40, area[1] + 20))
        colours = corner.getcolors()  # of the white mark; scaling is not exact
        assert colours is not None
        assert all(isinstance(c, tuple) and min(c) >= 250 for _, c in colours)


@pytest.mark.parametrize("damage", ["missing", "rotten", "no picture", "another size"])
def test_a_picture_that_cant_be_shown_is_skipped(
    display: str, server: BundleServer, store_dir: Path, damage: str
) -> None:
    bad = {"no picture": b"RIFF....WEBPVP8L" + bytes(40), "another size": picture("huge", 320, 180)}.get(damage)
    publish(server.folder, 2, page("bad", picture=bad), page("a"), evergreen(), **SIZE)
    synced(server, store_dir)
    if bad is None:
        [file] = [f for f in (store_dir / "assets").iterdir() if f.read_bytes() == picture("bad", WIDTH, HEIGHT)]
        if damage == "missing":
            file.unlink()
        else:
            file.write_bytes(file.read_bytes()[:-5] + b"xxxxx")
    with player(
        display, "--server", NOBODY, "--screen", "library", "--store", store_dir, "--fullscreen", "--at", JUNE
    ) as s:
        s.says("page bad is left out: the picture")
        s.says("page a is on")
        assert same(s.glass(), published("a"))
        assert s.end() == 0


def test_a_damaged_picture_comes_back_by_itself(display: str, server: BundleServer, store_dir: Path) -> None:
    synced(server, store_dir)
    for file in (store_dir / "assets").iterdir():
        file.unlink()
    with player(
        display, "--server", server.url, "--screen", "library", "--store", store_dir, "--fullscreen", "--at", JUNE
    ) as s:
        s.says("waiting for content")
        s.says("page a")
        assert same(s.glass(), published("a"))


def test_before_the_first_bundle_a_calm_picture_waits(display: str, store_dir: Path) -> None:
    with player(display, "--server", NOBODY, "--screen", "library", "--store", store_dir, "--fullscreen") as screen:
        screen.says("waiting for content")
        glass = screen.glass()
        assert glass.getpixel((5, 5)) == (0x0B, 0x24, 0x33)
        colours = glass.getcolors(100_000)
        assert colours is not None
        assert len(colours) > 10  # letters, softly drawn
        assert screen.end(signal.SIGINT) == 0


def test_a_forged_bundle_leaves_the_waiting_picture(display: str, server: BundleServer, store_dir: Path) -> None:
    for name in ("manifest.json", "manifest.signed"):
        file = server.folder / "screens" / "library" / name
        file.write_bytes(file.read_bytes().replace(b'"Side a"', b'"Side x"'))
    with player(display, "--server", server.url, "--screen", "library", "--store", store_dir, "--fullscreen") as screen:
        screen.says("refused what the server offers: the signature does not match")
        assert screen.glass().getpixel((5, 5)) == (0x0B, 0x24, 0x33)


def test_a_store_that_cant_be_written_is_said_and_the_picture_is_shown(
    display: str, server: BundleServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "store"
    with player(
        display, "--server", server.url, "--screen", "library", "--store", folder, "--fullscreen", "--at", JUNE
    ) as s:
        s.says("page a")
        assert same(s.glass(), published("a"))
    assert any("can't be written" in line for line in s.lines)


def test_a_new_publication_is_shown_within_a_poll(display: str, server: BundleServer, store_dir: Path) -> None:
    publish(server.folder, 2, page("a", dwell_seconds=600), evergreen(), poll_seconds=1, **SIZE)
    with player(
        display, "--server", server.url, "--screen", "library", "--store", store_dir, "--fullscreen", "--at", JUNE
    ) as s:
        s.says("page a")
        publish(server.folder, 3, page("c", dwell_seconds=600), evergreen(), poll_seconds=1, **SIZE)
        s.says("page c")
        assert same(s.glass(), published("c"))


def test_the_server_may_go_and_come_back(display: str, tmp_path: Path, store_dir: Path) -> None:
    folder = tmp_path / "site"
    publish(folder, 2, page("a", dwell_seconds=600), evergreen(), poll_seconds=1, **SIZE)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(serve(folder))
        arguments = ("--server", server.url, "--screen", "library", "--store", store_dir, "--fullscreen", "--at", JUNE)
        screen = stack.enter_context(player(display, *arguments))
        screen.says("page a")
        server.misbehave[""] = lambda handler: handler.send_error(503)
        screen.says("the server is away")
        publish(folder, 3, page("b", dwell_seconds=600), evergreen(), poll_seconds=1, **SIZE)
        server.misbehave.clear()
        screen.says("page b")
        assert sum("is away" in line for line in screen.lines) == 1, "said once, not each time"


def test_no_display_ends_with_its_own_code(store_dir: Path) -> None:
    with player(None, "--server", NOBODY, "--screen", "library", "--store", store_dir, "--output", "window") as screen:
        assert screen.process.wait(30) == 69
        assert "No display to draw on" in screen.rest()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--server", "skjerm.example"), "Invalid web address"),
        (("--screen", "../etc"), "Invalid screen id"),
        (("--key", "abc"), "Invalid key"),
        (("--size", "large"), "Invalid size"),
        (("--at", "2026-09-15T18:00"), "Invalid date/time"),
    ],
)
def test_a_wrong_option_is_explained(store_dir: Path, arguments: tuple[str, str], words: str) -> None:
    with player(None, "--server", NOBODY, "--screen", "library", "--store", store_dir, *arguments) as screen:
        assert screen.process.wait(30) == 2
        assert words in screen.rest()


def test_syncing_once_has_exit_codes_of_its_own(server: BundleServer, store_dir: Path, tmp_path: Path) -> None:
    def code(server: str, folder: Path, *more: str) -> int:
        arguments = ("--server", server, "--screen", "library", "--store", folder, "--once-synced", *more)
        with player(None, *arguments) as screen:
            screen.rest()
            return screen.process.wait(30)

    assert code(server.url, store_dir) == 0
    assert code(NOBODY, store_dir) == 75
    assert code(server.url, store_dir, "--key", "00" * 32) == 76
    (tmp_path / "file").write_text("")
    assert code(server.url, tmp_path / "file" / "store") == 73
