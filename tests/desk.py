"""A served site with players, for tests: bundles on disk, the real registry, real HTTP, and a clock that is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from signage.bundle.keys import SigningKeys
from signage.players.admin import AdminKey
from signage.players.glimpse import Glimpse
from signage.players.overview import ScreenState
from signage.players.registry import REGISTRY_FILE, Registry
from signage.players.service import Players, Site
from signage.serve import make_app
from signage.serve.loopback import Threaded
from tests import bundles
from tests.players import PATIENCE, Player, showing

OSLO = ZoneInfo("Europe/Oslo")
NOON = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)
SCREENS = {"library": "Hemne bibliotek", "radhuset": "Rådhuset"}


@dataclass
class Desk:
    """The administrator's place. `now` is what the server's clock says; `var` its folder."""

    var: Path
    url: str = ""
    now: datetime = NOON
    screens: dict[str, str] = field(default_factory=lambda: dict(SCREENS))
    hosts: set[str] = field(default_factory=set)
    private: bool = False
    said: dict[str, Any] = field(default_factory=lambda: {"ok": True, "problems": []})

    def __post_init__(self) -> None:
        self.registry = Registry(self.var / REGISTRY_FILE)
        self.admin = AdminKey(self.var)
        site = lambda: Site(self.screens, OSLO, frozenset(self.hosts), self.private)  # noqa: E731
        keys = SigningKeys(bundles.KEY)
        self.players = Players(self.registry, keys, Glimpse(self.published), site, lambda: self.now)

    @property
    def published(self) -> Path:
        return self.var / "published"

    def publish(self, serial: int, *pages: bundles.Page, screen: str = "library", **more: Any) -> dict[str, Any]:
        more = {"generated": (self.now - timedelta(minutes=5)).isoformat(), **more}
        return bundles.publish(self.published, serial, *pages, screen=screen, **more)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def paired(self, screen: str = "library", **more: Any) -> Player:
        """A player that has been paired by its code."""
        player = Player(self.url, **more)
        assert player.ask() == 202
        self.players.pair(player.code, screen)
        assert player.ask() == 200
        return player

    def well(self, player: Player, manifest: dict[str, Any], page: int = 0, **changed: Any) -> int:
        """A heartbeat of a player that shows this page of the manifest, with its picture."""
        about = manifest["pages"][page]
        picture = next((self.published / "assets").glob(f"{about['asset']}.*")).read_bytes()
        return player.beat(**{**showing(manifest, about, self.now, picture), **changed})

    def screen(self, name: str = "library") -> ScreenState:
        return next(screen for screen in self.players.overview() if screen.id == name)

    def codes(self, name: str = "library") -> list[str]:
        """Why a screen is not green."""
        return [reason.code for reason in self.screen(name).reasons]

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=PATIENCE)

    def post(self, path: str = "/status", **fields: str) -> requests.Response:
        return requests.post(self.url + path, data=fields, timeout=PATIENCE, allow_redirects=False)


@contextmanager
def serving(folder: Path) -> Iterator[Desk]:
    """A desk whose site is served."""
    desk = Desk(folder)
    places = {folder.parent: "", folder: "var/"}
    app = make_app(
        desk.published, lambda: desk.said, lambda: "192.0.2.7:8080", desk.players, desk.admin, folders=places
    )
    with Threaded(app) as server:
        desk.url = f"http://127.0.0.1:{server.port}"
        yield desk
    desk.registry.close()
