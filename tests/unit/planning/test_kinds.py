"""What the pages about one thing say: now, countdown, organisation, sponsor, and two at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from signage.config.models import Config, Place
from signage.domain.model import Event, Organisation, Picture
from signage.domain.page_plan import Group, PagePlan, Row
from signage.domain.poster_file import PosterFile, PosterPage
from signage.planning.catalog import Catalog
from signage.planning.kinds.countdown import countdown, titled
from signage.planning.kinds.now import now_pages
from signage.planning.kinds.organisation import organisation_page
from signage.planning.kinds.split import pair
from signage.planning.page_contexts import PageContextBuilder
from signage.wording.languages import load as load_words
from tests.fixtures.make import OSLO, event, oslo
from tests.fixtures.shots import one_screen

NOW = oslo("2026-11-24 15:42")
PICTURE = Picture("0" * 64, 1280, 720, "Foto: Heim kommune", (0.25, 0.4), "#2a4858")
TURN = event("Turn", "2026-11-24 15:00", "2026-11-24 16:30", venue="Hemne bibliotek, loftet", place="bibliotek")
OPEN_END = event("Kafé", "2026-11-24 15:00", venue="Hemne bibliotek", place="bibliotek")
BOOKS = event("Bokprat", "2026-11-24 18:00", "2026-11-24 19:00", venue="Hemne bibliotek, loftet", place="bibliotek")
FUNERAL = event("Gravferd", "2026-11-24 15:00", "2026-11-24 16:00", venue="Hemne kirke", place="kirke")
CHOIR = event("Kor", "2026-11-24 18:00", venue="Hemne kirke, sakristiet", place="kirke")
CHURCH = {"name": "Hemne kirke", "town": "Kyrksæterøra"}
QUIZ = event("Quiz", "2026-11-24 19:00", venue="kulØr'n, scenen")
ANYWHERE = event("Tur", "2026-11-24 19:00")
FIREWORKS = event("Fyrverkeri", "2026-11-23 23:30", venue="Hemne bibliotek", place="bibliotek")
MARKET = event("Julemarked", "2026-12-05 11:00", "2026-12-05 16:00", venue="Øra torg, Kyrksæterøra", picture=PICTURE)
EVENTS = [TURN, OPEN_END, BOOKS, FUNERAL, CHOIR, QUIZ, ANYWHERE, FIREWORKS, MARKET]
CLUB = Organisation("klubben", "Hemne turmarsjklubb", about="Vi går tur sammen.", town="Kyrksæterøra", picture="a.png")
PLAYLIST: list[dict[str, Any]] = [
    {"show": "now", "heading": "Her i huset"},
    {"show": "countdown", "event": "Julemarked"},
    {"show": "split", "main": {"show": "now"}, "side": {"show": "notice", "title": "Velkommen"}},
]
SPONSORS = [
    {"id": "bygg", "name": "Hemne Bygg", "text": "Alt til hus og hytte.", "url": "https://bygg.example.org"},
    {"id": "stille", "name": "Stille sponsor", "picture": "a.png"},
]


def context(plan: PagePlan, language: str = "nb", orientation: str = "landscape", **more: Any) -> Any:
    config = one_screen(orientation, language, playlist=PLAYLIST, **more)
    dumped = config.model_dump(by_alias=True, mode="json")
    places = {**dumped["places"], "kirke": CHURCH}
    full = Config.model_validate({**dumped, "places": places, "sponsors": SPONSORS})
    catalog = Catalog.of(EVENTS, (), [CLUB], {"a.png": PICTURE})
    return PageContextBuilder(full, "s", load_words(language), catalog).spec(plan).context


def now_page() -> PagePlan:
    places = one_screen().places
    (page,) = now_pages([TURN, OPEN_END, BOOKS], NOW, OSLO, places, (0, ""), 8, "bibliotek")
    return page


def test_now_says_until_when_and_what_comes_next() -> None:
    said = context(now_page())
    assert said["heading"] == "Her i huset"
    house, loft = said["rooms"]
    assert (house["name"], loft["name"]) == (None, "loftet")
    assert [row["time"] for row in house["now"]] == ["15.00"]  # nobody said when it ends
    assert [row["time"] for row in loft["now"]] == ["til 16.30"]
    assert (loft["next"]["time"], loft["next"]["title"]) == ("18.00–19.00", "Bokprat")
    assert house["next"] is None


def test_after_midnight_now_says_no_end_that_nobody_gave() -> None:
    places = one_screen().places
    (page,) = now_pages([FIREWORKS], oslo("2026-11-24 00:30"), OSLO, places, (0, ""), 8, "bibliotek")
    said = context(page)
    assert said["now_label"] == "Nå"
    assert [(row["time"], row["title"]) for row in said["rooms"][0]["now"]] == [("", "Fyrverkeri")]


@pytest.mark.parametrize(
    ("events", "heading", "rooms"),
    [
        (
            [OPEN_END, FUNERAL, CHOIR, BOOKS],
            "Hemne bibliotek",
            [None, "loftet", "Hemne kirke", "Hemne kirke, sakristiet"],
        ),
        ([OPEN_END, QUIZ, ANYWHERE], "Hemne bibliotek", [None, "Ellers i Heim", "kulØr'n, scenen"]),
        ([FUNERAL, CHOIR], "Hemne kirke", [None, "sakristiet"]),
        ([QUIZ], "kulØr'n", ["scenen"]),
        ([FUNERAL, QUIZ], "Ellers i Heim", ["Hemne kirke", "kulØr'n, scenen"]),
        ([ANYWHERE], "Ellers i Heim", [None]),
    ],
)
def test_now_says_in_which_house_it_is(events: list[Event], heading: str, rooms: list[str | None]) -> None:
    places = {**one_screen().places, "kirke": Place.model_validate(CHURCH)}
    (page,) = now_pages(events, NOW, OSLO, places, (2, "main"), 16, "bibliotek")
    said = context(page)
    assert said["heading"] == heading
    assert [room["name"] for room in said["rooms"]] == rooms


def test_a_heading_of_the_playlist_is_not_taken_for_the_house() -> None:
    places = {**one_screen().places, "kirke": Place.model_validate(CHURCH)}
    (page,) = now_pages([OPEN_END, FUNERAL], NOW, OSLO, places, (0, ""), 8, "bibliotek")
    said = context(page)
    assert said["heading"] == "Her i huset"
    assert [room["name"] for room in said["rooms"]] == [None, "Hemne kirke"]


@pytest.mark.parametrize(
    ("day", "count", "unit"), [("11-24", "11", "dager igjen"), ("12-04", "1", "dag igjen"), ("12-05", None, "I dag")]
)
def test_a_countdown_says_how_many_days_are_left(day: str, count: str | None, unit: str) -> None:
    (page,) = countdown([MARKET], oslo(f"2026-{day} 09:00"), OSLO, 60, (1, ""))
    said = context(page)
    assert (said["count"], said["unit"]) == (count, unit)
    assert "5. desember" in said["when"].replace("\u00a0", " ")
    assert "kl.\u00a011.00–16.00" in said["when"].replace("\u2060", "")
    assert said["picture"].focus_x == 4  # well to the left: the focus is at a quarter


@pytest.mark.parametrize(
    ("title", "wanted", "fits"),
    [
        ("Jul i Heim!", "Jul i Heim!", True),
        ("Kom til Jul i Heim! Kl. 18", "jul i heim!", True),
        ("«Heimsdagan»", "«Heimsdagan»", True),
        ("«Heimsdagan»", "Heimsdagan", True),
        ("Hva skjer?", "Hva skjer?", True),
        ("Hva skjer", "Hva skjer?", False),
        ("Heimsdagane", "Heimsdagan", False),
        ("Førjul i Heim", "Jul i Heim", False),
        ("Heimsdagane 2026", "Heimsdagan*", True),
    ],
)
def test_a_countdown_finds_titles_with_these_words(title: str, wanted: str, fits: bool) -> None:
    found = event(title, "2026-12-05 11:00")
    assert titled([found], wanted) == ([found] if fits else [])


def test_days_are_counted_by_the_rules_of_the_language() -> None:
    (page,) = countdown([MARKET], oslo("2026-12-03 09:00"), OSLO, 60, (1, ""))
    two = context(page, "uk")["unit"]
    (page,) = countdown([MARKET], oslo("2026-11-30 09:00"), OSLO, 60, (1, ""))
    five = context(page, "uk")["unit"]
    assert two != five  # 2 дні, 5 днів


def test_an_organisation_says_who_it_is_and_what_it_has_coming() -> None:
    said = context(organisation_page("klubben", [BOOKS, MARKET], NOW, OSLO))
    assert said["label"] == "Bli kjent med"
    assert (said["name"].replace("\u00ad", ""), said["town"]) == ("Hemne turmarsjklubb", "Kyrksæterøra")
    assert [row["title"] for row in said["rows"]] == ["Bokprat", "Julemarked"]
    assert said["rows"][0]["date"] == "I dag"
    assert said["picture"].sha256 == PICTURE.sha256
    assert said["link"] is None  # its address is not known


def test_a_sponsors_page_says_that_it_is_an_advertisement() -> None:
    card = context(PagePlan("sponsor", sponsor="bygg"))
    assert (card["label"], card["name"], card["link"]) == ("Annonse", "Hemne Bygg", "https://bygg.example.org/")
    shown = context(PagePlan("sponsor", sponsor="stille"))
    assert (shown["picture"].sha256, shown["link"]) == (PICTURE.sha256, None)


def test_each_zone_of_a_split_page_has_its_own_words_and_form() -> None:
    side = PagePlan("notice", entry=(2, "side"))
    (page,) = pair([replace(now_page(), entry=(2, "main"))], [side])
    main, column = context(page)["parts"]
    assert (main["kind"], column["kind"]) == ("now", "notice")
    assert column["page"]["title"] == "Velkommen"
    assert main["page"]["heading"] == "Hemne bibliotek"  # this zone has no heading of its own
    assert column["page"]["screen"]["orientation"] == "column"
    assert main["width"] + column["width"] == 1920
    below = context(page, orientation="portrait")["parts"][1]
    assert (below["page"]["screen"]["shape"], below["width"]) == ("below", 1080)


def test_an_address_that_is_too_long_for_a_telephone_gives_way_to_the_calendar() -> None:
    far = replace(MARKET, url="https://example.org/" + "x" * 300)
    config = one_screen()
    plan = PagePlan("event", None, (Group(NOW.date(), 0, (Row(far.id),)),))
    spec = PageContextBuilder(config, "s", load_words("nb"), Catalog.of([far])).spec(plan)
    assert spec.context["link"] == "https://iheim.no/"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"fri": "18-24"}, "18–24"),
        ({"fri": "18:30-00"}, "18.30–24"),
        ({"fri": "00-24"}, "0–24"),
        ({"fri": "00-06, 18-01"}, "0–6, 18–1"),
        ({"fri": "10-18:30"}, "10–18.30"),
    ],
)
def test_opening_hours_until_midnight_end_at_24(hours: dict[str, str], said: str) -> None:
    lines = context(PagePlan("evergreen"), hours=hours)["hours"]
    assert {line["days"]: line["hours"] for line in lines}["fredag"] == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "lørdag 5.~desember"),
        ("en", "Saturday 5~December"),
        ("de", "Samstag, 5.~Dezember"),
        ("uk", "субота, 5~грудня"),
    ],
)
def test_a_picture_says_its_day_as_the_language_writes_it(language: str, said: str) -> None:
    config = one_screen(language=language, playlist=[{"show": "picture", "file": "plakat.jpg"}])
    file = PosterFile("plakat.jpg", (PosterPage(PICTURE),), day=date(2026, 12, 5))
    catalog = Catalog.of([], posters={"plakat.jpg": (file,)})
    plan = PagePlan("picture", entry=(0, ""), poster=("plakat.jpg", "plakat.jpg", 0))
    when = PageContextBuilder(config, "s", load_words(language), catalog).spec(plan).context["when"]
    assert str(when).replace("\u00a0", "~") == said
