"""The alerts of a server: the desk, and what the official feeds say, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from signage.app.alert_desk import Desk, DeskClock
from signage.app.alert_feeds import AlertFeeds
from signage.app.alert_log import AlertLog
from signage.app.alert_publisher import AlertPublisher
from signage.app.build_report import SourceReport
from signage.app.clock_watch import ClockNotSet
from signage.app.official_alerts import OfficialAlerts
from signage.app.pipeline import Pipeline
from signage.config.models import Config
from signage.runtime.cancel import CancelToken


class ServerAlerts:
    """`published` is called with each screen that has other alerts, by any thread."""

    def __init__(
        self, pipeline: Pipeline, config: Callable[[], Config], clock: DeskClock, published: Callable[[str], None]
    ) -> None:
        self._stop = CancelToken()
        folders = pipeline.folders
        pictures = pipeline.alert_pictures  # builds make those of prepared alerts with the same browsers
        publisher = AlertPublisher(folders, pictures, pipeline.live_screens, pipeline.ledger, pipeline.lock)

        def note(screen: str) -> None:
            published(screen)
            with suppress(ClockNotSet):
                pipeline.mirroring.changed(screen, clock.for_building())

        publisher.on_published = note
        self.desk = Desk(AlertLog(folders.state), pictures, publisher, config, clock, self._stop)
        """Where alerts are sent and ended."""
        feeds = AlertFeeds(pipeline.store, pipeline.activity)
        self._official = OfficialAlerts(feeds, self.desk, config, clock, self._stop)

    def start(self) -> None:
        """Publish alerts from now on."""
        self.desk.start()
        self._official.start()

    def stop(self) -> None:
        """Begin nothing further; what is published stays."""
        self._stop.cancel()

    def join(self, seconds: float) -> None:
        """Wait for the threads' ends."""
        self._official.join(seconds)
        self.desk.join(seconds)

    @property
    def problems(self) -> list[str]:
        """What fails now, in sentences."""
        return [*self.desk.problems, *self._official.problems]

    def reports(self, now: datetime) -> tuple[SourceReport, ...]:
        """How each feed is, for the status."""
        return self._official.reports(now)
