"""The phases of a build: what is due now comes first on all screens, and the horizon grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from signage.planning.screen_plan import HORIZON

MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Phase:
    """What is rendered and then published, counted from now: pages that begin until an instant. `planned`: how far the
    plan reaches by then. `first_only`: on screens that show nothing yet, the first of those pages.
    """

    until: timedelta
    planned: timedelta
    first_only: bool = False

    @property
    def urgent(self) -> bool:
        """Whether these pages are due now."""
        return self.until == MINUTE


PHASES = (  # the most urgent first, over all screens
    Phase(MINUTE, DAY, first_only=True),
    Phase(MINUTE, DAY),  # what is shown now
    Phase(timedelta(hours=3), DAY),
    Phase(DAY, DAY),
    Phase(timedelta(days=4), HORIZON),
    Phase(HORIZON, HORIZON),
)
