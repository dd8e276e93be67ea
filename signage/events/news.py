"""Clean news items of feeds, as event texts are cleaned. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from signage.domain.model import News
from signage.events import text
from signage.events.hold_back import why_held

NEWS_TEXT = 600  # characters: what a notice page has room for


def clean_news(news: Iterable[News]) -> tuple[News, ...]:
    """Items with a readable title, newest first, each once; what is not for the public is left out."""
    found: dict[tuple[str, str], News] = {}
    for item in news:
        title = text.clean_title(item.title)
        if title and not why_held(title):
            body = text.summary(text.clean_text(item.text), NEWS_TEXT)
            found.setdefault((item.source, item.uid), replace(item, title=title, text=body))
    return tuple(sorted(found.values(), key=lambda n: (n.published, n.source, n.uid), reverse=True))
