"""Does the server see what hangs there? On the approved pictures of every layout, through a panel and a JPEG."""

from __future__ import annotations

import io
import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from PIL import Image, ImageDraw

from signage.fleet.picture_comparison import (
    OVERSCANS,
    Placing,
    UnreadablePicture,
    is_fade,
    place,
    prepare,
    read_thumbnail,
    same_page,
)
from tests.fixtures.paths import ROOT

PICTURES = ROOT / "tests" / "golden" / "pictures"
GROUPS = sorted(folder.name for folder in PICTURES.iterdir())
PAIRED = ["fjord-1920x1080-nb", "plakat-1440x1080-nb", "natt-1080x1920-nb"]
Size = tuple[int, int]


def looks_like(
    thumbnail: Image.Image,
    picture: Image.Image,
    placing: Placing,
    others: Sequence[Image.Image] = (),
    ask_overscan: bool = False,
    drawn: Sequence[tuple[float, float, float, float]] = (),
) -> bool:
    """Is it this page, or a fade between it and one of `others` (pictures of the same size)?

    `ask_overscan`: the player did not report it; try the usual values.
    """
    template = prepare(picture, placing, thumbnail.size, drawn)
    return (
        same_page(thumbnail, template)
        or any(is_fade(thumbnail, template, place(other, placing, thumbnail.size)) for other in others)
        or (
            ask_overscan
            and any(
                same_page(thumbnail, prepare(picture, replace(placing, overscan=percent), thumbnail.size))
                for percent in OVERSCANS
            )
        )
    )


@cache
def pages(group: str) -> dict[str, Image.Image]:
    """A group's pages; of those that are equal, one."""
    found: dict[bytes, tuple[str, Image.Image]] = {}
    for file in sorted((PICTURES / group).glob("*.webp")):
        image = Image.open(file).convert("RGB")
        found.setdefault(image.tobytes(), (file.stem, image))
    return dict(found.values())


def panel_size(picture: Image.Image, rotate: int = 0) -> Size:
    """A usual panel of about its shape; never exactly it, so that there are bars and odd edges."""
    across, down = (picture.height, picture.width) if rotate in (90, 270) else picture.size
    return (854, 480) if across > down else (480, 854)


def hang(
    picture: Image.Image,
    panel: Size,
    rotate: int = 0,
    overscan: float = 0.0,
    deep: bool = True,
    smooth: Image.Resampling = Image.Resampling.BOX,
) -> Image.Image:
    """What a player's panel shows: scaled as large as it goes, turned, centred; `deep` False: 16 bits."""
    turned = picture.rotate(-rotate, expand=True)
    inner = 1 - overscan / 50
    scale = min(panel[0] * inner / turned.width, panel[1] * inner / turned.height)
    scaled = turned.resize((round(turned.width * scale), round(turned.height * scale)), Image.Resampling.BILINEAR)
    glass = Image.new("RGB", panel)
    glass.paste(scaled, ((panel[0] - scaled.width) // 2, (panel[1] - scaled.height) // 2))
    return glass if deep else glass.point(lambda value: value & 0xF8)


def photographed(glass: Image.Image, quality: int = 75, smooth: Image.Resampling = Image.Resampling.BOX) -> Image.Image:
    """The thumbnail of it, as the server gets it."""
    scale = 240 / max(glass.size)
    small = glass.resize((round(glass.width * scale), round(glass.height * scale)), smooth)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality)
    return read_thumbnail(out.getvalue())


def upright(picture: Image.Image, rotate: int = 0) -> Placing:
    return Placing(*picture.size, rotate)


@pytest.mark.parametrize("group", GROUPS)
def test_no_page_of_any_layout_raises_a_false_alarm(group: str) -> None:
    for name, picture in pages(group).items():
        panel = panel_size(picture)
        fine, poor = hang(picture, panel), hang(picture, panel, deep=False)
        assert looks_like(photographed(fine), picture, upright(picture)), name
        assert looks_like(photographed(poor, 60), picture, upright(picture)), name
        assert looks_like(photographed(fine, 75, Image.Resampling.BILINEAR), picture, upright(picture)), name


@pytest.mark.parametrize("group", PAIRED)
def test_every_other_page_in_its_place_is_seen(group: str) -> None:
    shown = {
        name: (photographed(hang(picture, panel_size(picture))), picture) for name, picture in pages(group).items()
    }
    meant = {name: prepare(picture, upright(picture), seen.size) for name, (seen, picture) in shown.items()}
    for one, other in itertools.permutations(shown, 2):
        assert not same_page(shown[one][0], meant[other]), (one, other)


def test_a_row_that_is_gone_is_seen() -> None:
    for group in ("fjord-1920x1080-nb", "natt-1920x1080-nb"):
        picture = pages(group)["agenda"]
        other = picture.copy()
        band = (0, picture.height // 2, picture.width, picture.height // 2 + picture.height // 12)
        other.paste(picture.getpixel((picture.width // 2, picture.height - 2)), band)  # type: ignore[arg-type]  # colour
        assert not looks_like(photographed(hang(other, (1920, 1080))), picture, upright(picture)), group


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_turned_panel(rotate: int) -> None:
    picture = pages("fjord-1080x1920-nb")["today"]
    seen = photographed(hang(picture, panel_size(picture, rotate), rotate))
    assert looks_like(seen, picture, upright(picture, rotate))
    assert not looks_like(seen, picture, upright(picture, (rotate + 180) % 360))


def test_black_noise_stripes_and_a_desktop_are_no_page() -> None:
    picture = pages("fjord-1920x1080-nb")["today"]
    noise = Image.frombytes("RGB", (320, 180), random.Random(1).randbytes(320 * 180 * 3))
    shifted = Image.new("RGB", picture.size)
    shifted.paste(picture, (picture.width // 8, 0))
    for wrong in (
        Image.new("RGB", (320, 180)),
        Image.new("RGB", (320, 180), "white"),
        Image.new("RGB", (320, 180), "#f6f1e7"),
        noise,
        noise.resize((854, 480), Image.Resampling.NEAREST),
        shifted,
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        picture.convert("L").convert("RGB").point(lambda value: value // 2),
    ):
        seen = photographed(hang(wrong, (854, 480)))
        assert not looks_like(seen, picture, upright(picture), others=tuple(pages("fjord-1920x1080-nb").values()))


def test_a_dark_page_is_black_and_nothing_else() -> None:
    black = Image.new("RGB", (1920, 1080))
    assert looks_like(photographed(black), black, upright(black))
    lit = pages("natt-1920x1080-nb")["evergreen"]
    assert not looks_like(photographed(hang(lit, (1920, 1080))), black, upright(black))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_fade_between_two_pages_is_no_fault_but_the_other_page_is(share: float) -> None:
    group = pages("fjord-1920x1080-nb")
    for one, other in itertools.pairwise(sorted(group)):
        panel = panel_size(group[one])
        mixed = Image.blend(hang(group[other], panel), hang(group[one], panel), share)
        placing = upright(group[one])
        assert looks_like(photographed(mixed), group[one], placing, others=(group[other],)), (one, other)
        swapped = photographed(hang(group[other], panel))
        assert not looks_like(swapped, group[one], placing, others=(group[other],)), (one, other)


@pytest.mark.parametrize("overscan", [0.0, 1.5, 3.0, 5.0])
def test_overscan_that_is_told_and_overscan_that_is_not(overscan: float) -> None:
    picture = pages("fjord-1920x1080-nb")["week"]
    seen = photographed(hang(picture, (1920, 1080), overscan=overscan))
    assert looks_like(seen, picture, Placing(*picture.size, 0, overscan))
    if overscan in (0.0, 3.0, 5.0):
        assert looks_like(seen, picture, upright(picture), ask_overscan=True)
    other = pages("fjord-1920x1080-nb")["agenda"]
    assert not looks_like(seen, other, upright(other), ask_overscan=True)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_the_players_clock_is_left_out_and_only_that(rotate: int) -> None:
    picture = pages("fjord-1920x1080-nb")["notice"]
    clock = (picture.width * 0.7 - 2, 8.0, 64.0, 28.0)
    drawn = picture.copy()
    ImageDraw.Draw(drawn).rectangle((clock[0] + 2, 10, clock[0] + 62, 34), fill="red")
    seen = photographed(hang(drawn, panel_size(picture, rotate), rotate))
    assert looks_like(seen, picture, upright(picture, rotate), drawn=[clock])
    assert not looks_like(seen, picture, upright(picture, rotate))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff" + bytes(100)])
def test_what_is_no_thumbnail(data: bytes) -> None:
    with pytest.raises(UnreadablePicture):
        read_thumbnail(data)


def test_a_thumbnail_that_is_a_bomb_or_another_format_is_refused() -> None:
    for size, kind in (((241, 10), "JPEG"), ((6000, 6000), "JPEG"), ((20, 20), "PNG"), ((20, 20), "WEBP")):
        out = io.BytesIO()
        Image.new("L", size).save(out, kind)
        with pytest.raises(UnreadablePicture):
            read_thumbnail(out.getvalue())
