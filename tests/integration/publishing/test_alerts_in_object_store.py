"""Alert documents in an object store: moto's server, with real HTTP."""

from __future__ import annotations

import contextlib
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from signage.publishing.alert_documents import AlertDocuments, place_texts
from signage.publishing.serials import SerialLedger
from tests.fixtures.mirrored import SCREEN, Killed, Renderer
from tests.integration.publishing.test_object_store import moto, quick, renderer  # noqa: F401 - fixtures

PICTURE = b"RIFF a picture"
SHA256 = hashlib.sha256(PICTURE).hexdigest()
DOCUMENT = f"alerts/{SCREEN}.signed"


class Alerts:
    """Publishes alerts into the renderer's folder."""

    def __init__(self, made: Renderer) -> None:
        self.renderer = made
        self.picture = made.folder / "picture"
        self.picture.write_bytes(PICTURE)
        ledger = SerialLedger(made.folder / "alert-serials", new_if_missing=True)
        self.documents = AlertDocuments(made.desk.out, made.desk.keys, ledger)

    def publish(self, title: str | None) -> None:
        """One alert, or none."""
        now = self.renderer.now
        page = {"asset": SHA256, "x": 0, "y": 0, "width": 320, "height": 180, "seconds": 9.0, "language": "nb"}
        window = {"from": now.isoformat(), "until": (now + timedelta(hours=1)).isoformat()}
        alert = {"id": "a", "level": "takeover", **window, "title": title, "pages": [{**page, "alt": "", "lines": []}]}
        assets = {SHA256: {"bytes": len(PICTURE), "media_type": "image/webp"}}
        content = {"alerts": [alert], "assets": assets} if title else {"alerts": [], "assets": {}}
        self.documents.publish({SCREEN: content}, {SHA256: self.picture}, now)  # type: ignore[dict-item]
        place_texts(self.renderer.desk.out, SCREEN, json.dumps({"title": title}).encode())

    def bring(self) -> None:
        self.renderer.mirror.alerts.bring()

    def there(self, key: str) -> bytes | None:
        found = self.renderer.store.get(key)
        return found[0] if found else None

    def title(self) -> str | None:
        """What a reader of the store finds: whole, with its picture."""
        data = self.there(DOCUMENT)
        if data is None:
            return None
        alerts = json.loads(data[64:])["alerts"]
        if alerts:
            assert self.there(f"assets/{SHA256}.webp") == PICTURE
        return str(alerts[0]["title"]) if alerts else ""


@pytest.fixture
def alerts(renderer: Renderer) -> Alerts:  # noqa: F811
    return Alerts(renderer)


def test_an_alert_and_its_end_are_in_the_store_with_one_look(alerts: Alerts) -> None:
    alerts.publish("Vannet må kokes")
    alerts.bring()
    assert alerts.title() == "Vannet må kokes"
    assert alerts.there(f"alerts/{SCREEN}.json") == (alerts.renderer.desk.out / f"alerts/{SCREEN}.json").read_bytes()
    alerts.publish(None)
    alerts.bring()
    assert alerts.title() == ""
    alerts.renderer.store.left = 0
    alerts.bring()  # nothing is new: the store isn't asked


def test_a_kill_at_any_request_leaves_what_was_there_or_what_is_new(alerts: Alerts) -> None:
    """And the next start brings the rest."""
    for number in range(1, 8):
        for applied in (False, True):
            alerts.publish(None)
            alerts.renderer.started_again()
            alerts.bring()
            alerts.publish(f"Nummer {number}")
            alerts.renderer.store.left, alerts.renderer.store.applied = number - 1, applied
            with contextlib.suppress(Killed):
                alerts.bring()
            alerts.renderer.store.left = None
            assert alerts.title() in ("", f"Nummer {number}")
            alerts.renderer.started_again()
            alerts.bring()
            assert alerts.title() == f"Nummer {number}"


def test_another_renderers_newer_alerts_stay_and_are_reported(alerts: Alerts) -> None:
    alerts.publish("Ours")
    alerts.bring()
    newer = {"document": "alerts", "serial": 2**40, "alerts": [], "assets": {}}
    alerts.renderer.store.put(DOCUMENT, bytes(64) + json.dumps(newer).encode(), {})
    alerts.renderer.started_again()
    alerts.publish("Ours again")
    alerts.bring()
    assert alerts.title() == ""
    assert list(alerts.renderer.mirror.alerts.ahead) == [SCREEN]


def test_what_another_program_writes_meanwhile_is_looked_at_again(
    alerts: Alerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`signage alert` beside `signage build`, with the same folder."""
    alerts.publish("First")
    alerts.bring()
    alerts.publish("Second")
    store, listed = alerts.renderer.store, []

    def get_ahead(request: str) -> None:
        if request.startswith("PUT") and request.endswith(DOCUMENT) and not listed:
            listed.append(request)
            store.put(DOCUMENT, (alerts.renderer.desk.out / DOCUMENT).read_bytes() + b" ", {})

    moto_server = alerts.renderer.moto
    assert moto_server is not None
    alerts.renderer.started_again()
    moto_server.refuse = get_ahead  # type: ignore[assignment]
    alerts.bring()
    assert listed
    assert alerts.title() == "Second"


def test_the_picture_of_an_alert_is_not_swept(alerts: Alerts) -> None:
    alerts.publish("Vannet må kokes")
    alerts.bring()
    alerts.renderer.now += timedelta(days=3)
    alerts.renderer.mirror.sweep(alerts.renderer.now)
    alerts.renderer.now += timedelta(days=3)
    alerts.renderer.mirror.sweep(alerts.renderer.now)
    assert alerts.title() == "Vannet må kokes"
    assert Path(alerts.renderer.desk.out / "assets" / f"{SHA256}.webp").exists()
