"""Web pages with structured data about events: schema.org as JSON-LD or microdata. Also TicketCo's shops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.sources import FILE, WEB, Source
from signage.domain.model import Record
from signage.errors import SourceError
from signage.sources.base import Fetched, FetchWindow, Parsed, SourceType, Warnings, none_readable
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import web_link
from signage.sources.formats.occurrences import Entry, entry_of, occurrences_of
from signage.sources.formats.schema_org.events import SchemaOrgReader, at_ticketco, from_ticketco
from signage.sources.formats.schema_org.mec_cards import with_printed_times
from signage.sources.formats.schema_org.microdata import as_json_ld, microdata
from signage.sources.formats.schema_org.moments import has_false_offset
from signage.sources.formats.schema_org.nodes import MOST_EVENTS, all_types, events_of, listed_addresses
from signage.sources.formats.schema_org.scripts import json_ld, loads
from signage.sources.formats.schema_org.values import name_of
from signage.sources.net.caching_fetcher import CachingFetcher

HTML = "text/html, application/xhtml+xml, application/ld+json;q=0.9, */*;q=0.1"
MOST_DETAILS = 40  # pages that are followed in one refresh; a second between two of them is most of a minute
MOST_LISTED = 400  # pages of one list that are looked at in all
MOST_PAGES = 20  # of a shop's list
MOST_KILLED = 1  # pages behind links on which a worker is lost; with more, the refresh would take minutes
DETAIL_AGE = timedelta(hours=24)  # how long a page behind a link is taken as it was
KEPT_AGE = timedelta(days=7)  # and how long at most, when it can't be asked; answers are kept for 8 days


Found = dict[Entry, Record]


@dataclass(frozen=True, slots=True)
class PageData:
    """What a page holds for programs: its events, and whether it is a TicketCo shop, which has further pages."""

    page: HtmlPage
    events: list[dict[str, object]]
    warnings: Warnings
    shop: bool


@dataclass(frozen=True, slots=True)
class First:
    """What the source's own page is: a list of pages to follow, or one with events of its own (`parsed`)."""

    addresses: tuple[str, ...]
    parsed: Parsed | None = None
    shop: bool = False


class JsonLdSource(Source):
    schemes: ClassVar[frozenset[str]] = WEB | {FILE}

    links: str = Field(
        "", description='Links to follow, as a part of their address with * for anything: "/arrangement/*".'
    )


class JsonLd(SourceType[JsonLdSource]):
    """Source type "jsonld"; `source.url` is the page. With `source.links` it is a list of pages to follow."""

    about = "a web page with structured data about events"
    settings = JsonLdSource
    order = 30
    endings = (".json", ".html", ".htm")
    accept = HTML
    page = True

    def fetch(self, source: JsonLdSource, fetcher: CachingFetcher, window: FetchWindow, zone: ZoneInfo) -> Fetched:
        """The page; the further pages of a shop; the pages behind the links that `links`, or a bare list, names."""
        answer = fetcher.feed(source.url, HTML)
        first = answer.read(self._first, answer.url, answer.charset, source, zone)
        if first.parsed is None:
            return self._follow(list(first.addresses), source, fetcher, window, zone)
        found: Found = {entry_of(record): record for record in first.parsed.records}
        warnings = list(first.parsed.warnings)
        if first.shop:
            warnings += self._turn(found, source, fetcher, zone)
        records = tuple(r for r in found.values() if window.holds(r, zone))
        return Fetched(records, tuple(dict.fromkeys(warnings)), answer.unchanged)

    def parse(self, body: bytes, source: JsonLdSource, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """The events of one page, or of a file with JSON-LD."""
        return self._read(self._page_data(HtmlPage(source.url, body), source), source, window, zone)

    def _first(self, body: bytes, url: str, charset: str | None, source: JsonLdSource, zone: ZoneInfo) -> First:
        page = HtmlPage(url, body, charset)
        if source.links:
            addresses = followed(page, source.links)
            if not addresses:
                raise self.failure(
                    source, f'The page has no link like "{source.links}".', "check links in screens.toml.", "no_links"
                )
            return First(tuple(addresses))
        data = self._page_data(page, source)
        if not data.events and (addresses := listed(page)):
            return First(tuple(addresses))
        return First((), self._read(data, source, None, zone), data.shop)

    def recognises(self, body: bytes) -> bool:
        """A page with structured data that may be of events, or JSON-LD itself."""
        start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if start in (b"{", b"["):
            return b'"@type"' in body or b'"@graph"' in body or (b"schema.org/" in body and b'"properties"' in body)
        lower = body.lower()
        return b"application/ld+json" in lower or (b"itemtype" in lower and b"schema.org/" in lower)

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """The page itself, when it holds events."""
        if self.recognises(page.body) and events_of(_values(page, Warnings())):
            yield page.url

    def _turn(self, found: Found, source: JsonLdSource, fetcher: CachingFetcher, zone: ZoneInfo) -> tuple[str, ...]:
        """Add the further pages of a shop to what is found, until one has nothing new; gives their warnings."""
        warnings: list[str] = []
        for number in range(2, MOST_PAGES + 1):
            url = numbered(source.url, number)
            try:
                answer = fetcher.feed(url, HTML)
            except SourceError as error:
                if _is_gone(error):  # past the last page
                    return tuple(warnings)
                raise  # half a shop would be taken for all of it
            more = answer.read(self._further, answer.url, answer.charset, source, zone)
            if more is None:
                return tuple(warnings)
            new: Found = {entry: record for record in more.records if (entry := entry_of(record)) not in found}
            if not new:
                return tuple(warnings)
            found.update(new)
            warnings += more.warnings
        return (*warnings, f"The shop has more than {MOST_PAGES} pages. Only the first {MOST_PAGES} are read.")

    def _further(
        self, body: bytes, url: str, charset: str | None, source: JsonLdSource, zone: ZoneInfo
    ) -> Parsed | None:
        """A further page of a shop; None when it has no events."""
        page = HtmlPage(url, body, charset)
        if not events_of(_values(page, Warnings())):
            return None
        return self._read(self._page_data(page, source), source, None, zone)

    def _follow(
        self, addresses: list[str], source: JsonLdSource, fetcher: CachingFetcher, window: FetchWindow, zone: ZoneInfo
    ) -> Fetched:
        warnings = Warnings()
        records: Found = {}
        if len(addresses) > MOST_LISTED:
            warnings.add(f"The page lists {len(addresses)} pages. Only the first {MOST_LISTED} are used.")
            addresses = addresses[:MOST_LISTED]
        kept = {address for address in addresses if fetcher.knows(address, KEPT_AGE)}
        old = [address for address in addresses if not fetcher.knows(address, DETAIL_AGE)]
        to_ask = set(sorted(old, key=kept.__contains__)[:MOST_DETAILS])  # those that nothing is known of first
        left = [address for address in old if address not in to_ask]
        read, killed, failed = 0, 0, list[SourceError]()
        for address in addresses:
            if address in left and address not in kept:
                continue
            try:
                parsed = self._detail(address, address in to_ask, source, fetcher, window, zone)
                read += 1
            except SourceError as error:
                killed += error.killed
                if error.waiting or killed > MOST_KILLED:
                    raise
                failed.append(error)
                warnings.add(f"{urlsplit(address).path[:80]}: {error.message}")
                if error.retry_after is not None:  # leave the site alone until the next refresh
                    left += to_ask
                    to_ask.clear()
                if address not in kept or _is_gone(error):
                    continue
                try:
                    parsed = self._detail(address, False, source, fetcher, window, zone)
                    read += 1
                except SourceError:
                    continue
            for record in parsed.records:
                records.setdefault(entry_of(record), record)
            for said in parsed.warnings:
                warnings.add(said)
        if failed and not read:
            raise none_readable(source, len(failed), "pages", warnings.all[0], failed[-1].retry_after)
        if left:
            warnings.add(f"The page lists {len(addresses)} pages. At each refresh, {MOST_DETAILS} new ones are read.")
        # A long list is never complete: else all of its pages would be asked again at once, when they are a day old.
        return Fetched(tuple(records.values()), warnings.all, complete=not left and len(addresses) <= MOST_DETAILS)

    def _detail(
        self,
        address: str,
        ask: bool,
        source: JsonLdSource,
        fetcher: CachingFetcher,
        window: FetchWindow,
        zone: ZoneInfo,
    ) -> Parsed:
        """A page behind a link; without `ask` as it was, when that is known."""
        answer = fetcher.feed(address, HTML, DETAIL_AGE if ask else KEPT_AGE)
        return answer.read(self._whole, answer.url, answer.charset, source, window, zone)

    def _whole(
        self, body: bytes, url: str, charset: str | None, source: JsonLdSource, window: FetchWindow, zone: ZoneInfo
    ) -> Parsed:
        return self._read(self._page_data(HtmlPage(url, body, charset), source), source, window, zone)

    def _page_data(self, page: HtmlPage, source: JsonLdSource) -> PageData:
        """The structured data of a page. Raises SourceError when it has none."""
        warnings = Warnings()
        if not page.body.strip():
            raise self.failure(source, "The answer is empty.", fault="empty")
        values = list(_values(page, warnings))
        if not values:
            first = f" {warnings.all[0]}" if warnings.all else ""
            raise self.failure(source, f"The page has neither JSON-LD nor microdata.{first}")
        nodes = with_printed_times(events_of(values), page)
        if not nodes:
            seen = ", ".join(sorted(set(all_types(values)))[:8])
            warnings.add(f"The page describes no events. It describes: {seen[:200] or 'nothing with a type'}.")
        if len(nodes) == MOST_EVENTS:
            warnings.add(f"Only its first {MOST_EVENTS} events are read.")
        return PageData(page, nodes, warnings, at_ticketco(page.url) or any(map(from_ticketco, nodes)))

    def _read(self, data: PageData, source: JsonLdSource, window: FetchWindow | None, zone: ZoneInfo) -> Parsed:
        false_z = at_ticketco(data.page.url) or has_false_offset(data.events)
        reader = SchemaOrgReader(source.id, data.page.base, zone, data.warnings, false_z, source.language)
        records: Found = {}
        for node in data.events:
            try:
                for record in reader.records(node):
                    for occurrence in occurrences_of(record, zone, data.warnings):
                        records.setdefault(entry_of(occurrence), occurrence)
            except (ValueError, OverflowError, TypeError) as error:
                data.warnings.add(f"{name_of(node)} is left out: {error}.")
        if data.events and not records:
            raise none_readable(source, len(data.events), "events", data.warnings.all[-1])
        found = tuple(records.values())
        if len(found) == 1 and found[0].url is None:  # a page about one event is that event's page
            found = (replace(found[0], url=web_link(data.page.url)),)
        return Parsed(tuple(r for r in found if window is None or window.holds(r, zone)), data.warnings.all)


def _values(page: HtmlPage, warnings: Warnings) -> Iterator[Any]:
    """All structured data of a page, JSON-LD first; of a file with JSON the JSON."""
    if page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        try:
            yield as_json_ld(loads(page.text))
        except (ValueError, RecursionError):
            warnings.add("Its JSON can't be read.")
        return
    data = list(json_ld(page, warnings))
    yield from data
    if not events_of(data):
        # Pages that have both say the same in both.
        yield from microdata(page)


def numbered(url: str, number: int) -> str:
    """The address of a list's further page."""
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(number))]), fragment=""))


def followed(page: HtmlPage, pattern: str) -> list[str]:
    """The page's links on its own site that are like the pattern, each once, in the page's order."""
    found = _own([*(link.url for link in page.links), *_listed(page)], page)
    return [url for url in found if matches(urlsplit(url).path, pattern) or matches(url, pattern)]


def listed(page: HtmlPage) -> list[str]:
    """The pages on the page's own site that its ItemList names, without further data about them."""
    return _own(_listed(page), page)


def _listed(page: HtmlPage) -> list[str]:
    return [page.absolute(url) for value in json_ld(page, Warnings()) for url in listed_addresses(value)]


def _own(urls: Iterable[str], page: HtmlPage) -> list[str]:
    """Addresses of other pages on the page's own site, each once."""
    host = urlsplit(page.url).netloc.lower()
    found = dict[str, None]()
    for url in urls:
        whole = (web_link(url) or "").partition("#")[0]
        if whole and host and urlsplit(whole).netloc.lower() == host and whole != page.url.partition("#")[0]:
            found[whole] = None
    return list(found)


def matches(text: str, pattern: str) -> bool:
    """Whether an address is like a pattern; one without a * matches every address that begins with it."""
    return fnmatchcase(text, pattern if "*" in pattern else f"{pattern}*")


def _is_gone(error: SourceError) -> bool:
    return error.fault == "gone"
