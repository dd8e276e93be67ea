"""`signage run` in a folder whose name nobody should see, while one thing after the other fails."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.fixtures.site import Site, small_site
from tests.integration.app.test_daemon import Running, running

pytestmark = pytest.mark.browser
TELLING = "Hemmelig prosjekt Ålesund"
PAGES = ["/", "/status", "/status.json", "/metrics", "/screens/index.json", "/nowhere"]
LOST = """
[[sources]]
id = "ark"
type = "csv"
url = "finnes-ikke.csv"
[[sponsors]]
id = "butikken"
name = "Butikken"
picture = "mangler.png"
"""


def everything(daemon: Running) -> str:
    return "\n".join(requests.get(daemon.address + path, timeout=10).text for path in PAGES)


def discreet(daemon: Running, site: Site, *said: str) -> None:
    """What is said is there, and where the files lie isn't."""
    shown = everything(daemon)
    assert [words for words in said if words not in shown] == []
    for secret in (TELLING, TELLING.split(maxsplit=1)[0], "Ålesund", str(site.folder.parent), str(Path.home()) + "/"):
        assert secret not in shown, secret


def edit(site: Site, old: str, new: str) -> None:
    text = site.path.read_text("utf-8")
    assert old in text
    site.path.write_text(text.replace(old, new), "utf-8")


def test_no_page_of_a_server_in_trouble_names_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / TELLING
    folder.mkdir()
    with small_site(folder) as site:
        (folder / "finnes-ikke.csv").write_text("Tittel;Dato\nBingo;2026-12-05\n", "utf-8")
        site.write(more=LOST)
        with running(site, "--no-announce") as daemon:
            daemon.says("published")
            discreet(daemon, site)
            (folder / "finnes-ikke.csv").unlink()
            (folder / "var" / "players.db").unlink()
            for name in ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm"):
                (folder / "var" / name).unlink(missing_ok=True)
            (folder / "var" / "state.sqlite").write_bytes(b"no database at all " * 100)
            edit(site, 'name = "Butikken"', 'name = "Butikken på hjørnet"')
            daemon.says(r"(?s)(?=.*has changed)(?=.*state\.sqlite was damaged)")  # whichever it notices first
            daemon.says("published|keep their content|ark")
            discreet(daemon, site, "players.db was deleted", "state.sqlite was damaged")
            edit(site, 'show = "today"', 'show = "todya", layout = "fjordd"')
            daemon.says("can't be used")
            discreet(daemon, site, "screens.toml:", "todya")
            site.path.unlink()
            daemon.says("no such file")
            discreet(daemon, site, "screens.toml: There is no such file")
