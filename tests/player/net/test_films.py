"""Films come after everything else, in parts, straight to the disk; what is wrong with one costs that film."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from player.net import heartbeat_report
from player.net.films import LONGEST_REST, FilmFetcher
from player.net.heartbeat_report import Problem
from player.net.http import Http
from player.net.sync import Delete, plan
from player.store import films
from player.store.films import UNFINISHED, film_path, is_sound
from player.store.manifest import Asset, Manifest, ManifestRefused, verify
from player.store.store import BundleStore
from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.bundle_server import says, serve
from tests.fixtures.bundles import FROM, KEY, evergreen, instant, manifest, page, publish
from tests.fixtures.well import all_well
from tests.player.net.test_heartbeat import ABOUT, BOX, SCENE

FILM = os.urandom(300_000)
NAME = hashlib.sha256(FILM).hexdigest() + ".mp4"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, Http]]:
    folder = tmp_path / "site"
    publish(folder, 1, page("a", film=FILM), evergreen())
    with Threaded(make_app(folder, all_well)) as server:
        yield folder, Http(f"http://127.0.0.1:{server.port}/")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BundleStore]:
    made = BundleStore(tmp_path / "store", "library")
    yield made
    made.close()


def read(**more: Any) -> Manifest:
    data = json.dumps({**manifest(1, page("a", film=FILM), evergreen())[0], **more}).encode()
    return verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), "library")


def film() -> Asset:
    return read().films[0]


def test_a_film_is_fetched_whole_and_checked(site: tuple[Path, Http], store: BundleStore) -> None:
    assert FilmFetcher(site[1], store).fetch(read())
    path = film_path(store.folder, film())
    assert Path(path).read_bytes() == FILM
    assert is_sound(path, film())
    assert not FilmFetcher(site[1], store).fetch(read()), "it is here"


def test_a_film_comes_in_parts_and_goes_on_after_a_restart(site: tuple[Path, Http], store: BundleStore) -> None:
    rounds = 1
    while not FilmFetcher(site[1], store).fetch(read(), seconds=0.0):
        rounds += 1
        store.close()
        store = BundleStore(store.folder, "library")
    assert rounds > 2
    assert Path(film_path(store.folder, film())).read_bytes() == FILM


def test_a_server_that_knows_no_ranges_gives_the_whole_film(tmp_path: Path, store: BundleStore) -> None:
    publish(tmp_path / "plain", 1, page("a", film=FILM), evergreen())
    (Path(film_path(store.folder, film()) + UNFINISHED)).write_bytes(FILM[:1000])
    with serve(tmp_path / "plain") as server:
        assert FilmFetcher(Http(server.url), store).fetch(read())
    assert Path(film_path(store.folder, film())).read_bytes() == FILM


def test_what_is_not_what_its_name_says_is_thrown_away(site: tuple[Path, Http], store: BundleStore) -> None:
    (site[0] / "assets" / NAME).write_bytes(FILM[:-1] + b"x")
    assert not FilmFetcher(site[1], store).fetch(read())
    assert store.have().get(NAME) is None
    assert (site[0] / "assets" / NAME).write_bytes(FILM)
    assert FilmFetcher(site[1], store).fetch(read()), "and fetched again"


@pytest.mark.parametrize("served", [FILM[:-1] + b"x", FILM + bytes(1_000_000)], ids=["other bytes", "too many"])
def test_a_damaged_film_is_left_alone_for_longer_each_time(
    tmp_path: Path, store: BundleStore, served: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A day of rounds, one each minute."""
    publish(tmp_path / "plain", 1, page("a", film=FILM), evergreen())
    file = tmp_path / "plain" / "assets" / NAME
    file.write_bytes(served)
    wanted, minutes, now = read(), [], 0
    with serve(tmp_path / "plain") as server:
        fetcher = FilmFetcher(Http(server.url), store, lambda: 60.0 * now)
        for now in range(24 * 60):
            asked = len(server.asked)
            assert not fetcher.fetch(wanted)
            if len(server.asked) > asked:
                minutes.append(now)
        assert minutes == [0, 5, 15, 35, 75, 155, 315, 635, 995, 1355]
        assert "it is fetched again in 5 minutes" in caplog.text
        file.write_bytes(FILM)
        assert not fetcher.fetch(wanted), "not before its time"
        now += int(LONGEST_REST // 60)
        assert fetcher.fetch(wanted)


def test_a_network_with_a_login_page_makes_no_film_wait(tmp_path: Path, store: BundleStore) -> None:
    publish(tmp_path / "plain", 1, page("a", film=FILM), evergreen())
    with serve(tmp_path / "plain") as server:
        fetcher = FilmFetcher(Http(server.url), store, lambda: 0.0)
        server.misbehave[NAME] = says(302, b"", Location="http://login.invalid/")
        assert not fetcher.fetch(read())
        server.misbehave.clear()
        assert fetcher.fetch(read())


def test_a_film_larger_than_it_may_be_is_broken_off(site: tuple[Path, Http], store: BundleStore) -> None:
    (site[0] / "assets" / NAME).write_bytes(FILM + bytes(1_000_000))
    assert not FilmFetcher(site[1], store).fetch(read())
    assert (store.folder / "assets" / f"{NAME}{UNFINISHED}").stat().st_size <= len(FILM)


def test_a_film_that_is_missing_costs_nothing(site: tuple[Path, Http], store: BundleStore) -> None:
    (site[0] / "assets" / NAME).unlink()
    assert not FilmFetcher(site[1], store).fetch(read())


def test_a_film_that_is_missing_keeps_no_other_one_away(tmp_path: Path, store: BundleStore) -> None:
    pages = (page("a", film=FILM), page("b", film=FILM[1:]), evergreen())
    publish(tmp_path / "two", 1, *pages)
    data = json.dumps(manifest(1, *pages)[0]).encode()
    both = verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), "library")
    (tmp_path / "two" / "assets" / NAME).unlink()
    with Threaded(make_app(tmp_path / "two", all_well)) as server:
        assert FilmFetcher(Http(f"http://127.0.0.1:{server.port}/"), store).fetch(both)
    assert {asset.name: asset.name in store.have() for asset in both.films} == {
        NAME: False,
        hashlib.sha256(FILM[1:]).hexdigest() + ".mp4": True,
    }


def test_a_film_whose_last_byte_came_before_a_power_cut_is_not_asked_for_again(
    site: tuple[Path, Http], store: BundleStore
) -> None:
    Path(film_path(store.folder, film()) + UNFINISHED).write_bytes(FILM)
    (site[0] / "assets" / NAME).unlink()
    assert FilmFetcher(site[1], store).fetch(read())
    assert Path(film_path(store.folder, film())).read_bytes() == FILM


def test_a_disk_with_little_room_gets_no_film(
    site: tuple[Path, Http], store: BundleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "LEFT", 1 << 60)
    assert not FilmFetcher(site[1], store).fetch(read())
    assert [name for name in store.have() if name.startswith(NAME)] == []


def test_a_film_stays_as_long_as_the_manifest_names_it(store: BundleStore) -> None:
    have = {NAME: len(FILM), f"{NAME}{UNFINISHED}": 10, "old.mp4": 5}
    (gone,) = [action for action in plan(have, read(), instant(FROM)) if isinstance(action, Delete)]
    assert gone.names == ("old.mp4",)


def _video(**more: Any) -> dict[str, Any]:
    made = manifest(1, page("a", film=FILM), evergreen())[0]
    made["pages"][0]["video"] |= more
    return made


@pytest.mark.parametrize(
    "broken",
    [
        _video(asset="0" * 64),
        _video(x=-1),
        _video(width=321),
        _video(height=0),
        _video(seconds=0),
        _video(y="1"),
        {"videos": {NAME[:64]: {"bytes": 41 << 20, "media_type": "video/mp4"}}},
        {"videos": {NAME[:64]: {"bytes": 1, "media_type": "image/png"}}},
        {"videos": {"../x": {"bytes": 1, "media_type": "video/mp4"}}},
        {"videos": []},
    ],
)
def test_a_film_that_breaks_the_format_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ManifestRefused, match="breaks the format"):
        read(**broken)


def test_a_film_is_no_asset_of_a_page() -> None:
    made = manifest(1, page("a", film=FILM), evergreen())[0]
    made["pages"][0]["asset"] = NAME[:64]
    with pytest.raises(ManifestRefused, match="breaks the format"):
        read(**made)


def test_why_films_are_not_played_is_reported_and_nothing_where_there_are_none() -> None:
    assert heartbeat_report.report(SCENE, ABOUT, BOX)["film"] is None
    assert heartbeat_report.report(SCENE, replace(ABOUT, film=Problem()), BOX)["film"] == {
        "problem": None,
        "kind": None,
    }
    missing = replace(ABOUT, film=Problem("GStreamer isn't installed", "missing"))
    assert heartbeat_report.report(SCENE, missing, BOX)["film"] == {
        "problem": "GStreamer isn't installed",
        "kind": "missing",
    }
