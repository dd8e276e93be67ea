"""Read an answer record by record: one bad record costs that record, and all of them bad is a bad answer. Pure."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from signage.config.models import Source
from signage.domain.model import Record
from signage.errors import SourceError
from signage.sources.base import Fetched, FetchWindow, Parsed, Settings, SourceType, Warnings, none_readable
from signage.sources.formats.json_answer import any_text, first_reason, name, read_json
from signage.sources.formats.occurrences import Entry, entry_of, occurrences_of

if TYPE_CHECKING:
    from signage.sources.net.caching_fetcher import CachingFetcher


@dataclass(frozen=True, slots=True)
class Rows:
    """What was read of one page of an answer: the records in the window, and every warning.

    `count`: how many rows it has; `readable`: whether any could be read, in the window or not. `following`: the address
    of the next page; None when there is none.
    """

    records: tuple[Record, ...]
    warnings: tuple[str, ...]
    count: int
    readable: bool
    following: str | None = None


def read_rows(
    rows: Sequence[Any],
    read: Callable[[Any], Iterable[Record]],
    titles: Sequence[str],
    source: Source,
    window: FetchWindow,
    zone: ZoneInfo,
    warnings: Warnings,
    exact: bool = False,
) -> Parsed:
    """The records of all rows that are in the window, each occurrence once, in the rows' order.

    `read` gives the records of a row, and raises ValueError (pydantic's too) or OverflowError for one that can't be
    read; records that it has given before that count. A row may have none. A warning calls a row by the first of
    `titles`, its fields, that is there. Raises SourceError when there are rows and none can be read. `exact`: a time of
    midnight is one.
    """
    return combine([read_page(rows, read, titles, window, zone, warnings, exact=exact)], source)


def read_page(
    rows: Sequence[Any],
    read: Callable[[Any], Iterable[Record]],
    titles: Sequence[str],
    window: FetchWindow,
    zone: ZoneInfo,
    warnings: Warnings,
    following: str | None = None,
    exact: bool = False,
) -> Rows:
    """As `read_rows`, of one page among several: that none of its rows can be read is no failure yet."""
    records: dict[Entry, Record] = {}
    readable = False
    for row in rows:
        known, warned = len(records), warnings.count
        try:
            for whole in read(row):
                for record in (whole,) if exact else occurrences_of(whole, zone, warnings):
                    records.setdefault(entry_of(record), record)
            # without a record, too, when nothing is wrong: a film without showings, a series that is over
            readable = readable or len(records) > known or warnings.count == warned
        except ValidationError as error:
            warnings.add(f"{name(row, *titles)} is left out: {first_reason(error)}.")
        except (ValueError, OverflowError) as error:
            warnings.add(f"{name(row, *titles)} is left out: {error}.")
    held = tuple(record for record in records.values() if window.holds(record, zone))
    return Rows(held, warnings.every, len(rows), readable or bool(records), following)


def combine(pages: Sequence[Rows], source: Source, warnings: Warnings | None = None) -> Parsed:
    """The records of all pages, each occurrence once; `warnings` come first. Raises SourceError when there are rows
    and none can be read.
    """
    warnings = warnings or Warnings()
    for page in pages:
        for warning in page.warnings:
            warnings.add(warning)
    count = sum(page.count for page in pages)
    if count and not any(page.readable for page in pages):
        raise none_readable(source, count, "events", warnings.all[0])
    records: dict[Entry, Record] = {}
    for page in pages:
        for record in page.records:
            records.setdefault(entry_of(record), record)
    return Parsed(tuple(records.values()), warnings.all)


class PagedJson(SourceType[Settings]):
    """A type whose answers are pages of JSON that name the next page's address."""

    accept = "application/json"
    most_pages: ClassVar[int]  # that are fetched; a source with more is not what it should be
    title_key: ClassVar[str]  # of a row, to name it in a warning
    secret_parameters: ClassVar[frozenset[str]] = frozenset()  # of the next page's address, which are not sent on

    @abstractmethod
    def rows_of(self, body: bytes, source: Settings) -> tuple[list[Any], str]:
        """The rows of an answer, and the address of the next page; "" for the last one. Raises SourceError."""

    @abstractmethod
    def records(
        self, row: Any, source: Settings, window: FetchWindow, zone: ZoneInfo, warnings: Warnings
    ) -> Iterable[Record]:
        """The records of a row. Raises ValueError or OverflowError."""

    def following(self, address: str, named: str) -> str:
        """The address of the page after the one at `address`, which names it itself."""
        return named

    def is_past_the_end(self, error: SourceError, fetcher: CachingFetcher, source: Settings, first: bool) -> bool:
        """Whether an error says that there is no such page. May raise another one, which says more."""
        return False

    def fetch(self, source: Settings, fetcher: CachingFetcher, window: FetchWindow, zone: ZoneInfo) -> Fetched:
        """All pages of the source's own site, each address once."""
        warnings, rows, asked = Warnings(), list[Rows](), set[str]()
        unchanged, address = True, self.address(source, window) or None
        while address and address not in asked and len(asked) < self.most_pages:
            try:
                answer = fetcher.feed(address, self.accept)
            except SourceError as error:
                if self.is_past_the_end(error, fetcher, source, not asked):
                    address = None
                    break
                raise
            asked.add(address)
            unchanged = unchanged and answer.unchanged
            rows.append(answer.read(self._read, address, source, window, zone))
            address = rows[-1].following
        left = bool(address) and address not in asked
        if left:
            warnings.add(f"Only the first {self.most_pages} pages are read.")
        parsed = combine(rows, source, warnings)
        return Fetched(parsed.records, parsed.warnings, unchanged, complete=not left)

    def parse(self, body: bytes, source: Settings, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read one page. One bad event costs that event; SourceError when the answer is an error, or something else."""
        return combine([self._read(body, "", source, window, zone)], source)

    def _read(self, body: bytes, address: str, source: Settings, window: FetchWindow, zone: ZoneInfo) -> Rows:
        """One page. With the `address` that it was fetched from, also the next one's."""
        warnings = Warnings()
        rows, following = self.rows_of(body, source)
        following = following and self.following(address, following)
        address = address and next_address(address, following, self.secret_parameters, warnings)

        def read(row: Any) -> Iterable[Record]:
            return self.records(row, source, window, zone, warnings)

        return read_page(rows, read, (self.title_key,), window, zone, warnings, address or None)


class NumberedPages(PagedJson[Settings]):
    """Pages that are numbered in the address ("page=2"): {"data": [...], "meta": {"total_pages": 3}}."""

    total_key: ClassVar[str]  # how many pages there are, in "meta"

    def rows_of(self, body: bytes, source: Settings) -> tuple[list[Any], str]:
        """The rows of a page, and how many pages there are."""
        answer = read_json(body, source)
        rows = answer.get("data") if isinstance(answer, dict) else None
        if isinstance(rows, dict):
            rows = rows.get("events")
        if not isinstance(rows, list):
            raise self.failure(source, 'The answer has no list called "data".')
        meta = answer.get("meta")
        return rows, any_text(meta.get(self.total_key)) if isinstance(meta, dict) else ""

    def following(self, address: str, named: str) -> str:
        """The next number, unless this was the last page."""
        number = dict(parse_qsl(urlsplit(address).query)).get("page", "1")
        if not (number.isdecimal() and named.isdecimal()) or int(number[:9]) >= int(named[:9]):
            return ""
        return with_query(address, page=str(int(number[:9]) + 1))


def with_query(address: str, **parameters: str) -> str:
    """An address with these parameters; the others that it has are kept."""
    parts = urlsplit(address)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*query, *parameters.items()], safe=","), fragment=""))


def next_address(here: str, following: str, secret: Collection[str], warnings: Warnings) -> str:
    """The next page's address, on the origin of this one; "" for none.

    Behind a proxy a site may call itself http, or leave out "www."; not where a token is sent along.
    """
    if not following:
        return ""
    own = urlsplit(here)
    try:
        parts = urlsplit(urljoin(here, following))
        host = parts.hostname or ""
        if secret:
            same = (parts.scheme, host, parts.port) == (own.scheme, own.hostname, own.port)
        else:
            same = host.removeprefix("www.") == (own.hostname or "").removeprefix("www.") and (
                parts.port == own.port or parts.scheme != own.scheme
            )
    except ValueError:
        host, same = "", False
    if not same:
        warnings.add(f'The next page is on another site ("{host[:60]}"), and is not fetched.')
        return ""
    query = parts.query
    if secret:
        query = urlencode([(key, value) for key, value in parse_qsl(query) if key not in secret], safe=",")
    return urlunsplit((own.scheme, own.netloc, parts.path, query, ""))
