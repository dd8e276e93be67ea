"""What a document offers to programs, for `signage sources probe`. Pure; runs in a worker process."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from signage.domain.printable import printable_line
from signage.sources.base import Warnings
from signage.sources.formats.feed.feed import is_feed
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import peek
from signage.sources.formats.schema_org.microdata import microdata
from signage.sources.formats.schema_org.nodes import all_types
from signage.sources.formats.schema_org.scripts import json_ld
from signage.sources.registry import by_likelihood, source_type

MOST_NAMED = 8  # keys, or types, that a description lists
_ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
_BOM = b"\xef\xbb\xbf"

Offer = tuple[str, str]  # a source type, and the address that it may read


@dataclass(frozen=True, slots=True)
class FeedSearch:
    """What one document is. `recognised`: the source types that may read it. `offers`: what it leads to, as a web page.
    `listings`: the kinds of its links that may lead to pages of single events.
    """

    recognised: tuple[str, ...]
    is_html: bool
    offers: tuple[Offer, ...]
    listings: tuple[Listing, ...]


def look_at(body: bytes, url: str, charset: str | None) -> FeedSearch:
    """Look a document over. `url`: where it came from."""
    recognised = tuple(name for name in by_likelihood() if source_type(name).recognises(body))
    is_html = body.removeprefix(_BOM).lstrip()[:1] == b"<"
    if recognised and not is_html:
        return FeedSearch(recognised, is_html, (), ())
    page = HtmlPage(url, body, charset)
    return FeedSearch(recognised, is_html, tuple(offers_of(page)), tuple(likely_lists(page)))


def describe(body: bytes, url: str, charset: str | None) -> str:
    """What a document is, in a sentence for somebody who expected events in it."""
    text = body.removeprefix(_BOM).lstrip()
    if not text:
        return "The answer is empty."
    if text[:1] in (b"{", b"["):
        return _describe_json(body)
    if text[:15].upper() == b"BEGIN:VCALENDAR":
        return f"The answer is a calendar with {text.count(b'BEGIN:VEVENT')} entries."
    if text[:1] != b"<":
        start = printable_line(text[:60].decode("utf-8", "replace"))
        return f'The answer is neither a web page, JSON, a calendar nor a feed. It begins with "{start}".'
    if is_feed(body):
        return f"The answer is a feed with {len(_ITEM.findall(text))} items."
    return _describe_page(HtmlPage(url, body, charset))


def _describe_json(body: bytes) -> str:
    answer = peek(body)
    if isinstance(answer, list):
        first = answer[0] if answer and isinstance(answer[0], dict) else {}
        within = f", the first of which has {_keys(first)}" if first else ""
        return f"The answer is JSON: a list of {len(answer)} entries{within}."
    if isinstance(answer, dict):
        return f"The answer is JSON: an object with {_keys(answer)}."
    return "The answer looks like JSON, but can't be read."


def _keys(row: dict[str, object]) -> str:
    names = ", ".join(f'"{printable_line(str(key))[:40]}"' for key in list(row)[:MOST_NAMED])
    return f"{names} and {len(row) - MOST_NAMED} more" if len(row) > MOST_NAMED else names or "nothing"


def _describe_page(page: HtmlPage) -> str:
    title = page.tree.find(".//title")
    name = printable_line(" ".join(title.text_content().split()))[:80] if title is not None else ""
    values = list(json_ld(page, Warnings())) + list(microdata(page))
    found = ", ".join(sorted(set(all_types(values)))[:MOST_NAMED])
    data = f"its structured data describes {printable_line(found)[:200]}" if found else "it has no structured data"
    scripts = sum(1 for _ in page.tree.iter("script"))
    called = f' called "{name}"' if name else ""
    return f"The answer is a web page{called} with {len(page.links)} links and {scripts} scripts, and {data}."


def offers_of(page: HtmlPage) -> Iterator[Offer]:
    """What a page leads to, surest first; last what portals and WordPress sites answer at, whatever page was named."""
    for name in by_likelihood():
        for url in source_type(name).addresses(page):
            yield name, url
    parts = urlsplit(page.url)
    for name in (each for each in by_likelihood() if source_type(each).anywhere):
        yield name, f"{parts.scheme}://{parts.netloc}"


def has_events(body: bytes, url: str, charset: str | None) -> bool:
    """Whether a page holds events for programs."""
    return bool(list(source_type("jsonld").addresses(HtmlPage(url, body, charset))))


LEAST = 2  # links that look alike; one is a menu entry
MOST = 4  # kinds of links that are looked into
# Words in the addresses of pages about events, in Norwegian and English.
TELLING = ("arrangement", "hendelse", "hending", "event", "kalender", "konsert", "forestilling", "program", "aktivitet")


@dataclass(frozen=True, slots=True)
class Listing:
    """Links that look alike: `pattern` as `links` in screens.toml takes it, and the first of their addresses."""

    pattern: str
    sample: str
    count: int


def likely_lists(page: HtmlPage) -> list[Listing]:
    """Kinds of links on the page's own site, those that sound like events first, then those that there are most of."""
    host = urlsplit(page.url).netloc.lower()
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for link in page.links:
        try:
            parts = urlsplit(link.url)
        except ValueError:
            continue
        folder, _, name = parts.path.rstrip("/").rpartition("/")
        if parts.scheme in ("http", "https") and parts.netloc.lower() == host and folder and name:
            found[f"{folder}/"][link.url.partition("#")[0]] = None
    lists = [Listing(f"{folder}*", next(iter(urls)), len(urls)) for folder, urls in found.items() if len(urls) >= LEAST]
    return sorted(lists, key=lambda each: (not _telling(each.pattern), -each.count))[:MOST]


def _telling(pattern: str) -> bool:
    return any(word in pattern.casefold() for word in TELLING)
