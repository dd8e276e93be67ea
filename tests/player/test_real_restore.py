"""The whole path: a server is lost, its backup is restored on a new machine, and the same player goes on by itself."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.cli.main import main
from signage.fleet import grants, pairing_codes
from signage.fleet.admin_key import AdminKey
from signage.fleet.heartbeats import FleetSite, Players
from signage.fleet.messages import HeartbeatMessage
from signage.fleet.published_pictures import PublishedPictures
from signage.fleet.registry import Player, Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing.keys import SigningKeys
from signage.publishing.serials import SERIALS_FOLDER, SerialLedger
from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures import bundles
from tests.fixtures.desk import NOON
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.player_process import player
from tests.fixtures.site import HEAD, PLAYLIST
from tests.fixtures.well import all_well
from tests.fixtures.xvfb import xvfb

pytestmark = pytest.mark.window
POLL_SECONDS = 10
SLOW = 10.0  # seconds for a machine under load, beyond the poll interval
PATIENCE = 150.0  # seconds; a heartbeat comes once a minute
OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb(640, 360) as name:
        yield name


@dataclass
class Server:
    """A machine with a server: its folders, and what its players report."""

    folder: Path
    heard: list[tuple[str, int | None]] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)
    players: Players | None = None

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def arguments(self) -> list[str]:
        return ["--config", str(self.folder / "screens.toml"), "--layouts", str(LAYOUTS), "--var", str(self.var)]

    def publish(self, label: str, ahead: timedelta = timedelta()) -> int:
        """As a build would, by a clock that is `ahead` of the right one."""
        serial = SerialLedger(self.var / SERIALS_FOLDER).reserve("library", NOON + ahead)
        keys = SigningKeys.load_or_make(self.var)
        generated: dict[str, Any] = {"generated": (NOON - timedelta(minutes=5)).isoformat()}
        generated |= {"poll_seconds": POLL_SECONDS, **({"next_key": keys.next_hex} if keys.next_hex else {})}
        pages = (bundles.page(label), bundles.evergreen())
        bundles.publish(self.var / "published", serial, *pages, key=keys._key, **generated)
        return serial

    @contextmanager
    def running(self, port: int = 0) -> Iterator[Threaded]:
        registry = Registry(self.var / REGISTRY_FILE)
        site = lambda: FleetSite({"library": "Hemne bibliotek"}, OSLO)  # noqa: E731
        published = self.var / "published"
        keys = SigningKeys.load_or_make(self.var)
        players = self.players = Players(registry, keys, PublishedPictures(published), site, lambda: NOON)
        take = players.record_heartbeat

        def record_heartbeat(who: Player, beat: HeartbeatMessage, **more: Any) -> None:
            take(who, beat, **more)
            with self.news:
                self.heard.append((who.id, beat.serial))
                self.news.notify_all()

        players.record_heartbeat = record_heartbeat  # type: ignore[method-assign]  # the same, and telling
        app = make_app(published, all_well, None, players, AdminKey(self.var))
        with Threaded(app, port=port) as server:
            yield server
        registry.close()

    def reports(self, player_id: str, serial: int) -> bool:
        with self.news:
            return self.news.wait_for(lambda: (player_id, serial) in self.heard, PATIENCE)


def test_after_a_restore_on_a_new_machine_the_same_player_goes_on_within_a_poll(display: str, tmp_path: Path) -> None:
    old, new = Server(tmp_path / "old"), Server(tmp_path / "new")
    old.folder.mkdir()
    (old.folder / "screens.toml").write_text(HEAD.format(url="https://iheim.example.org", playlist=PLAYLIST, more=""))
    keys = SigningKeys.load_or_make(old.var)
    token = bytes(range(32)).hex()
    registry = Registry(old.var / REGISTRY_FILE)
    secret = bytes(range(2, 34)).hex()
    paired = registry.prepare(pairing_codes.token_digest(token), "library", NOON, pairing_codes.public_key(secret))
    registry.close()
    first = old.publish("a")
    settings = tmp_path / "signage-player.txt"
    backup = tmp_path / "backup.zip"
    with old.running() as server:
        port = server.port
        address = f"http://127.0.0.1:{port}"
        settings.write_text(grants.settings(address, "library", keys.public_hex, token, secret))
        arguments = ("--settings", settings, "--store", tmp_path / "store", "--at", NOON.isoformat(), "--fullscreen")
        with player(display, *arguments) as process:
            process.says(f"serial {first} is in force")
            assert old.reports(paired.id, first), process.lines
            assert main(["backup", str(backup), *old.arguments]) == 0  # while the server runs
            ahead = old.publish("b", ahead=timedelta(days=365))  # and its clock goes wrong after that
            process.says(f"serial {ahead} is in force")
            server.__exit__(None, None, None)
            shutil.rmtree(old.folder)
            assert main(["restore", str(backup), *new.arguments]) == 0
            serial = new.publish("c")
            assert serial > ahead
            with new.running(port):
                begun = time.monotonic()
                process.says(f"serial {serial} is in force")
                assert time.monotonic() - begun < POLL_SECONDS + SLOW
                process.says("page c")
                assert new.reports(paired.id, serial), process.lines  # it is the same player, and is heard of again
            said = "\n".join(process.lines)
            assert "refused" not in said
            assert "paired" not in said
