"""Through what the command line sends alerts: the server that runs on the folder, or, without one, this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import monotonic, sleep
from typing import Protocol
from zoneinfo import ZoneInfo

from signage.app.folders import Folders
from signage.app.mirroring import Mirroring
from signage.app.server_lock import server_runs
from signage.cli.options import the_instant
from signage.cli.output import print_warning
from signage.config.models import Config
from signage.domain.alerts import Alert, AlertDraft, AlertPreview
from signage.errors import EXIT_UNAVAILABLE, SignageError
from signage.runtime.cancel import CancelToken

STORE_SECONDS = 60.0  # for an object store to have the alerts, and to be tried again when it fails
LOOK_SECONDS = 0.2


class NotInStore(SignageError):
    exit_code = EXIT_UNAVAILABLE


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
def desk_for(config: Config, folders: Folders, *, acts: bool = True) -> Iterator[SendingDesk]:
    """The running server's desk, or one of our own that publishes by itself. `acts` False: nothing is to be sent or
    ended. Raises SignageError.
    """
    if not server_runs(folders.state):  # one that starts meanwhile does no harm: the log has one writer at a time
        with _own_desk(config, folders, acts=acts) as desk:
            yield desk
        return
    from signage.cli.alert_client import ServerDesk

    yield ServerDesk(folders)


def browsers_with_alerts(folders: Folders) -> dict[str, dict[str, int]]:
    """How many browsers have each alert, by its id and by screen: what the server that runs on the folder says."""
    if not server_runs(folders.state):
        return {}
    from signage.cli.alert_client import ServerDesk

    try:
        return ServerDesk(folders).browsers()
    except SignageError as error:
        print_warning(f"Browsers aren't counted: {error.message}")
        return {}


@contextmanager
def _own_desk(config: Config, folders: Folders, *, acts: bool) -> Iterator[SendingDesk]:
    from signage.app.alert_desk import Desk
    from signage.app.alert_log import AlertLog
    from signage.app.alert_pictures import AlertPictures
    from signage.app.alert_publisher import AlertPublisher
    from signage.app.folder_lock import FolderLock
    from signage.app.live_places import LiveScreens
    from signage.publishing.serials import SERIALS_FOLDER, SerialLedger

    clock = _Clock(ZoneInfo(config.site.zone))
    mirroring = Mirroring(folders)
    mirroring.follow(config.publish, trial=folders.demo)
    ledger = SerialLedger(folders.state / SERIALS_FOLDER, new_if_missing=folders.demo)
    pictures = AlertPictures(folders)
    publisher = AlertPublisher(folders, pictures, LiveScreens(), ledger, FolderLock(folders.state))
    publisher.on_published = lambda screen: mirroring.changed(screen, clock.for_building())
    desk = Desk(AlertLog(folders.state), pictures, publisher, lambda: config, clock, CancelToken())
    try:
        yield desk
        if acts:  # no server goes on with what could not be published: then it is an error of this command
            desk.look()
            mirroring.alerts_changed(clock.for_building())
            desk.put_into_manifests()
            _wait_for_store(mirroring, folders)
    finally:
        mirroring.stop()
        pictures.close()


def _wait_for_store(mirroring: Mirroring, folders: Folders) -> None:
    """Until the object store, if there is one, has the alerts. What fails is tried again. Raises NotInStore."""
    end = monotonic() + STORE_SECONDS
    while not (mirroring.wait(LOOK_SECONDS) and not mirroring.alerts_missing):
        if monotonic() > end:
            raise NotInStore(
                f"The alerts in {folders.published} are up to date, but not those in {mirroring.address}.",
                " ".join(mirroring.alerts_missing) or "It takes too long.",
                "signage build publishes it there, too, as soon as it can.",
            )
        sleep(LOOK_SECONDS)
