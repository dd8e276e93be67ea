"""What the player writes to its card in a day, counted, and what a power cut then costs."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from player.net.http import Http
from player.net.sync import Syncer
from player.store import write_budget
from player.store.disk import BLOCK
from player.store.manifest import ManifestRefused
from player.store.store import BundleStore
from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import KEY, evergreen, manifest, page, publish, write_manifest
from tests.fixtures.player_parts import SettableClock
from tests.player.test_rotation import read

PUBLIC = KEY.verify_key.encode()
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
DAY_BUDGET = 5_000_000  # bytes besides new pictures
WORDS = ["tirsdag", "onsdag", "bibliotek", "konsert", "dugnad", "strikkekveld", "kino", "18.00", "Kyrksæterøra"]


class Card:
    """Watches a folder from outside: what is written shows in a file's inode and times. Whole blocks, and the names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[int, int]] = {}
        self.pictures = 0
        self.other = 0
        self.look()
        self.pictures = self.other = 0

    def look(self) -> None:
        for file in self._folder.rglob("*"):
            if not file.is_file():
                continue
            state = file.stat()
            if self._known.get(str(file)) != (state.st_ino, state.st_mtime_ns):
                self._known[str(file)] = (state.st_ino, state.st_mtime_ns)
                # its blocks, its inode and its folder's, each once in the journal too
                size = -(-state.st_size // BLOCK) * BLOCK + 4 * BLOCK
                if file.parent.name == "assets":
                    self.pictures += size
                else:
                    self.other += size


class Life:
    """A player's sync and its server, minute by minute of a clock in the test's hand."""

    def __init__(self, server: BundleServer, folder: Path) -> None:
        self.site = server
        self.folder = folder
        self.minute = 0
        self.http = Http(server.url)
        self.start()

    def start(self) -> None:
        self.store = BundleStore(self.folder, "library", lambda: self.minute * 60.0)
        stored = self.store.load(PUBLIC)
        newest = self.store.newest(PUBLIC)
        self.syncer = Syncer(self.http, self.store, "library", PUBLIC, stored, SettableClock(self.wall), newest=newest)

    def wall(self) -> datetime:
        return BEGIN + timedelta(minutes=self.minute)

    def power_cut(self) -> None:
        """Nothing is said goodbye to."""
        self.store.close()
        self.start()

    def poll(self) -> None:
        self.syncer.round()
        self.minute += 1

    def end(self) -> None:
        self.store.close()
        self.http.close()


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    publish(tmp_path / "site", 1, page("a"), page("b"), evergreen())
    with serve(tmp_path / "site") as server:
        life = Life(server, tmp_path / "store")
        yield life
        life.end()


@cache
def _plan() -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
    chance = random.Random(3)
    made, _ = manifest(1, page("a"), page("b"), evergreen())
    pages = []
    for number in range(300):
        start = BEGIN + timedelta(minutes=66 * number)
        window = {"from": start.isoformat(), "until": (start + timedelta(minutes=66)).isoformat()}
        words = " ".join(chance.choices(WORDS, k=420))
        pages.append({**made["pages"][number % 2], "id": f"p{number}", "alt": words, **window})
    return made, tuple(pages)


def fortnight(
    serial: int, at: datetime, change: Callable[[list[dict[str, Any]]], None] | None = None
) -> dict[str, Any]:
    """A plan as large as a real one, with few pictures: 300 pages with all their words, up to a horizon that moves."""
    made, plan = _plan()
    horizon = (at + timedelta(days=14)).isoformat()
    pages = [{**each, "until": min(horizon, each["until"])} for each in plan]
    if change:
        change(pages)
    times = {"generated": at.isoformat(), "data_as_of": at.isoformat(), "horizon": horizon}
    return {**made, "serial": serial, "pages": [*pages, made["pages"][2]], **times}


def release(life: Life, made: dict[str, Any]) -> None:
    """Sign and publish; without the line breaks, which take most of the time."""
    write_manifest(life.site.folder, json.dumps(made).encode(), screen="library")


def test_an_ordinary_day_writes_less_than_five_megabytes(life: Life) -> None:
    """Asked each minute; a new manifest of a megabyte every ten minutes that says the same, a little later."""
    release(life, fortnight(2, BEGIN))
    life.poll()
    card = Card(life.folder)
    size = 0
    for serial in range(3, 3 + 72):
        release(life, fortnight(serial, life.wall()))
        size = (life.site.folder / "screens/library/manifest.json").stat().st_size
        for _ in range(10):
            life.poll()
            card.look()
    assert life.minute == 721  # half a day, for half of what a day may write
    assert size > 1_000_000, "or this proves nothing"
    assert life.syncer.manifest is not None
    assert life.syncer.manifest.version.serial == 74
    assert card.pictures == 0
    assert 0 < card.other < DAY_BUDGET / 2, f"{card.other} bytes"


def test_a_busy_day_stays_within_it_too(life: Life) -> None:
    """Somebody edits what is shown today, every six minutes from morning to night."""
    chance = random.Random(5)
    release(life, fortnight(2, BEGIN))
    life.poll()
    card = Card(life.folder)

    def edit(pages: list[dict[str, Any]]) -> None:
        pages[chance.randrange(20)]["dwell_seconds"] = chance.uniform(5, 20)

    for serial in range(3, 3 + 150):
        release(life, fortnight(serial, life.wall(), edit))
        life.poll()
        card.look()
        life.minute += 5
    hours = life.minute / 60
    assert hours >= 15
    assert card.other < DAY_BUDGET, f"{card.other} bytes in {hours:.0f} hours"


def test_a_change_of_what_is_shown_today_is_there_after_a_power_cut(life: Life) -> None:
    release(life, fortnight(2, BEGIN))
    life.poll()

    def cancel(pages: list[dict[str, Any]]) -> None:
        del pages[5]

    release(life, fortnight(3, life.wall(), cancel))
    life.poll()
    life.power_cut()
    assert life.syncer.manifest is not None
    assert life.syncer.manifest.version.serial == 3


def test_a_change_of_next_week_is_there_after_three_hours(life: Life) -> None:
    release(life, fortnight(2, BEGIN))
    life.poll()

    def cancel(pages: list[dict[str, Any]]) -> None:
        del pages[250]

    release(life, fortnight(3, life.wall(), cancel))
    life.poll()
    stored = life.store.load(PUBLIC)
    assert stored is not None
    assert stored.version.serial == 2
    life.minute += int(write_budget.LATER_SECONDS / 60)
    life.poll()
    stored = life.store.load(PUBLIC)
    assert stored is not None
    assert stored.version.serial == 3


def test_after_a_power_cut_an_older_manifest_is_still_refused_and_its_time_is_still_known(life: Life) -> None:
    release(life, fortnight(2, BEGIN))
    life.poll()
    life.minute += 60
    made = fortnight(3, life.wall())
    release(life, made)
    life.poll()
    life.power_cut()
    assert life.syncer.manifest is not None
    assert life.syncer.manifest.version.serial == 2, "the manifest itself was not worth a write"
    assert life.syncer.generated == datetime.fromisoformat(made["generated"])
    release(life, fortnight(2, BEGIN))
    with pytest.raises(ManifestRefused, match="older content"):
        life.poll()
    release(life, made)
    life.poll()
    assert life.syncer.manifest.version.serial == 3


def test_pictures_that_the_stored_manifest_needs_stay_until_another_one_is_stored(life: Life) -> None:
    soon = {"from_": (BEGIN + timedelta(days=3)).isoformat(), "until": (BEGIN + timedelta(days=4)).isoformat()}
    publish(life.site.folder, 2, page("a"), page("later", **soon), evergreen())
    life.poll()
    publish(life.site.folder, 3, page("a"), page("other", **soon), evergreen())
    life.poll()
    assert life.syncer.manifest is not None
    assert life.syncer.manifest.version.serial == 3
    life.store.close()
    store = BundleStore(life.folder, "library")
    stored = store.load(PUBLIC)
    assert stored is not None
    assert stored.version.serial == 2
    assert all(store.read(asset) is not None for asset in stored.assets.values())
    store.close()
    life.start()
    life.poll()
    assert set(life.store.have()) == set(life.syncer.manifest.assets)


def test_a_damaged_bundle_gives_way_to_the_one_before(life: Life) -> None:
    life.poll()
    publish(life.site.folder, 2, page("a"), page("b"), page("c"), evergreen())
    life.poll()
    bundle = life.folder / "library.bundle"
    whole = bundle.read_bytes()
    for damage in (b"", whole[:40], whole[:-9], whole[:200] + b"?" + whole[201:], os.urandom(500)):
        bundle.write_bytes(damage)
        life.power_cut()
        assert life.syncer.manifest is not None
        assert life.syncer.manifest.version.serial == 1
        assert all(life.store.read(asset) is not None for asset in life.syncer.manifest.assets.values())
    life.poll()
    assert life.syncer.manifest.version.serial == 2
    assert life.store.load(PUBLIC) is not None
    assert bundle.read_bytes() == whole, "it is written anew"


def test_a_damaged_note_knows_nothing(life: Life) -> None:
    release(life, fortnight(2, BEGIN))
    life.poll()
    life.minute += 60
    release(life, fortnight(3, life.wall()))
    life.poll()
    note = life.folder / "library.seen"
    whole = note.read_bytes()
    assert json.loads(whole)["serial"] == 3
    for damaged in (b"", whole[:30], whole.replace(b"3", b"9"), b"null", b"\xff"):
        note.write_bytes(damaged)
        assert life.store.newest(PUBLIC) is None
    note.write_bytes(whole)
    assert life.store.newest(bytes(32)) is None, "noted under another key"


def test_what_is_urgent() -> None:
    now = BEGIN + timedelta(hours=2)
    old = read(fortnight(2, BEGIN))
    later = read(fortnight(3, BEGIN + timedelta(minutes=10)))
    assert not write_budget.urgent(old, later, now), "the horizon moved, days away"
    assert write_budget.urgent(None, later, now)
    [first, *rest] = later.pages
    assert not write_budget.urgent(old, replace(later, pages=tuple(rest)), now), "a page that is over"
    assert write_budget.urgent(old, replace(later, pages=(first, *rest[:4], *rest[5:])), now)
    brief = replace(first, id="brief", until=now + timedelta(minutes=2))
    assert not write_budget.urgent(old, replace(later, pages=(brief, *later.pages)), now), (
        "a page of the next two minutes"
    )
    assert write_budget.urgent(old, replace(later, rotate=90), now)
    assert write_budget.urgent(old, replace(later, horizon=now + timedelta(hours=3)), now)
    assert write_budget.urgent(old, replace(later, pages=later.pages[:-1]), now), "the fallback page"


def test_a_bundle_that_an_older_player_wrote_is_read(life: Life) -> None:
    life.poll()
    published = life.site.folder / "screens/library"
    file = life.folder / "library.bundle"
    file.write_bytes((published / "manifest.json.sig").read_bytes() + (published / "manifest.json").read_bytes())
    life.power_cut()
    assert life.syncer.manifest is not None
    assert life.syncer.manifest.version.serial == 1
