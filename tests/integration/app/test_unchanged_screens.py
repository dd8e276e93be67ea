"""A screen is planned when something that goes into its plan has changed, and shows what a fresh plan would show.

The oracle plans everything: a second server with a memory of its own, which is built by a new process, as it were, each
time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from player.rotation import open_pages
from player.store.manifest import Manifest, verify
from signage.app import unchanged_screens
from signage.app.build_report import BuildReport
from signage.planning import screen_plan
from tests.fixtures.quick import QuickPipeline
from tests.fixtures.site import NOW, Site, listing

SCREENS = """
[screens.kino]
place = "bibliotek"
size = "1280x720"
playlist = [{ show = "agenda", days = 4, categories = ["Kino"] }]

[screens.hallen]
place = "bibliotek"
size = "720x1280"
playlist = [{ show = "today" }, { show = "week", place = "anywhere" }]
"""


RADHUSET = """
[places.radhuset]
name = "Rådhuset"

[screens.radhuset]
place = "radhuset"
size = "1280x720"
playlist = [{ show = "today", place = "here" }, { show = "agenda", place = "here", days = 2 }]
"""


@dataclass
class Server:
    """A pipeline over a site, and which screens it planned in its last build."""

    site: Site
    var: Path
    more: str = SCREENS
    planned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pipeline = QuickPipeline(self.var)

    def build(self, at: datetime, monkeypatch: pytest.MonkeyPatch) -> BuildReport:
        self.planned.clear()
        original = screen_plan.plan_screen

        def watched(config: object, screen_id: str, *rest: object) -> object:
            self.planned.add(screen_id)
            return original(config, screen_id, *rest)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr("signage.app.screen_build.plan_screen", watched)
            return self.pipeline.build(self.site.write(more=self.more), at)

    def manifest(self, screen: str) -> Manifest:
        out = self.var / "var" / "published"
        folder = out / "screens" / screen
        key = bytes.fromhex((out / "signage.pub").read_text().strip())
        data, signature = ((folder / name).read_bytes() for name in ("manifest.json", "manifest.json.sig"))
        return verify(data, signature, key, screen)

    def shown(self, screen: str, at: datetime) -> list[tuple[str, str]]:
        """What a player shows at an instant: page and picture."""
        pages = open_pages(self.manifest(screen), at, clock_trusted=True)
        return [(page.id.removesuffix("-later"), page.picture.name) for page in pages]


@pytest.fixture
def server(site: Site, tmp_path: Path) -> Server:
    site.listings += [listing(f"Quiz {day}", f"2026-11-{day:02d} 20:00", "21:30") for day in range(23, 30)]
    site.listings.append(listing("Film", "2026-11-24 18:00", "20:00", activityNames=["Kino"]))
    return Server(site, tmp_path / "one")


def test_a_refresh_without_a_change_plans_nothing_and_the_data_stay_young(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.build(NOW, monkeypatch)
    assert server.planned == {"bibliotek", "kino", "hallen"}
    first = server.manifest("kino")
    published = 0
    for minutes in range(10, 60, 10):
        at = NOW + timedelta(minutes=minutes)
        before = server.manifest("kino")
        report = server.build(at, monkeypatch)
        assert server.planned == set()
        assert {(each.rendered, each.problems) for each in report.screens} == {(0, ())}
        after = server.manifest("kino")
        assert after.data_as_of is not None
        assert at - after.data_as_of < timedelta(minutes=30)
        if after.version.serial != before.version.serial:
            published += 1
            assert (after.generated, after.data_as_of) == (at, at)
    assert published == 1  # players fetch nothing for the sake of a few minutes
    assert after.version.serial > first.version.serial


def test_a_screen_that_is_hard_to_read_is_not_planned_for_that_again_and_still_named(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.more = SCREENS.replace("[screens.kino]", "[screens.kino]\ndistance = 12")
    first = server.build(NOW, monkeypatch).screens[1].problems
    assert "hard to read" in first[0]
    again = server.build(NOW + timedelta(minutes=10), monkeypatch).screens[1].problems
    assert server.planned == set()
    assert again == first


def test_a_changed_title_plans_the_screens_that_may_show_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.build(NOW, monkeypatch)
    server.site.listings[0]["title"] += " med kaffe"  # no film
    server.build(NOW + timedelta(minutes=10), monkeypatch)
    assert server.planned == {"bibliotek", "hallen"}
    server.site.listings[-1]["title"] += " med popkorn"
    server.build(NOW + timedelta(minutes=20), monkeypatch)
    assert server.planned == {"bibliotek", "hallen", "kino"}


def test_an_event_that_goes_plans_the_screens_that_showed_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.build(NOW, monkeypatch)
    server.site.listings.pop()
    server.build(NOW + timedelta(minutes=10), monkeypatch)
    assert "kino" in server.planned


def test_everything_is_planned_again_after_an_hour_a_midnight_and_a_clock_that_was_set_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = {"bibliotek", "kino", "hallen"}
    at = NOW
    for step in (timedelta(0), unchanged_screens.PLAN_AGAIN, timedelta(days=1), -timedelta(minutes=5)):
        at += step
        server.build(at, monkeypatch)
        assert server.planned == everything, step
    at = NOW.replace(hour=23, minute=50) + timedelta(days=2)
    server.build(at, monkeypatch)
    server.build(at + timedelta(minutes=9), monkeypatch)
    assert server.planned == set()
    server.build(at + timedelta(minutes=10), monkeypatch)
    assert server.planned == everything


@pytest.mark.parametrize("dies_in", ["run", "planned"])
def test_after_a_build_that_was_cancelled_only_what_has_changed_is_planned(
    server: Server, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    server.build(NOW, monkeypatch)
    server.site.listings[0]["title"] += " med kaffe"  # no film
    with monkeypatch.context() as patch:
        patch.setattr(f"signage.app.render_order.ScreenBuilder.{dies_in}", _fail)
        with pytest.raises(RuntimeError):
            server.build(NOW + timedelta(minutes=10), monkeypatch)
    server.build(NOW + timedelta(minutes=20), monkeypatch)
    assert server.planned == {"bibliotek", "hallen"}


def test_a_build_that_was_cancelled_is_not_relied_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it published of a change that was taken back is replaced."""
    server.build(NOW, monkeypatch)
    server.site.listings[0]["title"] += " med kaffe"
    with monkeypatch.context() as patch:
        patch.setattr("signage.app.render_order.ScreenBuilder.planned", _fail)
        with pytest.raises(RuntimeError):
            server.build(NOW + timedelta(minutes=10), monkeypatch)
    server.site.listings[0]["title"] = server.site.listings[0]["title"].removesuffix(" med kaffe")
    server.build(NOW + timedelta(minutes=20), monkeypatch)
    assert server.planned == {"bibliotek", "hallen"}


def _fail(_: object) -> None:
    raise RuntimeError


def test_a_damaged_picture_has_its_screen_planned_and_rendered_again(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.build(NOW, monkeypatch)
    (_, picture), *_ = server.shown("kino", NOW)
    (server.var / "var" / "published" / "assets" / picture).unlink()
    damaged = server.var / "var" / "pictures" / picture
    damaged.unlink()
    damaged.write_bytes(b"damaged")
    at = NOW + timedelta(minutes=10)
    report = server.build(at, monkeypatch)
    assert server.planned == {"kino"}
    assert [each.problems for each in report.screens] == [(), (), ()]
    assert report.screens[1].rendered == 1
    assert picture in [name for _, name in server.shown("kino", at)]


def _at_radhuset(day: int, start: str, end: str) -> dict[str, object]:
    return listing(f"Åpent hus {day}", f"2026-11-{day} {start}", end, location="Rådhuset")


def test_an_event_elsewhere_plans_a_screen_only_where_it_falls_back_on_others(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.more += RADHUSET
    server.site.listings += [_at_radhuset(day, "08:00", "23:30") for day in range(23, 29)]
    server.build(NOW, monkeypatch)
    server.site.listings[2]["title"] += " med kaffe"  # in the library on Tuesday, when the town hall has its own
    server.build(NOW + timedelta(minutes=10), monkeypatch)
    assert server.planned == {"bibliotek", "hallen"}
    server.site.listings[-8]["title"] += " med film"  # on Sunday, when the town hall has nothing
    server.build(NOW + timedelta(minutes=20), monkeypatch)
    assert "radhuset" in server.planned


@pytest.mark.parametrize("seed", range(2))
def test_what_is_shown_is_what_a_fresh_plan_shows(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    server.more += RADHUSET
    screens = ("bibliotek", "kino", "hallen", "radhuset")
    server.site.listings += [_at_radhuset(day, "08:00", f"{dice.randint(15, 23)}:30") for day in (23, 24, 26)]
    at, reused = NOW, 0
    for turn in range(5):
        server.build(at, monkeypatch)
        reused += len(screens) - len(server.planned)
        fresh = Server(server.site, tmp_path / f"fresh-{turn}", server.more)
        fresh.build(at, monkeypatch)
        for screen in screens:
            horizon = server.manifest(screen).horizon
            moments = [at, at + timedelta(seconds=1), *(at + dice.random() * (horizon - at) for _ in range(60))]
            for moment in moments:
                assert server.shown(screen, moment) == fresh.shown(screen, moment), (screen, moment)
        at += timedelta(minutes=dice.choice((5, 10, 20)))
        match dice.randrange(4):
            case 0:
                dice.choice(server.site.listings)["title"] += "!"
            case 1:
                server.site.listings.append(listing(f"Nytt {turn}", f"2026-11-{dice.randint(23, 30)} 19:00", "20:00"))
            case 2 if len(server.site.listings) > 4:
                server.site.listings.pop(dice.randrange(len(server.site.listings)))
            case _:
                pass
    assert reused > 0
