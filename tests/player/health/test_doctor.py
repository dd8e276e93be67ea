"""`player doctor`: one page on how the box is, in the language of the system, without a secret in it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from player.config.options import parse
from player.display.slim_pygame import pygame
from player.health.doctor import Section, examine, page
from player.main import EXIT_FAULTS
from player.store import identity
from player.store.disk import Disk
from player.store.identity import Identity, IdentityRecord
from tests.fixtures.bundle_server import BundleServer, says, serve
from tests.fixtures.bundles import KEY, evergreen, publish
from tests.fixtures.bundles import page as a_page
from tests.player.test_texts import ENGLISH

TOKEN, SEED = bytes(range(1, 33)), bytes(range(2, 34))
NUMBERS = {"program": 1, "settings": 2, "identity": 3, "storage": 4, "display": 5, "fonts": 6, "clock": 7, "network": 8}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Of a paired player that has fetched nothing yet."""
    disk = Disk(tmp_path / "store")
    me = Identity("library", KEY.verify_key.encode(), TOKEN, 1, SEED, known=True)
    identity.save(disk, IdentityRecord(me))
    disk.close()
    return tmp_path / "store"


def examined(store: Path, *arguments: str) -> dict[str, Section]:
    options = parse(["doctor", "--store", str(store), "--settings", str(store / "none.txt"), *arguments], {})
    return dict(zip(NUMBERS, examine(options, store / "machine"), strict=True))


def text(section: Section) -> str:
    return "\n".join(page([section], "en"))


def site(folder: Path) -> AbstractContextManager[BundleServer]:
    publish(folder, 7, a_page("a"), evergreen(), horizon="2099-01-01T00:00:00+01:00")
    return serve(folder)


def test_a_paired_player_with_content_and_a_server(store: Path, tmp_path: Path) -> None:
    with site(tmp_path / "site") as server:
        fetching = [sys.executable, "-m", "player", "--once-synced", "--store", str(store), "--screen", "library"]
        subprocess.run([*fetching, "--server", server.url], check=True)
        found = examined(store, "--server", server.url)
    for name in ("program", "settings", "identity", "storage", "fonts", "network"):
        assert not found[name].findings, text(found[name])
    assert "This is the screen library." in text(found["identity"])
    assert "Content number 7" in text(found["storage"])
    assert f"{server.url} answers." in text(found["network"])


def test_no_secret_is_on_the_page(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sections = examined(store, "--server", "http://name:password@127.0.0.1:1")
    whole = "\n".join(page(list(sections.values()), "en") + page(list(sections.values()), "nb"))
    for secret in (TOKEN.hex(), SEED.hex(), "password"):
        assert secret[:8] not in whole
    assert "127.0.0.1" in whole


@pytest.mark.parametrize("language", ["nb", "en"])
def test_each_section_has_a_number_and_what_is_wrong_comes_first(language: str, store: Path) -> None:
    lines = page(list(examined(store, "--server", "http://127.0.0.1:1").values()), language)
    assert lines[0].endswith("8.")
    assert [line for line in lines if line[:1].isdigit()] != []
    assert sum(line[:1].isdigit() for line in lines) == len(NUMBERS)
    assert all(len(line) < 200 for line in lines)
    if language == "nb":
        said = [line for line in lines if not line.strip().startswith(("Biblioteker", "Maskin:", "Innholdet ligger"))]
        assert not [line for line in said if ENGLISH.search(line)]


def test_a_server_that_is_away_and_one_that_is_busy_are_told_apart(store: Path, tmp_path: Path) -> None:
    assert "does not answer" in text(examined(store, "--server", "http://127.0.0.1:1")["network"])
    with serve(tmp_path / "site") as server:
        server.misbehave[""] = says(503, b"")
        assert "busy" in text(examined(store, "--server", server.url)["network"])


def test_a_player_that_is_not_paired_and_a_store_that_is_not_there(tmp_path: Path) -> None:
    found = examined(tmp_path / "nowhere", "--server", "http://127.0.0.1:1")
    assert "not paired" in text(found["identity"])
    assert "does not exist" in text(found["storage"])
    assert not (tmp_path / "nowhere").exists(), "it changes nothing"


def test_a_damaged_bundle_and_a_wrong_setting_are_found(store: Path) -> None:
    (store / "library.bundle").write_bytes(bytes(200))
    settings = store / "signage-player.txt"
    settings.write_text("rotate = 45\nserver = http://127.0.0.1:1\n")
    options = parse(["doctor", "--store", str(store), "--settings", str(settings)], {})
    found = dict(zip(NUMBERS, examine(options, store), strict=True))
    assert "damaged" in text(found["storage"])
    assert "Line 1 of signage-player.txt (rotate)" in text(found["settings"])


def test_displays_and_the_model_are_read_from_the_system(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    socket = store / "machine" / "sys/class/drm/card0-HDMI-A-1"
    socket.mkdir(parents=True)
    (socket / "modes").write_text("1920x1080\n1280x720\n")
    (socket / "status").write_text("connected\n")
    found = examined(store, "--server", "http://127.0.0.1:1")["display"]
    assert "HDMI-A-1: connected, 1920x1080." in text(found)
    (socket / "status").write_text("disconnected\n")
    assert "No display is connected." in text(examined(store, "--server", "http://127.0.0.1:1")["display"])


def test_an_error_in_one_check_does_not_end_the_page(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pygame.font, "init", lambda: 1 / 0)
    found = examined(store, "--server", "http://127.0.0.1:1")
    assert "ZeroDivisionError" in text(found["fonts"])
    assert found["network"].findings


@pytest.mark.parametrize(("locale", "verdict"), [("nb_NO.UTF-8", "Noe er galt"), ("en_GB.UTF-8", "Something is wrong")])
def test_the_command_prints_it_and_ends_with_its_own_code(locale: str, verdict: str, store: Path) -> None:
    """While a player runs, too: it holds the folder's lock."""
    running = Disk(store)
    command = [sys.executable, "-m", "player", "doctor", "--store", str(store), "--server", "http://127.0.0.1:1"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"LC_ALL": locale, "PATH": "/usr/bin"}, check=False
    )
    running.close()
    assert done.returncode == EXIT_FAULTS, done.stderr
    assert done.stdout.startswith(verdict)
    assert done.stderr == ""
