"""A sheet that a volunteer keeps: comma-separated values from a file, Google Sheets, Nextcloud or Excel."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from signage.config.models import Source
from signage.model import Availability, Record, Status, Ticket, TicketKind
from signage.sources.base import Parsed, SourceType, Warnings, Window
from signage.sources.page import Page
from signage.sources.schema_org.events import price_of
from signage.sources.times import midnight, settled, span
from signage.sources.titles import read_title
from signage.sources.types.csv_columns import columns, known
from signage.sources.written_times import weekday, written_clocks, written_dates

MOST_ROWS = 20_000
HEADING_WITHIN = 6  # lines; above it stands at most a title and a few words
DELIMITERS = (";", "\t", ",")
_SHEET = re.compile(r"https://docs\.google\.com/spreadsheets/d/([\w-]+)")
_GID = re.compile(r"[#&?]gid=(\d+)")
_YES = frozenset(("ja", "x", "yes", "true", "1", "avlyst"))


class Csv(SourceType):
    """Source type "csv"; `source.url` is the sheet's address or file."""

    about = "a sheet"
    accept = "text/csv, */*;q=0.1"
    schemes = frozenset({"http", "https", "file"})
    keys = frozenset({"columns"})

    def address(self, source: Source, window: Window) -> str:
        """The sheet's own address; for a Google sheet as it stands in the browser, its export."""
        return exported(source.url)

    def parse(self, body: bytes, source: Source, window: Window, zone: ZoneInfo) -> Parsed:
        """One event a row. A row that can't be read is named by its line."""
        text = decode(body)
        if not text.strip():
            raise self.failure(source, "sent nothing")
        if text.lstrip()[:1] == "<":
            raise self.failure(source, "sent HTML instead of a sheet: is the sheet shared with everybody?")
        if "\x00" in text:
            raise self.failure(source, "sent something that is not a sheet")
        rows = list(_rows(text))
        start = heading_line(rows)
        if start is None and not source.columns:
            first = ", ".join(f'"{cell.strip()[:30]}"' for cell in (rows[0][1] if rows else [])[:8])
            raise self.failure(source, f"has no line with headings such as Tittel and Dato; its first line is {first}")
        headings = rows[start or 0][1]
        try:
            where = columns(headings, source.columns)
        except ValueError as error:
            raise self.failure(source, str(error)) from None
        warnings = Warnings()
        records: dict[tuple[str, object], Record] = {}
        told = 0
        for number, cells in rows[(start or 0) + 1 :]:
            row = _Row(number, {field: cells[i].strip() if i < len(cells) else "" for field, i in where.items()})
            if not any(row.cells.values()):
                continue
            told += 1
            try:
                record = row.record(source, window.start, zone)
            except (ValueError, OverflowError) as error:
                warnings.add(f"line {number} is left out: {error}")
                continue
            records.setdefault((record.uid, record.start), record)
        if told and not records:
            raise self.failure(source, f"none of its {told} rows can be read ({warnings.all[0]})")
        return Parsed(tuple(r for r in records.values() if window.holds(r, zone)), warnings.all)

    def recognises(self, body: bytes) -> bool:
        """Text one of whose first lines is headings, a date's among them."""
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{", b"["):
            return False
        text = decode(body[:65536])
        return "\x00" not in text and heading_line(list(_rows(text))[:HEADING_WITHIN]) is not None

    def addresses(self, page: Page) -> Iterable[str]:
        """The sheet, when the page is a Google sheet; sheets that it links to."""
        if _SHEET.match(page.url):
            yield exported(page.url)
        for link in page.links:
            if link.path.endswith(".csv") or link.type == "text/csv":
                yield link.url
            elif _SHEET.match(link.url):
                yield exported(link.url)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's cells by field, and its line in the file."""

    line: int
    cells: Mapping[str, str]

    def record(self, source: Source, near: date, zone: ZoneInfo) -> Record:
        """Raises ValueError with the reason why it can't be one."""
        title = read_title(self._cell("title"))
        if not title.text.strip():
            raise ValueError("it has no title")
        start, end = self._when(near, zone)
        status, availability = self._state()
        cancelled = status if status is not Status.SCHEDULED else title.status
        sold = availability if availability is not Availability.UNKNOWN else title.availability
        venue, organizer = self._cell("venue"), self._cell("organizer")
        made_up = hashlib.sha256(f"{title.text}\n{venue}\n{organizer}".casefold().encode()).hexdigest()[:16]
        return Record(
            source=source.id,
            uid=self._cell("id") or made_up,
            title=title.text,
            start=start,
            end=end,
            venue=venue,
            organizer=organizer,
            categories=_words(self._cell("category")),
            audiences=_words(self._cell("audience")),
            status=cancelled,
            ticket=self._ticket(sold),
            url=_web(self._cell("url")),
            description=self._cell("description"),
            picture_url=_web(self._cell("picture")),
        )

    def _cell(self, field: str) -> str:
        return self.cells.get(field, "")

    def _when(self, near: date, zone: ZoneInfo) -> tuple[datetime | date, datetime | date | None]:
        if not self._cell("date"):
            raise ValueError("it has no date")
        first, last = written_dates(self._cell("date"), near)
        named = weekday(self._cell("weekday")) if self._cell("weekday") else None
        if not first.agrees or (named is not None and named != first.day.weekday()):
            raise ValueError(f"its weekday is not that of {first.day}; which of the two is right?")
        if self._cell("last"):
            last = written_dates(self._cell("last"), first.day)[0].day
        if last is not None and last < first.day:
            raise ValueError(f"its last day {last} is before its first {first.day}")
        begins, ends = written_clocks(self._cell("time") or first.rest)
        if self._cell("end"):
            ends = written_clocks(self._cell("end"))[0]
        day = last or first.day
        if begins is None:
            return first.day, day + timedelta(days=1)
        start = datetime.combine(first.day, begins, zone)
        if ends is None:
            return settled(start), midnight(day + timedelta(days=1), zone) if day > first.day else None
        end = datetime.combine(day, ends, zone)
        if day == first.day and ends < begins:
            end += timedelta(days=1)
        return span(start, end) if end.replace(tzinfo=None) != start.replace(tzinfo=None) else (settled(start), None)

    def _state(self) -> tuple[Status, Availability]:
        text = self._cell("status")
        if not text:
            return Status.SCHEDULED, Availability.UNKNOWN
        if text.casefold() in _YES:
            return Status.CANCELLED, Availability.UNKNOWN
        read = read_title(f"{text}: -")
        return read.status, read.availability

    def _ticket(self, availability: Availability) -> Ticket:
        price, url = price_of(self._cell("price")), _web(self._cell("ticket"))
        if price is not None:
            kind = TicketKind.FREE if float(price) == 0 else TicketKind.TICKETS
            paid = kind is TicketKind.TICKETS
            return Ticket(kind, url, price if paid else None, "NOK" if paid else None, availability)
        return Ticket(TicketKind.TICKETS if url else TicketKind.UNKNOWN, url, availability=availability)


def decode(body: bytes) -> str:
    """Text as spreadsheets write it: UTF-8 or UTF-16 with their marks, UTF-8, else Windows-1252."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")


def exported(url: str) -> str:
    """The address at which a Google sheet comes as CSV; any other address as it is."""
    sheet = _SHEET.match(url)
    if sheet is None or "/export" in url or "/pub" in url:
        return url
    gid = _GID.search(url)
    return f"https://docs.google.com/spreadsheets/d/{sheet[1]}/export?format=csv&gid={gid[1] if gid else 0}"


def heading_line(rows: Sequence[tuple[int, list[str]]]) -> int | None:
    """Which of the first rows holds the headings: the one with most that are understood, at least two."""
    counts = [(known(cells), -index) for index, (_, cells) in enumerate(rows[:HEADING_WITHIN])]
    best = max(counts, default=(0, 0))
    return -best[1] if best[0] >= 2 else None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with the line on which it ends."""
    lines = text.splitlines()
    if lines and (mark := re.match(r"sep=(.)$", lines[0].strip())):
        delimiter = mark[1]
        text = text[text.index("\n") + 1 :] if "\n" in text else ""
        before = 1
    else:
        delimiter, before = _delimiter(text), 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for count, cells in enumerate(reader):
            if count == MOST_ROWS:
                return
            if any(cell.strip() for cell in cells):
                yield reader.line_num + before, cells
    except csv.Error:
        return  # a cell of more than 128 KB: what came before it counts


def _delimiter(text: str) -> str:
    """The one with which the first lines have most headings that are understood; else the most frequent."""
    first = text.splitlines()[:HEADING_WITHIN]

    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(csv.reader(first, delimiter=delimiter))
        except csv.Error:
            return 0, 0
        return max((known(cells) for cells in rows), default=0), sum(len(cells) for cells in rows)

    return max(DELIMITERS, key=score)


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in re.split(r"[,;/]", text) if word.strip()))


def _web(text: str) -> str | None:
    if text.startswith("www."):
        text = f"https://{text}"
    try:
        return text if urlsplit(text).scheme in ("http", "https") and urlsplit(text).hostname else None
    except ValueError:
        return None
