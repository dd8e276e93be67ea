"""A banner on a real framebuffer: over the page whichever way the panel is turned, and nothing is left of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from player.display.display_options import DisplayOptions
from player.display.geometry import Upright
from player.display.glass import Glass
from player.display.pictures import Labels, LabelStyles, UnreadablePicture
from player.display.slim_pygame import pygame
from player.store.manifest import Asset, ClockArea, TextLine
from tests.fixtures.bundles import font, picture
from tests.player.display.test_panel import Panel

WIDTH, HEIGHT, HIGH = 640, 360, 90
FONT = Asset("0" * 64, 1, "font/ttf")
CLOCK = ClockArea(400.0, 300.0, 200.0, 40.0, 30.0, (242, 184, 75), "right", FONT)


@pytest.fixture
def panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    yield Panel(tmp_path, monkeypatch)
    pygame.display.quit()


def image(label: str, width: int, height: int) -> Image.Image:
    return Image.open(io.BytesIO(picture(label, width, height))).convert("RGB")


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def styles(**more: Any) -> LabelStyles:
    return LabelStyles(CLOCK, font(), **more)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_it_lies_at_the_lower_edge_whichever_way_the_panel_is_turned(panel: Panel, rotate: int) -> None:
    wide, high = (WIDTH, HEIGHT) if rotate in (0, 180) else (HEIGHT, WIDTH)
    glass = Glass(DisplayOptions(rotate=rotate))
    glass.fit(Upright(wide, high))
    glass.show(glass.prepare(picture("a", wide, high), LabelStyles()), Labels(), fade=False)
    before = panel.seen()
    glass.show_banner(glass.prepare_banner(picture("storm", wide, HIGH), (0, high - HIGH, wide, HIGH), ()))
    expected = image("a", wide, high)
    expected.paste(image("storm", wide, HIGH), (0, high - HIGH))
    assert same(panel.seen().rotate(rotate, expand=True), expected)
    glass.show(glass.prepare(picture("b", wide, high), LabelStyles()), Labels(), fade=True)
    expected.paste(image("b", wide, high).crop((0, 0, wide, high - HIGH)), (0, 0))
    assert same(panel.seen().rotate(rotate, expand=True), expected), "also after a fade"
    shot = glass.snapshot()
    assert shot is not None
    assert shot.matches
    glass.show_banner(None)
    assert same(panel.seen().rotate(rotate, expand=True), image("b", wide, high))
    glass.show(glass.prepare(picture("a", wide, high), LabelStyles()), Labels(), fade=True)
    assert same(panel.seen(), before)
    glass.close()


def test_bars_beside_the_picture_stay_black(panel: Panel) -> None:
    glass = Glass(DisplayOptions(overscan=5.0))
    glass.fit(Upright(320, 240))
    glass.show(glass.prepare(picture("a", 320, 240), LabelStyles()), Labels(), fade=False)
    before = panel.seen()
    glass.show_banner(glass.prepare_banner(picture("storm", 320, 60), (0, 180, 320, 60), ()))
    with_banner = panel.seen()
    assert with_banner.getbbox() == before.getbbox()
    _, top, _, bottom = before.getbbox() or (0, 0, 0, 0)
    changed = ImageChops.difference(with_banner, before).getbbox()
    assert changed is not None
    assert changed[1] >= bottom - (bottom - top) // 4 - 1
    glass.show_banner(None)
    assert same(panel.seen(), before)
    glass.close()


def test_the_clock_below_it_is_hidden_and_right_again_afterwards(panel: Panel) -> None:
    glass = Glass(DisplayOptions())
    glass.fit(Upright(WIDTH, HEIGHT))
    slide = glass.prepare(picture("a", WIDTH, HEIGHT), styles())
    glass.show(slide, Labels("15.42"), fade=False)
    glass.show_banner(glass.prepare_banner(picture("storm", WIDTH, HIGH), (0, HEIGHT - HIGH, WIDTH, HIGH), ()))
    covered = panel.seen()
    glass.tick(Labels("15.43"))
    assert same(panel.seen(), covered)
    glass.show_banner(None)
    after = panel.seen()
    glass.show(glass.prepare(picture("a", WIDTH, HEIGHT), styles()), Labels("15.43"), fade=False)
    assert same(panel.seen(), after)
    glass.close()


def test_one_banner_gives_way_to_another_and_to_a_takeover(panel: Panel) -> None:
    glass = Glass(DisplayOptions())
    glass.fit(Upright(WIDTH, HEIGHT))
    glass.show(glass.prepare(picture("a", WIDTH, HEIGHT), LabelStyles()), Labels(), fade=False)
    glass.show_banner(glass.prepare_banner(picture("storm", WIDTH, HIGH), (0, HEIGHT - HIGH, WIDTH, HIGH), ()))
    glass.show_banner(glass.prepare_banner(picture("ice", WIDTH, 60), (0, HEIGHT - 60, WIDTH, 60), ()))
    expected = image("a", WIDTH, HEIGHT)
    expected.paste(image("ice", WIDTH, 60), (0, HEIGHT - 60))
    assert same(panel.seen(), expected)
    glass.drop_banner()
    glass.show(glass.prepare(picture("water", WIDTH, HEIGHT), LabelStyles()), Labels(), fade=False)
    assert same(panel.seen(), image("water", WIDTH, HEIGHT))
    glass.close()


def test_lines_of_a_banner_are_placed_on_the_screen_and_not_on_the_strip(panel: Panel) -> None:
    plain = io.BytesIO()
    Image.new("RGB", (WIDTH, HIGH), (10, 20, 30)).save(plain, "PNG")
    place = ClockArea(40.0, HEIGHT - 60.0, 300.0, 30.0, 20.0, (255, 255, 255), "left", FONT)
    lines = ((TextLine("Gjelder til kl. 18.00 \U0001f600\0", place), font()), (TextLine("x", place), b"no font"))
    glass = Glass(DisplayOptions())
    glass.fit(Upright(WIDTH, HEIGHT))
    glass.show(glass.prepare(picture("a", WIDTH, HEIGHT), LabelStyles()), Labels(), fade=False)
    glass.show_banner(glass.prepare_banner(plain.getvalue(), (0, HEIGHT - HIGH, WIDTH, HIGH), lines))
    strip = panel.seen().crop((0, HEIGHT - HIGH, WIDTH, HEIGHT))
    written = ImageChops.difference(strip, Image.new("RGB", strip.size, (10, 20, 30))).getbbox()
    assert written is not None
    left, top, right, bottom = written
    assert 38 <= left <= 46
    assert right <= 340
    assert 25 <= top < bottom <= 65
    glass.close()


@pytest.mark.parametrize("data", [b"", b"RIFF", picture("storm", 320, HIGH)], ids=["nothing", "damaged", "too narrow"])
def test_one_that_cannot_be_decoded_changes_nothing(panel: Panel, data: bytes) -> None:
    glass = Glass(DisplayOptions())
    glass.fit(Upright(WIDTH, HEIGHT))
    glass.show(glass.prepare(picture("a", WIDTH, HEIGHT), LabelStyles()), Labels(), fade=False)
    before = panel.seen()
    with pytest.raises(UnreadablePicture):
        glass.prepare_banner(data, (0, HEIGHT - HIGH, WIDTH, HIGH), ())
    assert same(panel.seen(), before)
    glass.close()
