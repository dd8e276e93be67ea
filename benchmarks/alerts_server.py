"""The server of `benchmarks.alerts`: the built-in one with its desk, its log and real browsers.

    python -m benchmarks.alerts_server FOLDER HOST PORT SCREENS

Prints "ready PORT" once its browsers are warm and the prepared message is in every bundle. Then, for each line on its
input: "send TITLE" sends a text that was typed just now, "prepared" a prepared message, and "end ID" ends an alert. It
prints the alert's id, its serial, and when it was told to, by the steady clock. For an empty line, its memory in bytes
and its processor time in seconds.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from signage.app.alert_desk import Desk
from signage.app.alert_log import AlertLog
from signage.app.alert_pictures import AlertPictures
from signage.app.alert_publisher import AlertPublisher
from signage.app.folder_lock import FolderLock
from signage.app.folders import Folders
from signage.app.live_places import LiveScreens
from signage.app.prepared_alerts import prepared_draft, publish_prepared
from signage.config.load import load
from signage.domain.alerts import AlertDraft, AlertLevel, AlertText
from signage.publishing import Publisher, SigningKeys
from signage.publishing.alert_documents import AlertDocuments
from signage.publishing.serials import SERIALS_FOLDER, SerialLedger, Serials
from signage.runtime.cancel import CancelToken
from signage.runtime.containment import Failures
from signage.web.server import WebServer
from tests.fixtures.bundles import KEY, evergreen, page, publish
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.well import all_well

LASTS = timedelta(hours=2)
HEAD = """
[site]
name = "Heim kommune"
languages = ["nb"]
calendar = "https://iheim.no"
[prepared_alerts.water]
title = "Vannet må kokes"
text = "Kok alt vann som du skal drikke eller lage mat med."
[places.library]
name = "Hemne bibliotek"
[[sources]]
id = "iheim"
type = "wis"
url = "https://iheim.no"
"""
SCREEN = """
[screens.screen-{number}]
place = "library"
size = "1920x1080"
playlist = [{{ show = "today" }}]
"""


class Clock:
    """This machine's."""

    def for_building(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def main() -> None:
    folder, host, port, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    folders = Folders(folder / "var")
    folders.published.mkdir(parents=True, exist_ok=True)
    key = folders.var / "signage.key"
    if not key.exists():
        key.write_text(KEY.encode().hex())
    screens = "".join(SCREEN.format(number=number) for number in range(count))
    (folder / "screens.toml").write_text(HEAD + screens, "utf-8")
    config = load(folder / "screens.toml", LAYOUTS)
    stop, clock, ledger = CancelToken(), Clock(), SerialLedger(folders.state / SERIALS_FOLDER, new_if_missing=True)
    pictures, lock, live = AlertPictures(folders), FolderLock(folders.state), LiveScreens()
    alerts = AlertPublisher(folders, pictures, live, ledger, lock)
    desk = Desk(AlertLog(folders.state), pictures, alerts, lambda: config, clock, stop)
    keys = SigningKeys.load_or_make(folders.var)
    publisher = Publisher(folders.published, keys, Serials(ledger))
    for name in config.screens:
        if publisher.current.of(name) is None:
            publish(folders.published, int(time.time()), page("a"), evergreen(), screen=name)
    desk.look()
    publish_prepared(config, pictures, publisher, clock.for_building(), Failures(), stop)
    documents = AlertDocuments(folders.published, keys)
    server = WebServer(folders.published, all_well, host, port)
    alerts.on_published = server.published
    process = psutil.Process()
    with server:
        desk.start()
        pictures.warm_up()
        print("ready", server.port, flush=True)
        for line in sys.stdin:
            began = time.monotonic()
            what, _, about = line.strip().partition(" ")
            if not what:
                used = process.cpu_times()
                print(process.memory_full_info().pss, used.user + used.system, flush=True)
                continue
            until = clock.for_building() + LASTS
            if what == "end":
                alert = desk.end(about, "benchmark")
            elif what == "prepared":
                alert = desk.send(prepared_draft(config, "water", tuple(config.screens), until), "benchmark")
            else:
                text = {"nb": AlertText(about, "Kok alt vann som du skal drikke eller lage mat med.")}
                alert = desk.send(AlertDraft(text, tuple(config.screens), until, AlertLevel.TAKEOVER), "benchmark")
            document = documents.current("screen-0")
            print(alert.id, document["serial"] if document else 0, began, flush=True)
        stop.cancel()
        desk.join(3.0)


if __name__ == "__main__":
    main()
