"""The calendar page of a volunteer centre: NAME.frivilligsentral.no/kalender, HTML made for people (WisWeb).

Each day or event is a `div.u-timeline-v3`: spans with weekday, day, month and, if it is not the current one, year; `h3`
"11.00 - 13.30: Title"; `h4` the place. Further dates of a series are there too, hidden, and count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from signage.config.models import Source
from signage.model import Record, Ticket
from signage.sources.base import Parsed, SourceType, Warnings, Window
from signage.sources.page import Page
from signage.sources.times import settled, span
from signage.sources.titles import read_title
from signage.sources.written_times import MONTHS, WEEKDAYS, Times, read_times

BLOCK = "u-timeline-v3"
HOST = "frivilligsentral.no"
MOST_BLOCKS = 20_000  # one page held 674
NEAR_YEARS = (0, 1, -1)  # where a date without a year is looked for, from the window's year
_TIMES = re.compile(
    r"\s*(?:kl\.?\s*)?(\d{1,2}[.:]\d{2})(?:\s*(?:-|–|—|til)\s*(\d{1,2}[.:]\d{2}))?(?:\s*:\s*|\s+(?:[-–]\s+)?)(?=\S)",
    re.IGNORECASE,
)


class Frivilligsentral(SourceType):
    """Source type "frivilligsentral"; `source.url` is the address of the calendar page."""

    about = "the calendar of a volunteer centre"
    accept = "text/html, */*;q=0.1"
    schemes = frozenset({"http", "https", "file"})
    page = True

    def parse(self, body: bytes, source: Source, window: Window, zone: ZoneInfo) -> Parsed:
        """One record for each date of the page. A date whose weekday is another one's is dropped, and said."""
        if not body.strip():
            raise self.failure(source, "sent nothing")
        page = Page(source.url, body)
        blocks = list(_blocks(page.tree))
        if not blocks:
            if b"<" not in body[:2000]:
                raise self.failure(source, "sent something that is not a web page")
            if _CALENDAR.search(body):
                return Parsed(())
            raise self.failure(source, f"has no calendar in it (no {BLOCK}): has the site changed?")
        warnings = Warnings()
        records: dict[tuple[str, object], Record] = {}
        for block in blocks[:MOST_BLOCKS]:
            heading = _text(block.find(".//h3"))
            try:
                record = _record(block, heading, page, source, window, zone)
            except (ValueError, OverflowError) as error:
                warnings.add(f'"{heading[:60]}" is left out: {error}')
                continue
            records.setdefault((record.uid, record.start), record)
        if not records:
            raise self.failure(source, f"none of its {len(blocks)} events can be read ({warnings.all[0]})")
        return Parsed(tuple(r for r in records.values() if window.holds(r, zone)), warnings.all)

    def recognises(self, body: bytes) -> bool:
        """A page with the calendar's marks."""
        return BLOCK.encode() in body

    def addresses(self, page: Page) -> Iterable[str]:
        """The calendar of the centre whose page it is."""
        parts = urlsplit(page.url)
        if (parts.hostname or "").endswith(f".{HOST}") and not parts.path.startswith("/kalender"):
            yield f"{parts.scheme}://{parts.netloc}/kalender"
        elif self.recognises(page.body):
            yield page.url


_CALENDAR = re.compile(
    rb"(?i)<h1[^>]*>\s*(?:kalender|aktivitetskalender)|ingen (?:aktiviteter|arrangementer|hendelser|treff)"
)


def _blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The blocks of single events; a block that holds others is only their frame."""
    for element in tree.iter("div"):
        if BLOCK in (element.get("class") or "").split() and element.find(".//h3") is not None:
            inner = [each for each in element.iterdescendants("div") if BLOCK in (each.get("class") or "").split()]
            if not inner:
                yield element


def _record(block: HtmlElement, heading: str, page: Page, source: Source, window: Window, zone: ZoneInfo) -> Record:
    day = _day([_text(element) for element in block.iter("span")], window)
    times, raw = _split(heading)
    title = read_title(raw)
    if not title.text:
        raise ValueError("it has no title")
    start: datetime | date = day
    end: datetime | date | None = day + timedelta(days=1)
    if times.start is not None:
        midnight = datetime.combine(day, time(), zone)
        at = midnight + timedelta(minutes=times.start)
        start, end = settled(at), None
        if times.end is not None and times.end != times.start:
            start, end = span(at, midnight + timedelta(days=times.end < times.start, minutes=times.end))
    venue = _text(block.find(".//h4"))
    link = block.find(".//a[@href]")
    url = page.absolute(link.get("href") or "") if link is not None else None
    name = hashlib.sha256(f"{title.text}\n{venue}".casefold().encode()).hexdigest()[:16]
    return Record(
        source=source.id,
        uid=name,
        title=title.text,
        start=start,
        end=end,
        venue=venue,
        status=title.status,
        ticket=Ticket(availability=title.availability),
        url=url if url and urlsplit(url).scheme in ("http", "https") else None,
        description=" ".join(_text(each) for each in block.iter("p")),
    )


def _day(spans: list[str], window: Window) -> date:
    """The date that the spans write: weekday, day, month and perhaps year, in any order."""
    words = [word.strip(".,").casefold() for text in spans for word in text.split()]
    weekday = next((WEEKDAYS[word] for word in words if word in WEEKDAYS), None)
    month = next((MONTHS[word] for word in words if word in MONTHS), None)
    numbers = [int(word) for word in words if word.isdecimal() and len(word) <= 4]
    day = next((number for number in numbers if 1 <= number <= 31), None)
    year = next((number for number in numbers if number >= 1900), None)
    if day is None or month is None:
        raise ValueError("it has no date")
    try:
        if year is not None:
            found = date(year, month, day)
            if weekday is not None and found.weekday() != weekday:
                raise ValueError(f"its weekday is not that of {found}; which of the two is right?")
            return found
        return _without_year(day, month, weekday, window)
    except ValueError as error:
        raise ValueError(str(error) if "weekday" in str(error) else f"{day}.{month}. is not a date") from None


def _without_year(day: int, month: int, weekday: int | None, window: Window) -> date:
    """The current year is meant; around New Year the page may be older or newer than the window."""
    candidates = []
    for offset in NEAR_YEARS:
        try:
            candidates.append(date(window.start.year + offset, month, day))
        except ValueError:
            continue
    if not candidates:
        raise ValueError(f"{day}.{month}. is not a date")
    fitting = [each for each in candidates if weekday is None or each.weekday() == weekday]
    if not fitting:
        raise ValueError(f"its weekday is not that of {candidates[0]}; which of the two is right?")
    return min(fitting, key=lambda each: abs((each - window.start).days))


def _split(heading: str) -> tuple[Times, str]:
    """Times and title of "11.00 - 13.30: Title"."""
    found = _TIMES.match(heading)
    if found is None:
        return Times(), heading
    return read_times("-".join(filter(None, found.groups()))), heading[found.end() :].strip()


def _text(element: HtmlElement | None) -> str:
    return " ".join(element.text_content().split()) if element is not None else ""
