"""Page kind "notice": a text of your own, for as long as it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypedDict

from pydantic import Field

from signage.config.base import Moment, Strict
from signage.config.models import Config, Screen
from signage.config.playlist import Seconds
from signage.domain.page_plan import EntryKey, PagePlan
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import LinkContext, PageWriter, playlist_entry


class Notice(Strict):
    """A text of your own, for as long as it holds."""

    show: Literal["notice"] = Field(description="A text of your own.")
    title: str = Field(min_length=1, max_length=120, description="The heading.")
    text: str = Field("", max_length=600, description="The text under it; an empty line begins a new paragraph.")
    # `from` is a word of Python; both are instants in UTC once they come from a `Config`
    from_: Moment | None = Field(
        None,
        alias="from",
        description="Shown from this time (site's zone unless it has an offset), or from the beginning of this day.",
    )
    until: Moment | None = Field(None, description="Shown until this time, or to the end of this day.")
    seconds: Seconds = None


class Byline(TypedDict):
    who: str
    date: str


class NoticeContext(LinkContext):
    """`byline`: whose news it is; None for a text of your own."""

    title: str
    text: str
    byline: Byline | None


class NoticeKind(PageKind[Notice]):
    name = "notice"
    model = Notice
    order = 80

    def content(self, entry: Notice, key: EntryKey, context: ScreenContext) -> EntryContent:
        begin, end = entry.from_, entry.until
        page = [PagePlan("notice", entry=key)]

        def pages(at: datetime) -> Sequence[PagePlan]:
            return [] if (begin and at < begin) or (end and at >= end) else page

        return EntryContent(tuple(instant for instant in (begin, end) if instant), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> NoticeContext:
        entry = writer.entry(plan)
        assert isinstance(entry, Notice)
        return {
            "title": writer.lines.headline(entry.title),
            "text": writer.lines.broken(entry.text),
            "byline": None,
            **writer.link(None),
        }

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        assert plan.entry is not None
        entry = playlist_entry(screen, plan.entry)
        return isinstance(entry, Notice) and (entry.from_ is not None or entry.until is not None)

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {**notice}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        return {"notice": PagePlan("notice", entry=material.keys["notice"])}


KIND = NoticeKind()
