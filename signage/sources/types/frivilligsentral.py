"""The calendar page of a volunteer centre: NAME.frivilligsentral.no/kalender, HTML made for people (WisWeb).

Each day or event is a `div.u-timeline-v3`: spans with weekday, day, month and, if it is not the current one, year; `h3`
"11.00 - 13.30: Title"; `h4` the place. Further dates of a series are there too, hidden, and count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from signage.config.sources import FILE, WEB, Source
from signage.domain.date_words import MONTHS, WEEKDAYS
from signage.domain.model import Record, Ticket
from signage.sources.base import FetchWindow, Parsed, SourceType, Warnings, none_readable
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import web_link
from signage.sources.formats.occurrences import Entry, entry_of, occurrences_of
from signage.sources.formats.titles import read_title
from signage.sources.formats.written_times import WrittenTimes, read_times, times_on

BLOCK = "u-timeline-v3"
HOST = "frivilligsentral.no"
MOST_BLOCKS = 20_000  # one page held 674
MOST_SPANS = 50  # of a block, and words of each, that its date is looked for in; a date has four
NEAR_YEARS = (0, 1, -1)  # where a date without a year is looked for, from the window's year
FAR = timedelta(days=62)  # from the window: a date without a year that fits only there causes a warning
_CLOCK = r"\d{1,2}[.:]\d{2}"
_DASH = r"\s*(?:-|–|—|til)\s*"
# Without a colon behind it a single number may be a date: "10.12 Julebord"; with "kl." or as a span it is a time.
_TIMES = re.compile(
    rf"\s*(?:(?:kl\.?\s*)?({_CLOCK})(?:{_DASH}({_CLOCK})?)?\s*:\s*"
    rf"|(?:kl\.?\s*)?({_CLOCK}){_DASH}({_CLOCK})\s+(?:[-–]\s+)?"
    rf"|kl\.?\s*({_CLOCK})\s+(?:[-–]\s+)?)(?=\S)",
    re.IGNORECASE,
)
_WHOLE_DAY = ((0, 0), (0, 23 * 60 + 59), (0, 24 * 60))
_NOTHING_ON = re.compile(r"ingen (?:kommende |planlagte )?(?:aktivitet|arrangement|hendelse|hending)", re.IGNORECASE)


class FrivilligsentralSource(Source):
    schemes: ClassVar[frozenset[str]] = WEB | {FILE}


class Frivilligsentral(SourceType[FrivilligsentralSource]):
    """Source type "frivilligsentral"; `source.url` is the address of the calendar page."""

    about = "the calendar of a volunteer centre"
    settings = FrivilligsentralSource
    order = 80
    accept = "text/html, */*;q=0.1"
    page = True

    def parse(self, body: bytes, source: FrivilligsentralSource, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """One record for each date of the page. A date with another date's weekday is left out, with a warning."""
        if not body.strip():
            raise self.failure(source, "The answer is empty.", fault="empty")
        page = HtmlPage(source.url, body)
        blocks = list(_blocks(page.tree))
        if not blocks:
            if b"<" not in body[:2000]:
                raise self.failure(source, "The answer isn't a web page.")
            if _NOTHING_ON.search(_text(page.tree.find("body"))):
                return Parsed(())
            hint = "check whether the site has changed."
            raise self.failure(source, f"The page has no calendar (no {BLOCK}).", hint)
        warnings = Warnings()
        if len(blocks) > MOST_BLOCKS:
            warnings.add(f"The page has {len(blocks)} dates. Only the first {MOST_BLOCKS} are read.")
        records: dict[Entry, Record] = {}
        for block in blocks[:MOST_BLOCKS]:
            read = _Block(block, page)
            for heading, place in _headings(block):
                try:
                    whole = _record(read, heading, place, source, window, zone, warnings)
                except (ValueError, OverflowError) as error:
                    warnings.add(f'"{heading[:60]}" is left out: {error}.')
                    continue
                for record in occurrences_of(whole, zone, warnings):
                    records.setdefault(entry_of(record), record)
        if not records:
            raise none_readable(source, len(blocks), "events", warnings.all[-1])
        return Parsed(tuple(r for r in records.values() if window.holds(r, zone)), warnings.all)

    def recognises(self, body: bytes) -> bool:
        """A page with the calendar's marks."""
        return BLOCK.encode() in body

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """The calendar of the centre whose page it is."""
        parts = urlsplit(page.url)
        if (parts.hostname or "").endswith(f".{HOST}") and not parts.path.startswith("/kalender"):
            yield f"{parts.scheme}://{parts.netloc}/kalender"
        elif self.recognises(page.body):
            yield page.url


def _blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The blocks of single dates; a block that holds others is only their frame."""
    blocks = [each for each in tree.iter("div") if BLOCK in (each.get("class") or "").split()]
    frames = {ancestor for block in blocks for ancestor in block.iterancestors("div")}
    yield from (block for block in blocks if block not in frames)


def _headings(block: HtmlElement) -> list[tuple[str, str]]:
    """Each event of a block: its heading, and the place that follows it."""
    found: list[tuple[str, str]] = []
    for element in block.iter("h3", "h4"):
        if element.tag == "h3":
            found.append((_text(element), ""))
        elif found and not found[-1][1]:
            found[-1] = (found[-1][0], _text(element))
    return found or [("", "")]


class _Block:
    """What the events of a block share, looked up once."""

    def __init__(self, block: HtmlElement, page: HtmlPage) -> None:
        self.spans = [_text(each) for each in block.iter("span") if not _in_text(each, block)]
        link = block.find(".//a[@href]")
        self.url = web_link(link.get("href"), page.base) if link is not None else None
        self.description = " ".join(_text(each) for each in block.iter("p"))


def _record(
    block: _Block,
    heading: str,
    venue: str,
    source: FrivilligsentralSource,
    window: FetchWindow,
    zone: ZoneInfo,
    warnings: Warnings,
) -> Record:
    day, far = _day(block.spans, window)
    times, raw = _split(heading)
    title = read_title(raw)
    if not title.text.strip():
        raise ValueError("it has no title")
    if far:
        warnings.add(f'"{heading[:60]}" is shown on {day}, the nearest date with that weekday.')
    times = WrittenTimes() if (times.start, times.end) in _WHOLE_DAY else times
    start, end = times_on(day, times, zone, warnings.about(heading))
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
        url=block.url,
        description=block.description,
    )


def _in_text(span: HtmlElement, block: HtmlElement) -> bool:
    """Whether a span is in a heading or a paragraph, where numbers aren't dates."""
    for ancestor in span.iterancestors():
        if ancestor is block:
            return False
        if ancestor.tag in ("h3", "h4", "p", "a"):
            return True
    return False


def _day(spans: list[str], window: FetchWindow) -> tuple[date, bool]:
    """The date that the spans write: weekday, day, month and perhaps year, in any order; and whether it is far off."""
    words = [word.strip(".,").casefold() for text in spans[:MOST_SPANS] for word in text.split()[:MOST_SPANS]]
    weekday = next((WEEKDAYS[word] for word in words if word in WEEKDAYS), None)
    month = next((MONTHS[word] for word in words if word in MONTHS), None)
    numbers = [int(word) for word in words if word.isdecimal() and len(word) <= 4]
    day = next((number for number in numbers if 1 <= number <= 31), None)
    year = next((number for number in numbers if number >= 1900), None)
    if day is None or month is None:
        raise ValueError("it has no date")
    # Without one the current year is meant; around New Year the page may be older or newer than the window.
    years = [window.start.year + offset for offset in NEAR_YEARS] if year is None else [year]
    dates = [found for each in years if (found := _date(each, month, day)) is not None]
    if not dates:
        raise ValueError(f"{day}.{month}. is not a date")
    fitting = [each for each in dates if weekday is None or each.weekday() == weekday]
    if not fitting:
        raise ValueError(f"its weekday is not that of {dates[0]}")
    nearest = min(fitting, key=lambda each: abs(each - window.start))
    current = year is not None or nearest.year == window.start.year
    return nearest, not current and abs(nearest - window.start) > FAR


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _split(heading: str) -> tuple[WrittenTimes, str]:
    """Times and title of "11.00 - 13.30: Title"."""
    found = _TIMES.match(heading[:200])
    if found is None:
        return WrittenTimes(), heading
    return read_times("-".join(filter(None, found.groups()))), heading[found.end() :].strip()


def _text(element: HtmlElement | None) -> str:
    return " ".join(element.text_content().split()) if element is not None else ""
