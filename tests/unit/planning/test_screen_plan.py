"""From a playlist to windows: kinds of pages about one thing, two pages at once, languages, night and season."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from signage.config.models import Config
from signage.domain.model import Event
from signage.domain.page_plan import Capacity, Variant
from signage.domain.page_shapes import shape, zone_sizes
from signage.planning.catalog import Catalog
from signage.planning.screen_plan import Planned, plan_screen
from tests.fixtures.make import OSLO, event, oslo
from tests.fixtures.shots import one_screen

CAPACITY = Capacity(today=4, agenda=8, heading=1, week=3)
NOON = oslo("2026-11-23 12:00")
EVENTS = [
    event("Turn", "2026-11-23 15:00", "2026-11-23 16:30", venue="Hemne bibliotek", place="bibliotek"),
    event("Bokprat", "2026-11-24 18:00", "2026-11-24 19:00", venue="Hemne bibliotek", place="bibliotek"),
    event("Julemarked i Kyrksæterøra", "2026-11-28 11:00", "2026-11-28 16:00"),
    event("Julemarked i Kyrksæterøra", "2026-12-12 11:00", "2026-12-12 16:00"),
]


def plan(*playlist: dict[str, Any], events: list[Event] | None = None, days: int = 7, **more: Any) -> list[Planned]:
    config = one_screen(playlist=list(playlist), **more)
    return pages_of(config, events, days)


def pages_of(config: Config, events: list[Event] | None = None, days: int = 7, start: str = "") -> list[Planned]:
    at = oslo(start) if start else NOON
    catalog = Catalog.of(EVENTS if events is None else events)
    return list(plan_screen(config, "s", catalog, at, at + timedelta(days=days), CAPACITY, {}).pages)


def local(page: Planned) -> tuple[str, str]:
    return f"{page.start.astimezone(OSLO):%d. %H.%M}", f"{page.until.astimezone(OSLO):%d. %H.%M}"


def test_a_countdown_counts_the_days_to_the_next_one_and_begins_anew_after_it() -> None:
    found = plan({"show": "countdown", "event": "julemarked*", "days": 10})
    counted = [(local(page), page.plan.groups[0].ahead) for page in found]
    assert counted[0] == (("23. 12.00", "24. 00.00"), 5)
    assert [ahead for _, ahead in counted] == [5, 4, 3, 2, 1, 0]
    assert counted[-1][0] == ("28. 00.00", "28. 16.00")
    assert plan({"show": "countdown", "event": "julemarked*", "days": 60})[-1].plan.groups[0].ahead == 12


@pytest.mark.parametrize(("pattern", "finds"), [("Julemarked", True), ("*Kyrksæterøra", True), ("Jule", False)])
def test_a_countdown_knows_its_event_by_words_or_a_pattern(pattern: str, finds: bool) -> None:
    assert bool(plan({"show": "countdown", "event": pattern})) is finds


def test_now_shows_only_this_house_and_is_silent_when_nothing_is_left() -> None:
    found = plan({"show": "now"}, days=1)
    assert [local(page) for page in found] == [
        ("23. 12.00", "23. 15.00"),
        ("23. 15.00", "23. 16.30"),
        ("24. 00.00", "24. 12.00"),
    ]
    assert all(EVENTS[2].id not in page.plan.event_ids for page in found)


def test_a_split_page_lives_as_long_as_both_zones_stay_the_same() -> None:
    found = plan({"show": "split", "main": {"show": "agenda"}, "side": {"show": "now"}}, days=1)
    assert [page.plan.kind for page in found] == ["split", "split", "agenda", "split"]
    assert local(found[0]) == ("23. 12.00", "23. 15.00")
    assert found[2].plan.kind == "agenda"  # nothing is left in the house today: the agenda has the page to itself
    assert local(found[2]) == ("23. 16.30", "24. 00.00")


def test_a_zone_speaks_with_its_own_words() -> None:
    side = {"show": "notice", "title": "Velkommen"}
    (page,) = plan({"show": "split", "main": {"show": "evergreen"}, "side": side})
    assert page.plan.parts is not None
    assert page.plan.parts[1].entry == (0, "side")


def test_languages_take_turns_a_round_each() -> None:
    found = plan({"show": "evergreen"}, {"show": "notice", "title": "Velkommen"}, language=None, languages=["nb", "de"])
    assert [(page.plan.kind, page.plan.variant.language) for page in found] == [
        ("evergreen", ""), ("notice", ""), ("evergreen", "de"), ("notice", "de"),
    ]  # fmt: skip


def test_at_night_the_same_pages_appear_in_the_other_layout() -> None:
    found = plan({"show": "evergreen"}, days=1, night_layout="natt", night="20-07")
    assert [(local(page), page.plan.variant.layout) for page in found] == [
        (("23. 12.00", "23. 20.00"), ""), (("23. 20.00", "24. 07.00"), "natt"), (("24. 07.00", "24. 12.00"), ""),
    ]  # fmt: skip


def test_a_season_begins_and_ends_at_midnight() -> None:
    config = one_screen(playlist=[{"show": "evergreen"}])
    dressed = config.model_copy(update={"site": config.site.model_copy(update={"seasons": ["jul"]})})
    found = pages_of(dressed, days=3, start="2026-11-29 12:00")
    assert [(local(page), page.plan.variant) for page in found] == [
        (("29. 12.00", "01. 00.00"), Variant()), (("01. 00.00", "02. 12.00"), Variant(season="jul")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("size", "name"),
    [((1920, 1080), "landscape"), ((1080, 1920), "portrait"), ((1440, 1080), "square"), ((1920, 540), "strip")],
)
def test_a_page_has_one_of_four_shapes_and_its_zones_fill_it(size: tuple[int, int], name: str) -> None:
    assert shape(*size) == name
    main, side = zone_sizes(*size)
    if name == "portrait":
        assert (main.width, main.height + side.height) == size
    else:
        assert (main.width + side.width, main.height) == size
