"""News items of feeds on notice pages: which are shown when, and how much of their text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from signage.domain.model import News
from signage.domain.page_plan import NewsKey, PagePlan

TEXT_LENGTH = 320  # characters: what is read in ten seconds, with the title
LEAST = 120  # characters; a text that ends at an earlier full stop says too little
# "20. november", "kl. 18" and "f.eks. noe" end no sentence: the next one begins with a capital.
_SENTENCE = re.compile(r"[.!?…][»\"”)]?(?=\s+[«\"“(–-]?\s?[A-ZÆØÅÄÖ])")


def keyed(news: Iterable[News]) -> dict[NewsKey, News]:
    """The items by source and uid; of two versions of one item the later."""
    ordered = sorted(news, key=lambda n: (n.published, n.title, n.text, n.url or ""))
    return {(item.source, item.uid): item for item in ordered}


def turns(news: Iterable[News], days: int) -> list[datetime]:
    """The instants at which an item appears or goes."""
    return [instant for item in news for instant in (item.published, item.published + timedelta(days=days))]


def news_pages(news: Sequence[News], at: datetime, count: int, days: int) -> list[PagePlan]:
    """A page each for the `count` newest of the items that are shown at the instant `at`, the newest first."""
    shown = [item for item in news if item.published <= at < item.published + timedelta(days=days)]
    newest = sorted(shown, key=lambda n: (-n.published.timestamp(), n.source, n.uid))[:count]
    return [PagePlan("notice", news=(item.source, item.uid)) for item in newest]


def of_source(news: Mapping[NewsKey, News], source: str) -> list[News]:
    """The items that one source told."""
    return [item for item in news.values() if item.source == source]


def beginning(text: str, limit: int = TEXT_LENGTH) -> str:
    """At most `limit` characters of a text: to the end of a sentence, else of a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    ends = [found.end() for found in _SENTENCE.finditer(text[: limit + 2]) if LEAST <= found.end() <= limit]
    if ends:
        return text[: ends[-1]]
    cut = text[: limit - 1]
    space = max(cut.rfind(" "), cut.rfind("\n"))
    return (cut[:space] if space >= limit // 2 else cut).rstrip(" \n,;:.–-") + "…"
