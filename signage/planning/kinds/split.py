"""Page kind "split": two kinds of page at once, a main zone and a column beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypedDict

from pydantic import Field

from signage.config.models import Config, Screen
from signage.config.playlist import ZONES, PlaylistEntry, Seconds, Timed
from signage.domain.model import NO_EXCESS, Excess
from signage.domain.page_plan import EntryKey, PagePlan
from signage.domain.page_shapes import zone_sizes
from signage.planning.kinds.agenda import agenda
from signage.planning.kinds.base import (
    KINDS,
    EntryContent,
    PageKind,
    SampleMaterial,
    ScreenContext,
    content,
    kind_of,
    page_context,
    renumber_pages,
    split_page,
    template_of,
)
from signage.planning.page_writer import PageWriter

if TYPE_CHECKING:
    from signage.config.playlist import PlaylistEntry as SplitArea  # when the program runs: every kind that is a `zone`

MAIN_HOLDS = 0.8  # of a page's rows at least: the main zone's type is not set smaller for the column's sake


class Split(Timed):
    """Two kinds of page side by side: a wide zone and a column."""

    show: Literal["split"] = Field(description="Two pages at once: a main zone and a column beside it.")
    main: SplitArea = Field(description='The wide zone: { show = "today" }.')
    side: SplitArea = Field(description='The column: { show = "now" }.')
    seconds: Seconds = None


class ZoneContext(TypedDict):
    """One zone: its template, its own page's context, and its size in px."""

    kind: str
    page: dict[str, object]
    width: int
    height: int


class SplitContext(TypedDict):
    parts: list[ZoneContext]


def pair(main: Sequence[PagePlan], side: Sequence[PagePlan]) -> list[PagePlan]:
    """Split pages of what two zones show: as many as the longer one needs; the shorter one starts again.

    A zone that has nothing to show leaves the whole page to the other one.
    """
    if not main or not side:
        return [*main, *side]
    of = max(len(main), len(side))
    return [
        PagePlan("split", main[0].day or side[0].day, parts=(main[n % len(main)], side[n % len(side)]))
        for n in range(of)
    ]


class SplitKind(PageKind[Split]):
    name = "split"
    model = Split
    order = 110
    zone = False

    def content(self, entry: Split, key: EntryKey, context: ScreenContext) -> EntryContent:
        screen = context.screen
        whole = screen.width * screen.height
        zones = []
        for name, size in zip(ZONES, zone_sizes(screen.width, screen.height), strict=True):
            part = size.width * size.height / whole
            capacity = context.capacity.part(max(part, MAIN_HOLDS) if name == "main" else part)
            zones.append(content(getattr(entry, name), (key[0], name), replace(context, capacity=capacity)))
        main, side = zones
        return EntryContent((*main.instants, *side.instants), lambda at: pair(main.pages(at), side.pages(at)))

    def context(self, plan: PagePlan, writer: PageWriter) -> SplitContext:
        """A main zone and a column, each with a context of its own kind."""
        assert plan.parts is not None
        sizes = zone_sizes(writer.screen.width, writer.screen.height)
        parts: list[ZoneContext] = []
        for part, size in zip(plan.parts, sizes, strict=True):
            page = page_context(
                part, writer, {"orientation": size.orientation, "shape": size.shape, "zone": True}, plan.variant.season
            )
            parts.append({"kind": template_of(kind_of(part)), "page": page, "width": size.width, "height": size.height})
        return {"parts": parts}

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        """Split the fuller zone, the other one standing beside both halves; what can't be split is tried alone."""
        parts = plan.parts
        assert parts is not None
        order = sorted((0, 1), key=lambda n: -sum(len(g.rows) for g in parts[n].groups))
        for n in order:
            halves = split_page(parts[n])
            if halves != [parts[n]]:
                other = parts[1 - n]
                return [
                    replace(plan, parts=(half, other) if n == 0 else (other, half)) for half in renumber_pages(halves)
                ]
        return list(parts)

    def renumber(self, plans: list[PagePlan]) -> list[PagePlan]:
        """Count the pages of each zone again, unless it repeats some of them."""
        zones = []
        for number in (0, 1):
            shown = [plan.parts[number] for plan in plans if plan.parts is not None]
            alike = len({part.kind for part in shown}) == 1 and len(set(shown)) == len(shown) == len(plans)
            zones.append(renumber_pages(shown) if alike else shown)
        if any(len(zone) != len(plans) for zone in zones):
            return plans  # one zone alone took over some of the pages
        return [replace(plan, parts=(main, side)) for plan, main, side in zip(plans, *zones, strict=True)]

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        return any(kind_of(part).dated(part, config, screen) for part in plan.parts or ())

    def lines(self, entry: Split) -> tuple[PlaylistEntry, ...]:
        return (entry.main, entry.side)

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {"main": {"show": "today"}, "side": {"show": "now"}}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        """Two lists side by side, an event's poster beside a list, and a table beside somebody's poster."""
        small = replace(material, context=replace(material.context, capacity=material.capacity.part(0.6)))
        main, side = KINDS["today"].samples(small)["today"], KINDS["now"].samples(material)["now"]
        # the awaited event has pages of its own, and a long title: beside a list it may fall back to its poster alone
        others = tuple(event for event in material.events if event.id != material.awaited.id)
        if any(event.picture for event in others):
            poster = KINDS["event"].samples(replace(material, events=others))["event"]
        else:
            poster = KINDS["event"].samples(material)["event"]
        first = material.at.date()
        days = agenda(material.events, first, material.zone, small.capacity, range(1, 3), False)
        table, own = KINDS["table"].samples(small)["table"], KINDS["picture"].samples(material)["picture"]
        return {
            "split": pair([main], [side])[0],
            "split-poster": pair([poster], days)[0],
            "split-table": pair([table], [own])[0],
        }


KIND = SplitKind()
