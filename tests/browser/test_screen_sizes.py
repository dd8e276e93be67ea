"""From a small panel to a wall of them: every page is a picture of the panel's own size, with nothing cut off on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from signage.config.load import parse_config
from signage.domain.model import Excess
from signage.errors import ConfigError
from signage.planning.kinds import TEMPLATES
from signage.preview import Photographer, Sample, photographer, read_sample
from signage.preview.shots import MOST_SPLITS, Shot
from signage.rendering.document import LEAST_LETTER, unit_of
from signage.rendering.encode import encode
from signage.rendering.layouts import Layout, load_layout
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import HEAD

SIZES = ("320x240", "480x1920", "7680x1080", "3840x2160")
KINDS = {  # those that had faults, and a list; at 3840x2160 everything is as at 1920x1080, in other pixels
    "320x240": ("week", "today"),
    "480x1920": ("week", "event", "evergreen"),
    "7680x1080": ("today", "event"),
    "3840x2160": ("table",),
}


@pytest.fixture(scope="module")
def layout() -> Layout:
    return load_layout(LAYOUTS / "fjord", TEMPLATES)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return read_sample(LAYOUTS / "fjord")


@pytest.fixture(scope="module")
def camera(layout: Layout, sample: Sample) -> Iterator[Photographer]:
    with photographer({layout.name: layout}, sample.pictures) as made:
        yield made


@pytest.mark.browser
@pytest.mark.parametrize("size", SIZES)
def test_pages_fit_in_the_panels_own_pixels(size: str, layout: Layout, sample: Sample, camera: Photographer) -> None:
    shots = taken(size, layout, sample, camera)
    assert {name: shot.report.problems for name, shot in shots.items() if shot.report.problems} == {}
    width, height = map(int, size.split("x"))
    for shot in shots.values():
        assert shot.picture
        assert shot.picture.size == (width, height)
        assert shot.report.smallest_px >= LEAST_LETTER - 0.1
        assert shot.report.smallest_px < height / 8, "letters are in proportion to the page"


def taken(size: str, layout: Layout, sample: Sample, camera: Photographer) -> dict[str, Shot]:
    """A picture of each kind; what overflows is split, as on real screens, and its first part taken."""
    splits: dict[str, list[Excess]] = {}
    shots: dict[str, Shot] = {}
    for _ in range(MOST_SPLITS):
        pages = sample.pages(layout, size, splits=splits)
        waiting = {name: pages[name] for name in KINDS[size] if name not in shots or shots[name].picture is None}
        if not waiting:
            break
        shots |= camera.take(waiting)
        for name in waiting:
            if shots[name].picture is None:
                splits.setdefault(name, []).append(shots[name].report.excess)
    return shots


@pytest.mark.parametrize(
    ("size", "units"),
    [
        ("1920x1080", (1920, 1080)),
        ("3840x2160", (1920, 1080)),
        ("1080x1920", (1080, 1920)),
        ("1920x540", (2400, 675)),
        ("480x1920", (600, 2400)),
        ("320x240", (1440, 1080)),
        ("7680x1080", (4266, 600)),  # and not 2400 x 338, for which no layout is drawn
    ],
)
def test_layouts_draw_on_a_page_that_is_never_less_than_600_high(size: str, units: tuple[int, int]) -> None:
    width, height = map(int, size.split("x"))
    unit = unit_of(width, height)
    assert (int(width / unit + 0.01), int(height / unit + 0.5)) == units


@pytest.mark.parametrize(("size", "accepted"), [("7680x1080", True), ("320x240", True), ("7680x4320", False)])
def test_a_size_that_no_player_shows_is_refused(size: str, accepted: bool, tmp_path: Path) -> None:
    text = HEAD.format(url="https://iheim.no", playlist='{ show = "today" }', more="").replace("1280x720", size)
    if accepted:
        assert parse_config(text.encode(), "screens.toml", LAYOUTS).screens["bibliotek"].size == size
    else:
        with pytest.raises(ConfigError, match="more than players can show"):
            parse_config(text.encode(), "screens.toml", LAYOUTS)


def test_a_picture_of_noise_on_a_large_panel_is_made_coarser_until_players_take_it() -> None:
    """One page that is too large would cost a screen all of its pages."""
    noise = Image.merge("RGB", [Image.effect_noise((800, 600), 80)] * 3)
    fine = encode(noise, True)
    for photograph in (True, False):
        assert len(encode(noise, photograph, most=len(fine) * 2 // 3)) <= len(fine) * 2 // 3
    assert encode(noise, True, most=len(fine)) == fine
