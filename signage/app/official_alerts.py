"""Official alerts on the screens: what the feeds say becomes alerts of the desk, is changed with them, and ends.

A feed's text is one paragraph, whole: where it doesn't fit, it is left out, and never cut.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from signage.app.alert_desk import Desk, DeskClock
from signage.app.alert_feeds import AlertFeeds
from signage.app.build_report import SourceReport
from signage.app.clock_watch import ClockNotSet
from signage.app.repeated_work import RepeatedWork
from signage.config.models import Config
from signage.domain.alerts import AlertDraft, AlertLevel, AlertText
from signage.domain.official_alert import ActiveAlert, OfficialAlert
from signage.domain.official_alert import AlertText as OfficialText
from signage.errors import SignageError
from signage.fleet.alert_desk import LONGEST_OF_FEEDS
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.containment import describe

LOOK_SECONDS = 10.0  # how soon an edit of screens.toml counts here

log = logging.getLogger(__name__)


def drafts_of(active: Mapping[str, Sequence[ActiveAlert]], config: Config, now: datetime) -> list[AlertDraft]:
    """One draft for each official alert that holds somewhere, with the screens at the places that it concerns.

    Where a place is to show it at another level than another place, there is a draft for each level.
    """
    found: dict[tuple[str, str, str], tuple[ActiveAlert, list[str]]] = {}
    for name, screen in config.screens.items():
        for each in active.get(screen.place, ()):
            key = (each.alert.feed, each.alert.id, each.show)
            found.setdefault(key, (each, []))[1].append(name)
    return [_draft(each, tuple(screens), config, now) for each, screens in found.values()]


def _draft(active: ActiveAlert, screens: tuple[str, ...], config: Config, now: datetime) -> AlertDraft:
    alert = active.alert
    begin, until = _window(alert, now)
    spoken = dict.fromkeys(language for name in screens for language in _languages(config, name))
    texts = {language: alert.text_in(language) for language in spoken}
    return AlertDraft(
        texts={language: AlertText(_title(text), "\n\n".join(_paragraphs(text))) for language, text in texts.items()},
        screens=screens,
        until=until,
        level=AlertLevel(active.show),
        begin=begin,
        sender=alert.source,
        credit=alert.credit,
        source=alert.feed,
        source_id=f"{alert.id} {active.show}",
        warning=alert.level,
        issued=alert.sent,
    )


def _window(alert: OfficialAlert, now: datetime) -> tuple[datetime | None, datetime]:
    """From when until when it is shown. One that holds for longer than players show any alert comes in parts, each of
    which is the same until the next one begins.
    """
    begin = alert.starts or alert.sent
    if begin is None or alert.expires - begin <= LONGEST_OF_FEEDS:
        return begin, alert.expires
    part = LONGEST_OF_FEEDS / 2
    begin += (now - begin) // part * part
    return begin, min(alert.expires, begin + LONGEST_OF_FEEDS)


def _languages(config: Config, screen: str) -> Sequence[str]:
    return config.screens[screen].spoken or config.site.languages[:1]


def _title(text: OfficialText) -> str:
    return _line(text.event or text.headline)


def _paragraphs(text: OfficialText) -> Iterator[str]:
    """What it says beyond its title, the most important first."""
    seen = {_title(text).casefold(), ""}
    for said in (text.headline, text.instruction, text.description, text.consequence, text.area):
        line = _line(said)
        if line.casefold() not in seen:
            seen.add(line.casefold())
            yield line


def _line(text: str) -> str:
    return " ".join(text.split())


class OfficialAlerts:
    """Asks the feeds until `stop` is cancelled, each in a thread of its own: one that is slow keeps no other waiting.
    `config` gives the configuration in force.
    """

    def __init__(
        self, feeds: AlertFeeds, desk: Desk, config: Callable[[], Config], clock: DeskClock, stop: CancelToken
    ) -> None:
        self._feeds = feeds
        self._desk = desk
        self._config = config
        self._clock = clock
        self._stop = stop
        self._asking: dict[str, threading.Thread] = {}  # by feed
        self._faults: dict[str, str] = {}
        self._following = RepeatedWork("official alerts", self.look, self._pause, stop)

    def start(self) -> None:
        """Ask from now on."""
        self._following.start()

    def join(self, seconds: float) -> bool:
        """Wait for the threads' ends; gives whether they have ended."""
        return self._following.join(seconds) and self.wait(seconds)

    def wait(self, seconds: float) -> bool:
        """Wait until no feed is being asked; gives whether it is so."""
        end = time.monotonic() + seconds
        for thread in list(self._asking.values()):
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._asking.values())

    @property
    def problems(self) -> list[str]:
        """What fails now, in sentences."""
        return [*filter(None, [self._following.fault]), *self._faults.values()]

    def reports(self, now: datetime) -> tuple[SourceReport, ...]:
        """How each feed is, for the status."""
        return self._feeds.reports(self._config(), now)

    def look(self) -> None:
        """Begin to ask what is due, and have the desk show what is known by now. Raises ClockNotSet, SignageError."""
        config, now = self._config(), self._clock.for_building()
        for feed in self._idle(config):
            due = self._feeds.next_refresh(config, now, feed)
            if due is not None and due <= now:
                thread = threading.Thread(
                    target=self._ask, args=(config, now, feed), name=f"alerts {feed}", daemon=True
                )
                self._asking[feed] = thread
                thread.start()
        drafts = drafts_of(self._feeds.active(config, now), config, now)
        self._desk.follow_feeds(drafts, self._feeds.known(config, now))

    def _idle(self, config: Config) -> list[str]:
        """The feeds that aren't being asked."""
        busy = {feed for feed, thread in self._asking.items() if thread.is_alive()}
        return [feed.feed_id for feed in config.alert_feeds if feed.feed_id not in busy]

    def _ask(self, config: Config, now: datetime, feed: str) -> None:
        """In a thread of its own. What comes is shown at once."""
        try:
            self._feeds.refresh(config, now, feed=feed, cancel=self._stop)
            self._faults.pop(feed, None)
        except Cancelled:
            return
        except Exception as error:  # the other feeds go on, and this one is asked again
            sentence = f"alerts of {feed}: {describe(error)}"
            if self._faults.get(feed) != sentence:
                log.error("%s", sentence, exc_info=None if isinstance(error, SignageError) else error)
            self._faults[feed] = sentence
        self._following.wake()

    def _pause(self) -> float:
        """How many seconds nothing is due."""
        config = self._config()
        try:
            now = self._clock.for_building()
            due = [self._feeds.next_refresh(config, now, feed) for feed in self._idle(config)]
            due.append(self._feeds.next_change(config, now))
        except (ClockNotSet, SignageError):
            return LOOK_SECONDS
        seconds = [(at - now).total_seconds() for at in due if at is not None]
        return max(0.5, min([*seconds, LOOK_SECONDS]))
