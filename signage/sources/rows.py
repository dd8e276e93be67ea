"""Read an answer record by record: one bad record costs that record, and all of them bad is a bad answer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from signage.config.models import Source
from signage.errors import SourceError
from signage.model import Record
from signage.sources.base import Parsed, Warnings, Window
from signage.sources.json_answer import first_reason

if TYPE_CHECKING:
    from signage.sources.http import Fresh


def read_rows(
    rows: Sequence[Any],
    read: Callable[[Any], Iterable[Record]],
    named: Callable[[Any], str],
    source: Source,
    window: Window,
    zone: ZoneInfo,
    warnings: Warnings,
) -> Parsed:
    """The records of all rows that are in the window, each occurrence once, in the rows' order.

    `read` gives the records of a row, and raises ValueError (pydantic's too) or OverflowError for one that can't be
    read; records that it has given before that count. `named` is what to call a row in a warning. Raises SourceError
    when there are rows and none can be read.
    """
    records: dict[tuple[str, str], Record] = {}
    for row in rows:
        try:
            for record in read(row):
                records.setdefault((record.uid, record.start.isoformat()), record)
        except ValidationError as error:
            warnings.add(f"{named(row)} is left out: {first_reason(error)}")
        except (ValueError, OverflowError) as error:
            warnings.add(f"{named(row)} is left out: {error}")
    if rows and not records:
        raise SourceError(source.id, source.url, f"none of its {len(rows)} events can be read ({warnings.all[0]})")
    return Parsed(tuple(record for record in records.values() if window.holds(record, zone)), warnings.all)


@dataclass(frozen=True, slots=True)
class Pages:
    """The rows of all pages of an answer. `unchanged`: every page was; `complete`: none was left out."""

    rows: list[Any]
    unchanged: bool
    complete: bool


def follow_pages(
    first: str,
    ask: Callable[[str], Fresh | None],
    read: Callable[[bytes, str], tuple[Sequence[Any], str | None]],
    most: int,
    warnings: Warnings,
) -> Pages:
    """Ask for a page and those that follow it, each address once and at most so many.

    `ask` gives an address's answer; None: past the end. `read` gives the rows of an answer and the next address.
    """
    rows: list[Any] = []
    asked: set[str] = set()
    unchanged = True
    address: str | None = first
    while address and address not in asked:
        if len(asked) == most:
            warnings.add(f"it has more than {most} pages; the events of the others are not read")
            return Pages(rows, unchanged, False)
        asked.add(address)
        answer = ask(address)
        if answer is None:
            break
        unchanged = unchanged and answer.unchanged
        page, address = read(answer.body, address)
        rows += page
    return Pages(rows, unchanged, True)
