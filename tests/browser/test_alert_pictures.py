"""The pictures of alerts in a real browser: large, whole, legible on every screen, and made at once."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFont

from signage.app.alert_pictures import AlertPictures
from signage.app.folders import Folders
from signage.config.legibility import needed_mm
from signage.config.models import Config
from signage.domain.alert_pictures import AlertPage, AlertPictureSet
from signage.domain.alerts import AlertDraft, AlertLevel, AlertText
from signage.domain.model import ClockBox
from signage.errors import NotWritable
from signage.planning.alert_pages import AlertForm, banner_shares
from signage.preview import read_sample
from signage.preview.samples import diagonal_of
from signage.preview.shots import photographer
from signage.publishing import data_age_label
from signage.rendering import renderer_pool
from signage.rendering.layouts import load_layout
from signage.wording.alert_times import alert_lines
from signage.wording.languages import load as load_words
from tests.fixtures.paths import LAYOUTS

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 27, 13, 5, tzinfo=UTC)
SIZES = ("1920x1080", "1440x1080", "1920x540", "1080x1920", "320x240", "240x320", "7680x1080", "3840x2160")
BODY = (
    "Kok alt vann du skal drikke eller lage mat med, i minst tre minutter. Det gjelder Kyrksæterøra og Vinjeøra.\n\n"
    "Du kan dusje og vaske klær som vanlig."
)
TITLES = {"nb": "Vannet må kokes", "uk": "Воду треба кип’ятити", "de": "Trinkwasseraufbereitungsanlage ausgefallen"}
LONG = "Hold deg unna elva ved Hellandsjøen, og følg med på meldinger fra kommunen. " * 8
THUMBNAIL = 160  # px
DARK, LIGHT = 100, 200  # of 255
DIGIT = 0.74  # of the type size is the height of a digit of the clock, at the most


def site(*sizes: str, **more: Any) -> Config:
    return Config.model_validate(
        {
            "site": {"name": "Heim kommune", "calendar": "https://iheim.no", "languages": ["nb", "nn", "de", "uk"]},
            "sources": [{"id": "iheim", "type": "wis", "url": "https://iheim.no"}],
            "places": {"p": {"name": "Hemne bibliotek"}},
            "screens": {
                f"s{size}": {
                    "place": "p",
                    "size": size,
                    "diagonal": diagonal_of(size),
                    "playlist": [{"show": "evergreen"}],
                    **more,
                }
                for size in sizes
            },
        }
    )


def draft(config: Config, title: str, text: str = "", language: str = "nb", **more: Any) -> AlertDraft:
    about = {"texts": {language: AlertText(title, text)}, "sender": "Heim kommune", **more}
    return AlertDraft(screens=tuple(config.screens), until=NOW + timedelta(hours=30), **about)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertPictures]:
    made = AlertPictures(Folders(tmp_path_factory.mktemp("var")))
    yield made
    made.close()


Clocks = Callable[[str], dict[str, ClockBox]]


@pytest.fixture(scope="module")
def clocks() -> Iterator[Clocks]:
    """Where players draw the clock on a screen of this size, by layout: pages of the day, and split ones."""
    folders = [LAYOUTS / name for name in ("fjord", "natt", "plakat")]
    layouts = {folder.name: load_layout(folder) for folder in folders}
    samples = {folder.name: read_sample(folder) for folder in folders}
    with photographer(layouts, samples["fjord"].pictures) as camera:

        def found(size: str) -> dict[str, ClockBox]:
            pages = {
                f"{name} {kind}": spec
                for name, sample in samples.items()
                for kind, spec in sample.pages(layouts[name], size, "nb", "", {}).items()
                if kind in ("today", "split")
            }
            reports = {name: shot.report for name, shot in camera.take(pages).items()}
            return {name: report.clock for name, report in reports.items() if report.clock is not None}

        yield found


def picture_of(made: AlertPictureSet, page: AlertPage) -> Image.Image:
    with Image.open(made.files[page.sha256]) as opened:
        return opened.convert("L")


def first_line(picture: Image.Image) -> tuple[int, int]:
    """The rows of the first line of black letters on the white ground under the black head."""
    rows = [picture.crop((0, y, picture.width, y + 1)).getextrema() for y in range(picture.height)]
    head = next(y for y, (low, high) in enumerate(rows) if low == high == 255)
    top = next(y for y in range(head, len(rows)) if rows[y][0] < DARK)
    return top, next(y for y in range(top, len(rows)) if rows[y][0] > LIGHT)


@pytest.mark.parametrize("language", TITLES)
def test_on_every_screen_it_is_whole_and_legible_and_its_title_also_in_a_thumbnail(
    pictures: AlertPictures, language: str
) -> None:
    config = site(*SIZES)
    made = pictures.make(draft(config, TITLES[language], BODY, language), config, NOW)
    assert made.problems == ()
    for screen_id, screen in config.screens.items():
        (page,) = made.screens[screen_id].pages
        assert (page.x, page.y, page.width, page.height) == (0, 0, screen.width, screen.height)
        assert page.language == language
        said = " ".join(page.alt.split())
        assert all(" ".join(part.split()) in said for part in (TITLES[language], *BODY.split("\n\n"), "Heim kommune"))
        picture = picture_of(made, page)
        assert picture.size == (screen.width, screen.height)
        top, bottom = first_line(picture)
        small = picture.copy()
        small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        scale = small.height / picture.height
        assert (bottom - top) * scale >= 5, f"{screen_id}: a title {(bottom - top) * scale:.1f} px high"
        low, high = small.crop((0, round(top * scale), small.width, round(bottom * scale))).getextrema()
        assert low < DARK, screen_id
        assert high > LIGHT, screen_id


def test_the_places_of_the_lines_are_empty_wide_enough_and_legible(pictures: AlertPictures) -> None:
    config = site(*SIZES)
    made = pictures.make(draft(config, "Vannet må kokes", BODY, credit="Data fra MET Norway"), config, NOW)
    for screen_id, screen in config.screens.items():
        (page,) = made.screens[screen_id].pages
        picture = picture_of(made, page)
        texts = alert_lines(load_words("nb"), config.zone_of(screen_id), NOW, NOW + timedelta(hours=30))
        assert texts == {"sent": "Sendt 27. nov. kl. 14.05", "until": "Gjelder til 28. nov. kl. 20.05"}
        assert set(page.lines) == set(texts)
        for name, box in page.lines.items():
            inside = picture.crop((int(box.x) + 1, int(box.y) + 1, int(box.x + box.width), int(box.y + box.height)))
            assert inside.getextrema() == (255, 255), (screen_id, name)
            assert box.color == "#000000"
            font = ImageFont.truetype(str(data_age_label.FONT), round(box.size))
            assert font.getlength(texts[name]) <= box.width
            capital = font.getbbox("H", anchor="ls")[1]
            assert -capital * screen.diagonal * 25.4 / (screen.width**2 + screen.height**2) ** 0.5 > 0.9 * needed_mm(
                screen
            )
            assert box.size >= 11


@pytest.mark.parametrize("size", ["320x240", "240x320", "1920x1080"])
def test_six_hundred_letters_fit_whole_on_small_screens(pictures: AlertPictures, size: str) -> None:
    config = site(size)
    made = pictures.make(draft(config, "Flomfare", LONG[:600].strip()), config, NOW)
    assert made.problems == ()
    (page,) = made.screens[f"s{size}"].pages
    assert LONG[:600].strip() in " ".join(page.alt.split())


def test_what_does_not_fit_is_named_with_what_fits(pictures: AlertPictures) -> None:
    config = site("1920x1080", "320x240", distance=9)  # far away: large letters
    text = f"Hold deg inne.\n\n{LONG.strip()}"
    made = pictures.make(draft(config, "Flomfare", text), config, NOW)
    (problem,) = [each for each in made.problems if each.screens == ("s320x240",)]
    assert problem.message.key == "alerts.too_long"
    room = problem.message.values["room"]
    assert isinstance(room, int)
    assert 14 < room < len(text)
    (page,) = made.screens["s320x240"].pages
    assert "Hold deg inne." in page.alt
    assert "Hellandsjøen" not in page.alt  # a paragraph is there whole, or not at all
    assert "…" not in page.alt
    fitting = text[:room].strip()
    only = site("320x240", distance=9)
    assert pictures.make(draft(only, "Flomfare", fitting), only, NOW).problems == ()
    longer = f"{fitting} {text[room:].split()[0]}"
    assert pictures.make(draft(only, "Flomfare", longer), only, NOW).problems != ()


def test_a_screen_whose_people_stand_nearer_shows_what_another_one_of_its_size_cannot(pictures: AlertPictures) -> None:
    config = site("320x240")
    screens = {**config.screens, "far": config.screens["s320x240"].model_copy(update={"distance": 12.0})}
    config = config.model_copy(update={"screens": screens})
    made = pictures.make(draft(config, "Flomfare", LONG[:600].strip()), config, NOW)
    assert [each.screens for each in made.problems] == [("far",)]
    assert "Hellandsjøen" in made.screens["s320x240"].pages[0].alt
    assert "Hellandsjøen" not in made.screens["far"].pages[0].alt


def test_a_banner_is_a_strip_at_the_lower_edge_and_a_whole_page_for_old_players(pictures: AlertPictures) -> None:
    config = site(*SIZES)
    made = pictures.make(draft(config, "Strømmen er borte", level=AlertLevel.BANNER), config, NOW)
    assert made.problems == ()
    for screen_id, screen in config.screens.items():
        (strip,), (whole,) = made.screens[screen_id].pages, made.screens[screen_id].plain
        assert (strip.x, strip.width, strip.y + strip.height) == (0, screen.width, screen.height)
        assert strip.height <= screen.height * 0.35
        assert picture_of(made, strip).size == (strip.width, strip.height)
        assert (whole.width, whole.height) == (screen.width, screen.height)
        (box,) = strip.lines.values()
        assert strip.y <= box.y
        assert box.y + box.height <= screen.height
        inside = picture_of(made, strip).crop(
            (int(box.x) + 1, int(box.y - strip.y) + 1, int(box.x + box.width), int(box.y - strip.y + box.height))
        )
        assert inside.getextrema() == (0, 0), screen_id


@pytest.mark.parametrize("size", SIZES)
def test_no_edge_of_a_banner_cuts_the_clock_of_a_layout(clocks: Clocks, size: str) -> None:
    """It is above the banner, or wholly covered, whatever height the text of the banner needs."""
    width, height = map(int, size.split("x"))
    form = AlertForm(width, height, 1.0, 1.0, {})
    found = clocks(size)
    assert found
    for layout, clock in found.items():
        middle = clock.y + clock.height / 2
        top, bottom = middle - DIGIT / 2 * clock.size, middle + DIGIT / 2 * clock.size
        for share in banner_shares(form):
            edge = height - round(height * share)
            assert edge >= bottom or edge <= top, f"{layout}: {share} of the height"


def test_a_screen_shows_its_own_languages_or_all(pictures: AlertPictures) -> None:
    config = site("1920x1080")
    own = config.screens["s1920x1080"]
    several = own.model_copy(update={"languages": ["de", "nb"]})
    foreign = own.model_copy(update={"language": "uk"})
    config = config.model_copy(update={"screens": {"own": own, "several": several, "foreign": foreign}})
    texts = {"nn": AlertText("Vatnet må kokast"), "nb": AlertText("Vannet må kokes"), "de": AlertText("Wasser kochen")}
    made = pictures.make(draft(config, "", texts=texts), config, NOW)
    shown = {name: [page.language for page in made.screens[name].pages] for name in config.screens}
    assert shown == {"own": ["nb"], "several": ["de", "nb"], "foreign": ["nn", "nb", "de"]}


def test_nothing_is_made_twice_and_a_restart_finds_it(pictures: AlertPictures, tmp_path: Path) -> None:
    config, folders = site("1920x1080", "1080x1920"), Folders(tmp_path)
    first = AlertPictures(folders)
    made = first.make(draft(config, "Vannet må kokes", BODY), config, NOW)
    first.close()
    second = AlertPictures(folders)
    again = second.make(draft(config, "Vannet må kokes", BODY, level=AlertLevel.PAGE), config, NOW + timedelta(days=1))
    second.close()
    assert again.screens == made.screens
    assert second._pool().rendered == 0


def test_a_takeover_is_small_enough_for_a_thousand_players(pictures: AlertPictures) -> None:
    config = site("1920x1080")
    made = pictures.make(draft(config, "Vannet må kokes", BODY), config, NOW)
    assert made.screens["s1920x1080"].pages[0].bytes < 25_000


def test_text_is_never_markup(pictures: AlertPictures) -> None:
    config = site("1920x1080")
    made = pictures.make(draft(config, "<b>Vann</b> & {{ 7*7 }}", "<script>alert(1)</script>"), config, NOW)
    alt = made.screens["s1920x1080"].pages[0].alt
    assert "<b>Vann</b> & {{ 7*7 }}" in alt
    assert "<script>alert(1)</script>" in alt


def test_a_preview_shows_the_times_and_says_what_does_not_fit(pictures: AlertPictures) -> None:
    config = site("1920x1080", "320x240")
    shown = pictures.preview(
        draft(config, "Strømmen er borte", LONG, level=AlertLevel.BANNER), config, NOW, language="nb"
    )
    assert {(each.width, each.height, each.screens) for each in shown} == {
        (1920, 1080, ("s1920x1080",)),
        (320, 240, ("s320x240",)),
    }
    for each in shown:
        assert any("Hemne bibliotek" in problem for problem in each.problems)
        with Image.open(io.BytesIO(each.data)) as opened:
            picture = opened.convert("L")
        assert max(picture.size) <= 960
        assert picture.getpixel((5, 5)) > LIGHT  # the empty page
        assert picture.getpixel((5, picture.height - 5)) < DARK  # the strip


def test_a_full_disk_is_named_as_such_and_forgotten_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = site("320x240")
    wanted = draft(config, "Flomfare")
    pictures = AlertPictures(Folders(tmp_path))
    try:
        with monkeypatch.context() as full:

            def refuse(*_: object) -> str:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            full.setattr(renderer_pool, "keep", refuse)
            with pytest.raises(NotWritable, match="No space left on device"):
                pictures.make(wanted, config, NOW)
        assert pictures.make(wanted, config, NOW).problems == ()
    finally:
        pictures.close()
