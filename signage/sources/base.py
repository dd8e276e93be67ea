"""What a source type is: one file in `types/` with a class that fetches and reads. `registry` finds it."""

from __future__ import annotations

import base64
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

from signage.config.sources import Source
from signage.domain.model import News, Record
from signage.domain.printable import printable_line
from signage.domain.table import Table
from signage.errors import SourceError, SourceFault
from signage.sources.formats.times import midnight

if TYPE_CHECKING:
    from signage.sources.formats.html_page import HtmlPage
    from signage.sources.net.caching_fetcher import CachingFetcher

# An event without an end, begun yesterday, may be on screen until its display expiry (24 h at most) has passed.
LONGEST_EXPIRY = timedelta(hours=24)
LONGEST_WARNING = 500  # characters: a name, and what is wrong
WARNINGS = 20  # per source and answer: enough to see what is wrong, not enough to fill a log

Settings = TypeVar("Settings", bound=Source)


@dataclass(frozen=True, slots=True)
class FetchWindow:
    """The local days of interest: from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def covers(self, other: FetchWindow) -> bool:
        """Whether all of another window is in this one."""
        return self.start <= other.start and other.end <= self.end

    def holds(self, record: Record, zone: ZoneInfo) -> bool:
        """Whether any of the occurrence, or of its display expiry, is in the window."""
        try:
            return self._holds(record, zone)
        except OverflowError:  # in the year 1, or 9999: nobody's window
            return False

    def _holds(self, record: Record, zone: ZoneInfo) -> bool:
        if isinstance(record.start, datetime):
            begins = record.start
            ends = record.end if isinstance(record.end, datetime) else begins + LONGEST_EXPIRY
        else:
            begins = midnight(record.start, zone)
            last = record.end if record.end is not None and record.end > record.start else None
            ends = midnight(last or record.start + timedelta(days=1), zone)
        return ends > midnight(self.start, zone) and begins < midnight(self.end + timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class SecretText:
    """Query parameters for requests to one host ("graph.facebook.com"); kept out of logs, errors and the state file."""

    host: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """User name and password (RFC 7617), for the source's own origin and no other; never written down."""

    user: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of Authorization."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def login_of(source: Source) -> Login | None:
    """What the variables that a source names hold now. Raises SourceError for one that is not set, or is empty."""
    if not source.user_env:
        return None
    found = {}
    for name in filter(None, (source.user_env, source.password_env)):
        found[name] = os.environ.get(name, "").strip("\r\n")
        if not found[name]:
            message = f"The environment variable {name} is not set, or is empty."
            hint = "set it where the service gets its environment."
            raise SourceError(source.id, source.url, message, hint, fault="login")
    return Login(found[source.user_env], found.get(source.password_env, ""))


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an answer says: records in the answer's order, and a sentence for each thing that was dropped or mended.

    `news`: items without an event's date. `table`: what it is if it isn't a list of events.
    """

    records: tuple[Record, ...]
    warnings: tuple[str, ...] = ()
    news: tuple[News, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A good answer. `unchanged`: the source said that nothing is new since last time.

    `complete`: false when there is more to ask for at the next refresh. `kept`: nothing was read, since nothing has
    changed; these are the records and news that were known.
    """

    records: tuple[Record, ...]
    warnings: tuple[str, ...] = ()
    unchanged: bool = False
    news: tuple[News, ...] = ()
    complete: bool = True
    kept: bool = False
    table: Table | None = None


class SourceType(ABC, Generic[Settings]):
    """How to read one kind of source. Stateless: one instance serves every source of its type.

    `Settings` is what a section of [[sources]] accepts for this type: `Source`, or a subclass with settings of its own.

    Subclasses give `parse`, and often `accept` or a `fetch` of their own; the rest has defaults. Both raise
    `SourceError` when the answer as a whole can't be used; one bad record costs that record and a warning.
    """

    about: ClassVar[str] = ""  # what people call it: "a calendar that can be subscribed to"
    accept: ClassVar[str] = "*/*"  # the media types that the request asks for
    settings: ClassVar[type[Source]] = Source  # the model of its sections, as in `SourceType[...]`
    order: ClassVar[int] = 1000  # at an unknown address, types with a lower number are tried first
    anywhere: ClassVar[bool] = False  # at an unknown address, the site's root is tried whatever its pages look like
    endings: ClassVar[tuple[str, ...]] = ()  # of file names that mean this type: ".ics"
    to_fill: ClassVar[Mapping[str, str | int]] = {}  # settings that only the administrator knows, with an example each
    page: ClassVar[bool] = False  # made for people and not for programs: robots.txt is heeded, visits are rare

    def address(self, source: Settings, window: FetchWindow) -> str:
        """What to ask for the window; for types with one request."""
        return source.url

    def fetch(self, source: Settings, fetcher: CachingFetcher, window: FetchWindow, zone: ZoneInfo) -> Fetched:
        """Ask the source about the window. One request, unless a type says otherwise.

        This runs in the main process, which must not look into what strangers send: `Response.read` hands an answer's
        bytes to a function in a worker process.
        """
        answer = fetcher.feed(self.address(source, window), self.accept)
        parsed = answer.read(self.parse, source, window, zone)
        return Fetched(parsed.records, parsed.warnings, answer.unchanged, parsed.news, table=parsed.table)

    @abstractmethod
    def parse(self, body: bytes, source: Settings, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read one answer: what of it is in the window. Pure; runs in a worker process."""

    def recognises(self, body: bytes) -> bool:
        """Whether a body looks like an answer to this type, for `signage sources probe`. Pure, quick, never raises."""
        return False

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """Where sources of this type may be found from a web page, best first: what `url` would be. Asks nobody."""
        return ()

    def secret(self, source: Settings) -> SecretText | None:
        """What must be sent along and never be written down; read again for every fetch."""
        return None

    def failure(
        self, source: Settings, message: str, hint: str = "", fault: SourceFault = "format", **values: str | int
    ) -> SourceError:
        """The answer as a whole can't be used, and why, in a sentence ("The answer is HTML instead of JSON.")."""
        return SourceError(source.id, source.url, message, hint, fault=fault, values=values)


class UnusableAnswer(ValueError):
    """An answer as a whole can't be read as what it should be. `fault`: as in `SourceError`."""

    def __init__(self, message: str, hint: str = "", fault: SourceFault = "format") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fault = fault

    def of(self, source: Source) -> SourceError:
        """The failure of the source that gave the answer."""
        return SourceError(source.id, source.url, self.message, self.hint, fault=self.fault)


def none_readable(source: Source, count: int, what: str, first: str, retry_after: float | None = None) -> SourceError:
    """None of the `count` entries of an answer ("events") can be read. `first`: the warning about one of them."""
    message = f"None of its {count} {what} can be read. For example: {first}"
    values = {"count": count}
    return SourceError(source.id, source.url, message, fault="unreadable", values=values, retry_after=retry_after)


class Warnings:
    """Collects warnings: each once, and no more than `WARNINGS`."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}
        self.count = 0  # with those that were there already

    def add(self, text: str) -> None:
        """Say something, unless it has been said. What a stranger wrote in it gives a terminal no orders."""
        self.count += 1
        self._said[printable_line(text)[:LONGEST_WARNING]] = None

    def about(self, name: str) -> Callable[[str], None]:
        """What says something of the event with this name."""
        return lambda text: self.add(f'"{name[:80]}": {text}.')

    @property
    def every(self) -> tuple[str, ...]:
        """What was said, in order, however much it is."""
        return tuple(self._said)

    @property
    def all(self) -> tuple[str, ...]:
        """What was said, in order; the last one counts what is left out."""
        said = tuple(self._said)
        if len(said) <= WARNINGS:
            return said
        return (*said[:WARNINGS], f"There are {len(said) - WARNINGS} more warnings like these.")
