"""Where pages that are made between the builds, every minute, go in a screen's rotation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signage.domain.page_plan import PagePlan


@dataclass(frozen=True, slots=True)
class LivePlace:
    """A place for the live pages of one line of a playlist, from `start` until `until` (UTC).

    `name`: how the ids of its pages begin ("02-departures-1f3a9c-"); it changes with the line. `plan`: its pages before
    anything is known that they show, in the layout and the language that they are to have.
    """

    name: str
    entry: int
    plan: PagePlan
    start: datetime
    until: datetime
    seconds: float
