"""A small municipality for end-to-end tests: a real configuration, a real portal on loopback, the real layout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from signage.config.load import load
from signage.config.models import Config
from signage.pipeline import BuildReport, Folders, Pipeline
from tests.make import oslo
from tests.portal import Portal, ok

ROOT = Path(__file__).parent.parent
LAYOUTS = ROOT / "layouts"
NOW = oslo("2026-11-23 12:00")

HEAD = """
[site]
name = "Heim kommune"
languages = ["nb"]
calendar = "https://iheim.no"
motto = "det som skjer i Heim"

[places.bibliotek]
name = "Hemne bibliotek"
town = "Kyrksæterøra"

[[sources]]
id = "iheim"
type = "wis"
url = "{url}"

[screens.bibliotek]
place = "bibliotek"
size = "1280x720"
playlist = [{playlist}]
{more}
"""
PLAYLIST = '{ show = "today" }, { show = "agenda", days = 4, today = false }'


def listing(title: str, start: str, end: str = "", **more: Any) -> dict[str, Any]:
    """One occurrence in the portal's contract: "2026-11-23 18:00", "20:00"."""
    day, _, time = start.partition(" ")
    identity = more.pop("id", sum(map(ord, title)) * 100 + int(day[-2:]))
    usual = {"id": identity, "title": title, "startDate": day, "endDate": None, "startTime": time, "endTime": end}
    return {**usual, "location": "Hemne bibliotek", "typeName": "Gratis", **more}


WEEK = [
    listing("Kaffe", "2026-11-23 13:00", "14:00"),
    listing("Kino: Vaiana", "2026-11-23 18:00", "19:55", typeName="Billettsalg"),
    listing("Bokprat", "2026-11-24 18:00", "19:00"),
    listing("Strikkekafé", "2026-11-25 11:00", "13:00"),
]


@dataclass
class Site:
    """A folder with screens.toml, a portal to fetch from, and ways to build."""

    folder: Path
    portal: Portal
    listings: list[dict[str, Any]] = field(default_factory=lambda: list(WEEK))

    @property
    def path(self) -> Path:
        return self.folder / "screens.toml"

    def write(self, playlist: str = PLAYLIST, more: str = "") -> Config:
        """Write screens.toml and what the portal answers."""
        self.portal.wis(ok(json.dumps(self.listings)))
        self.path.write_text(HEAD.format(url=self.portal.url, playlist=playlist, more=more), "utf-8")
        return load(self.path, LAYOUTS)

    def build(self, now: datetime = NOW, **written: str) -> BuildReport:
        config = self.write(**written)
        return Pipeline(Folders(self.folder / "var"), LAYOUTS).build(config, now)

    def build_again(self, now: datetime = NOW) -> BuildReport:
        """Build with the file as it stands."""
        return Pipeline(Folders(self.folder / "var"), LAYOUTS).build(load(self.path, LAYOUTS), now)

    def manifest(self, screen: str = "bibliotek") -> dict[str, Any]:
        path = self.folder / "var" / "published" / "screens" / screen / "manifest.json"
        found: dict[str, Any] = json.loads(path.read_bytes())
        return found

    def arguments(self, command: str, *more: str) -> list[str]:
        """A command line for this site."""
        folders = ["--config", str(self.path), "--layouts", str(LAYOUTS), "--var", str(self.folder / "var")]
        return [command, *folders, *more]


@contextmanager
def small_site(folder: Path) -> Iterator[Site]:
    with Portal() as portal:
        yield Site(folder, portal)
