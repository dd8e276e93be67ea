"""Which links of a page may lead to the pages of single events. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from signage.sources.formats.html_page import HtmlPage

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
