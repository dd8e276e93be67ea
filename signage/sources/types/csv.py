"""A sheet that a volunteer keeps: CSV from a file, or from an address like a Google sheet's (docs/sources/csv.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from signage.config.sources import FILE, WEB, Source
from signage.config.words import SettingError, did_you_mean, one_of, written
from signage.domain.model import Record
from signage.domain.table import Table
from signage.sources.base import FetchWindow, Parsed, SourceType, Warnings, none_readable
from signage.sources.formats.csv.columns import FIELDS, plain
from signage.sources.formats.csv.row import Read, read_row
from signage.sources.formats.csv.sheet import Sheet, UnreadableSheet, looks_like_a_sheet, read_sheet
from signage.sources.formats.csv.table import read_table
from signage.sources.formats.decoding import decode
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.occurrences import Entry, entry_of, occurrences_of

_GOOGLE = re.compile(r"/spreadsheets/(?:u/\d+/)?d/(?P<id>e/[\w-]+|[\w-]{20,})(?:/.*)?")
_NEXTCLOUD_SHARE = re.compile(r"(?:/index\.php)?/s/[A-Za-z0-9]{15}/?")
_HTML = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|script|\?xml[^>]*>\s*<!doctype\s+html)\b", re.IGNORECASE)
_OFFICE = {b"PK\x03\x04": "Excel or LibreOffice", b"\xd0\xcf\x11\xe0": "Excel"}


class CsvSource(Source):
    """`columns` names fields, and the headings of their columns."""

    schemes: ClassVar[frozenset[str]] = WEB | {FILE}

    table: bool = Field(
        False, description='It is a table, shown as it is by { show = "table", source = "…" }; its rows are no events.'
    )
    columns: dict[str, str] = Field(
        {}, description='Which column holds what, when its heading is not understood: { title = "Hva" }.'
    )

    @property
    def is_table(self) -> bool:
        return self.table

    @field_validator("columns")
    @classmethod
    def _fields_and_headings(cls, columns: dict[str, str]) -> dict[str, str]:
        for field, heading in columns.items():
            if field not in FIELDS:
                hint = did_you_mean(field, FIELDS) or f"the fields are {one_of(FIELDS)}."
                raise SettingError(f"There is no field {written(field)}.", hint)
            if not plain(heading):
                raise SettingError(f"{written(heading)} can't be the heading for {field}.")
        return columns


class Csv(SourceType[CsvSource]):
    """Source type "csv"; `source.url` is a file's path, or an address that gives CSV or a Google sheet."""

    about = "a sheet (CSV)"
    settings = CsvSource
    order = 90
    endings = (".csv",)
    accept = "text/csv, text/plain;q=0.9, */*;q=0.5"

    def address(self, source: CsvSource, window: FetchWindow) -> str:
        """The address of the sheet's CSV: for a Google sheet that of its export, for a Nextcloud share the download."""
        return csv_address(source.url)

    def recognises(self, body: bytes) -> bool:
        """Text with a heading line among its first lines: known headings, one of dates and one of titles."""
        return body[:4] not in _OFFICE and looks_like_a_sheet(decode(body[:20_000]))

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """Links to CSV files, and Google sheets, on the page or shown in it."""
        found = [link.url for link in page.links if link.scheme in WEB and link.path.endswith(".csv")]
        found += [link.url for link in page.links if _google(link.url)]
        return tuple(dict.fromkeys(map(csv_address, found)))

    def parse(self, body: bytes, source: CsvSource, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read the sheet. One bad row costs that row; SourceError when it isn't a sheet, or no row can be read."""
        warnings = Warnings()
        if source.table:
            return Parsed((), table=self._table(body, source, window, warnings), warnings=warnings.all)
        sheet = self._sheet(body, source)
        rows: list[Read] = []
        entries = 0
        for number, row in sheet.rows:
            title = " ".join(sheet.columns.cell(row, "title").split())
            entries += 1
            try:
                rows += read_row(number, row, sheet.columns, source, window, zone)
            except (ValueError, OverflowError) as error:
                warnings.add(f"{named(number, title)} is left out: {error}.")
        readable = {each.number for each in rows}
        if entries and not readable:
            raise none_readable(source, entries, "rows", warnings.all[0])
        return Parsed(_records(rows, window, zone, warnings), warnings.all)

    def _sheet(self, body: bytes, source: CsvSource) -> Sheet:
        try:
            return read_sheet(self._text(body, source), source.columns)
        except UnreadableSheet as error:
            raise error.of(source) from None

    def _table(self, body: bytes, source: CsvSource, window: FetchWindow, warnings: Warnings) -> Table:
        try:
            return read_table(self._text(body, source), window.start, warnings.add, source.columns)
        except UnreadableSheet as error:
            raise error.of(source) from None

    def _text(self, body: bytes, source: CsvSource) -> str:
        """The sheet's text. Raises SourceError for what isn't one."""
        if not body.strip():
            raise self.failure(source, "The file is empty.", fault="empty")
        if program := _OFFICE.get(body[:4]):
            raise self.failure(source, f"This is a file of {program}.", "save it as CSV.")
        text = decode(body)
        if _HTML.match(text.lstrip("\ufeff")):
            message = "The answer is HTML instead of a sheet."
            raise self.failure(source, message, "share the sheet with everyone who has the link.", "web_page")
        return text


def named(number: int, title: str) -> str:
    """What to call a row in a warning: its number in the sheet, and its title."""
    return f'row {number} "{title[:80]}"' if title else f"row {number}"


def _records(rows: list[Read], window: FetchWindow, zone: ZoneInfo, warnings: Warnings) -> tuple[Record, ...]:
    """The rows in the window, in the sheet's order, with ids that differ within a day.

    Two of one activity on one day differ by their time; the first one keeps the bare id, which does not hold
    a time so that a corrected time is still the same event.
    """
    first: dict[Entry, int] = {}  # the row that said it
    days: set[tuple[str, str]] = set()
    records: dict[int, Record] = {}
    every = [replace(read, record=record) for read in rows for record in occurrences_of(read.record, zone, warnings)]
    for place, read in sorted(enumerate(every), key=lambda pair: (pair[1].instant(zone), pair[0])):
        record = read.record
        start = record.start.isoformat()
        shown = window.holds(record, zone)
        if (entry := entry_of(record)) in first:
            if shown:
                known = first[entry]
                warnings.add(f"{named(read.number, record.title)} is left out: it is the same as row {known}.")
            continue
        first[entry] = read.number
        if (record.uid, start[:10]) in days:
            record = replace(record, uid=f"{record.uid}-{record.start:%H%M}")
        days.add((read.record.uid, start[:10]))
        if shown:
            records[place] = record
            for warning in read.warnings:
                warnings.add(f"{named(read.number, record.title)}: {warning}.")
    return tuple(records[place] for place in sorted(records))


def csv_address(url: str) -> str:
    """Where the CSV of an address is: that of a Google sheet, of a Nextcloud share, or the address itself."""
    if google := _google(url):
        return google
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.scheme in WEB and _NEXTCLOUD_SHARE.fullmatch(parts.path):
        return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/download", "", ""))
    return url


def _google(url: str) -> str | None:
    """Where a Google sheet's CSV is: the tab with its `gid`, else the first one. None for other addresses."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    found = _GOOGLE.fullmatch(parts.path)
    if parts.scheme not in WEB or parts.hostname != "docs.google.com" or found is None:
        return None
    asked = parse_qs(parts.query)
    if any("csv" in value for key in ("format", "output", "tqx") for value in asked.get(key, ())):
        return url
    gids = parse_qs(parts.fragment).get("gid", []) + asked.get("gid", [])
    published = found["id"].startswith("e/")
    query = {"output": "csv"} if published else {"format": "csv"}
    if gids and gids[0].isdecimal():
        query["gid"] = gids[0]
    path = f"/spreadsheets/d/{found['id']}/{'pub' if published else 'export'}"
    return urlunsplit(("https", "docs.google.com", path, urlencode(query), ""))
