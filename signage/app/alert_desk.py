"""Where alerts are sent and ended, by hand or by a feed: checked, written down, rendered and published.

What holds is what the log says (`signage.app.alert_log`); everything published follows from it. So it doesn't matter
where a kill comes in between: the thread that follows the log publishes what is missing.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from signage.app.alert_choices import choices_of, on_known_screens
from signage.app.alert_log import AlertLog
from signage.app.alert_pictures import AlertPictures
from signage.app.alert_publisher import CLOCKS_APART, AlertPublisher
from signage.app.clock_watch import ClockNotSet
from signage.app.repeated_work import RepeatedWork
from signage.config.models import Config
from signage.domain.alerts import Alert, AlertDraft, AlertLevel, AlertPreview, AlertText, by_importance
from signage.errors import SignageError
from signage.fleet.alert_desk import LONGEST_OF_FEEDS, AlertChoices, AlertRefused, check, most_of_each_feed, tidy
from signage.publishing.alert_documents import MAX_ALERTS
from signage.runtime.cancel import CancelToken
from signage.runtime.containment import describe
from signage.wording.languages.messages import load_messages

WARM_UP_SECONDS = 15.0  # after the start: until then, the screens' first pages need the processor
LOOK_SECONDS = 5.0  # between two looks at what another process may have written into the log
AGAIN_SECONDS = 30.0  # until everything is compared with what is published, though nothing seems to have changed
LONGEST_AGAIN_SECONDS = 600.0  # between two attempts at pictures that go on failing
OLD_PLAYERS_SECONDS = 3.0  # by which manifests come after documents
REQUEST_LASTS = timedelta(days=1)  # how long what is sent again under one name is the same alert
TEST_SECONDS = 60.0  # how long a test is there for the players to report

Origin = tuple[str, str]  # of an official alert: its feed, and its id there

log = logging.getLogger(__name__)


class DeskClock(Protocol):
    """The server's clocks. `for_building` raises ClockNotSet."""

    def for_building(self) -> datetime: ...
    def monotonic(self) -> float: ...


class Desk:
    """`signage.fleet.alert_desk.AlertDesk`, for the server and for the command line. Several threads may call it."""

    def __init__(
        self,
        alerts: AlertLog,
        pictures: AlertPictures,
        publisher: AlertPublisher,
        config: Callable[[], Config],
        clock: DeskClock,
        stop: CancelToken,
    ) -> None:
        self._log = alerts
        self._pictures = pictures
        self._publisher = publisher
        self._config = config
        self._clock = clock
        self._stop = stop
        self._publishing = threading.Lock()
        self._tests: list[Alert] = []  # not in the log: a restart ends them
        self._known: list[tuple[object, ...]] | None = None  # what the published documents were made of
        self._known_config: Config | None = None
        self._compared = float("-inf")  # ticks
        self._warm_up_at: float | None = None  # ticks
        self._manifests: dict[str, float] = {}  # screens whose manifest is to follow, and when (ticks)
        self._refusals: list[str] = []  # why official alerts aren't shown
        self._retries: dict[str, tuple[float, float]] = {}  # of pictures, by alert: when (ticks), and the pause then
        self._following = RepeatedWork("alerts", self._follow, self._pause, stop)
        self._retrying = RepeatedWork("alerts that failed", self.make_again, lambda: LOOK_SECONDS, stop)

    def start(self) -> None:
        """Publish what the log says, now and whenever it says something else."""
        self._following.start()
        self._retrying.start()

    def join(self, seconds: float) -> bool:
        """Wait for the threads' ends, and end the browsers; gives whether they have ended."""
        ended = self._following.join(seconds) and self._retrying.join(seconds)
        self._pictures.close()
        return ended

    @property
    def problems(self) -> list[str]:
        """What fails now, in sentences."""
        return [
            *filter(None, [self._following.fault, self._retrying.fault]),
            *self._publisher.problems,
            *self._refusals,
        ]

    # -- for people and feeds

    def choices(self) -> AlertChoices:
        """What can be chosen now."""
        return choices_of(self._config())

    def preview(self, draft: AlertDraft) -> Sequence[AlertPreview]:
        """How it will look, one for each size and language. Raises AlertRefused, Cancelled, SignageError."""
        now = self._clock.for_building()
        return self._pictures.preview(self._checked(draft, now), self._config(), now, self._stop)

    def send(self, draft: AlertDraft, by: str, request: str = "") -> Alert:
        """Send it, and give what was sent. Raises AlertRefused, NotWritable, SignageError."""
        now = self._clock.for_building()
        if known := self._by_request(request, now):
            return known
        draft, config = self._checked(draft, now), self._config()
        if draft.level is not AlertLevel.TEST:
            # before it counts: what can't be shown anywhere isn't sent
            made = self._pictures.make(draft, config, now, self._stop)
            if not any(pictures.pages for pictures in made.screens.values()):
                reasons = [load_messages("en")(each.message.key, **each.message.values) for each in made.problems]
                raise AlertRefused("cannot_be_shown", why=" ".join(reasons[:1]))
        alert = Alert(_new_id(now), draft, self._clock.for_building(), by, request)
        with self._publishing, self._log.held():
            if known := self._by_request(request, now):
                return known
            if draft.level is AlertLevel.TEST:
                self._tests.append(alert)
            else:
                self._check_number(draft, now)
                self._log.sent(alert)
                log.info('alert %s by %s until %s: "%s"', alert.id, by, alert.until.isoformat(), alert.title)
            self._publish_or_try_again()
        return alert

    def end(self, alert: str, by: str) -> Alert:
        """End an alert by its id. Raises AlertRefused, NotWritable, SignageError."""
        with self._publishing, self._log.held():
            known = next((each for each in self._log.alerts() if each.id == alert), None)
            if known is None:
                raise AlertRefused("no_alert", "signage alert --list shows those that there are.", alert=alert[:40])
            now = self._clock.for_building()
            if known.holds(now):
                self._log.ended(alert, now, by)
                log.info('alert %s was ended by %s: "%s"', alert, by, known.title)
                self._publish_or_try_again()
                known = replace(known, ended=now, ended_by=by)
        return known

    def follow_feeds(self, drafts: Sequence[AlertDraft], known: Collection[str]) -> None:
        """Have exactly these official alerts hold: send what is new, end what is over, and replace what has changed.

        `known`: the feeds of which these are all. Other alerts of a feed that isn't known stay until their end, unless
        it was taken out of the configuration. What a person has ended stays ended, unless it comes with another level.
        What can't be sent costs only itself, and is a problem. Raises NotWritable, SignageError.
        """
        now, choices = self._clock.for_building(), self.choices()
        unknown = {feed.feed_id for feed in self._config().alert_feeds} - {*known}
        given = {_origin(draft): tidy(draft) for draft in drafts}
        kept, refusals = most_of_each_feed(given.values())
        wanted = {_origin(draft): draft for draft in kept}
        there = [_undated(alert.draft) for alert in self._log.alerts() if alert.holds(now)]
        ended = self._ended_by_people(now)
        for draft in wanted.values():  # before the locks: an alert by hand must not wait for a feed's
            if _undated(draft) in there or (_origin(draft), draft.warning) in ended:
                continue
            with suppress(Exception):  # of no consequence yet: what has no pictures is reported when it is published
                self._pictures.make(draft, self._config(), now, self._stop)
        with self._publishing, self._log.held():
            ended, held, over = self._ended_by_people(now), set[Origin](), list[Alert]()
            for alert in self._log.alerts():
                if alert.draft.source and alert.holds(now):
                    origin = _origin(alert.draft)
                    new = wanted.get(origin)
                    if new and _undated(new) == _undated(alert.draft) and origin not in held:
                        held.add(origin)
                        if new != alert.draft:  # its authority says the same again
                            self._log.sent(replace(alert, draft=new))
                    elif origin in given or alert.draft.source not in unknown:
                        over.append(alert)
            for origin, draft in wanted.items():
                if origin in held or (origin, draft.warning) in ended:
                    continue
                try:
                    check(draft, choices, now)
                    self._check_number(draft, now, over)
                except AlertRefused as refused:
                    refusals.append(f'The official alert "{_title(draft)}" of {draft.source} is not shown: {refused}')
                else:
                    self._log.sent(Alert(_new_id(now), draft, now, draft.source))
            for alert in over:  # last: a kill, or a disk that is full, must not leave neither of the two
                self._log.ended(alert.id, now, alert.draft.source)
            self._refusals = self._with_news(refusals)
            self._publish()

    def test(self) -> Alert:
        """Send an empty alert to all screens, which no display shows."""
        until = self._clock.for_building() + timedelta(seconds=TEST_SECONDS)
        draft = AlertDraft({"en": AlertText("Test")}, tuple(self._config().screens), until, AlertLevel.TEST)
        return self.send(draft, "self-test")

    def current(self) -> Sequence[Alert]:
        """Those that hold now, or will, the most important first; without tests."""
        return _held(self._log.alerts(), self._clock.for_building(), self._config())

    def recent(self, most: int = 20) -> Sequence[Alert]:
        """The last ones of the log, the newest first."""
        return self._log.alerts()[: -most - 1 : -1]

    def _checked(self, draft: AlertDraft, now: datetime) -> AlertDraft:
        choices = self.choices()
        draft = tidy(draft)
        if draft.begin is not None and draft.begin <= now:
            draft = replace(draft, begin=None)
        if not draft.sender:
            draft = replace(draft, sender=choices.sender)
        check(draft, choices, now)
        return draft

    def _check_number(self, draft: AlertDraft, now: datetime, over: Collection[Alert] = ()) -> None:
        """A screen's document has room for some alerts, one of which is a test's. Those that are less important than a
        new one have to give way to it. `over`: what doesn't count any more. Raises AlertRefused.
        """
        new = Alert("", draft, now, "")
        known = [alert for alert in self._log.alerts() if alert.holds(now) and alert not in over]
        before = by_importance([*known, new])
        taken = Counter(screen for alert in before[: before.index(new)] for screen in alert.draft.screens)
        for screen in draft.screens:
            if taken[screen] >= MAX_ALERTS - 1:
                name = self._config().screen_names.get(screen, screen)
                raise AlertRefused("too_many", "signage alert --list shows them.", screen=name, most=MAX_ALERTS - 1)

    def _with_news(self, refusals: list[str]) -> list[str]:
        """The sentences about official alerts that aren't shown; new ones are logged."""
        for sentence in refusals:
            if sentence not in self._refusals:
                log.warning("%s", sentence)
        return refusals

    def _ended_by_people(self, now: datetime) -> set[tuple[Origin, str]]:
        """Official alerts that were ended by hand, each with its level, while their feed may go on with them."""
        return {
            (_origin(alert.draft), alert.draft.warning)
            for alert in self._log.alerts()
            if alert.draft.source
            and alert.ended is not None
            and alert.ended_by != alert.draft.source
            and now - alert.ended < LONGEST_OF_FEEDS
        }

    def _by_request(self, request: str, now: datetime) -> Alert | None:
        """What was sent under this name within a day: a program may use it for another alert later."""
        sent = [alert for alert in self._log.alerts() if request and alert.request == request]
        return next((alert for alert in sent if now - alert.sent < REQUEST_LASTS), None)

    # -- publishing

    def _publish(self) -> None:
        """Publish what the log says. While the locks are held. Raises Cancelled, SignageError."""
        now, config = self._clock.for_building(), self._config()
        self._tests = [test for test in self._tests if test.holds(now)]
        alerts = [*(alert for alert in self._log.alerts() if alert.holds(now)), *self._tests]
        known: list[tuple[object, ...]] = [(each.id, each.sent, each.issued, each.until) for each in alerts]
        ticks = self._clock.monotonic()
        if known == self._known and config is self._known_config and ticks - self._compared < AGAIN_SECONDS:
            return
        changed = self._publisher.publish(alerts, config, now, self._stop)
        self._manifests |= dict.fromkeys(changed, ticks + OLD_PLAYERS_SECONDS)
        if changed:
            self._following.wake()  # or it would be late for the manifests
        self._known, self._known_config, self._compared = known, config, ticks

    def _publish_or_try_again(self) -> None:
        """Publish what the log says, or let the thread that follows it do so: what is in the log is sent, or ended."""
        try:
            self._publish()
        except Exception as error:
            log.error("alerts: %s", describe(error), exc_info=None if isinstance(error, SignageError) else error)
            self._following.wake()

    def look(self) -> None:
        """Publish what the log says, and manifests that are due. Raises Cancelled, ClockNotSet, SignageError."""
        with self._publishing, self._log.held():
            self._date_again()
            self._publish()
        self.put_into_manifests(self._clock.monotonic())

    def make_again(self) -> None:
        """Make the pictures that failed of one alert, if that is due: after half a minute, and then less and less
        often. Nobody waits for it. Raises Cancelled, ClockNotSet, SignageError.
        """
        with self._publishing:
            failed = self._publisher.failed
        if not failed and not self._retries:
            return
        now, config, ticks = self._clock.for_building(), self._config(), self._clock.monotonic()
        first = (ticks + AGAIN_SECONDS, AGAIN_SECONDS)
        alerts = [alert for alert in _held(self._log.alerts(), now, config) if alert.id in failed]
        self._retries = {alert.id: self._retries.get(alert.id, first) for alert in alerts}
        due = next((alert for alert in alerts if self._retries[alert.id][0] <= ticks), None)
        if due is None:
            return
        before = self._retries[due.id]
        pause = min(2 * before[1], LONGEST_AGAIN_SECONDS)
        self._retries[due.id] = (ticks + pause, pause)  # also if it raises
        made = self._pictures.make_again(due.draft, config, now, self._stop)
        if made is None:  # it gave way to another alert
            self._retries[due.id] = before
            return
        self._retries[due.id] = (self._clock.monotonic() + pause, pause)
        with self._publishing, self._log.held():
            self._publisher.put(due.id, made, config)
            self._known = None
            self._publish()

    def _date_again(self) -> None:
        """What was sent by a clock that was ahead begins now, and is in force for no longer than it was to be. Raises
        NotWritable.
        """
        now, longest = self._clock.for_building(), self.choices().longest
        for alert in self._log.alerts():
            by_hand = not alert.draft.source and alert.draft.begin is None
            if by_hand and alert.holds(now) and alert.sent - now > CLOCKS_APART:
                until = alert.until if alert.until - now <= longest else now + (alert.until - alert.sent)
                log.warning("alert %s was sent by a clock that was ahead; it ends at %s", alert.id, until.isoformat())
                self._log.sent(replace(alert, sent=now, draft=replace(alert.draft, until=until)))

    def put_into_manifests(self, ticks: float = float("inf")) -> None:
        """For players that don't know alerts: the manifests that are due by then. Raises SignageError."""
        with self._publishing:
            due = [screen for screen, at in self._manifests.items() if at <= ticks]
            self._manifests = {screen: at for screen, at in self._manifests.items() if screen not in due}
        try:
            if due:
                self._publisher.put_into_manifests(due)
        except BaseException:
            later = self._clock.monotonic() + LOOK_SECONDS
            with self._publishing:
                self._manifests = {**dict.fromkeys(due, later), **self._manifests}
            raise

    def warm_up(self) -> None:
        """Start the browsers of alerts, once, some time after the first call. An alert that comes sooner starts them.
        Raises NoBrowser.
        """
        if self._warm_up_at is None:
            self._warm_up_at = self._clock.monotonic() + WARM_UP_SECONDS
        elif self._clock.monotonic() >= self._warm_up_at:
            self._warm_up_at = float("inf")
            self._pictures.warm_up(self._stop)

    def _follow(self) -> None:
        self.look()
        self.warm_up()

    def _pause(self) -> float:
        """How many seconds nothing is due: no alert ends, no manifest follows."""
        ticks = self._clock.monotonic()
        due = [at - ticks for at in list(self._manifests.values())]
        with suppress(ClockNotSet, SignageError):
            now = self._clock.for_building()
            alerts = [alert for alert in (*self._log.alerts(), *self._tests) if alert.holds(now)]
            due += [(alert.until - now).total_seconds() for alert in alerts]
        return max(0.05, min([*due, LOOK_SECONDS]))


def _held(alerts: Sequence[Alert], now: datetime, config: Config) -> Sequence[Alert]:
    """Those that hold now, or will, on the screens that there are, the most important first."""
    return by_importance(on_known_screens(alert, config) for alert in alerts if alert.holds(now))


def _new_id(now: datetime) -> str:
    return f"{now:%y%m%d}-{secrets.token_hex(3)}"


def _origin(draft: AlertDraft) -> Origin:
    return draft.source, draft.source_id


def _undated(draft: AlertDraft) -> AlertDraft:
    return replace(draft, issued=None)


def _title(draft: AlertDraft) -> str:
    return next((text.title for text in draft.texts.values()), "")
