"""Alerts that a held answer encloses: nothing is asked for, and nothing is believed unverified."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.alerts import alert, alert_document, publish_alerts, signed, write_alerts
from tests.fixtures.bundle_server import serve
from tests.fixtures.bundles import OTHER_KEY, evergreen, page, publish
from tests.fixtures.raw_http import ask
from tests.fixtures.well import all_well
from tests.player.net.test_alerts import Fetcher


@pytest.fixture
def site(tmp_path: Path) -> Path:
    publish(tmp_path / "site", 1, page("a"), evergreen())
    return tmp_path / "site"


@pytest.fixture
def away(site: Path, tmp_path: Path) -> Iterator[Fetcher]:
    """A player whose server answers nothing but what is handed to it."""
    with serve(site) as server:
        made = Fetcher(server, tmp_path / "store")
    yield made
    made.close()


def answer(site: Path, has: int = 0) -> dict[str, object]:
    """Of the built-in server, to a held request."""
    with Threaded(make_app(site, all_well)) as server:
        head = (
            f"GET /screens/library/next?after=0&alerts={has} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        said: dict[str, object] = json.loads(ask(server.port, head.encode()).partition(b"\r\n\r\n")[2])
    return said


def enclosed(said: dict[str, object]) -> tuple[bytes, dict[str, bytes]]:
    assets = said.get("assets", {})
    assert isinstance(assets, dict)
    return base64.b64decode(str(said["document"])), {name: base64.b64decode(data) for name, data in assets.items()}


def test_document_and_pictures_are_in_force_without_another_request(site: Path, away: Fetcher) -> None:
    publish_alerts(site, 7, alert("water"))
    document, assets = enclosed(answer(site))
    assert assets
    assert away.fetcher.receive(document, None, enclosed=assets)
    assert away.fetcher.serial == 7
    assert not away.fetcher.lacking
    assert all(away.store.has(asset) for asset in away.fetcher.alerts.document.assets.values())  # type: ignore[union-attr]
    assert not away.fetcher.receive(document, None, enclosed=assets), "the same again is no news"


def test_who_has_the_document_gets_none(site: Path) -> None:
    publish_alerts(site, 7, alert("water"))
    assert answer(site, has=7) == {"serial": 1, "alerts": 7}


def test_prepared_pictures_are_not_sent_again(site: Path) -> None:
    """Sending a prepared message moves some hundred bytes to each player."""
    made, _ = alert_document(7, alert("water"))
    made["alerts"][0]["prepared"] = "water"
    publish(site, 2, page("a"), evergreen(), alert_assets=made["assets"])
    write_alerts(site, signed(made))
    said = answer(site)
    assert "assets" not in said
    assert len(json.dumps(said)) < 3000


def test_a_wrong_picture_is_refused_and_the_alert_holds_without_it(site: Path, away: Fetcher) -> None:
    publish_alerts(site, 7, alert("water"))
    document, assets = enclosed(answer(site))
    assert away.fetcher.receive(document, None, enclosed=dict.fromkeys(assets, b"something else"))
    assert away.fetcher.serial == 7
    assert away.fetcher.lacking, "it is fetched as soon as the server answers"


def test_a_forged_document_is_refused(site: Path, away: Fetcher, caplog: pytest.LogCaptureFixture) -> None:
    publish_alerts(site, 7, alert("water"), key=OTHER_KEY)
    document, assets = enclosed(answer(site))
    assert not away.fetcher.receive(document, None, enclosed=assets)
    assert away.fetcher.serial == 0
    assert "refused the alerts" in caplog.text
    publish_alerts(site, 9, alert("water"))
    assert away.fetcher.receive(*enclosed(answer(site))[:1], None)
    assert not away.fetcher.receive(document, None, enclosed=assets), "and an older one can't take its place"
    assert away.fetcher.serial == 9
