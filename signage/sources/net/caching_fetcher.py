"""Fetch for one source: conditionally, politely, and remembering what was good. What came is read in a worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from signage.errors import SourceError
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.workers import RESPONSE, WorkerKilled, WorkerPool, shared
from signage.sources.net.address_guard import WebOrigin
from signage.sources.net.fetch_limits import USUAL, FetchLimits
from signage.sources.net.http_client import Fresh, HttpClient, redacted, web_address
from signage.sources.net.network import Network
from signage.sources.net.politeness import Politeness, RobotsRules, rules_for, user_agent
from signage.storage.store import Store
from signage.storage.stored_values import StoredAnswer

__all__ = ["Asked", "CachingFetcher", "Fresh", "Response", "redacted", "user_agent", "web_address"]

T = TypeVar("T")

ROBOTS_AGE = timedelta(hours=24)  # RFC 9309 2.4
ROBOTS_BYTES = 512_000  # RFC 9309 2.5: at least 500 KiB


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a fetch, so that it can be made again: a GET, or a POST of the JSON text `payload`."""

    url: str
    accept: str
    payload: str | None = None
    max_age: float | None = None  # seconds

    @property
    def key(self) -> str:
        """Names the answer in the state file."""
        if self.payload is None:
            return self.url
        return f"{self.url}#{hashlib.sha256(self.payload.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Response:
    """What a source answered. Its bytes are a stranger's: no code of this process looks into them.

    `unchanged`: the same as last time. `url`: where it came from, after redirects. `charset`: what the server said.
    """

    unchanged: bool
    url: str
    charset: str | None
    _asked: Asked = field(repr=False)
    _fetcher: CachingFetcher = field(repr=False)

    def read(self, function: Callable[..., T], *arguments: object) -> T:
        """What `function(body, *arguments)` returns, or raises, in a worker process. The function belongs to a module.

        Raises SourceError when a limit on time or memory ends it.
        """
        return self._fetcher.read(self._asked, self.url, function, arguments)


@dataclass(frozen=True, slots=True)
class _Answer:
    """`body`: None when it is that of the stored answer, and has not been needed yet."""

    unchanged: bool
    url: str
    charset: str | None
    body: bytes | None


@dataclass
class FetchSession:
    """What the fetchers of one refresh share. `now` stamps what is remembered."""

    store: Store
    now: datetime
    contact: str = ""
    limits: FetchLimits = USUAL
    workers: WorkerPool | None = None
    cancel: CancelToken | None = None
    network: Network = field(default_factory=Network)
    politeness: Politeness = field(init=False)

    def __post_init__(self) -> None:
        self.politeness = Politeness(self.limits.pause_seconds, self.limits.page_pause_seconds)


class CachingFetcher(HttpClient):
    """Fetches for one source. Only the origin of `address`, which an administrator wrote, may be in a private network.

    Every method raises `SourceError`, and `Cancelled` when the session's `cancel` is. With `page` the source is made
    for people, and its robots.txt is heeded.
    """

    def __init__(
        self,
        source: str,
        address: str,
        session: FetchSession,
        page: bool = False,
    ) -> None:
        super().__init__(source, address, session.contact, session.limits, session.cancel, session.network)
        self.workers = session.workers or shared()
        self._politeness = session.politeness
        self.store = session.store
        self.now = session.now
        self.asked: list[Asked] = []
        self.lifetime: float | None = None
        """For how many seconds the last answer holds, if its server said so."""
        self._page = page
        self._answers: dict[str, _Answer] = {}
        self._pending: dict[str, StoredAnswer | None] = {}  # None: the stored answer still holds

    def feed(self, url: str, accept: str, max_age: timedelta | None = None) -> Response:
        """Fetch a feed; asks conditionally, and gives the kept body when it has not changed.

        With `max_age` an answer that is no older is given without asking. `url` may be a file's path.
        """
        return self._ask(Asked(url, accept, max_age=max_age.total_seconds() if max_age else None))

    def post(self, url: str, payload: object, accept: str = "application/json") -> Response:
        """POST a question as JSON, and get the answer as `feed` does. For APIs that are asked in this way."""
        return self._ask(Asked(url, accept, json.dumps(payload, ensure_ascii=False, sort_keys=True)))

    def read(self, asked: Asked, url: str, function: Callable[..., T], arguments: Sequence[object]) -> T:
        """As `Response.read`. An answer that a worker did not survive is forgotten, so that it is not read again."""
        key, body = asked.key, self._body_of(asked)
        try:
            return self.workers.call(function, body, *arguments, limits=RESPONSE, cancel=self.cancel)
        except WorkerKilled as killed:
            self._pending.pop(key, None)
            self.store.http_forget(key)
            raise SourceError(self.source, redacted(url), killed.reason, fault="too_much", killed=True) from None
        except (SourceError, Cancelled):
            raise
        except Exception:
            self._pending.pop(key, None)
            raise

    def refused(self, error: SourceError, function: Callable[..., T], *arguments: object) -> T:
        """What `function(body, *arguments)` makes, in a worker, of what a server said that refused."""
        if not error.body:
            return function(b"", *arguments)
        try:
            return self.workers.call(function, error.body, *arguments, limits=RESPONSE, cancel=self.cancel)
        except WorkerKilled:
            raise error from None

    def knows(self, url: str, max_age: timedelta) -> bool:
        """Whether an answer that is no older than `max_age` is kept, so that asking for it would ask nobody."""
        known = self.store.http_head(url)
        return known is not None and self.now - known.fetched_at < max_age

    def unchanged(self, asked: Sequence[Asked]) -> bool:
        """Make the requests of an earlier fetch again: has nothing changed? The answers are kept for this fetch.

        Failures count as a change: the fetch itself finds and says them.
        """
        try:
            return bool(asked) and all(self._ask(each).unchanged for each in asked)
        except SourceError as error:
            if error.waiting:
                raise
            return False
        finally:
            self.asked.clear()

    def _ask(self, asked: Asked) -> Response:
        if asked.key not in self._answers:
            self._answers[asked.key] = self._file(asked.url) if is_file(asked.url) else self._web(asked)
        self.asked.append(asked)
        answer = self._answers[asked.key]
        return Response(answer.unchanged, answer.url, answer.charset, asked, self)

    def _body_of(self, asked: Asked) -> bytes:
        body = self._answers[asked.key].body
        if body is None:
            body = self.store.http_body(asked.key)
        if body is None:  # forgotten meanwhile, perhaps by another source at the same address
            fresh = self.get(asked.url, asked.accept, self.limits.feed_bytes, payload=asked.payload)
            body = fresh.body
            self._pending[asked.key] = StoredAnswer(body, fresh.etag, fresh.last_modified, fresh.charset, self.now)
        return body

    def _web(self, asked: Asked) -> _Answer:
        known = self.store.http_head(asked.key)
        if known and asked.max_age is not None and (self.now - known.fetched_at).total_seconds() < asked.max_age:
            return _Answer(True, asked.url, known.charset, None)
        if self._page:
            self._heed_robots(asked.url)
        self._politeness.take_turn(asked.url, self._page, self.cancel)
        fresh = self.get(
            asked.url,
            asked.accept,
            self.limits.feed_bytes,
            known.etag if known else None,
            known.last_modified if known else None,
            payload=asked.payload,
        )
        self.lifetime = fresh.lifetime
        if known and (fresh.unchanged or self.store.http_has(asked.key, fresh.body)):
            self._pending[asked.key] = None
            return _Answer(True, asked.url, known.charset, None if fresh.unchanged else fresh.body)
        self._pending[asked.key] = StoredAnswer(fresh.body, fresh.etag, fresh.last_modified, fresh.charset, self.now)
        return _Answer(fresh.unchanged, fresh.url or asked.url, fresh.charset, fresh.body)

    def _file(self, url: str) -> _Answer:
        """An administrator's file. It is read each time: file systems round the time of the last change."""
        path = file_path(url)
        try:
            about = path.stat()
            if about.st_size > self.limits.feed_bytes:
                most = f"{self.limits.feed_bytes / 1_000_000:g} MB"
                raise self.failure(url, f"The file is larger than {most}.", "too_large")
            body = path.read_bytes()
        except FileNotFoundError:
            raise self.failure(url, "There is no such file.", "file_missing") from None
        except IsADirectoryError:
            raise self.failure(url, "This is a folder, not a file.", "file_missing") from None
        except OSError as error:
            raise self.failure(url, f"The file can't be read: {error.strerror or error}.", "file_unreadable") from None
        unchanged = self.store.http_has(url, body)
        self._pending[url] = None if unchanged else StoredAnswer(body, None, None, None, self.now)
        return _Answer(unchanged, url, None, body)

    def _heed_robots(self, url: str) -> None:
        """Raise SourceError when the site does not want us there, or not now."""
        try:
            site = WebOrigin.of(web_address(url))
        except ValueError:
            return  # asking it will say so
        address = f"{site.scheme}://{site.host}:{site.port}/robots.txt"
        body = self._politeness.robots(address, lambda: self._robots(address))
        try:
            rules = (
                self.workers.call(rules_for, body, url, limits=RESPONSE, cancel=self.cancel) if body else RobotsRules()
            )
        except WorkerKilled as killed:
            message = f"The site's robots.txt can't be read. {killed.reason}"
            raise SourceError(self.source, redacted(url), message, fault="too_much", killed=True) from None
        self._politeness.heed_pause(url, rules.pause)
        if refusal := rules.refusal(self.now):
            raise SourceError(self.source, redacted(url), refusal.reason, fault="robots", waiting=refusal.waiting)

    def _robots(self, address: str) -> bytes:
        """A site's robots.txt; empty when it has none (RFC 9309 2.3.1.3). A server error is a failure (2.3.1.4)."""
        known = self.store.http_get(address)
        if known and self.now - known.fetched_at < ROBOTS_AGE:
            return known.body
        try:
            body = self.get(address, "text/plain, */*;q=0.1", ROBOTS_BYTES).body
        except SourceError as error:
            if not error.is_client_error:
                raise
            body = b""
        self.store.http_put(address, StoredAnswer(body, None, None, None, self.now))
        return body

    def remember(self) -> None:
        """Keep the answers of this fetch for asking conditionally. For after they could be read.

        An answer that can't be read is not kept: half a file may carry the same ETag as the whole one.
        """
        for url, answer in self._pending.items():
            if answer is None:
                self.store.http_confirm(url, self.now)
            else:
                self.store.http_put(url, answer)

    def picture(self, url: str, etag: str | None = None, last_modified: str | None = None) -> Fresh:
        """Fetch a picture: one attempt, since the next refresh is another."""
        return self.get(url, "image/*", self.limits.picture_bytes, etag, last_modified, attempts=1)


def is_file(url: str) -> bool:
    """Whether an administrator's address is a file."""
    return url.startswith("file:") or "://" not in url


def file_path(url: str) -> Path:
    """The path of "file:///srv/kalender.ics" or "/srv/kalender.ics"."""
    return Path(url2pathname(urlsplit(url).path)) if url.startswith("file:") else Path(url)
