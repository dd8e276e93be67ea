"""What sponsors are going to get: hours and showings for a month. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from signage.config.lines import shares
from signage.config.models import Config, Screen
from signage.config.shown import Window, all_hold, common
from signage.planning.appearance import lit_spans
from signage.planning.kinds import KINDS
from signage.planning.kinds.sponsor import SponsorPages
from signage.planning.pagination import day_start
from signage.planning.screen_plan import TYPICAL_SECONDS
from signage.planning.sponsors import deal


@dataclass(frozen=True, slots=True)
class Showings:
    """One sponsor on one screen. `share`: its part of the time in which the slot has anybody; `by_weight`: what its
    weight alone would give it among those that are active on the same days.
    """

    sponsor: str
    screen: str
    days: int
    hours: float
    showings: int
    share: float
    by_weight: float


@dataclass(frozen=True, slots=True)
class SponsorPlan:
    rows: tuple[Showings, ...]
    warnings: tuple[str, ...]


def rotation_seconds(screen: Screen) -> float:
    """About how long a round of the playlist takes, when every line has something to show."""
    total = 0.0
    for number, part in shares(screen.rounds).items():
        entry = screen.entries[number]
        total += KINDS[entry.show].usual_pages(entry) * (entry.seconds or TYPICAL_SECONDS) * part
    return total * max(1, len(screen.spoken))


def planned_showings(config: Config, month: date) -> SponsorPlan:
    """What every sponsor gets on every screen with a slot in the month that begins with `month`."""
    following = (month + timedelta(days=32)).replace(day=1)
    with_slot = _with_slot(config)
    rows: list[Showings] = []
    for name, screen in with_slot.items():
        rotation = rotation_seconds(screen)
        zone = config.zone_of(name)
        start, end = day_start(month, zone), day_start(following, zone)
        seconds: dict[str, float] = {}
        showings: dict[str, float] = {}
        days: dict[str, set[date]] = {}
        for (part, spans), number in _slots(config, name, start, end).items():
            for turn in deal(config.sponsors, name, start, end, zone, spans, rotation / part):
                time = (turn.end - turn.start).total_seconds()
                seconds[turn.sponsor] = seconds.get(turn.sponsor, 0.0) + time
                showings[turn.sponsor] = showings.get(turn.sponsor, 0.0) + time / rotation * part * number
                days.setdefault(turn.sponsor, set()).add(turn.start.astimezone(zone).date())
        total = sum(seconds.values())
        weights = {s.id: s.weight * len(days[s.id]) for s in config.sponsors if s.id in seconds}
        for sponsor, time in seconds.items():
            share, by_weight = time / total, weights[sponsor] / sum(weights.values())
            shown = round(showings[sponsor])
            rows.append(Showings(sponsor, name, len(days[sponsor]), time / 3600, shown, share, by_weight))
    return SponsorPlan(tuple(sorted(rows, key=lambda r: (r.sponsor, r.screen))), tuple(_warnings(config, with_slot)))


def _slots(config: Config, name: str, start: datetime, end: datetime) -> Counter[tuple[float, tuple[Window, ...]]]:
    """How many slots a screen has of each kind: in which part of the rounds, and when."""
    screen, zone = config.screens[name], config.zone_of(name)
    lit = lit_spans(screen, zone, start, end)
    parts = shares(screen.rounds)
    return Counter(
        (parts[number], tuple(common(lit, all_hold(line.times, zone, config.site.country, start, end))))
        for number, line in enumerate(screen.lines)
        if isinstance(line.entry, SponsorPages)
    )


def idle_sponsoring(config: Config) -> list[str]:
    """Slots that stay empty and sponsors that nobody sees; nothing where there are neither sponsors nor slots."""
    with_slot = _with_slot(config)
    return _warnings(config, with_slot) if config.sponsors or with_slot else []


def _with_slot(config: Config) -> dict[str, Screen]:
    return {n: s for n, s in config.screens.items() if any(isinstance(e, SponsorPages) for e in s.entries)}


def _warnings(config: Config, with_slot: dict[str, Screen]) -> list[str]:
    if not config.sponsors:
        slot = f"The slots of {', '.join(with_slot)} stay empty." if with_slot else "No playlist has a slot for them."
        return [f"screens.toml has no [[sponsors]]. {slot}"]
    if not with_slot:
        return ['No playlist has a slot for sponsors. Hint: add { show = "sponsor" } to one.']
    return [
        f"Sponsor {sponsor.id} is never shown: none of its screens has a slot."
        for sponsor in config.sponsors
        if sponsor.screens and not any(map(sponsor.is_on, with_slot))
    ]
