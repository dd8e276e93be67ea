"""Web pages that tell programs of their events: schema.org as JSON-LD or microdata. Also TicketCo's shops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from signage.config.models import Source
from signage.errors import SourceError
from signage.model import Record
from signage.sources.base import Fetched, Parsed, SourceType, Warnings, Window
from signage.sources.http import Fetcher, Fresh
from signage.sources.page import Page
from signage.sources.schema_org.events import Reader, name_of
from signage.sources.schema_org.nodes import all_types, events, listed_addresses
from signage.sources.schema_org.scripts import as_json_ld, json_ld, loads, microdata

HTML = "text/html, application/xhtml+xml, application/ld+json;q=0.9, */*;q=0.1"
MOST_DETAILS = 40  # pages that are followed in one refresh; a second between two of them is most of a minute
MOST_LISTED = 400  # pages of one list that are looked at in all
MOST_PAGES = 20  # of a shop's list
DETAIL_AGE = timedelta(hours=24)  # how long a page behind a link is taken as it was
TICKETCO = "ticketco.events"


class JsonLd(SourceType):
    """Source type "jsonld"; `source.url` is the page. With `source.links` it is a list of pages to follow."""

    about = "a web page that tells programs of its events"
    accept = HTML
    schemes = frozenset({"http", "https", "file"})
    keys = frozenset({"links"})
    page = True

    def fetch(self, source: Source, fetcher: Fetcher, window: Window, zone: ZoneInfo) -> Fetched:
        """The page; the further pages of a shop; the pages behind the links that `links` asks for."""
        answer = fetcher.feed(source.url, HTML)
        page = _page(answer, source.url)
        if source.links:
            return self._follow(page, source, fetcher, window, zone)
        parsed = self._read(page, source, window, zone)
        found = {(r.uid, r.start): r for r in parsed.records}
        warnings = list(parsed.warnings)
        if is_ticketco(page):
            for number in range(2, MOST_PAGES + 1):
                more = self._read(
                    _page(fetcher.feed(numbered(source.url, number), HTML), source.url), source, None, zone
                )
                new = [r for r in more.records if (r.uid, r.start) not in found]
                if not new:
                    break
                found.update({(r.uid, r.start): r for r in new})
                warnings += more.warnings
        records = tuple(r for r in found.values() if window.holds(r, zone))
        return Fetched(records, tuple(dict.fromkeys(warnings)), answer.unchanged)

    def parse(self, body: bytes, source: Source, window: Window, zone: ZoneInfo) -> Parsed:
        """The events of one page, or of a file with JSON-LD."""
        return self._read(Page(source.url, body), source, window, zone)

    def recognises(self, body: bytes) -> bool:
        """A page with structured data that may be of events, or JSON-LD itself."""
        start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if start in (b"{", b"["):
            return b'"@type"' in body or b'"@graph"' in body or (b'schema.org/' in body and b'"properties"' in body)
        lower = body.lower()
        return b"application/ld+json" in lower or (b"itemtype" in lower and b"schema.org/" in lower)

    def addresses(self, page: Page) -> Iterable[str]:
        """The page itself, when it holds events."""
        if self.recognises(page.body) and any(events(value) for value in _values(page, Warnings())):
            yield page.url

    def _follow(self, page: Page, source: Source, fetcher: Fetcher, window: Window, zone: ZoneInfo) -> Fetched:
        warnings = Warnings()
        records: dict[tuple[str, object], Record] = {}
        addresses = followed(page, source.links)[:MOST_LISTED]
        if not addresses:
            raise self.failure(source, f'has no link like "{source.links}"')
        asked, failed, complete = 0, 0, True
        for address in addresses:
            if not fetcher.knows(address, DETAIL_AGE):
                if asked == MOST_DETAILS:
                    complete = False
                    continue
                asked += 1
            try:
                detail = _page(fetcher.feed(address, HTML, DETAIL_AGE), address)
                parsed = self._read(detail, source, window, zone)
            except SourceError as error:
                if error.waiting:
                    raise
                failed += 1
                warnings.add(f"{urlsplit(address).path[:80]} {error.reason}")
                continue
            for record in parsed.records:
                records.setdefault((record.uid, record.start), record)
            for said in parsed.warnings:
                warnings.add(said)
        if failed == len(addresses):
            raise self.failure(source, f"none of its {failed} pages can be read ({warnings.all[0]})")
        if not complete:
            warnings.add(f"it lists {len(addresses)} pages; {MOST_DETAILS} new ones are read at each refresh")
        return Fetched(tuple(records.values()), warnings.all, complete=complete)

    def _read(self, page: Page, source: Source, window: Window | None, zone: ZoneInfo) -> Parsed:
        warnings = Warnings()
        if not page.body.strip():
            raise self.failure(source, "sent nothing")
        values = list(_values(page, warnings))
        nodes = [node for value in values for node in events(value)]
        if not nodes and not values:
            said = f" ({warnings.all[0]})" if warnings.all else ""
            raise self.failure(source, f"has no events that a program can read, neither JSON-LD nor microdata{said}")
        if not nodes:
            seen = ", ".join(sorted(set(all_types(values)))[:8])
            warnings.add(f"it tells of no events, only of: {seen or 'nothing with a type'}")
        reader = Reader(source.id, page.base, zone, warnings, is_ticketco(page))
        records: dict[tuple[str, object], Record] = {}
        for node in nodes:
            try:
                record = reader.record(node)
            except (ValueError, OverflowError, TypeError) as error:
                warnings.add(f"{name_of(node)} is left out: {error}")
                continue
            records.setdefault((record.uid, record.start), record)
        if nodes and not records:
            raise self.failure(source, f"none of its {len(nodes)} events can be read ({warnings.all[-1]})")
        kept = tuple(r for r in records.values() if window is None or window.holds(r, zone))
        return Parsed(kept, warnings.all)


def _values(page: Page, warnings: Warnings) -> Iterator[Any]:
    """Everything that a page tells programs, JSON-LD first; of a file with JSON the JSON."""
    if page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        try:
            yield as_json_ld(loads(page.text))
        except (ValueError, RecursionError):
            warnings.add("its JSON can't be read")
        return
    told = list(json_ld(page, warnings))
    yield from told
    if not any(True for value in told for _ in events(value)):
        # Pages that have both say the same in both.
        yield from microdata(page)


def is_ticketco(page: Page) -> bool:
    """Whether a page is a TicketCo shop, whose times end in a "Z" that is not true."""
    host = (urlsplit(page.url).hostname or "") if "://" in page.url else ""
    return host == TICKETCO or host.endswith(f".{TICKETCO}") or f".{TICKETCO}/".encode() in page.body


def numbered(url: str, number: int) -> str:
    """The address of a list's further page."""
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(number))]), fragment=""))


def followed(page: Page, pattern: str) -> list[str]:
    """The page's links on its own site that are like the pattern, each once, in the page's order."""
    host = urlsplit(page.url).netloc.lower()
    listed = [page.absolute(url) for value in json_ld(page, Warnings()) for url in listed_addresses(value)]
    found = dict[str, None]()
    for url in [*(link.url for link in page.links), *listed]:
        try:
            parts = urlsplit(url)._replace(fragment="")
        except ValueError:
            continue
        whole = urlunsplit(parts)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() != host or whole == page.url:
            continue
        if matches(parts.path, pattern) or matches(whole, pattern):
            found[whole] = None
    return list(found)


def matches(text: str, pattern: str) -> bool:
    """Whether an address is like a pattern; one without a * stands for what begins like it."""
    return fnmatchcase(text, pattern if "*" in pattern else f"{pattern}*")


def _page(answer: Fresh, url: str) -> Page:
    return Page(answer.url or url, answer.body, answer.charset)
