"""Page kind "notice": a text of your own, for as long as it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypedDict
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import Config, Screen
from signage.config.playlist import Seconds, Timed
from signage.domain.model import PagePicture
from signage.domain.page_plan import EntryKey, PagePlan
from signage.domain.poster_file import PosterFile, WantedPosters
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import LinkContext, PageWriter
from signage.wording.rows import picture

ALT = 500  # letters at most


class Notice(Timed):
    """A text of your own, for as long as it holds."""

    show: Literal["notice"] = Field(description="A text of your own.")
    title: str = Field(min_length=1, max_length=120, description="The heading.")
    text: str = Field("", max_length=600, description="The text under it; an empty line begins a new paragraph.")
    picture: str = Field(
        "", description="A picture file beside it, seen from this file's folder: the formats of a picture of your own."
    )
    alt: str = Field("", max_length=ALT, description="What is on the picture, for people who don't see it.")
    seconds: Seconds = None


class Byline(TypedDict):
    who: str
    date: str


class NoticeContext(LinkContext):
    """`byline`: whose news it is; None for a text of your own. `picture`: beside it, or above it; whole."""

    title: str
    text: str
    byline: Byline | None
    picture: PagePicture | None


class NoticeKind(PageKind[Notice]):
    name = "notice"
    model = Notice
    order = 80
    paths = ("picture",)

    def posters(self, entry: Notice) -> tuple[WantedPosters, ...]:
        return (WantedPosters(entry.picture),) if entry.picture else ()

    def poster_files(
        self, entry: Notice, posters: Mapping[str, tuple[PosterFile, ...]], zone: ZoneInfo
    ) -> Sequence[PosterFile]:
        """The picture, for as long as the notice is shown."""
        file = PosterFile("", (), entry.title, entry.text, alt=entry.alt, begin=entry.from_, end=entry.until)
        return [replace(file, name=one.name, pages=one.pages[:1]) for one in posters.get(entry.picture, ())]

    def content(self, entry: Notice, key: EntryKey, context: ScreenContext) -> EntryContent:
        page = [PagePlan("notice", entry=key)]
        return EntryContent((), lambda at: page)

    def context(self, plan: PagePlan, writer: PageWriter) -> NoticeContext:
        entry = writer.entry(plan)
        assert isinstance(entry, Notice)
        files = writer.catalog.posters.get(entry.picture, ())
        return {
            "title": writer.lines.headline(entry.title),
            "text": writer.lines.broken(entry.text),
            "byline": None,
            "picture": picture(files[0].pages[0].picture) if files else None,
            **writer.link(None),
        }

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        return False

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {**notice}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        return {name: PagePlan("notice", entry=material.keys[name]) for name in ("notice", "notice-picture")}


KIND = NoticeKind()
