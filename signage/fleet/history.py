"""The last two weeks of a player, day by day, from the quarters of an hour that are kept. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from signage.fleet.registry import HISTORY, Quarter
from signage.fleet.status_messages import in_short, span
from signage.fleet.verdict import HealthState
from signage.wording.languages.messages import load_messages

SLOTS = 96  # quarters of an hour in a day of the local clock
SLOT_MINUTES = 15
DAYS = HISTORY.days


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the local clock. `slots`: how its quarters of an hour were at their worst, None: no report came.

    `over` is how many of them have begun: all but today. When the clock is put back, one hour represents two, and shows
    the worse one. `why`: the codes of reasons in quarters that were red or yellow, the most frequent first. `hottest`
    in degrees Celsius.
    """

    date: date
    slots: tuple[HealthState | None, ...]
    over: int
    why: tuple[str, ...]
    hottest: float | None

    def minutes(self, state: HealthState) -> int:
        """For so long at most: a quarter counts as its worst moment."""
        return self.slots.count(state) * SLOT_MINUTES

    @property
    def has_reports(self) -> bool:
        """Was there a heartbeat?"""
        return any(self.slots)

    def runs(self) -> list[tuple[int, int, HealthState]]:
        """Quarters in a row that were alike: the first, how many, and the state."""
        found, first = [], 0
        for state, group in groupby(self.slots):
            length = len(list(group))
            if state is not None:
                found.append((first, length, state))
            first += length
        return found


def days(quarters: Iterable[Quarter], zone: ZoneInfo, now: datetime) -> list[Day]:
    """The last 14 days, today first."""
    kept: dict[date, list[tuple[int, Quarter]]] = {}
    for quarter in quarters:
        local = quarter.at.astimezone(zone)
        kept.setdefault(local.date(), []).append((_slot(local), quarter))
    here = now.astimezone(zone)
    before = [_day(here.date() - timedelta(days=back), SLOTS, kept) for back in range(1, DAYS)]
    return [_day(here.date(), _slot(here) + 1, kept), *before]


def _slot(local: datetime) -> int:
    return (local.hour * 60 + local.minute) // SLOT_MINUTES


def describe_day(day: Day, language: str) -> str:
    """A day in a few words, without a full stop."""
    messages = load_messages(language)
    if not day.has_reports:
        return messages("history.was_unheard")
    times = [
        messages(f"history.was_{state.value}", span=span(minutes, language))
        for state in (HealthState.RED, HealthState.YELLOW)
        if (minutes := day.minutes(state))
    ]
    if not times:
        return messages("history.was_green")
    why = ", ".join(in_short(code, language) for code in day.why)
    words = ", ".join(times) + (f": {why}" if why else "")
    return words[0].upper() + words[1:]


def _day(when: date, over: int, kept: Mapping[date, Sequence[tuple[int, Quarter]]]) -> Day:
    quarters = kept.get(when, ())
    slots: list[HealthState | None] = [None] * SLOTS
    for slot, quarter in quarters:
        known = slots[slot]
        if known is None or known.badness < quarter.state.badness:
            slots[slot] = quarter.state
    bad = (HealthState.RED, HealthState.YELLOW)
    why = Counter(code for _, quarter in quarters if quarter.state in bad for code in quarter.why)
    hot = [quarter.temperature for _, quarter in quarters if quarter.temperature is not None]
    return Day(when, tuple(slots), over, tuple(code for code, _ in why.most_common()), max(hot, default=None))
