"""Edits are announced by the machine, however an editor saves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from signage.app import edit_watch
from signage.app.builder import Builder
from signage.app.clock import Clocks
from signage.app.clock_watch import Reading
from signage.app.daemon import Daemon
from signage.app.edit_watch import EditWatch
from signage.app.folders import Folders
from signage.runtime.cancel import CancelToken
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import NOW, Site


def overwritten(path: Path) -> None:
    path.write_text("new", "utf-8")


def replaced(path: Path) -> None:
    other = path.with_name(".screens.toml.swp")
    other.write_text("new", "utf-8")
    other.replace(path)


def removed_and_written(path: Path) -> None:
    path.unlink()
    path.write_text("new", "utf-8")


def test_the_daemon_follows_an_announced_edit_before_any_of_its_jobs_is_due(site: Site) -> None:
    site.write()
    clocks = Clocks(lambda: NOW, lambda: 0.0, lambda wall: Reading(wall, 0.0, True))  # they stand still
    folders, stop = Folders(site.folder / "var"), CancelToken()
    daemon = Daemon(site.path, LAYOUTS, folders, "127.0.0.1", 0, False, Console(), clocks=clocks)
    daemon._builder = Builder(daemon.pipeline, daemon._effective, daemon.console, daemon._clock, stop)
    with daemon._following.announcements(daemon._wake.set):
        loop = threading.Thread(target=daemon._keep_time, args=(stop,))
        loop.start()
        number = 0
        while daemon._config.site.name == "Heim kommune":
            number += 1
            site.path.write_text(site.path.read_text("utf-8").replace("Heim", f"Hitra {number}"), "utf-8")
            loop.join(0.3)
        stop.cancel()
        loop.join()
    assert daemon._config.site.name.startswith("Hitra")


@pytest.mark.parametrize("save", [overwritten, replaced, removed_and_written])
def test_each_way_to_save_is_announced(tmp_path: Path, save: Callable[[Path], None]) -> None:
    path, announced = tmp_path / "screens.toml", threading.Event()
    path.write_text("old", "utf-8")

    def look() -> None:
        if path.exists() and path.read_text("utf-8") == "new":
            announced.set()

    with EditWatch(path, look):
        while not announced.wait(0.3):  # saved once more when the watch had not begun
            save(path)
            if announced.wait(1):
                break
    assert announced.is_set()


def test_files_in_screens_d_are_announced_also_when_the_folder_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit_watch, "FOLDER_MS", 50)
    path, announced = tmp_path / "screens.toml", threading.Event()
    part = tmp_path / "screens.d" / "hall.toml"

    def look() -> None:
        if part.exists() and part.read_text("utf-8") == "new":
            announced.set()

    with EditWatch(path, look):
        part.parent.mkdir()
        while not announced.wait(0.3):
            overwritten(part)


def test_a_folder_that_can_not_be_watched_is_tried_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_watch, "RETRY_SECONDS", 0.01)
    path, announced = tmp_path / "away" / "screens.toml", threading.Event()
    with EditWatch(path, announced.set):
        path.parent.mkdir()
        while not announced.wait(0.1):
            path.write_text("new", "utf-8")


def test_it_ends_at_once_also_when_it_has_nothing_to_watch(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "away"):
        watch = EditWatch(folder / "screens.toml", lambda: None)
        with watch:
            pass
        assert not watch._thread.is_alive()
