"""Page kind "notice": a text of your own, for as long as it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from pydantic import Field

from signage.config.models import Config, Screen
from signage.config.playlist import Seconds, Timed
from signage.domain.page_plan import EntryKey, PagePlan
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import LinkContext, PageWriter


class Notice(Timed):
    """A text of your own, for as long as it holds."""

    show: Literal["notice"] = Field(description="A text of your own.")
    title: str = Field(min_length=1, max_length=120, description="The heading.")
    text: str = Field("", max_length=600, description="The text under it; an empty line begins a new paragraph.")
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
        page = [PagePlan("notice", entry=key)]
        return EntryContent((), lambda at: page)

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
        return False

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {**notice}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        return {"notice": PagePlan("notice", entry=material.keys["notice"])}


KIND = NoticeKind()
