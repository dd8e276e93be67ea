"""Groups of screens, and what all screens have in common."""

from __future__ import annotations

from typing import Any

import pytest

from signage.cli.options import chosen_screens
from signage.config.load import parse_config
from signage.config.models import Config
from signage.errors import ConfigError, NotFound
from signage.planning.selection import pool
from tests.fixtures.make import event, oslo
from tests.fixtures.paths import LAYOUTS

HEAD = """
[site]
name = "Heim kommune"
calendar = "https://iheim.no"
languages = ["nb", "nn"]
[[sources]]
id = "iheim"
type = "wis"
url = "https://iheim.no"
[places.library]
name = "Hemne bibliotek"
[places.hall]
name = "Halsahallen"
[places.pool]
name = "Svømmehallen"
"""
SCREENS = """
[screens.library]
place = "library"
groups = ["indoors"]
playlist = [{ show = "today", place = ["sports"] }]
[screens.hall]
place = "hall"
layout = "natt"
language = "nn"
playlist = [{ show = "today" }]
[screens.hall-2]
place = "hall"
groups = ["indoors"]
playlist = [{ show = "today" }]
[screens.pool]
place = "pool"
playlist = [{ show = "sponsor" }]
[groups.sports]
screens = ["pool", "hall", "hall-2"]
"""


def read(more: str = "", screens: str = SCREENS) -> Config:
    return parse_config((HEAD + more + screens).encode(), "screens.toml", LAYOUTS)


def problems(more: str, screens: str = SCREENS) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(more, screens)
    return [str(problem).partition(": ")[2] for problem in caught.value.problems]


def test_a_group_has_the_screens_that_it_names_and_those_that_name_it() -> None:
    config = read()
    assert config.members == {"sports": ("hall", "hall-2", "pool"), "indoors": ("library", "hall-2")}
    assert chosen_screens("sports", config) == ["hall", "hall-2", "pool"]
    assert chosen_screens("hall", config) == ["hall"]
    assert chosen_screens(None, config) == ["library", "hall", "hall-2", "pool"]
    with pytest.raises(NotFound, match='did you mean "sports"'):
        chosen_screens("sport", config)
    with pytest.raises(NotFound, match='No screen is in the group "empty"'):
        chosen_screens("empty", read("[groups.empty]\n"))


def test_a_filter_takes_the_events_at_the_places_of_a_group() -> None:
    config = read()
    events = [event(place, "2026-11-23 18:00", place=place) for place in ("library", "hall", "pool")]
    (entry,) = config.screens["library"].entries
    found = pool(entry, events, "library", config.places, groups=config.group_places)  # type: ignore[arg-type]
    shown = found.between(oslo("2026-11-23 00:00"), oslo("2026-11-24 00:00")).events
    assert {each.place for each in shown} == {"hall", "pool"}


def test_a_sponsor_is_on_the_screens_of_its_groups() -> None:
    (sponsor,) = read('[[sponsors]]\nid = "a"\nname = "A"\nscreens = ["sports"]\n').sponsors
    assert [name for name in ("library", "hall", "pool") if sponsor.is_on(name)] == ["hall", "pool"]


MISTAKES = """
[groups.a]; screens = ["hal"]
groups.a.screens[0]: There is no screen "hal". Hint: did you mean "hall"?

[groups.hall]
groups.hall: There is a screen "hall", too. Hint: give the group another name.

[groups.a]; screns = ["hall"]
groups.a.screns: There is no setting "screns" here. Hint: did you mean "screens"?

[[sponsors]]; id = "a"; name = "A"; screens = ["sport"]
sponsors[0].screens[0]: There is no screen or group "sport". Hint: did you mean "sports"?

[defaults]; distance = 100
defaults.distance: This must be at most 50, not 100.

[defaults]; layout = "nat"
defaults.layout: There is no layout "nat". Hint: did you mean "natt"?

[defaults]; distanse = 3
defaults.distanse: There is no setting "distanse" here. Hint: did you mean "distance"?

[defaults]; place = "hall"
defaults.place: "place" belongs under a [screens.…], not here. Hint: look at the last heading above it.

[defaults]; hours = { fri = "closd" }
defaults.hours.fri: "closd" isn't opening hours. Hint: write hours like "10:00-18:00", "10-14, 18-20" or "closed".
"""


@pytest.mark.parametrize(("more", "expected"), [block.split("\n") for block in MISTAKES.strip().split("\n\n")])
def test_a_mistake_is_reported_once_where_it_is_written(more: str, expected: str) -> None:
    assert problems(more.replace("; ", "\n") + "\n") == [expected]


def test_what_screens_share_is_theirs_unless_they_have_a_value_of_their_own() -> None:
    defaults = '[defaults]\nlayout = "plakat"\ndistance = 6\nlanguages = ["nb", "nn"]\nhours = { mon-fri = "10-18" }\n'
    screens = read(defaults).screens
    assert (screens["library"].layout, screens["library"].distance) == ("plakat", 6)
    assert screens["library"].spoken == ["nb", "nn"]
    assert screens["library"].opening is not None
    assert (screens["hall"].layout, screens["hall"].distance) == ("natt", 6)
    assert screens["hall"].spoken == ["nn"]
    assert read(defaults) != read()


def test_the_usual_layout_needs_not_be_there_when_another_one_is_shared() -> None:
    layouts: dict[str, Any] = {"screens": SCREENS.replace('layout = "natt"', "")}
    assert {s.layout for s in read('[defaults]\nlayout = "plakat"\n', **layouts).screens.values()} == {"plakat"}
