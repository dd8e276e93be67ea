"""Page kind "evergreen": what this screen is and where the calendar is. The fallback page, too."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from signage.config.models import Config, Screen
from signage.config.playlist import Seconds, Timed
from signage.domain.page_plan import EntryKey, PagePlan
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import HoursContext, LinkContext, PageWriter


class Evergreen(Timed):
    show: Literal["evergreen"] = Field(description="What this screen is and where the calendar is.")
    seconds: Seconds = None


class EvergreenContext(LinkContext):
    title: str
    text: str
    hours: list[HoursContext]


class EvergreenKind(PageKind[Evergreen]):
    name = "evergreen"
    model = Evergreen
    order = 120

    def content(self, entry: Evergreen, key: EntryKey, context: ScreenContext) -> EntryContent:
        return EntryContent((), lambda at: [PagePlan("evergreen")])

    def context(self, plan: PagePlan, writer: PageWriter) -> EvergreenContext:
        link = writer.link(str(writer.config.site.calendar))
        return {
            "title": writer.words("evergreen_title", area=writer.area),
            "text": writer.words("evergreen_text", calendar=writer.calendar),
            "hours": writer.hours(writer.screen.opening),
            "link": link["link"],
            "link_caption": writer.words("scan_calendar"),
            "qr_px": link["qr_px"],
        }

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        return False

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        return {"evergreen": PagePlan("evergreen")}


KIND = EvergreenKind()
