"""The tables that a screen shows now, for its pages for telephones: each whole, however many pages it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from signage.domain.page_plan import EntryKey, PagePlan
from signage.planning.kinds import kind_of
from signage.planning.page_writer import PageWriter
from signage.planning.screen_plan import ScreenPlan

PhoneTable = Mapping[str, object]  # as the template of the page on a screen gets it


def phone_tables(plan: ScreenPlan, now: datetime, writer: PageWriter) -> list[PhoneTable]:
    """The tables that are open at an instant, in the order of the playlist."""
    whole: dict[EntryKey | None, PagePlan] = {}
    for _, page in _open(plan, now):
        known = whole.get(page.entry)
        rows = () if known is None else known.table
        whole[page.entry] = replace(page, table=tuple(dict.fromkeys((*rows, *page.table))), number=None)
    return [kind_of(page).context(page, writer) for page in whole.values()]


def table_edges(plan: ScreenPlan, now: datetime) -> list[datetime]:
    """When what is open of tables changes."""
    return [until for until, _ in _open(plan, now)]


def _open(plan: ScreenPlan, now: datetime) -> Iterator[tuple[datetime, PagePlan]]:
    for planned in plan.pages:
        if planned.start <= now < planned.until:
            parts: Sequence[PagePlan] = planned.plan.parts or (planned.plan,)
            yield from ((planned.until, part) for part in parts if part.table)
