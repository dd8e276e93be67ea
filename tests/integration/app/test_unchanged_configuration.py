"""After an edit of what screens have in common, those are planned again that it concerns, and no others. What is shown
in the end is what a fresh plan shows.
"""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fixtures.site import NOW, Site, listing
from tests.integration.app.test_unchanged_screens import Server

SHARED = """
[places.radhuset]
name = "Rådhuset"

[defaults]
size = "1280x720"

[groups.husene]
screens = ["kino"]

[playlists.felles]
entries = [{ show = "notice", title = "Velkommen" }, { show = "week" }]

[playlists.andre]
entries = [{ show = "today" }]

[[sponsors]]
id = "bygg"
name = "Bygg"
screens = ["husene"]

[[sponsors]]
id = "kaffe"
name = "Kaffe"
screens = ["hallen"]

[screens.kino]
place = "bibliotek"
playlist = [{ use = "felles" }, { show = "sponsor" }]

[screens.hallen]
place = "radhuset"
size = "720x1280"
playlist = [{ show = "agenda", place = ["husene"] }, { use = "andre", hours = "08-22" }, { show = "sponsor" }]
"""
SCREENS = {"bibliotek", "kino", "hallen"}
PLAYLISTS_AND_DEFAULTS = [  # what is changed, one after the other, and which screens it concerns
    ('name = "Rådhuset"', 'name = "Rådhuset, Heim"', SCREENS),
    ('title = "Velkommen"', 'title = "Velkomen"', {"kino"}),
    ('{ show = "today" }]\n\n[[', '{ show = "today", days = "mon" }]\n\n[[', {"hallen"}),
    ("[screens.kino]", '[playlists.tom]\nentries = [{ show = "now" }]\n[screens.kino]', set()),
    ('[defaults]\nsize = "1280x720"', '[defaults]\nsize = "1920x1080"', {"kino"}),
]
GROUPS_AND_SPONSORS = [
    ('screens = ["kino"]', 'screens = ["kino", "bibliotek"]', set()),  # its places stay
    ('screens = ["kino", "bibliotek"]', 'screens = ["kino", "hallen"]', {"hallen"}),  # which a filter names
    ("[screens.kino]", '[groups.tom]\nscreens = ["kino"]\n[screens.kino]', set()),
    ('name = "Kaffe"', 'name = "Kaffibaren"', {"hallen"}),
    ('name = "Bygg"', 'name = "Bygg"\nweight = 2', {"kino", "hallen"}),
    ('screens = ["hallen"]', "", {"kino"}),  # the sponsor is on all screens that have a slot
]


@pytest.fixture
def server(site: Site, tmp_path: Path) -> Server:
    site.listings += [listing(f"Quiz {day}", f"2026-11-{day:02d} 20:00", "21:30") for day in range(23, 30)]
    site.listings.append(listing("Åpent hus", "2026-11-24 10:00", "15:00", location="Rådhuset"))
    return Server(site, tmp_path / "one", SHARED)


def shown(server: Server, screen: str, at: datetime) -> list[tuple[str, str]]:
    """What a player shows, without the numbers of turns that sponsors have had since the plan began."""
    return [(re.sub(r"(-sponsor-.*)-\d+$", r"\1", page), picture) for page, picture in server.shown(screen, at)]


@pytest.mark.parametrize("edits", [PLAYLISTS_AND_DEFAULTS, GROUPS_AND_SPONSORS], ids=["playlists", "groups"])
def test_an_edit_plans_the_screens_that_it_concerns(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edits: list[tuple[str, str, set[str]]]
) -> None:
    server.build(NOW, monkeypatch)
    at = NOW
    for before, after, concerned in edits:
        assert before in server.more
        server.more = server.more.replace(before, after)
        at += timedelta(minutes=5)
        server.build(at, monkeypatch)
        assert server.planned == concerned, after
    fresh = Server(server.site, tmp_path / "fresh", server.more)
    fresh.build(at, monkeypatch)
    dice = random.Random(0)
    for screen in SCREENS:
        horizon = server.manifest(screen).horizon
        for moment in [at, *(at + dice.random() * (horizon - at) for _ in range(100))]:
            assert shown(server, screen, moment) == shown(fresh, screen, moment), (screen, moment)
