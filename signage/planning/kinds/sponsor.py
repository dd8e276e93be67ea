"""Page kind "sponsor": the slot in the rotation that sponsors share, marked as an advertisement."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from signage.config.models import Config, Screen
from signage.config.playlist import Timed
from signage.config.shown import common
from signage.domain.model import PagePicture
from signage.domain.page_plan import EntryKey, PagePlan
from signage.planning.appearance import lit_spans
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import LinkContext, PageWriter
from signage.planning.pagination import whole_days
from signage.planning.sponsors import deal
from signage.wording.rows import picture


class SponsorPages(Timed):
    """The slot in the rotation that sponsors share."""

    show: Literal["sponsor"] = Field(description="A sponsor, marked as an advertisement. They take turns.")
    seconds: Annotated[float, Field(ge=3, le=600)] = Field(10.0, description="How long the page stays.")


class SponsorContext(LinkContext):
    label: str
    name: str
    text: str
    picture: PagePicture | None


class SponsorKind(PageKind[SponsorPages]):
    name = "sponsor"
    model = SponsorPages
    order = 100
    zone = False
    made_of = "sponsors"
    planned_last = True

    def content(self, entry: SponsorPages, key: EntryKey, context: ScreenContext) -> EntryContent:
        screen, zone, start, end = context.screen, context.zone, context.start, context.end
        days = whole_days(start, end, zone)
        lit = common(lit_spans(screen, zone, *days), context.shown(*days))
        turns = deal(context.config.sponsors, context.screen_id, start, end, zone, lit, context.rotation_seconds)
        begins = [turn.start for turn in turns]

        def pages(at: datetime) -> Sequence[PagePlan]:
            """Whose turn it is."""
            turn = turns[bisect_right(begins, at) - 1] if turns else None
            return [PagePlan("sponsor", sponsor=turn.sponsor)] if turn and turn.start <= at < turn.end else []

        return EntryContent(tuple(edge for turn in turns for edge in (turn.start, turn.end)), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> SponsorContext:
        one = next(sponsor for sponsor in writer.config.sponsors if sponsor.id == plan.sponsor)
        return {
            "label": writer.words("advertisement"),
            "name": writer.lines.headline(one.name),
            "text": writer.lines.broken(one.text),
            "picture": picture(writer.catalog.pictures.get(one.picture)),
            **writer.link(str(one.url) if one.url else None),
        }

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        sponsor = next(one for one in config.sponsors if one.id == plan.sponsor)
        return sponsor.from_ is not None or sponsor.until is not None

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        return {
            "sponsor": PagePlan("sponsor", sponsor="words"),
            "sponsor-picture": PagePlan("sponsor", sponsor="picture"),
        }


KIND = SponsorKind()
