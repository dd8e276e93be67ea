"""A parish's calendar page on kirken.no or kyrkja.no: HTML in a string of a script (docs/sources/kirken.md)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from signage.config.sources import Source
from signage.domain.model import Record, Ticket
from signage.sources.base import FetchWindow, Parsed, SourceType, Warnings, none_readable
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import web_link
from signage.sources.formats.occurrences import Entry, entry_of, occurrences_of
from signage.sources.formats.titles import read_title
from signage.sources.formats.written_times import read_times, times_on

ITEM = "calendar-item"
MOST_EVENTS = 5000  # of one page
_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_DAY = re.compile(r"(\d{1,2})\s?[./]\s?(\d{1,2})(?:\s?[./]\s?(20\d\d))?")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


class Kirken(SourceType[Source]):
    """Source type "kirken"; `source.url` is the calendar's page."""

    about = "a parish's calendar (kirken.no)"
    order = 28
    accept = "text/html, application/xhtml+xml, application/json;q=0.8, */*;q=0.1"
    page = True

    def recognises(self, body: bytes) -> bool:
        """A page with the calendar's marks."""
        return ITEM.encode() in body or b"OutputCalendar" in body

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """The page itself."""
        if self.recognises(page.body):
            yield page.url

    def parse(self, body: bytes, source: Source, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """One record for each event. What can't be read costs that event."""
        if not body.strip():
            raise self.failure(source, "The answer is empty.", fault="empty")
        if not self.recognises(body):
            hint = "check whether the site has changed."
            raise self.failure(source, f"The page has no calendar (no {ITEM}).", hint)
        page = HtmlPage(source.url, body)
        warnings, records, count = Warnings(), dict[Entry, Record](), 0
        for tree in _trees(page):
            for day, element in _events(tree):
                count += 1
                if count > MOST_EVENTS:
                    warnings.add(f"The page has more than {MOST_EVENTS} events. Only those are read.")
                    break
                title = _text(_inside(element, "info-text")) or "an event without a title"
                try:
                    record = _record(day, element, page, source, zone, warnings)
                except (ValueError, OverflowError) as error:
                    warnings.add(f'"{title[:80]}" is left out: {error}.')
                    continue
                for occurrence in occurrences_of(record, zone, warnings):
                    records.setdefault(entry_of(occurrence), occurrence)
        if count and not records:
            raise none_readable(source, count, "events", warnings.all[0])
        return Parsed(tuple(r for r in records.values() if window.holds(r, zone)), warnings.all)


def _trees(page: HtmlPage) -> Iterator[HtmlElement]:
    """The calendar's HTML: in the page itself, or within the texts of its scripts."""
    yield page.tree
    text = page.text
    texts = [text] if text.lstrip()[:1] in ("{", "[") else [script.text or "" for script in page.tree.iter("script")]
    for script in texts:
        if ITEM not in script:
            continue
        for found in _TEXT.finditer(script):
            if ITEM in found[0]:
                try:
                    yield lxml_html.fragment_fromstring(json.loads(found[0], strict=False), create_parent="div")
                except (ValueError, etree.ParserError):
                    continue


def _events(tree: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """Each event with its date as written ("06.12 2026"); the year is in the heading above."""
    year = day = ""
    within: HtmlElement | None = None  # whose own headings ("Konsert 2027") say nothing of the years
    for phase, element in etree.iterwalk(tree, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if phase == "end":
            within = None if element is within else within
            continue
        classes = (element.get("class") or "").split()
        if "event" in classes:
            within = element if within is None else within
            yield day, element
        elif within is None and ("year" in classes or element.tag in ("h1", "h2", "h3", "h4")):
            found = _YEAR.search(_text(element))
            year = found[1] if found else year
        elif "calendar-date" in classes:
            day = f"{_text(element)} {year}"
        elif ITEM in classes:
            day = ""


def _record(
    written: str, element: HtmlElement, page: HtmlPage, source: Source, zone: ZoneInfo, warnings: Warnings
) -> Record:
    day = _day(written)
    lines = [each for each in element.iter() if "info-text" in (each.get("class") or "").split()]
    title = read_title(_text(lines[0]) if lines else "")
    if not title.text.strip():
        raise ValueError("it has no title")
    link = next((each for each in element.iter("a") if each.get("href")), None)
    url = web_link(page.absolute(link.get("href") or "")) if link is not None else None
    venue = _text(lines[1]) if len(lines) > 1 else ""
    clock = _text(_inside(element, "event-time"))
    start: date | datetime = day
    end: date | datetime | None = day + timedelta(days=1)
    if clock:
        start, end = times_on(day, read_times(clock), zone, warnings.about(title.text))
    return Record(
        source=source.id,
        uid=_uid(url, title.text, venue),
        title=title.text,
        start=start,
        end=end,
        venue=venue,
        status=title.status,
        ticket=Ticket(availability=title.availability),
        url=url,
        description=" ".join(map(_text, lines[2:])),
    )


def _day(written: str) -> date:
    found = _DAY.search(written)
    years = _YEAR.findall(written)
    if found is None or not years:
        raise ValueError(f'the date "{written[:40].strip()}" is not understood')
    try:
        return date(int(found[3] or years[-1]), int(found[2]), int(found[1]))
    except ValueError:
        raise ValueError(f'the date "{written[:40].strip()}" does not exist') from None


def _uid(url: str | None, title: str, venue: str) -> str:
    """The site's own number of the occurrence, else a hash of what it is."""
    query = parse_qs(urlsplit(url or "").query)
    numbers = [query[key][0] for key in ("EventId", "OccurenceId", "OccurrenceId") if query.get(key)]
    if numbers:
        return "-".join(numbers)[:200]
    return hashlib.sha256(f"{title}\n{venue}".casefold().encode()).hexdigest()[:16]


def _inside(element: HtmlElement, name: str) -> HtmlElement | None:
    return next((each for each in element.iter() if name in (each.get("class") or "").split()), None)


def _text(element: HtmlElement | None) -> str:
    return " ".join(element.text_content().split()) if element is not None else ""
