"""Page kind "news": the newest items of a feed, each on a page of its own that looks like a notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from signage.config.models import Id
from signage.config.playlist import Seconds, Timed
from signage.domain.model import News
from signage.domain.page_plan import EntryKey, PagePlan
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.kinds.notice import NoticeContext
from signage.planning.page_writer import PageWriter
from signage.wording.qr import host
from signage.wording.typography import beginning

TEXT_LENGTH = 320  # characters: what is read in ten seconds, with the title


class NewsPages(Timed):
    """The newest items of a feed, each on a page of its own that looks like a notice."""

    show: Literal["news"] = Field(description="The newest items of a feed, each on a page of its own.")
    source: Id = Field(description="Whose news: the id of a source.")
    count: int = Field(3, ge=1, le=10, description="At most this many items; the newest are taken.")
    days: int = Field(14, ge=1, le=60, description="How many days an item is shown after it was published.")
    seconds: Seconds = None


def news_pages(news: Sequence[News], at: datetime, count: int, days: int) -> list[PagePlan]:
    """A page each for the `count` newest of the items that are shown at the instant `at`, the newest first."""
    shown = [item for item in news if item.published <= at < item.published + timedelta(days=days)]
    newest = sorted(shown, key=lambda n: (-n.published.timestamp(), n.source, n.uid))[:count]
    return [PagePlan("news", news=(item.source, item.uid)) for item in newest]


class NewsKind(PageKind[NewsPages]):
    name = "news"
    model = NewsPages
    order = 90
    template = "notice"
    made_of = "news"

    def content(self, entry: NewsPages, key: EntryKey, context: ScreenContext) -> EntryContent:
        items = [item for item in context.catalog.news.values() if item.source == entry.source]
        appear_or_go = [t for item in items for t in (item.published, item.published + timedelta(days=entry.days))]
        return EntryContent(tuple(appear_or_go), lambda at: news_pages(items, at, entry.count, entry.days))

    def context(self, plan: PagePlan, writer: PageWriter) -> NoticeContext:
        """A notice that says who says it, and when."""
        assert plan.news is not None
        item = writer.catalog.news[plan.news]
        day = item.published.astimezone(writer.wording.zone).date()
        sources = {source.id: source.name or host(source.url) for source in writer.config.sources}
        return {
            "title": writer.lines.headline(item.title),
            "text": writer.lines.broken(beginning(item.text, TEXT_LENGTH)),
            "byline": {"who": sources.get(item.source, item.source), "date": writer.wording.day(day, "full_day")},
            "picture": None,
            **writer.link(item.url),
        }

    def usual_pages(self, entry: NewsPages) -> int:
        return entry.count

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {"source": "iheim"}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        return {"news": PagePlan("news", news=next(iter(material.context.catalog.news)))}


KIND = NewsKind()
