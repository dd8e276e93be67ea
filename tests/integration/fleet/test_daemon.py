"""The whole way: `signage run` as a process, a player that asks over the wire, `signage pair` beside it, and green."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import requests

from signage.cli.main import main
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.publishing import open_pages
from tests.fixtures.players import Player, showing
from tests.fixtures.site import Site
from tests.integration.app.test_daemon import running

pytestmark = pytest.mark.browser


def test_a_player_is_paired_with_a_running_server_and_is_green(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    with running(site, "--no-announce") as daemon:
        daemon.says("1 screen published")
        player = Player(daemon.address)
        assert player.ask() == 202
        assert main(site.arguments("pair", player.code, "--screen", "bibliotek")) == EXIT_OK
        assert player.ask() == 200
        assert player.key == requests.get(f"{daemon.address}/signage.pub", timeout=5).text.strip()
        assert main(site.arguments("status")) == EXIT_PARTIAL
        manifest = daemon.manifest()
        now = datetime.now(UTC)
        page = open_pages(manifest, now)[0]
        (asset,) = (site.folder / "var" / "published" / "assets").glob(f"{page['asset']}.*")
        assert player.beat(**showing(manifest, page, now, asset.read_bytes())) == 204
        assert main(site.arguments("status")) == EXIT_OK
        capsys.readouterr()
        assert main(site.arguments("pair", "--link")) == EXIT_OK
        link = capsys.readouterr().out.strip()
        assert link.startswith(f"{daemon.address}/status#key=")
        glass = daemon.status()["glass"]
        assert [(each["screen"], each["state"]) for each in glass] == [("bibliotek", "green")]
        said = {"do": "revoke", "player": player.id, "key": link.rpartition("=")[2]}
        assert requests.post(f"{daemon.address}/status", data=said, timeout=5).status_code == 200
        player.poll()
        assert player.screen is None
        assert json.loads((site.folder / "var" / "server.json").read_text())["address"] == daemon.address
