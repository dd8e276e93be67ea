"""The real server's documents in the real player: what the one signs, the other shows, and ends as fast."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from signage.publishing.alert_documents import AlertContent, AlertDocuments
from signage.publishing.keys import SigningKeys
from signage.publishing.serials import SerialLedger
from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.alerts import alert, alert_document
from tests.fixtures.bundles import KEY, evergreen, page, publish
from tests.fixtures.raw_http import until
from tests.fixtures.well import all_well
from tests.player.net.test_alerts import in_force, playing


def test_what_the_server_publishes_is_in_force_at_once(tmp_path: Path) -> None:
    folder, pictures = tmp_path / "site", tmp_path / "pictures"
    publish(folder, 1, page("a"), evergreen(), poll_seconds=3600)
    pictures.mkdir()
    documents = AlertDocuments(folder, SigningKeys(KEY), SerialLedger(tmp_path / "serials"))
    now = datetime.now(UTC)
    water = alert("water", from_=now.isoformat(), until=(now + timedelta(hours=1)).isoformat())
    app = make_app(folder, all_well)
    with Threaded(app) as server, playing(tmp_path / "store", f"http://127.0.0.1:{server.port}") as box:
        for alerts in ((), (water,), ()):
            until(lambda: bool(app.state.publications._waiting), "a request is held")
            made, files = alert_document(1, *alerts)
            for name, data in files.items():
                (pictures / name).write_bytes(data)
            said: Any = AlertContent(alerts=made["alerts"], assets=made["assets"])
            paths = {hashlib.sha256(data).hexdigest(): pictures / name for name, data in files.items()}
            published = documents.publish({"library": said}, paths, now)["library"]
            app.state.publications.published("library")
            until(partial(in_force, box, published), "it is in force")
            assert box.service.alerts is not None
            assert [each.id for each in box.service.alerts.document.alerts] == [each.id for each in alerts]
            assert all(box.store.read(asset) for asset in box.service.alerts.document.assets.values())
