"""The screens.toml that comes with the product: Heim's screens and places."""

from __future__ import annotations

import json
import re
from datetime import time

import pytest

from signage.config.load import load
from signage.config.models import Config
from tests.fixtures.paths import ROOT

LISTINGS = ROOT.parent / "shared" / "data" / "wis" / "heim-2026-09-14--16.json"


@pytest.fixture(scope="module")
def heim(tmp_path_factory: pytest.TempPathFactory) -> Config:
    layouts = tmp_path_factory.mktemp("layouts")
    for name in ("fjord", "plakat"):
        (layouts / name).mkdir()
        (layouts / name / "layout.toml").touch()
    return load(ROOT / "screens.toml", layouts)


def test_six_screens_upright_lying_and_small(heim: Config) -> None:
    sizes = {name: (screen.width, screen.height, screen.rotate) for name, screen in heim.screens.items()}
    assert sizes == {
        "hemne-bibliotek": (1920, 1080, 0),
        "radhuset": (1080, 1920, 90),
        "halsahallen": (1920, 1080, 0),
        "kulorn-kino": (1080, 1920, 270),
        "halsa-frivilligsentral": (1920, 1080, 0),
        "helsesenteret": (1280, 720, 0),
    }


def test_every_screen_says_its_hours_language_and_layout(heim: Config) -> None:
    for screen in heim.screens.values():
        assert screen.opening is not None
        assert screen.language in heim.site.languages
        assert screen.layout == ("plakat" if screen.place == "kulorn" else "fjord")
        assert screen.place in heim.places


def test_one_screen_is_dark_at_night(heim: Config) -> None:
    dark = {name: screen.opening for name, screen in heim.screens.items() if screen.when_closed == "dark"}
    assert list(dark) == ["halsahallen"]
    assert dark["halsahallen"] is not None
    assert set(dark["halsahallen"].spans.values()) == {((time(8), time(23)),)}


def test_every_kind_of_page_is_in_use(heim: Config) -> None:
    kinds = {entry.show for screen in heim.screens.values() for entry in screen.entries}
    assert kinds == {
        "today",
        "agenda",
        "week",
        "event",
        "now",
        "pictures",
        "countdown",
        "weather",
        "organisation",
        "split",
        "notice",
        "evergreen",
    }
    assert all(len(screen.playlist) >= 4 for screen in heim.screens.values())


@pytest.mark.skipif(not LISTINGS.exists(), reason="the real listings in shared/data aren't on this machine")
def test_every_venue_of_the_real_listings_is_a_known_place(heim: Config) -> None:
    beginnings = [text.casefold() for place in heim.places.values() for text in (place.name, *place.match)]
    venues = {event["location"] for event in json.loads(LISTINGS.read_text(encoding="utf-8"))}
    unknown = {venue for venue in venues if not venue.casefold().startswith(tuple(beginnings))}
    assert unknown == set()


def test_the_file_names_nobody_and_invents_no_address(heim: Config) -> None:
    text = (ROOT / "screens.toml").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([^/\"\s]+)", text))
    assert hosts == {
        "iheim.no",
        "kulturskolen.example.org",
        "skjerm.example.org",
    }  # example.org is reserved by RFC 2606
    assert set(re.findall(r"\S+@(\S+?)\"", text)) <= {"example.org"}
