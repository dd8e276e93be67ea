"""What is due now is published first, on all screens, and what was published for later stays until it is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from PIL import Image

from player.rotation import open_pages
from player.store.manifest import Manifest, verify
from signage.app import render_order
from signage.domain.model import PageSpec
from signage.runtime.cancel import Cancelled, CancelToken
from signage.wording.qr import LIST
from tests.fixtures.quick import Awaited, QuickPipeline
from tests.fixtures.site import NOW, Site, listing, small_site

MORE = """
[screens.kino]
place = "bibliotek"
size = "1280x720"
playlist = [{ show = "agenda", days = 4 }, { show = "today" }]

[screens.hallen]
place = "bibliotek"
size = "720x1280"
playlist = [{ show = "notice", title = "Velkommen" }, { show = "today" }, { show = "week" }]
"""
SCREENS = ("bibliotek", "kino", "hallen")
LATER = "-later"  # of what an earlier publication had planned
FORTNIGHT = timedelta(days=14)


@dataclass
class Published:
    """A publication: how many pages were captured by then, the manifest, whether there are pages for telephones, and
    how often the build had said how far it is since the publication before.
    """

    screen: str
    captured: int
    manifest: Manifest
    for_telephones: bool
    progressed: int

    def shown(self, at: datetime) -> list[str]:
        """The pages that a player shows at an instant, by the player's own code."""
        pages = open_pages(self.manifest, at, clock_trusted=True)
        return [page.id.removesuffix(LATER) for page in pages if not page.fallback]


@dataclass
class Watched:
    """Builds a site of three screens, and keeps every publication. `stop_after`: pages, then the build is cancelled."""

    site: Site
    stop_after: int = 10_000
    captured: list[PageSpec] = field(default_factory=list)
    counted: list[Mapping[str, tuple[int, int]]] = field(default_factory=list)
    progressed: int = 0
    """How often it said how far it is, since the last publication."""
    published: list[Published] = field(default_factory=list)
    any_published: Awaited = field(default_factory=Awaited)
    held_back: int = 0
    """Of the pages, the number of the one that waits until something was published."""

    def manifest(self, screen: str) -> Manifest:
        """What is in force, as a player reads it."""
        out = self.site.folder / "var" / "published"
        folder = out / "screens" / screen
        key = bytes.fromhex((out / "signage.pub").read_text().strip())
        data, signature = ((folder / name).read_bytes() for name in ("manifest.json", "manifest.json.sig"))
        return verify(data, signature, key, screen)

    def build(self, at: datetime = NOW) -> list[Published]:
        """The publications of this build."""
        self.published, self.captured, self.counted = [], [], []
        cancel = CancelToken()
        watched = self

        def look(spec: PageSpec) -> Awaited | None:
            watched.captured.append(spec)
            if len(watched.captured) > watched.stop_after:
                cancel.cancel()
            return self.any_published if len(watched.captured) == watched.held_back else None

        class Progress:
            def fetching(self, source: str, done: int, total: int) -> None: ...
            def rendering(self, done: int, total: int) -> None:
                watched.progressed += 1

            def first_pages(self, pages: Mapping[str, tuple[int, int]]) -> None:
                watched.counted.append(pages)

            def published(self, screen: str) -> None:
                folder = watched.site.folder / "var" / "published" / "screens" / screen
                pages = (folder / LIST).is_file()
                one = Published(screen, len(watched.captured), watched.manifest(screen), pages, watched.progressed)
                watched.published.append(one)
                watched.progressed = 0
                watched.any_published.set()

        QuickPipeline(self.site.folder, look).build(self.site.write(more=MORE), at, Progress(), cancel=cancel)
        return self.published


def _watched(site: Site) -> Watched:
    site.listings += [
        listing(f"Quiz {day}", f"2026-{'11' if day > 20 else '12'}-{day:02d} 20:00", "21:30")
        for day in (*range(23, 31), *range(1, 8))
    ]
    return Watched(site)


@pytest.fixture
def watched(site: Site) -> Watched:
    return _watched(site)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Published]]:
    """The publications of a first build."""
    with small_site(tmp_path_factory.mktemp("site")) as site:
        yield _watched(site).build()


def test_each_screen_has_a_page_before_any_has_a_second_one(published: list[Published]) -> None:
    first = published[: len(SCREENS)]
    assert {each.screen for each in first} == {*SCREENS}
    assert all(each.shown(NOW) for each in first)
    assert first[-1].captured <= 2 * len(SCREENS)  # that page, and the fallback page


def test_a_screen_is_published_while_the_pages_of_others_are_made(watched: Watched) -> None:
    watched.held_back = 2 * len(SCREENS)  # the last of the first pages; each screen has one, and its fallback page
    watched.build()
    assert watched.any_published.came, "all screens waited for one page"


def test_the_first_publication_does_not_wait_for_the_pages_for_telephones(watched: Watched) -> None:
    published = watched.build()
    assert not any(each.for_telephones for each in published[: len(SCREENS)])
    assert all(each.for_telephones for each in published[-len(SCREENS) :])
    watched.site.listings[0]["title"] = "Kaffe og vafler"
    edited = watched.build(NOW + timedelta(minutes=5))
    assert all(each.for_telephones for each in edited), "pages for telephones that there are stay"


def test_what_is_shown_now_comes_before_what_is_shown_later_on_any_screen(published: list[Published]) -> None:
    last = {each.screen: each for each in published}
    whole = [
        next(n for n, p in enumerate(published) if p.screen == s and p.shown(NOW) == last[s].shown(NOW)) for s in last
    ]
    assert max(whole) < 2 * len(SCREENS)
    now = {asset for each in last.values() for asset in each.shown(NOW)}
    assert published[max(whole)].captured <= len(now) + len(SCREENS)


def test_the_horizon_grows_and_nothing_that_was_published_goes(published: list[Published]) -> None:
    for screen in SCREENS:
        own = [each for each in published if each.screen == screen]
        horizons = [each.manifest.horizon for each in own]
        assert horizons == sorted(horizons)
        assert horizons[-1] == NOW + FORTNIGHT
        for earlier, later in pairwise(own):
            at = NOW
            while at < earlier.manifest.horizon:
                assert set(earlier.shown(at)) <= set(later.shown(at)), f"{screen} at {at}"
                at += timedelta(minutes=30)


def test_a_screen_is_whole_until_its_horizon_from_its_second_publication_on(published: list[Published]) -> None:
    last = {each.screen: each for each in published}
    for each in published[len(SCREENS) :]:
        at = NOW
        while at < each.manifest.horizon:
            assert each.shown(at) == last[each.screen].shown(at), f"{each.screen} at {at}"
            at += timedelta(minutes=30)


def test_an_edit_is_on_the_screens_before_the_rest_is_made_and_the_rest_stays(watched: Watched) -> None:
    before = {each.screen: each for each in watched.build()}
    watched.site.listings[0]["title"] = "Kaffe og vafler"
    published = watched.build(NOW + timedelta(minutes=5))
    at = NOW + timedelta(minutes=6)
    for screen in SCREENS:
        first = next(each for each in published if each.screen == screen)
        final = [each for each in published if each.screen == screen][-1]
        assert first.shown(at) == final.shown(at) != before[screen].shown(at)
        later = NOW + timedelta(days=9, hours=1)
        assert first.shown(later) == before[screen].shown(later) != []


def test_a_build_that_is_cancelled_has_published_what_is_shown_now(watched: Watched) -> None:
    whole = {each.screen: each for each in watched.build()}
    for title in ("Kaffe", "Bokprat"):
        for each in watched.site.listings:
            each["title"] = each["title"].replace(title, f"{title} til alle")
    watched.site.listings += [listing("Møte", f"2026-12-0{day} 12:00", "13:00") for day in range(1, 7)]
    watched.stop_after = 12
    with pytest.raises(Cancelled):
        watched.build(NOW + timedelta(minutes=5))
    at = NOW + timedelta(minutes=6)
    now = {each.screen: each for each in watched.published}
    assert {screen for screen, each in now.items() if each.shown(at) != whole[screen].shown(at)} == {*SCREENS}


def test_urgent_pages_are_published_as_the_browser_captured_them_and_small_in_the_end(watched: Watched) -> None:
    published = watched.build()
    pictures = [((each.screen, page.id), page.picture) for each in published for page in each.manifest.pages]
    quick = {page: picture for page, picture in pictures if picture.name[-4:] == ".png"}
    final = published[-len(SCREENS) :]
    small = {(each.screen, page.id): page.picture for each in final for page in each.manifest.pages}
    now = {(each.screen, page) for each in final for page in each.shown(NOW)}
    assert {picture.name[-5:] for picture in small.values()} == {".webp"}
    assert quick.keys() >= now
    assets = watched.site.folder / "var" / "published" / "assets"
    for page, picture in quick.items():
        with Image.open(assets / picture.name) as large, Image.open(assets / small[page].name) as after:
            assert large.convert("RGB").tobytes() == after.convert("RGB").tobytes()


def large(published: list[Published], now: datetime) -> set[timedelta]:
    """How long after that each page begins that was published with the browser's own file."""
    pages = [page for each in published for page in each.manifest.pages if page.picture.name[-4:] == ".png"]
    return {max(page.start - now, timedelta(0)) for page in pages if not page.fallback}


def test_where_nothing_is_shown_yet_no_page_is_held_up_by_small_files(watched: Watched) -> None:
    published = watched.build()
    assert max(large(published, NOW)) > timedelta(days=9)
    made_small = {page.picture for each in published[-len(SCREENS) :] for page in each.manifest.pages}
    assert published[-len(SCREENS)].progressed >= len(made_small), "for minutes, it would seem to hang"
    for each in watched.site.listings:
        each["title"] += " for alle"
    again = NOW + timedelta(minutes=5)
    assert max(large(watched.build(again), again)) < timedelta(minutes=2), "players fetch large files, then small ones"


def test_a_county_has_small_files_of_its_later_days_at_once(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_order, "MOST_QUICK", 3)
    assert timedelta(0) < max(large(watched.build(), NOW)) < timedelta(days=1)


def test_what_a_cancelled_build_left_large_is_made_small_by_the_next(watched: Watched) -> None:
    watched.stop_after = 12
    with pytest.raises(Cancelled):
        watched.build()
    watched.stop_after = 10_000
    last = watched.build(NOW + timedelta(minutes=5))[-len(SCREENS) :]
    assert {page.picture.name[-5:] for each in last for page in each.manifest.pages} == {".webp"}
    pictures = watched.site.folder / "var" / "pictures"
    assert [*pictures.glob("*.png")] == []


def test_a_refresh_that_changes_nothing_is_published_once(watched: Watched) -> None:
    watched.build()
    first, last = watched.counted[0], watched.counted[-1]
    assert {*first} == {*SCREENS}
    assert all(done == 0 < total for done, total in first.values()), "each screen's first pages are counted"
    assert all(done == total for done, total in last.values())
    assert [sum(done for done, _ in each.values()) for each in watched.counted] == sorted(
        sum(done for done, _ in each.values()) for each in watched.counted
    )
    assert [each.screen for each in watched.build(NOW + timedelta(minutes=10))] == [*SCREENS]
    assert watched.counted == [], "all screens show something"


def test_the_phases_begin_with_what_is_due(watched: Watched) -> None:
    begun = [(phase.until, not phase.first_only) for phase in render_order.PHASES]
    assert begun == sorted(begun)
    assert all(phase.planned >= phase.until for phase in render_order.PHASES)
