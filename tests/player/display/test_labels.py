"""What the player writes on a page: the line on the data's age, told and placed as docs/bundle-format.md says."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageChops

from player.display.geometry import fit
from player.display.labels import ClockLabel, DataAgeLabel, contrast, data_age_text, only_color
from player.display.slim_pygame import pygame
from player.store.manifest import Asset, ClockArea, DataAgeArea
from signage.publishing.data_age_label import FONT, INK, PAPER, size_for
from signage.wording.languages import FOLDER, load
from tests.fixtures.bundle_server import serve
from tests.fixtures.bundles import KEY, evergreen, font, manifest, page, publish
from tests.fixtures.paths import FIXTURES
from tests.fixtures.player_process import player
from tests.fixtures.xvfb import xvfb

VECTORS = json.loads((FIXTURES / "vectors" / "updated.json").read_bytes())
OLD = {"after_seconds": 3600, "text": "Oppdatert %d.%m. kl. %H.%M", "color": "#0c1f2c", "ground": "#f6f1e7", "size": 26}
LIGHT, DARK = (0xF6, 0xF1, 0xE7), (0x0C, 0x1F, 0x2C)


def updated(**more: Any) -> DataAgeArea:
    values: dict[str, Any] = {"after_seconds": 3600, "text": OLD["text"], "color": DARK, "ground": LIGHT, "size": 26.0}
    return DataAgeArea(**{**values, "font": Asset("0" * 64, 1, "font/ttf"), **more})


@pytest.mark.parametrize("case", VECTORS["cases"], ids=[case["name"] for case in VECTORS["cases"]])
def test_the_age_is_told_as_in_every_other_player(case: dict[str, Any]) -> None:
    style = updated(**VECTORS["updated"])
    if case["data_as_of"] is None:
        return
    made, now = datetime.fromisoformat(case["data_as_of"]), datetime.fromisoformat(case["now"])
    old = (now - made).total_seconds() >= style.after_seconds
    assert (data_age_text(style, made.astimezone(ZoneInfo(VECTORS["zone"]))) if old else "") == case["text"]


def slide(ground: tuple[int, int, int] | None, rotate: int = 0) -> tuple[pygame.Surface, DataAgeLabel]:
    """A picture of 1920x1080, half as large on the display, and the line on it. `ground`: None for a lively one."""
    lies = fit(1920, 1080, rotate, (0, 0, 540, 960) if rotate in (90, 270) else (0, 0, 960, 540))
    surface = pygame.Surface(lies.turned, 0, 32)
    if ground:
        surface.fill(ground)
    else:
        for x in range(surface.get_width()):
            pygame.draw.line(surface, (x % 256, 80, 200), (x, 0), (x, surface.get_height()))
    return surface, DataAgeLabel(updated(), FONT.read_bytes(), lies, surface)


def drawn(surface: pygame.Surface, rotate: int = 0) -> Image.Image:
    image = Image.frombytes("RGB", surface.get_size(), pygame.image.tobytes(surface, "RGB"))
    return image.rotate(rotate, expand=True) if rotate else image


def clock(text: str, **separator: str) -> Image.Image:
    surface = pygame.Surface((300, 100), 0, 32)
    area = ClockArea(0, 0, 300, 100, 60, LIGHT, "left", Asset("0" * 64, 1, "font/ttf"), **separator)
    ClockLabel(area, FONT.read_bytes(), fit(300, 100, 0, (0, 0, 300, 100)), surface).draw(surface, text)
    return drawn(surface)


def test_the_clock_has_the_separator_of_its_language() -> None:
    written, separated = clock("15:42"), clock("15.42", separator=":")
    assert written.tobytes() == separated.tobytes()
    assert clock("15.42").tobytes() not in (written.tobytes(), clock("").tobytes())


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_it_stands_in_the_bottom_margin_at_the_right_and_leaves_no_trace(rotate: int) -> None:
    surface, line = slide(LIGHT, rotate)
    before = drawn(surface)
    line.draw(surface, "Oppdatert 24.11. kl. 15.42", (0, 0))
    upright = ImageChops.difference(drawn(surface, rotate), Image.new("RGB", (960, 540), LIGHT))
    box = upright.getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert 960 - 30 < right < 960 - 20  # 1.8 sizes of 13 px from the edge
    assert 540 - 20 <= top < bottom <= 540 - 1  # in the lowest 1.6 sizes
    assert 130 < right - left < 200
    line.draw(surface, "")
    assert drawn(surface).tobytes() == before.tobytes()


@pytest.mark.parametrize(("ground", "ink"), [(LIGHT, DARK), (DARK, LIGHT), ((11, 36, 51), LIGHT)])
def test_on_calm_ground_it_takes_the_colour_that_can_be_read(
    ground: tuple[int, int, int], ink: tuple[int, int, int]
) -> None:
    surface, line = slide(ground)
    area = line.draw(surface, "Oppdatert 24.11. kl. 15.42")
    colours = {surface.get_at((x, y))[:3] for x in range(*_span(area, 0)) for y in range(*_span(area, 1))}
    assert ink in colours
    assert (LIGHT if ink == DARK else DARK) not in colours - {ground}
    assert contrast(ink, ground) >= 7


def test_on_a_photograph_it_stands_on_a_plate() -> None:
    surface, line = slide(None)
    area = line.draw(surface, "Oppdatert 24.11. kl. 15.42")
    shades = [surface.get_at((x, area.centery))[:3] for x in range(*_span(area, 0))]
    assert shades.count(LIGHT) > 50
    assert DARK in {surface.get_at((x, y))[:3] for x in range(*_span(area, 0)) for y in range(*_span(area, 1))}
    assert only_color(surface, area) is None


def _span(area: pygame.Rect, axis: int) -> tuple[int, int]:
    return (area.left, area.right) if axis == 0 else (area.top, area.bottom)


@pytest.mark.parametrize("language", sorted(path.stem for path in FOLDER.glob("*.toml")))
def test_the_typeface_has_every_letter_of_every_language(language: str) -> None:
    text = data_age_text(
        updated(text=load(language)("updated")), datetime(2026, 12, 24, 15, 42, tzinfo=ZoneInfo("Europe/Oslo"))
    )
    assert "%" not in text
    pygame.font.init()
    letters = pygame.font.Font(str(FONT), 26)

    def drawn_alone(character: str) -> bytes:
        return pygame.image.tobytes(letters.render(character, True, DARK, LIGHT), "RGB")

    missing = drawn_alone("\N{CJK UNIFIED IDEOGRAPH-6F22}")  # a box; `metrics` has figures for it
    assert [character for character in text if drawn_alone(character) == missing] == []
    # it must end before the page's middle, also on a portrait page
    assert letters.size(text)[0] < 20 * 26


def test_day_and_month_are_written_as_the_language_does() -> None:
    christmas = datetime(2026, 12, 24, 15, 42, tzinfo=ZoneInfo("Europe/Oslo"))
    written = {name: data_age_text(updated(text=load(name)("updated")), christmas) for name in ("nb", "en", "de")}
    assert written == {
        "nb": "Oppdatert 24.12. kl. 15.42",
        "en": "Updated 24/12, 15:42",
        "de": "Stand: 24.12., 15:42",
    }


def test_sizes_and_colours_are_the_renderers() -> None:
    assert (size_for(1920, 1080), size_for(1080, 1920), size_for(1280, 720)) == (26, 26, 17)
    assert contrast(*(tuple(bytes.fromhex(color[1:])) for color in (INK, PAPER))) > 7  # type: ignore[arg-type]


@pytest.mark.window
def test_it_comes_when_the_data_is_too_old_and_goes_when_it_is_fresh(tmp_path: Path) -> None:
    size: dict[str, Any] = {"width": 640, "height": 360}
    old, fresh = "2026-06-01T14:42:30+02:00", "2026-06-01T15:42:00+02:00"
    small = {**OLD, "size": 14}
    site, store = tmp_path / "site", tmp_path / "store"
    pages = (page("a", dwell_seconds=600), evergreen())
    more: dict[str, Any] = {"updated": small, "poll_seconds": 1, **size}
    publish(site, 1, *pages, data_as_of=old, **more)
    with xvfb(640, 360) as display, serve(site) as server:
        arguments = ("--server", server.url, "--screen", "library", "--store", store, "--fullscreen")
        with player(display, *arguments, "--at", "2026-06-01T15:42:20+02:00") as screen:
            screen.says("page a")
            before = screen.glass()
            screen.says(r"clock 15\.42, Oppdatert 1\.6\. kl\. 14\.42")
            after = screen.glass()
            changed = [
                (x, y) for x in range(640) for y in range(360) if before.getpixel((x, y)) != after.getpixel((x, y))
            ]
            assert changed
            assert min(y for _, y in changed) >= 335
            publish(
                site,
                2,
                page("a", dwell_seconds=600),
                evergreen(),
                updated=small,
                data_as_of=fresh,
                poll_seconds=1,
                **size,
            )
            screen.says(r"clock 15\.42$")
            assert screen.glass().tobytes() == before.tobytes()


def test_a_manifest_with_a_broken_line_is_refused_and_one_without_is_not() -> None:
    from player.store.manifest import ManifestRefused, verify

    def read(**more: Any) -> DataAgeArea | None:
        made, _ = manifest(1, updated=dict(OLD))
        made["updated"].update(more)
        data = json.dumps(made).encode()
        return verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), "library").updated

    assert read() == updated(font=Asset(*_font_asset()))
    for broken in ({"color": "red"}, {"after_seconds": 0}, {"font": "0" * 64}, {"text": "x" * 81}, {"size": None}):
        with pytest.raises(ManifestRefused):
            read(**broken)


def _font_asset() -> tuple[str, int, str]:
    import hashlib

    return hashlib.sha256(font()).hexdigest(), len(font()), "font/ttf"
