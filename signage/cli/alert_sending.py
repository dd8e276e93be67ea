"""Through what the command line sends alerts: the server that runs on the folder, or, without one, this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Protocol
from zoneinfo import ZoneInfo

from signage.app.folders import Folders
from signage.app.server_lock import ServerRuns, no_server
from signage.cli.options import the_instant
from signage.config.models import Config
from signage.domain.alerts import Alert, AlertDraft, AlertPreview
from signage.runtime.cancel import CancelToken


class SendingDesk(Protocol):
    """The part of `signage.fleet.alert_desk.AlertDesk` that acts."""

    def preview(self, draft: AlertDraft) -> Sequence[AlertPreview]: ...
    def send(self, draft: AlertDraft, by: str, request: str = "") -> Alert: ...
    def end(self, alert: str, by: str) -> Alert: ...


class _Clock:
    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def for_building(self) -> datetime:
        return the_instant(None, self._zone)

    def monotonic(self) -> float:
        return monotonic()


@contextmanager
def desk_for(config: Config, folders: Folders) -> Iterator[SendingDesk]:
    """The running server's desk, or one of our own that publishes by itself. Raises SignageError."""
    try:
        with no_server(folders.state, "A server runs there.", ""), _own_desk(config, folders) as desk:
            yield desk
            return
    except ServerRuns:
        pass
    from signage.cli.alert_client import ServerDesk

    yield ServerDesk(folders)


@contextmanager
def _own_desk(config: Config, folders: Folders) -> Iterator[SendingDesk]:
    from signage.app.alert_desk import Desk
    from signage.app.alert_log import AlertLog
    from signage.app.alert_pictures import AlertPictures
    from signage.app.alert_publisher import AlertPublisher
    from signage.app.folder_lock import FolderLock
    from signage.app.live_places import LiveScreens
    from signage.publishing.serials import SERIALS_FOLDER, SerialLedger

    ledger = SerialLedger(folders.state / SERIALS_FOLDER, new_if_missing=folders.demo)
    pictures = AlertPictures(folders)
    publisher = AlertPublisher(folders, pictures, LiveScreens(), ledger, FolderLock(folders.state))
    desk = Desk(
        AlertLog(folders.state), pictures, publisher, lambda: config, _Clock(ZoneInfo(config.site.zone)), CancelToken()
    )
    try:
        yield desk
        desk.look()  # no server goes on with what could not be published: then it is an error of this command
        desk.put_into_manifests()
    finally:
        pictures.close()
