"""Damaged answers of every source type, over real HTTP: the other sources' events must be there each time.

python -m benchmarks.hostile_sources [how many] [seed]
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from signage.config.models import Config
from signage.events import merge_events
from signage.sources.base import FetchWindow
from signage.sources.collect import Refresh, collect
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.types.checkin import Checkin
from signage.storage.store import Store
from tests.fixtures.corruptions import damaged
from tests.fixtures.portal import Portal, ok
from tests.fixtures.source_cases import CASES
from tests.fixtures.source_cases.base import listed_events

CORRUPTIONS = 10_000
SEED = 1212
NOON = datetime(2026, 11, 30, 11, tzinfo=UTC)
QUICK = FetchLimits(
    connect_seconds=5,
    read_seconds=5,
    total_seconds=20,
    attempts=1,
    backoff_seconds=0.001,
    feed_bytes=1_000_000,
    pause_seconds=0,
    page_pause_seconds=0,
)
WINDOW = FetchWindow(NOON.date(), NOON.date() + timedelta(days=60))
WELL = ("well", "also-well")  # the sources that nobody damages
GOOD = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{0}\r\nSUMMARY:Bokkafé {0}\r\nDTSTART:20261202T1{1}0000Z\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)


@dataclass
class Counts:
    """What came of the corruptions."""

    corruptions: int = 0
    rounds: int = 0
    lost: list[str] = field(default_factory=list)  # rounds in which another source's events were missing
    outcomes: Counter[str] = field(default_factory=Counter)  # by source type: "read" or "refused"
    kinds: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)  # exceptions of ours that cost a source
    slowest: float = 0.0  # seconds of one round


class Town:
    """Every source type at a server, and two calendars that stay well."""

    def __init__(self, portals: dict[str, Portal], folder: Path, seed: int) -> None:
        self.portals, self.folder = portals, folder
        folder.mkdir(exist_ok=True)
        self.dice = random.Random(seed)
        self.store = Store(folder / "state.sqlite")
        self.counts = Counts()
        self.honest = {name: dict(CASES[name].serve(listed_events(3), portals[name])) for name in CASES}
        for number, name in enumerate(WELL):
            portals[name].paths["/k.ics"] = ok(GOOD.format(name, 4 + number), "text/calendar")
        sources = [
            {"id": name, "type": name, "url": portals[name].url + CASES[name].url, **CASES[name].source}
            for name in CASES
        ]
        sources += [{"id": name, "type": "ical", "url": f"{portals[name].url}/k.ics"} for name in WELL]
        self.raw = {
            "site": {"name": "Heim", "calendar": "https://iheim.no"},
            "sources": sources,
            "places": {"b": {"name": "Hemne bibliotek"}},
            "screens": {"b": {"place": "b", "playlist": [{"show": "today"}]}},
        }
        self.config = Config.model_validate(self.raw)
        self.bodies = {name: self._sent(name) for name in CASES}

    def _sent(self, name: str) -> tuple[bytes, str]:
        """What the case's server sends at its main address: its body and media type."""
        case, portal = CASES[name], self.portals[name]
        portal.paths.update(self.honest[name])
        if case.posts:
            question = Checkin().question(next(s for s in self.config.sources if s.id == name), WINDOW, 0)
            answer = requests.post(portal.url + case.main, json=question, timeout=60)
        else:
            token = next(iter(case.environment.values()), None)
            answer = requests.get(portal.url + case.main, {"access_token": token} if token else None, timeout=60)
        assert answer.status_code == 200, name
        return answer.content, answer.headers.get("Content-Type", "")

    def damage(self) -> dict[str, str]:
        """Serve a damaged answer of every type; gives what was done to each."""
        done = dict[str, str]()
        for name, (body, media_type) in self.bodies.items():
            others = [other for each, (other, _) in self.bodies.items() if each != name]
            done[name], answer = damaged(body, media_type, others, self.dice)
            self.portals[name].paths.update({**self.honest[name], CASES[name].main: answer})
        return done

    def with_agenda(self) -> Config:
        """The configuration, with a screen that shows the coming days."""
        screen = {"place": "b", "size": "1280x720", "playlist": [{"show": "agenda", "days": 4}]}
        return Config.model_validate({**self.raw, "screens": {"b": screen}})

    def round(self) -> None:
        """Damage every type's main answer, collect and merge, and see whether the well ones are there."""
        counts, done = self.counts, self.damage()
        counts.rounds += 1
        started = time.monotonic()
        now = NOON + timedelta(seconds=counts.rounds)
        found = collect(self.config, Refresh(store=self.store, images=self.folder / "images", now=now, limits=QUICK))
        merged = merge_events(found.records, self.config)
        counts.slowest = max(counts.slowest, time.monotonic() - started)
        titles = {event.title for event in merged.events}
        well = {status.id: status.ok for status in found.statuses}
        if not all(f"Bokkafé {name}" in titles and well[name] for name in WELL):
            counts.lost.append(f"round {counts.rounds}: {done}")
        for status in found.statuses:
            if status.id in done:
                counts.corruptions += 1
                counts.kinds[done[status.id]] += 1
                counts.outcomes[f"{status.id} {'read' if status.ok else 'refused'}"] += 1
                if status.problem and "(internal error" in status.problem:
                    counts.faults[f"{status.id}: {status.problem}"] += 1


@contextmanager
def town(folder: Path, seed: int = SEED) -> Iterator[Town]:
    """Servers of their own for every source, on loopback."""
    before = dict(os.environ)
    for case in CASES.values():
        os.environ.update(case.environment)
    portals = {name: Portal() for name in (*CASES, *WELL)}
    for portal in portals.values():
        portal.__enter__()
    try:
        made = Town(portals, folder, seed)
        yield made
        made.store.close()
    finally:
        for portal in portals.values():
            portal.__exit__(None, None, None)
        os.environ.clear()
        os.environ.update(before)


def run(say: Callable[[str, str, str], None], corruptions: int = CORRUPTIONS, seed: int = SEED) -> Counts:
    """So many corruptions, in rounds of one for each source type."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, town(Path(folder), seed) as made:
        while made.counts.corruptions < corruptions:
            made.round()
        counts = made.counts
    say(
        f"damaged answers, {len(CASES)} source types, seed {seed}",
        str(counts.corruptions),
        f"{counts.rounds} refreshes",
    )
    say("refreshes in which another source's event was missing", str(len(counts.lost)), "0")
    say("sources lost for one update by a fault of ours", str(sum(counts.faults.values())), "0")
    for name in CASES:
        read, refused = counts.outcomes[f"{name} read"], counts.outcomes[f"{name} refused"]
        say(f"  {name}: still readable, refused", f"{read}, {refused}", "")
    say("the slowest refresh", f"{counts.slowest:.1f} s", "")
    say("the whole run", f"{time.monotonic() - started:.0f} s", "")
    for words in (*counts.lost[:10], *(f"{count} x {fault}" for fault, count in counts.faults.most_common(10))):
        say("  !", "", words)
    return counts


def main() -> None:
    """From the command line."""
    numbers = [int(each) for each in sys.argv[1:]]
    run(lambda what, figure, limit: print(f"{what:62} {figure:>16}  {limit}", flush=True), *numbers)


if __name__ == "__main__":
    main()
