"""Ask one question about alerts, and fetch the CAP files that a list leads to, each once.

In: a question, and what was known. Out: what is known now. What comes is read in worker processes; a file that can't be
fetched or read costs its alert.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from signage.domain.alert_area import points_in
from signage.domain.official_alert import AlertMessage
from signage.domain.printable import printable_line
from signage.errors import NotWritable, SourceError
from signage.runtime.cancel import CancelToken
from signage.sources.alerts.base import ReadAlerts
from signage.sources.alerts.cap import read_cap
from signage.sources.alerts.questions import XML, AlertQuestion
from signage.sources.base import UnusableAnswer
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession, redacted
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.trust.pace import Pace

READING = "1"  # the version of the readers: what another one could not read is read again
# One attempt: the next round is another. A whole country's alerts in JSON, with their areas, must fit.
LIMITS = FetchLimits(connect_seconds=5.0, read_seconds=10.0, total_seconds=20.0, attempts=1, feed_bytes=8_000_000)
FOREVER = timedelta(days=3650)  # a CAP file never changes
MOST_FILES = 300  # that one round fetches
LONGEST_ROUND = 100.0  # seconds for all files of a list; the rest is for the next round
MOST_MESSAGES = 2000  # that are kept of one question
MOST_POINTS_OF_ALL = 400_000  # of the areas of all files of a list: 45 MB of memory
MOST_MISSED = 6  # rounds: an alert of an earlier state waits so long for a listed file that doesn't come
MOST_TRIES = 3  # of a file that came and can't be read: it may have been cut on its way
TRIED_AGAIN = Pace(timedelta(minutes=30), timedelta(hours=2))  # such a file; one that did not come: in every round


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A CAP file. `problem`: why nothing is known of it; `tries`: in a row that failed; `unreadable`: it did come;
    `not_before`: until then its server asked us to wait.
    """

    url: str
    messages: tuple[AlertMessage, ...] = ()
    problems: tuple[str, ...] = ()
    problem: str = ""
    tries: int = 0
    tried_at: datetime | None = None
    unreadable: bool = False
    not_before: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be fetched: for the first time, or once more after that failed."""
        if self.tried_at is None or now < self.tried_at:
            return self.tried_at is None or bool(self.problem)
        if not self.problem or (self.unreadable and self.tries >= MOST_TRIES):
            return False
        if self.unreadable:
            return now >= self.tried_at + TRIED_AGAIN.pause(self.tries)
        return self.not_before is None or now >= self.not_before


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """What is known from one question: the messages in its answer, and those of the files that it leads to.

    `links`: what the last answer led to. `problems`: what of it can't be read. `whole`: all files that a list led to
    have come once, so that an alert of which nothing is known is over.
    """

    reading: str = READING
    messages: tuple[AlertMessage, ...] = ()
    links: tuple[str, ...] = ()
    files: tuple[KnownFile, ...] = ()
    problems: tuple[str, ...] = ()
    whole: bool = False

    @property
    def all_messages(self) -> tuple[AlertMessage, ...]:
        """Those of the answer, and of all files."""
        return (*self.messages, *(message for file in self.files for message in file.messages))

    @property
    def all_problems(self) -> tuple[str, ...]:
        """What can't be read, of the answer and of the files."""
        of_files = (each for file in self.files for each in ((file.problem,) if file.problem else file.problems))
        return tuple(dict.fromkeys((*self.problems, *of_files)))


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a question: what is known after it, and for how many seconds the answer holds."""

    known: KnownAnswer
    lifetime: float | None


def ask(question: AlertQuestion, known: KnownAnswer, source: str, session: FetchSession) -> Round:
    """Ask, and fetch what is new. Raises SourceError when there is no answer, and Cancelled.

    This runs in the main process, which must not look into what comes from outside.
    """
    was_whole = known.whole
    fetcher = CachingFetcher(source, question.service, session)
    answer = fetcher.feed(question.address, question.accept)
    if not (answer.unchanged and question.is_list and known.reading == READING and known.links):
        argument = answer.url if question.is_list else question.argument
        try:
            read = answer.read(question.read, argument)
        except UnusableAnswer as error:
            fault = "format" if error.fault == "unreadable" else error.fault
            raise SourceError(source, question.address, error.message, error.hint, fault=fault) from None
        known = _with_answer(question, known, read, session.now)
    _remember(fetcher)
    if question.is_list:
        known = _with_files(question, known, source, session)
        if question.complete:
            known = _without_unlisted(known)
    known = replace(known, whole=was_whole or not _waits(known))
    return Round(known, fetcher.lifetime)


def _with_answer(question: AlertQuestion, known: KnownAnswer, read: ReadAlerts, now: datetime) -> KnownAnswer:
    """What is known, with a new answer. What an answer lacks that has everything is forgotten, but its files only when
    those that replace them have come (`_without_unlisted`). What another answer lacks stays until its end.
    """
    files = known.files if known.reading == READING else ()
    if question.complete:
        kept = _files_needed(files, read, _needed({m.key: m for file in files for m in file.messages}, now))
        return KnownAnswer(READING, read.messages, read.links, kept, read.problems)
    earlier = {message.key: message for message in known.messages} if known.reading == READING else {}
    messages = {**earlier, **{message.key: message for message in read.messages}}
    listed_keys = {message.key for message in read.messages}
    alive = _needed({**messages, **{m.key: m for file in files for m in file.messages}}, now)
    kept_messages = [m for m in messages.values() if m.key in listed_keys or m.key in alive]
    kept_files = _files_needed(files, read, alive)
    return KnownAnswer(READING, tuple(kept_messages[-MOST_MESSAGES:]), read.links, kept_files, read.problems)


def _files_needed(files: Sequence[KnownFile], read: ReadAlerts, alive: Set[tuple[str, str]]) -> tuple[KnownFile, ...]:
    """Those that the answer leads to, and those with messages that are needed."""
    listed = set(read.links)
    return tuple(file for file in files if file.url in listed or any(m.key in alive for m in file.messages))


def _without_unlisted(known: KnownAnswer) -> KnownAnswer:
    """Without the files that a list with everything no longer has. While one that it has could not be fetched or read,
    all stay: it may replace one of them.
    """
    files = {file.url: file for file in known.files}
    if any(url not in files or files[url].problem for url in known.links):
        return known
    return replace(known, files=tuple(files[url] for url in dict.fromkeys(known.links)))


def _needed(messages: Mapping[tuple[str, str], AlertMessage], now: datetime) -> set[tuple[str, str]]:
    """The messages that haven't ended, those that these replace, and those that replace or cancel them."""
    needed = {key for key, message in messages.items() if message.ends > now}
    pairs = [
        (message.key, (reference.sender, reference.identifier))
        for message in messages.values()
        for reference in message.references
    ]
    links: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for one, other in pairs:
        links.setdefault(one, set()).add(other)
        links.setdefault(other, set()).add(one)
    waiting = list(needed)
    while waiting:
        for key in links.get(waiting.pop(), ()):
            if key in messages and key not in needed:
                needed.add(key)
                waiting.append(key)
    return needed


def _waits(known: KnownAnswer) -> bool:
    """Whether a file that the list leads to may still come."""
    files = {file.url: file for file in known.files}
    listed = [files.get(url, KnownFile(url)) for url in known.links]
    return any(
        file.tried_at is None or (file.problem and not file.unreadable and file.tries < MOST_MISSED) for file in listed
    )


def _with_files(question: AlertQuestion, known: KnownAnswer, source: str, session: FetchSession) -> KnownAnswer:
    """What is known, with the files that are due. Those that were read are kept when the round is cut short."""
    files = {file.url: file for file in known.files}
    cancel = session.cancel or CancelToken()
    due = [file for file in (files.get(url, KnownFile(url)) for url in known.links) if file.is_due(session.now)]
    due.sort(key=lambda file: file.tries)  # those that go on failing keep no new one waiting
    points = sum(map(_points, known.files))
    began = time.monotonic()
    for before in due[:MOST_FILES]:
        if cancel.cancelled or time.monotonic() - began > LONGEST_ROUND:
            break
        file = _file(question, before, source, session)
        points += _points(file)
        if points > MOST_POINTS_OF_ALL:
            points -= _points(file)
            said = f"{_shown(file.url)}: It is left out, because the areas of all alerts have too many points."
            file = replace(file, messages=(), problem=said, tries=MOST_TRIES, unreadable=True)
        files[file.url] = file
    return replace(known, files=tuple(files.values())[-MOST_MESSAGES:])


def _points(file: KnownFile) -> int:
    return sum(points_in(alert.areas) for message in file.messages for alert in message.alerts)


def _file(question: AlertQuestion, before: KnownFile, source: str, session: FetchSession) -> KnownFile:
    fetcher = CachingFetcher(source, question.service, session)
    tried = replace(before, messages=(), problems=(), tries=before.tries + 1, tried_at=session.now, not_before=None)
    try:
        answer = fetcher.feed(before.url, XML, max_age=FOREVER)
        read = answer.read(read_cap)
    except SourceError as error:
        unreadable = error.killed or error.fault == "too_large"
        wait = TRIED_AGAIN.asked_to_wait(error)
        not_before = session.now + wait if wait else None
        problem = f"{_shown(before.url)}: {error.reason}"
        return replace(tried, problem=problem, unreadable=unreadable, not_before=not_before)
    except UnusableAnswer as error:
        return replace(tried, problem=f"{_shown(before.url)}: {error.message}", unreadable=True)
    _remember(fetcher)
    return KnownFile(before.url, read.messages, read.problems, tries=0, tried_at=session.now)


def _remember(fetcher: CachingFetcher) -> None:
    """Keep what came on disk. One that is full keeps no alert off the screens: it is fetched again after a restart."""
    with suppress(NotWritable):
        fetcher.remember()


def _shown(url: str) -> str:
    """The address of a file without what may be secret in it. MET Norway's files differ in "cap" only."""
    identifiers = parse_qs(urlsplit(url).query).get("cap", ())
    return printable_line(redacted(url) + "".join(f"?cap={each}" for each in identifiers[:1]))[:300]
