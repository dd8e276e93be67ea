"""What a document offers to programs, for `signage sources probe`. Pure; runs in a worker process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from signage.sources.formats.html_page import HtmlPage
from signage.sources.registry import by_likelihood, source_type

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
