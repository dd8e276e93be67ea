"""The page `/status/<player>`: the last two weeks of one player, a line for each day. Norwegian."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from babel.dates import format_date

from signage.fleet.history import SLOTS, Day, told
from signage.fleet.verdict import HealthState
from signage.web.pages import whole_page

TALL = {HealthState.GREEN: 10, HealthState.YELLOW: 19, HealthState.RED: 28}  # a state is a height, and a colour besides
HIGH = 28
HOURS = (0, 6, 12, 18, 24)
LEGEND = (
    (HealthState.GREEN, "i orden"),
    (HealthState.YELLOW, "bør ses til"),
    (HealthState.RED, "virker ikke"),
)


def page(name: str, player: str, screen: str, history: Sequence[Day]) -> bytes:
    """The whole page. `name` is the screen's, `history` the days, today first."""
    rows = "".join(_row(day, history[0].date) for day in history)
    hours = "".join(f"<span>{hour:02d}</span>" for hour in HOURS)
    legend = "".join(f"<li>{_bars([(0, 1, state)], 1, 1)}{word}</li>" for state, word in LEGEND)
    body = (
        f'<ul class="legend">{legend}<li>{_bars([], 1, 1)}ikke hørt fra (uten strøm eller nett)</li></ul>'
        '<table class="days"><thead><tr><th scope="col">Dag</th>'
        f'<th scope="col"><span class="unseen">Døgnet</span><span class="hours" aria-hidden="true">{hours}</span></th>'
        f'<th scope="col">Hva som skjedde</th><th scope="col">Varmest</th></tr></thead><tbody>{rows}</tbody></table>'
        '<p class="about">Hvert kvarter er tegnet slik det var på det verste. '
        f"Spiller <code>{escape(player)}</code></p>"
    )
    lead = f'De siste {len(history)} dagene. <a data-past href="/status#{escape(screen)}">Slik står det til nå</a>'
    return whole_page(escape(name), lead, body, styles=("/start.css", "/status.css"))


def _row(day: Day, today: date) -> str:
    name = "I dag" if day.date == today else format_date(day.date, "EEE d. MMM", "nb")
    hot = "" if day.hottest is None else f"{day.hottest:.0f}\u00a0°C"
    cells = (_bars(day.runs(), day.over, SLOTS), escape(told(day, "nb")), hot)
    return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _bars(runs: Sequence[tuple[int, int, HealthState]], over: int, slots: int) -> str:
    """Runs of states on a line, which ends where the day has not come yet."""
    bars = "".join(
        f'<rect class="{state.value}" x="{first}" y="{HIGH - TALL[state]}" width="{length}" height="{TALL[state]}"/>'
        for first, length, state in runs
    )
    return (
        f'<svg viewBox="0 0 {slots} {HIGH}" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="ground" y="{HIGH - 1}" width="{over}" height="1"/>{bars}</svg>'
    )
