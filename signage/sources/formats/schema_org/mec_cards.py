"""The cards of Modern Events Calendar, a plugin of WordPress, whose JSON-LD has wrong times. Pure.

It adds the offset twice (16:00 becomes 17:00+01:00), or leaves the time out. The card beside it prints the right one.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from lxml.html import HtmlElement

from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.schema_org.values import Node, first
from signage.sources.formats.times import day_of, read_moment
from signage.sources.formats.written_times import WrittenTimes, read_times

ARTICLE = "mec-event-article"
_Name = tuple[str, str]  # title and address


@dataclass(frozen=True, slots=True)
class _Card:
    day: int | None  # of the month
    times: WrittenTimes


def with_printed_times(nodes: Iterable[Node], page: HtmlPage) -> list[Node]:
    """The events of a page; those that have a card have the times that it prints, as local ones."""
    listed = list(nodes)
    if ARTICLE.encode() not in page.body:
        return listed
    cards = _cards(page)
    return [_corrected(node, cards, page) for node in listed]


def _cards(page: HtmlPage) -> dict[_Name, deque[_Card]]:
    """The cards of each event, in the page's order: a series has one for each date."""
    found: dict[_Name, deque[_Card]] = defaultdict(deque)
    for article in page.tree.iter("article", "div"):
        if ARTICLE not in (article.get("class") or "").split():
            continue
        title = _inside(article, "mec-event-title")
        link = next(iter(title.iter("a")), None) if title is not None else None
        if title is None or link is None:
            continue
        start, end = (_text(_inside(article, name)) for name in ("mec-start-time", "mec-end-time"))
        times = WrittenTimes()
        with suppress(ValueError):  # a card without times, or with words in their place
            times = WrittenTimes(read_times(start).start, read_times(end).start if end else None)
        day = _text(_inside(article, "mec-event-date"))
        name = (_text(title).casefold(), page.absolute(link.get("href") or ""))
        found[name].append(_Card(int(day) if day.isdecimal() and len(day) < 3 else None, times))
    return found


def _corrected(node: Node, cards: dict[_Name, deque[_Card]], page: HtmlPage) -> Node:
    title, url = (str(first(node.get(key)) or "") for key in ("name", "url"))
    waiting = cards.get((" ".join(title.split()).casefold(), page.absolute(url)))
    if not waiting:
        return node
    card = waiting.popleft() if len(waiting) > 1 else waiting[0]
    if card.times.start is None or (begins := _day(node.get("startDate"), card.times.start, card.day)) is None:
        return node
    until = None
    if card.times.end is not None:
        until = _local(max(begins, _day(node.get("endDate"), card.times.end) or begins), card.times.end)
    return {**node, "startDate": _local(begins, card.times.start), "endDate": until}


def _day(value: Any, minutes: int, printed: int | None = None) -> date | None:
    """The day of a time in the JSON-LD, or the one before: that is hours too late, and may have led past midnight.

    `minutes`: the right time of day. `printed`: the day of the month on the card.
    """
    try:
        at = read_moment(str(first(value) or "").strip())
        before = day_of(at) - timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    if printed in (day_of(at).day, before.day):
        return before if printed == before.day else day_of(at)
    is_past_midnight = isinstance(at, datetime) and at.hour * 60 + at.minute < minutes
    return before if is_past_midnight else day_of(at)


def _local(day: date, minutes: int) -> str:
    return (datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)).isoformat()  # noqa: DTZ001


def _inside(element: HtmlElement, name: str) -> HtmlElement | None:
    return next((each for each in element.iter() if name in (each.get("class") or "").split()), None)


def _text(element: HtmlElement | None) -> str:
    return " ".join(element.text_content().split()) if element is not None else ""
