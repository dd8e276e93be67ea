"""How far each screen is towards its first picture."""

from __future__ import annotations

from signage.app.first_pictures import FirstPictures
from signage.domain.server_status import ScreenProgress
from tests.fixtures.shots import one_screen

CONFIG = one_screen()
ID = next(iter(CONFIG.screens))


def of(pictures: FirstPictures) -> tuple[str, int, int]:
    (screen,) = pictures.of(CONFIG)
    assert screen == ScreenProgress(ID, CONFIG.screen_names[ID], 1920, 1080, 0, screen.stage, screen.done, screen.total)
    return screen.stage, screen.done, screen.total


def test_a_build_goes_from_the_sources_to_the_pages() -> None:
    pictures = FirstPictures()
    assert of(pictures) == ("waiting", 0, 0)
    pictures.begin()
    assert of(pictures) == ("waiting", 0, 0)
    pictures.fetching(0, 2)
    assert of(pictures) == ("fetching", 0, 2)
    pictures.fetching(2, 2)
    assert of(pictures) == ("planning", 0, 0)
    pictures.rendering({ID: (1, 3), "other": (0, 2)})
    assert of(pictures) == ("rendering", 1, 3)
    pictures.end()
    assert of(pictures) == ("waiting", 0, 0)


def test_a_screen_that_the_build_does_not_know_waits_with_the_sources() -> None:
    pictures = FirstPictures()
    pictures.begin()
    pictures.rendering({"other": (1, 2)})
    assert of(pictures) == ("waiting", 0, 0)
    pictures.fetching(1, 2)
    assert of(pictures) == ("fetching", 1, 2)


def test_what_comes_after_the_end_is_not_shown() -> None:
    pictures = FirstPictures()
    pictures.begin()
    pictures.end()
    pictures.fetching(1, 2)
    pictures.rendering({ID: (1, 2)})
    assert of(pictures) == ("waiting", 0, 0)
