"""Read an answer record by record: one bad record costs that record, and all of them bad is a bad answer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from signage.config.models import Source
from signage.domain.model import Record
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed, Warnings
from signage.sources.formats.json_answer import first_reason

if TYPE_CHECKING:
    from signage.sources.net.caching_fetcher import Response


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
    named: Callable[[Any], str],
    source: Source,
    window: FetchWindow,
    zone: ZoneInfo,
    warnings: Warnings,
) -> Parsed:
    """The records of all rows that are in the window, each occurrence once, in the rows' order.

    `read` gives the records of a row, and raises ValueError (pydantic's too) or OverflowError for one that can't be
    read; records that it has given before that count. `named` is what to call a row in a warning. Raises SourceError
    when there are rows and none can be read.
    """
    return combine([read_page(rows, read, named, window, zone, warnings)], source)


def read_page(
    rows: Sequence[Any],
    read: Callable[[Any], Iterable[Record]],
    named: Callable[[Any], str],
    window: FetchWindow,
    zone: ZoneInfo,
    warnings: Warnings,
    following: str | None = None,
) -> Rows:
    """As `read_rows`, of one page among several: that none of its rows can be read is no failure yet."""
    records: dict[tuple[str, str], Record] = {}
    for row in rows:
        try:
            for record in read(row):
                records.setdefault((record.uid, record.start.isoformat()), record)
        except ValidationError as error:
            warnings.add(f"{named(row)} is left out: {first_reason(error)}")
        except (ValueError, OverflowError) as error:
            warnings.add(f"{named(row)} is left out: {error}")
    held = tuple(record for record in records.values() if window.holds(record, zone))
    return Rows(held, warnings.every, len(rows), bool(records), following)


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
        raise SourceError(source.id, source.url, f"none of its {count} events can be read ({warnings.all[0]})")
    records: dict[tuple[str, str], Record] = {}
    for page in pages:
        for record in page.records:
            records.setdefault((record.uid, record.start.isoformat()), record)
    return Parsed(tuple(records.values()), warnings.all)


@dataclass(frozen=True, slots=True)
class PagedAnswer:
    """All pages of an answer. `unchanged`: every page was; `complete`: none was left out."""

    rows: list[Rows]
    unchanged: bool
    complete: bool


def follow_pages(
    first: str,
    ask: Callable[[str], Response | None],
    read: Callable[[Response, str], Rows],
    most: int,
    warnings: Warnings,
) -> PagedAnswer:
    """Ask for a page and those that follow it, each address once and at most so many.

    `ask` gives an address's answer; None: past the end. `read` has it read in a worker.
    """
    rows: list[Rows] = []
    asked: set[str] = set()
    unchanged = True
    address: str | None = first
    while address and address not in asked:
        if len(asked) == most:
            warnings.add(f"it has more than {most} pages; the events of the others are not read")
            return PagedAnswer(rows, unchanged, False)
        asked.add(address)
        answer = ask(address)
        if answer is None:
            break
        unchanged = unchanged and answer.unchanged
        rows.append(read(answer, address))
        address = rows[-1].following
    return PagedAnswer(rows, unchanged, True)
