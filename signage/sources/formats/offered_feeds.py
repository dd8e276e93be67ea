"""What a document offers to programs, for `signage sources probe`. Pure; runs in a worker process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.listing_pages import Listing, likely_lists
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
    """Whether a page tells programs of events."""
    return bool(list(source_type("jsonld").addresses(HtmlPage(url, body, charset))))
