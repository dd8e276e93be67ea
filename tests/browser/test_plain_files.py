"""Screens play from plain files, under any path, with no renderer: the native player's sync and the browser player."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from player.net.http import Http
from player.net.sync import Syncer
from player.store.store import BundleStore
from signage.publishing import Publisher, SigningKeys
from signage.web.browser_player import player_files
from tests.fixtures.browser_player import glass, published, same, wait_for, watch
from tests.fixtures.bundles import evergreen, page, publish
from tests.fixtures.plain_files import plain_files
from tests.fixtures.player_parts import SettableClock
from tests.player.net.test_sync import NOW


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A file server's folder, that has what is published in a folder of its own."""
    folder = tmp_path / "site" / "info"
    Publisher(folder, SigningKeys.load_or_make(tmp_path / "var")).place_player(player_files({"library": "nb"}))
    publish(folder, 1, poll_seconds=1)
    return folder


def test_a_native_player_plays_from_plain_files(site: Path, tmp_path: Path) -> None:
    with plain_files(site.parent) as url:
        http, store = Http(f"{url}/info"), BundleStore(tmp_path / "store", "library")
        syncer = Syncer(http, store, "library", None, None, SettableClock(lambda: NOW))
        assert syncer.round().version.serial == 1
        publish(site, 2, page("b"), evergreen())
        assert syncer.round().version.serial == 2
        stored = store.load(store.pinned())
        assert stored is not None
        assert all(store.read(asset) is not None for asset in stored.assets.values())
        http.close()
        store.close()


@pytest.mark.browser
def test_a_browser_plays_from_plain_files_and_reloads_without_them(site: Path, context: BrowserContext) -> None:
    with plain_files(site.parent) as url:
        view = watch(context, f"{url}/info/screen/library.html")
        wait_for(view, "a")
        assert same(glass(view), published("a"))
        assert "script-src 'self'" in (view.get_attribute("meta[http-equiv]", "content") or "")
        publish(site, 2, page("b"), evergreen(), poll_seconds=1)
        wait_for(view, "b")
        view.wait_for_load_state("networkidle")
    view.reload()
    wait_for(view, "b")


def test_pages_of_screens_that_are_gone_are_deleted_and_unchanged_files_are_not_written(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path / "out", SigningKeys.load_or_make(tmp_path / "var"))
    publisher.place_player(player_files({"library": "nb", "hall": "nn"}))
    page_of_library = tmp_path / "out" / "screen" / "library.html"
    written = page_of_library.stat().st_ino
    publisher.place_player(player_files({"library": "nb"}))
    assert [file.name for file in (tmp_path / "out" / "screen").iterdir()] == ["library.html"]
    assert page_of_library.stat().st_ino == written
