"""RSS 0.9x, 1.0 and 2.0, and Atom (docs/sources/rss.md).

When an item was published is not when an event is: only what one of the event extensions says makes an event of an
item (RSS event module, xCal, and the plain "startdate" of WordPress' plugins). Other items are news.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from signage.config.sources import FILE, WEB, Source
from signage.domain.model import News, Record, Ticket
from signage.sources.base import FetchWindow, Parsed, SourceType, Warnings, none_readable
from signage.sources.formats.feed.feed import NotAFeed, is_feed, read_feed
from signage.sources.formats.feed.times import read_when
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import web_link
from signage.sources.formats.occurrences import Entry, entry_of, occurrences_of
from signage.sources.formats.titles import read_title

MOST_NEWS = 50  # a notice page shows a handful; the rest is an archive
FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_FEED_PATH = re.compile(r"(?:\.rss|\.atom|/(?:rss|feed|atom)(?:\.xml)?)/?$")
_PICTURE_PATH = re.compile(r"\.(?:jpe?g|png|webp|gif|avif|hei[cf])$", re.IGNORECASE)
# The ends of the names of extensions' elements, without "_", the surest first: "ev_location", "mec_location", "venue".
LOCATION = ("evlocation", "location", "venue", "sted", "stad")
ORGANIZER = ("evorganizer", "organizer", "organiser")


class RssSource(Source):
    has_news: ClassVar[bool] = True
    schemes: ClassVar[frozenset[str]] = WEB | {FILE}


class Rss(SourceType[RssSource]):
    """Source type "rss"; `source.url` is the feed's address."""

    about = "a feed (RSS or Atom)"
    settings = RssSource
    order = 40
    endings = (".xml",)
    accept = "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9"

    def recognises(self, body: bytes) -> bool:
        """A document whose root is that of RSS, Atom or RDF."""
        return is_feed(body)

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """The feeds that the page declares, and links that end like a feed's; feeds of comments last."""
        found = [link.url for link in page.links if "alternate" in link.rel.split() and link.type in FEED_TYPES]
        found += [link.url for link in page.links if not link.type and _FEED_PATH.search(link.path)]
        urls = [url for url in dict.fromkeys(found) if web_link(url)]
        return tuple(sorted(urls, key=lambda url: "/comments/" in url))

    def parse(self, body: bytes, source: RssSource, window: FetchWindow, zone: ZoneInfo) -> Parsed:
        """Read a feed. Items with an event's date in the window, and news. One bad item costs that item."""
        try:
            feed = read_feed(body)
        except NotAFeed as error:
            raise error.of(source) from None
        warnings = Warnings()
        if feed.faults:
            warnings.add(f"The feed is not well-formed XML ({feed.faults}). Some of it may be missing.")
        records: dict[Entry, Record] = {}
        news: dict[str, News] = {}
        for entry in feed.entries:
            try:
                read = _read(entry, source, window, zone, warnings)
            except (ValueError, OverflowError) as error:
                warnings.add(f"{_name(entry)} is left out: {error}.")
                continue
            if isinstance(read, News):
                news.setdefault(read.uid, read)
            else:
                for record in occurrences_of(read, zone, warnings):
                    records.setdefault(entry_of(record), record)
        if feed.entries and not records and not news:
            raise none_readable(source, len(feed.entries), "items", warnings.all[0])
        latest = sorted(news.values(), key=lambda item: item.published, reverse=True)[:MOST_NEWS]
        held = tuple(record for record in records.values() if window.holds(record, zone))
        return Parsed(held, warnings.all, tuple(latest))


def _read(
    entry: Mapping[str, Any], source: RssSource, window: FetchWindow, zone: ZoneInfo, warnings: Warnings
) -> Record | News:
    """An item as an event, or as news. Raises ValueError."""
    raw = _text(entry, "title").strip()
    if not raw:
        raise ValueError("it has no title")
    url = web_link(_text(entry, "link"), source.url)
    when = read_when(entry, window.start, zone, lambda text: warnings.add(f"{_name(entry)}: {text}."))
    if when is None:
        published = _published(entry, zone)
        return News(source.id, _uid(entry, raw, ""), raw, published, _summary(entry), url)
    title = read_title(raw)
    organizer = _of_event(entry, ORGANIZER)
    return Record(
        source=source.id,
        uid=_uid(entry, title.text, when.start.isoformat()[:10]),
        title=title.text,
        start=when.start,
        end=when.end,
        venue=_unless_address(_of_event(entry, LOCATION)),
        organizer=_unless_address(organizer),
        organizer_url=web_link(organizer),
        categories=_categories(entry),
        status=title.status,
        ticket=Ticket(availability=title.availability),
        url=url,
        description=_summary(entry),
        picture_url=_picture(entry, source),
    )


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _name(entry: Mapping[str, Any]) -> str:
    """What to call an item in a warning."""
    title = " ".join((_text(entry, "title") or _text(entry, "link") or _text(entry, "id")).split())
    return f'"{title[:80]}"' if title else "an item without a title"


def _uid(entry: Mapping[str, Any], title: str, day: str) -> str:
    """The feed's own id, else the link, else a hash of what is said."""
    own = (_text(entry, "id") or _text(entry, "link")).strip()
    if own:
        return own[:500]
    return hashlib.sha256(f"{' '.join(title.split())}\n{day}".encode("utf-8", "replace")).hexdigest()[:16]


def _published(entry: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    """When an item was published, or else last changed. Raises ValueError when no date is given."""
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        parts = entry.get(key)
        if parts:  # a time.struct_time in UTC
            try:
                year, month, day, hour, minute, second = parts[:6]
                return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC).astimezone(zone)
            except (ValueError, OverflowError, TypeError):
                continue
    raise ValueError("it has neither the date of an event nor a date of publication")


def _summary(entry: Mapping[str, Any]) -> str:
    """The summary; the whole text (content:encoded) where there is none."""
    if summary := _text(entry, "summary").strip():
        return summary
    for content in entry.get("content") or ():
        if isinstance(content, Mapping) and (text := _text(content, "value").strip()):
            return text
    return ""


def _of_event(entry: Mapping[str, Any], endings: tuple[str, ...]) -> str:
    """What an extension says, by the ends of its elements' names."""
    names = {key.replace("_", ""): key for key in entry}
    for ending in endings:
        for name, key in names.items():
            if name.endswith(ending) and (text := _text(entry, key).strip()):
                return text
    return ""


def _unless_address(text: str) -> str:
    """A name; the event module allows an address in its place."""
    return "" if web_link(text) else text


def _categories(entry: Mapping[str, Any]) -> tuple[str, ...]:
    tags = (_text(tag, "label") or _text(tag, "term") for tag in entry.get("tags") or () if isinstance(tag, Mapping))
    words = (" ".join(word.split()) for word in (_text(entry, "ev_type"), *tags))
    return tuple(dict.fromkeys(word for word in words if word and not web_link(word)))


def _picture(entry: Mapping[str, Any], source: RssSource) -> str | None:
    """The first picture among media:content, enclosures and media:thumbnail."""
    links = [link for link in entry.get("links") or () if _text(link, "rel") == "enclosure"]
    for media in (*(entry.get("media_content") or ()), *links, *(entry.get("media_thumbnail") or ())):
        if not isinstance(media, Mapping):
            continue
        url = web_link(_text(media, "url") or _text(media, "href"), source.url)
        kind = _text(media, "medium") or _text(media, "type").split("/")[0]
        if url and (kind == "image" if kind else media in (entry.get("media_thumbnail") or ()) or _is_picture(url)):
            return url
    return None


def _is_picture(url: str) -> bool:
    return _PICTURE_PATH.search(url.partition("?")[0]) is not None
