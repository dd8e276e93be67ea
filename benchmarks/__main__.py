"""`make bench`: the figures of docs/benchmarks.md, made here. Every speed is a ratio to something named, in one run.

`python -m benchmarks --help` lists the rows.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks import (
    alerts,
    alternatives,
    calendars,
    cold_build,
    commands,
    county,
    county_plans,
    departures,
    edits,
    first_pages,
    fit,
    held,
    hostile_sources,
    kills,
    load,
    machines,
    merging,
    order,
    posters,
    qr,
    side_by_side,
    signals,
    soak,
    sources,
    workers,
)
from benchmarks.amounts import BadAmount, whole, wholes
from signage.rendering.browser import browser_version, find_browser


def say(what: str, figure: str, limit: str = "") -> None:
    print(f"{what:62} {figure:>16}  {limit}", flush=True)


@dataclass(frozen=True, slots=True)
class Row:
    """`run` gets `say`, and what `amount` makes of the text after the row's colon, if there is one. `usual`: without
    any names it is run as well.
    """

    about: str
    run: Callable[..., object]
    amount: Callable[[str], Any] | None = None
    usual: bool = False


def player(say: Callable[..., None]) -> None:
    from benchmarks.kiosk import compare

    for row in compare():
        say(*row)


def fitting(say: Callable[..., None]) -> None:
    qr.run(say)
    fit.run(say)


ROWS = {
    "renderer": Row("the cold build, the bare loop and the refreshes", cold_build.run, usual=True),
    "player": Row("the native player and a Chromium kiosk under Xvfb", player, usual=True),
    "sources": Row("reading and expanding calendars", lambda _: sources.main(), usual=True),
    "workers": Row("what reading in worker processes costs a refresh", lambda _: workers.main(), usual=True),
    "hostile": Row("10,000 damaged answers of every source type", hostile_sources.run, whole, usual=True),
    "posters": Row("500 hostile files in a folder of pictures; a minute", posters.posters, whole, usual=True),
    "departures": Row("what departures cost each minute; a minute", departures.departures, whole, usual=True),
    "commands": Row("the processor time of `signage --version` and `check`", lambda _: commands.main(), usual=True),
    "merging": Row("making one calendar of many, and how often that is right", lambda _: merging.main(), usual=True),
    "fit": Row("QR codes, seeded faults, ten thousand hostile pages, and what fitting costs", fitting, usual=True),
    "load": Row("a crowd of clients during the demo's first build; seconds", load.main, whole, usual=True),
    "held": Row("from a publication to a thousand that wait; four minutes", held.main, whole, usual=True),
    "sync": Row("the same with a thousand native players", held.sync, whole, usual=True),
    "polls": Row("the same with a thousand native players that only poll", held.polls, whole),
    "render": Row("how soon the demo's screens show something; at most 9 minutes", first_pages.run, whole),
    "edits": Row("how soon 16 edits are published during the demo's first build", edits.run, whole),
    "alternatives": Row("beside shot-scraper, a bare loop and Chromium's limit; documents", alternatives.run, whole),
    "calendars": Row("on how many calendars we and ical.js agree", calendars.run),
    "order": Row("pages in their order at every half-hour of 200 calendars; an hour", order.run, whole),
    "side": Row("two players side by side under Xvfb; minutes", side_by_side.run, whole),
    "signals": Row("SIGTERM at 200 moments of a server's life; 40 minutes", signals.run, whole),
    "alerts": Row("from an alert to a thousand native players, and its end; six minutes", alerts.main, whole),
    "alerts-shaped": Row("the same over a link of 100 Mbit/s; as root", alerts.shaped, whole),
    "alert-kills": Row("a server killed 100 times while it sends alerts; 40 minutes", alerts.kills, whole),
    "kills": Row("a renderer killed at 1,000 requests to an object store; ten minutes", kills.run, whole),
    "machines": Row("two workers of `signage worker` against one, on a core each", machines.efficiency, whole),
    "machine-kills": Row("such workers killed 100 times at random, while they render", machines.kills, whole),
    "soak": Row("three days of a server's life; hours, in some ten minutes", soak.run, whole),
    "county": Row("screens of a made-up county; `:6,30,100:20` for 20 minutes each", county.run, county.amounts),
    "county-plans": Row("planning such screens, without a browser; `:6,30,100`", county_plans.run, wholes),
}


def machine() -> str:
    names = [line.split(":")[1] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    model = names[0].strip() if names else platform.machine()
    memory = psutil.virtual_memory().total / 2**30
    cores = len(os.sched_getaffinity(0))
    browser = browser_version(find_browser()).split(" built")[0]
    return f"{model}, {cores} cores, {memory:.0f} GiB; Python {platform.python_version()}; {browser}"


def usage() -> str:
    """All rows. Those with a star are run when none is named."""
    head = "python -m benchmarks [ROW[:AMOUNT] ...], for example: python -m benchmarks sources held:100\n\n"
    lines = (f"{'*' if row.usual else ' '} {name:14} {row.about}" for name, row in ROWS.items())
    return head + "\n".join(lines) + "\n\n* when none is named"


def main(wanted: Sequence[str]) -> int:
    """Run the rows that are named, each "name" or "name:amount"; without any, the usual ones."""
    if "--help" in wanted:
        print(usage())
        return 0
    work: list[tuple[Row, list[Any]]] = []
    for each in wanted or [name for name, row in ROWS.items() if row.usual]:
        name, colon, text = each.partition(":")
        row = ROWS.get(name)
        if row is None:
            print(f'"{name}" is not a row. The rows:\n\n{usage()}', file=sys.stderr)
            return 2
        if colon and row.amount is None:
            print(f'{each}: The row "{name}" takes no amount. Write {name} alone.', file=sys.stderr)
            return 2
        try:
            work.append((row, [row.amount(text)] if colon and row.amount else []))
        except BadAmount as error:
            print(f"{each}: {error}", file=sys.stderr)
            return 2
    print(machine())
    for row, given in work:
        row.run(say, *given)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
