"""Official alerts for all places: every feed is asked when it is due, and what is known of it is kept on disk.

    feeds = AlertFeeds(store)
    feeds.refresh(config, now)            # asks what is due; waits for the answers. Or one feed only
    feeds.active(config, now)             # the alerts that hold now, by place
    feeds.known(config, now)              # the feeds of which that is all that holds
    feeds.next_refresh(config, now)       # when to call refresh again
    feeds.next_change(config, now)        # when `active` may give something else although nothing was fetched
    feeds.reports(config, now)            # how each feed is, for the status

A feed that fails costs no other, and its last good alerts stay until they end. Nothing here reads a clock.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from signage.app.build_report import SourceReport
from signage.config.alert_feed_checks import municipality_of
from signage.config.alert_feeds import AlertFeed
from signage.config.models import Config
from signage.domain.official_alert import (
    LEVELS,
    SHOWN,
    ActiveAlert,
    AlertMessage,
    OfficialAlert,
    concerns,
    importance,
    in_force,
    next_change,
)
from signage.errors import NotWritable, SourceError
from signage.runtime.activity import Activity
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.threads import work_on
from signage.runtime.workers import WorkerPool, shared
from signage.sources.alerts.asking import LIMITS, KnownAnswer, Round, ask
from signage.sources.alerts.base import together
from signage.sources.alerts.questions import AlertQuestion, questions_of
from signage.sources.net.caching_fetcher import FetchSession, user_agent
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.net.network import Network
from signage.sources.trust.freshness import Alarm
from signage.sources.trust.health import spoken
from signage.sources.trust.pace import Pace, holds_until
from signage.storage.store import Store
from signage.storage.stored_values import SourceState, StoredRecords

log = logging.getLogger(__name__)

AT_ONCE = 4  # questions
MOST_COMPARED = 10_000  # alerts of a feed whose places are remembered; those that are long over are among them
LONGEST_PAUSE = timedelta(hours=1)  # between two attempts at what fails: an alert must not be hours late
_KNOWN: TypeAdapter[KnownAnswer] = TypeAdapter(KnownAnswer)

Concerned = dict[tuple[str, str, str], frozenset[str]]  # by sender, identifier and id: the places that it concerns


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is known of one question: how it is, and what it has given."""

    state: SourceState
    known: KnownAnswer


class AlertFeeds:
    """The feeds of a configuration. Thread-safe; one instance for a server."""

    def __init__(self, store: Store, activity: Activity | None = None, limits: FetchLimits = LIMITS) -> None:
        self._store = store
        self._activity = activity or Activity()
        self._limits = limits
        self._lock = threading.RLock()
        self._kept: dict[str, _Kept] = {}  # by the state's id
        self._concerned: dict[str, tuple[object, Concerned]] = {}  # by feed
        self._unwritten = ""  # why what is known can't be kept on disk

    def refresh(
        self,
        config: Config,
        now: datetime,
        *,
        feed: str | None = None,
        cancel: CancelToken | None = None,
        workers: WorkerPool | None = None,
    ) -> bool:
        """Ask everything that is due at `now`, and wait. Gives whether anything is known that wasn't. `feed`: of this
        one only. Raises Cancelled; what came before that is kept.
        """
        cancel = cancel or CancelToken()
        due = [(each, asked) for each, asked in _questions(config, now, feed) if self._due(each, asked, now) <= now]
        if not due:
            return False
        pool = workers or shared()
        pool.start()
        session = FetchSession(
            self._store, now, config.site.contact, self._limits, pool, cancel, Network.of(config.site)
        )
        changed = False

        def one(pair: tuple[AlertFeed, AlertQuestion]) -> Round | SourceError:
            asked, question = pair
            with self._activity.working(_label(asked), "fetching"):
                return _asked(question, self._of(question).known, asked, session)

        for (asked, question), answer in work_on(due, one, AT_ONCE, cancel, "alerts"):
            changed |= self._learn(asked, question, answer, config, now)
        cancel.check()
        return changed

    def next_refresh(self, config: Config, now: datetime, feed: str | None = None) -> datetime | None:
        """When something is due, of this feed or of any, which may be past; None when there is no feed."""
        return min((self._due(each, asked, now) for each, asked in _questions(config, now, feed)), default=None)

    def active(self, config: Config, now: datetime) -> Mapping[str, tuple[ActiveAlert, ...]]:
        """The alerts that hold at an instant at each place, the gravest first; every place has a list."""
        found: dict[str, dict[tuple[str, str], ActiveAlert]] = {place: {} for place in config.places}
        for feed in config.alert_feeds:
            for alert in in_force(self._messages(feed, config, now), now):
                if LEVELS.index(alert.level) < LEVELS.index(feed.from_level):
                    continue
                stamped = replace(alert, feed=feed.feed_id, source=feed.source_name, credit=feed.credit_line)
                active = ActiveAlert(stamped, getattr(feed.show, alert.level))
                for place in self._places(feed, alert, config):
                    key = alert.sender, alert.identifier + alert.id
                    known = found[place].get(key)  # the same alert may come by several feeds
                    if known is None or SHOWN.index(known.show) < SHOWN.index(active.show):
                        found[place][key] = active
        return {
            place: tuple(sorted(alerts.values(), key=lambda each: importance(each.alert)))
            for place, alerts in found.items()
        }

    def known(self, config: Config, now: datetime) -> frozenset[str]:
        """The feeds that have answered each of their questions, so that an alert which `active` doesn't have is over.
        Of another one, an earlier state may have known more.
        """
        unanswered = {feed.feed_id for feed, asked in _questions(config, now) if not self._of(asked).known.whole}
        return frozenset(feed.feed_id for feed in config.alert_feeds) - unanswered

    def next_change(self, config: Config, now: datetime) -> datetime | None:
        """The next instant at which `active` may give something else, if nothing is fetched until then."""
        changes = (next_change(self._messages(feed, config, now), now) for feed in config.alert_feeds)
        return min(filter(None, changes), default=None)

    def reports(self, config: Config, now: datetime) -> tuple[SourceReport, ...]:
        """How each feed is. `warnings`: alerts that can't be read or shown, and those that are exercises."""
        return tuple(self._report(feed, config, now) for feed in config.alert_feeds)

    # --- one question ---

    def _of(self, question: AlertQuestion) -> _Kept:
        """What is known; from the disk at the first time."""
        name = f"alerts {question.feed} {question.name}"
        with self._lock:
            kept = self._kept.get(name) or self._kept.setdefault(name, self._stored(name))
            if kept.state.address != question.service:  # another server's alerts and troubles
                kept = self._kept[name] = _Kept(SourceState(name, question.service), KnownAnswer())
            return kept

    def _stored(self, name: str) -> _Kept:
        state = self._store.source_get(name)
        stored = self._store.records_get(state)
        if stored is None:
            return _Kept(state, KnownAnswer())
        try:
            return _Kept(state, _KNOWN.validate_json(stored.records))
        except ValidationError:
            log.warning("%s: what is stored is from another version, and is fetched again", name)
            return _Kept(SourceState(name, state.address), KnownAnswer())

    def _due(self, feed: AlertFeed, question: AlertQuestion, now: datetime) -> datetime:
        """When a question is to be asked the next time: not sooner than its period, Expires and Retry-After allow."""
        state = self._of(question).state
        if state.last_tried_at is None or state.last_tried_at > now:  # the clock was ahead
            return now
        due = state.last_tried_at + _pace(question).pause(state.failures, state.unreachable)
        return max(due, state.not_before) if state.not_before else due

    def _learn(
        self, feed: AlertFeed, question: AlertQuestion, answer: Round | SourceError, config: Config, now: datetime
    ) -> bool:
        """Keep what came. Gives whether other alerts are known than before."""
        before = self._of(question)
        tried = replace(before.state, last_tried_at=now, not_before=None)
        if isinstance(answer, SourceError):
            if before.state.problem is None:
                log.warning("%s is down. %s", _label(feed), answer.reason)
            failed = _pace(question).failed(tried, answer, now)
            self._put(_Kept(failed, before.known), stored=None)
            return False
        if tried.problem and tried.problem_since:
            log.warning("%s is back after %s.", _label(feed), spoken(now - tried.problem_since))
        self._log_problems(feed, before.known, answer.known)
        changed = answer.known.all_messages != before.known.all_messages
        unwritten = self._unwritten or answer.known != before.known
        stored = StoredRecords(_KNOWN.dump_json(answer.known).decode()) if unwritten else None
        good = replace(
            tried,
            records_hash=stored.hash if stored else tried.records_hash,
            last_good_at=now,
            changed_at=now if changed else tried.changed_at,
            problem=None,
            problem_since=None,
            fault="other",
            fault_values={},
            failures=0,
            unreachable=False,
            not_before=holds_until(answer.lifetime, f"{user_agent(config.site.contact)} {tried.id}", now),
        )
        self._put(_Kept(good, answer.known), stored)
        return changed

    def _put(self, kept: _Kept, stored: StoredRecords | None) -> None:
        """Keep it in memory, and on disk. A disk that is full must not keep an alert from being shown."""
        with self._lock:
            self._kept[kept.state.id] = kept
        try:
            self._store.source_put(kept.state, stored)
            self._unwritten = ""
        except NotWritable as error:
            if not self._unwritten:
                log.error("Alerts can't be kept on disk: %s", error)
            self._unwritten = str(error)

    def _log_problems(self, feed: AlertFeed, before: KnownAnswer, after: KnownAnswer) -> None:
        for problem in after.all_problems:
            if problem not in before.all_problems:
                log.warning("%s: %s", _label(feed), problem)

    # --- one feed ---

    def _messages(self, feed: AlertFeed, config: Config, now: datetime) -> tuple[AlertMessage, ...]:
        """All messages of a feed, each once, with all its languages."""
        known = [self._of(question).known for question in questions_of(feed, config, now)]
        return together(message for one in known for message in one.all_messages)

    def _places(self, feed: AlertFeed, alert: OfficialAlert, config: Config) -> frozenset[str]:
        """The places that an alert concerns; computed once, for areas may have thousands of points."""
        where = tuple((name, place.position, municipality_of(config, name)) for name, place in config.places.items())
        known = self._concerned.get(feed.feed_id)
        if known is None or known[0] != where:
            known = self._concerned[feed.feed_id] = where, {}
        key = alert.sender, alert.identifier, alert.id
        places = known[1].get(key)
        if places is None:
            if len(known[1]) > MOST_COMPARED:
                known[1].clear()
            places = frozenset(name for name, position, number in where if concerns(alert, position, number))
            known[1][key] = places
        return places

    def _report(self, feed: AlertFeed, config: Config, now: datetime) -> SourceReport:
        asked = list(questions_of(feed, config, now))
        kept = [self._of(question) for question in asked]
        states = [each.state for each in kept]
        failing = [state for state in states if state.problem]
        worst = min(failing, key=lambda state: state.problem_since or now, default=None)
        good = [state.last_good_at for state in states if state.last_good_at]
        last_good = min(good) if len(good) == len(states) and good else None
        again = min((self._due(feed, question, now) for question in asked), default=None)
        problem = worst.problem if worst else self._unwritten or None
        return SourceReport(
            source=_label(feed),
            events=0,
            age_seconds=(now - last_good).total_seconds() if last_good else None,
            problem=problem,
            warnings=tuple(dict.fromkeys(self._warnings(feed, kept, config, now))),
            last_good_at=last_good,
            changed_at=max((state.changed_at for state in states if state.changed_at), default=None),
            waits_for=_waiting(states, now, ZoneInfo(config.site.zone)),
            alarms=(Alarm("failing", problem, worst.problem_since or now if worst else now),) if problem else (),
            asked_again=again if problem else None,
            fault=worst.fault if worst else "other",
            fault_values=worst.fault_values if worst else {},
            live=True,
        )

    def _warnings(self, feed: AlertFeed, kept: list[_Kept], config: Config, now: datetime) -> Iterator[str]:
        for each in kept:
            yield from each.known.all_problems
        for message in self._messages(feed, config, now):
            for alert in message.alerts:
                if not message.is_actual or alert.expires <= now:
                    continue
                why = "its texts call it an exercise" if alert.exercise else "its area is in words only"
                if alert.exercise or not alert.holds_somewhere:
                    yield f'{message.identifier}: It isn\'t shown, because {why}: "{_title(alert)}".'


def _asked(question: AlertQuestion, known: KnownAnswer, feed: AlertFeed, session: FetchSession) -> Round | SourceError:
    try:
        return ask(question, known, _label(feed), session)
    except SourceError as error:
        if feed.type != "met" or error.status != 403:
            return error
        hint = "write an address that MET Norway can reach as contact under [site]."
        return SourceError(error.source, error.url, error.message, hint, fault="denied", status=403)
    except Cancelled:
        raise
    except Exception as error:  # a fault of ours costs this question
        if session.cancel is not None:
            session.cancel.check()
        log.exception("%s: internal error while reading it", _label(feed))
        message = f"Internal error ({type(error).__name__}). The log has the details."
        return SourceError(_label(feed), question.address, message, fault="fault")


def _questions(config: Config, now: datetime, only: str | None = None) -> Iterator[tuple[AlertFeed, AlertQuestion]]:
    for feed in config.alert_feeds:
        if only in (None, feed.feed_id):
            for question in questions_of(feed, config, now):
                yield feed, question


def _pace(question: AlertQuestion) -> Pace:
    return Pace(question.period, LONGEST_PAUSE, LONGEST_PAUSE)


def _label(feed: AlertFeed) -> str:
    """What a feed is called in messages: "MET Norway (alerts: met)"."""
    return f"{feed.source_name} (alerts: {feed.feed_id})"


def _title(alert: OfficialAlert) -> str:
    text = alert.texts[0]
    return " ".join((text.headline or text.event or text.description).split())[:80]


def _waiting(states: list[SourceState], now: datetime, zone: ZoneInfo) -> str | None:
    """Why a feed isn't asked now, although it would be time."""
    waits = [state.not_before for state in states if state.problem and state.not_before and state.not_before > now]
    return f"It is asked again at {min(waits).astimezone(zone):%H:%M}." if waits else None
