"""How long merging takes at 1,000, 10,000 and 100,000 records, and how often it is right on the labelled pairs.

python -m benchmarks.merging
"""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import signage.app.configuration  # noqa: F401 (hands the configuration the page kinds and source types)
from signage.config.models import Config
from signage.domain.model import Record, Ticket, TicketKind
from signage.events import merge_events
from tests.fixtures import pairs

OSLO = ZoneInfo("Europe/Oslo")
DAYS = 60
SOURCES = ("portal", "kultur", "tickets", "facebook", "former", "sheet")
SIZES = (1_000, 10_000, 100_000)
RUNS = 3  # the fastest counts: what else runs on the machine only slows it down

KINDS = (
    "Konsert", "Foredrag", "Kino", "Kurs", "Quizkveld", "Bingo", "Årsmøte", "Gudstjeneste", "Trening", "Øvelse",
    "Familiedag", "Utstilling", "Språkkafé", "Strikkekafé", "Tur", "Dugnad", "Basar", "Teater", "Dans", "Babysang",
)  # fmt: skip
SYLLABLES = (
    "ber",
    "dal",
    "fjell",
    "gran",
    "hav",
    "lin",
    "mo",
    "nes",
    "ros",
    "sol",
    "tor",
    "vik",
    "ås",
    "øy",
    "vang",
    "lid",
)
WHERE = ("samfunnshus", "bibliotek", "kirke", "skole", "grendehus", "idrettshall", "kulturhus", "frivilligsentral")
TEXT = "<p>Velkommen til en kveld med {0}. Kaffe og kaker &amp; loddsalg fra kl. 18.</p><p>Alle er velkomne!</p>"


def configuration() -> Config:
    """Six sources and twenty places."""
    return Config.model_validate(
        {
            "site": {"name": "Heim kommune", "calendar": "https://iheim.no"},
            "sources": [{"id": name, "type": "wis", "url": f"https://{name}.example"} for name in SOURCES],
            "places": {
                f"place-{n}": {"name": f"Bygd{n} {WHERE[n % len(WHERE)]}", "town": f"Bygd{n}"} for n in range(20)
            },
            "screens": {"library": {"place": "place-1", "playlist": [{"show": "today"}]}},
        }
    )


def records(count: int) -> list[Record]:
    """Overlapping calendars of 60 days: two in five events are told by two to five sources, each in its own words.

    More events are more villages, houses and associations, as in a region with more people; the number of kinds stays.
    """
    dice = random.Random(count)
    villages = max(10, count // 400)
    made: list[Record] = []
    while len(made) < count:
        made += _told(dice, len(made), villages)
    return made[:count]


def _told(dice: random.Random, number: int, villages: int) -> Iterator[Record]:
    village = f"Bygd{dice.randrange(villages)}"
    house = f"{village} {dice.choice(WHERE)}"
    kind = dice.choice(KINDS)
    name = "".join(dice.choice(SYLLABLES) for _ in range(3)).capitalize()
    title = dice.choice(
        (f"{kind}: {name}", f"{kind} med {name}", f"{kind} i {village}", f"{name} {kind.lower()}", kind)
    )
    day = datetime(2026, 9, 1, tzinfo=OSLO) + timedelta(days=dice.randrange(DAYS))
    start = day.replace(
        hour=dice.choice((9, 10, 11, 12, 15, 17, 18, 18, 19, 19, 20)), minute=dice.choice((0, 0, 0, 30))
    )
    tellers = 1 if dice.random() < 0.6 else dice.randint(2, 5)
    for source in dice.sample(SOURCES, tellers):
        told = Record(
            source,
            str(number),
            title=title,
            start=start,
            end=start + timedelta(hours=2) if dice.random() < 0.5 else None,
            venue=house,
            organizer=f"{village} {dice.choice(('idrettslag', 'kor', 'historielag', 'bygdelag'))}",
            categories=(kind,),
            url=f"https://{source}.example/{number}",
            description=TEXT.format(name.lower()),
        )
        match source:
            case "facebook":
                told = replace(
                    told, title=f"{title} 🎉", start=start - timedelta(minutes=dice.choice((0, 0, 30))), end=None
                )
            case "tickets":
                ticket = Ticket(TicketKind.TICKETS, f"https://tickets.example/{number}", "250.00", "NOK")
                told = replace(told, title=f"{title} - billetter", ticket=ticket)
            case "former":
                told = replace(told, title=title.upper(), venue=f"{house}, {village}")
            case "sheet":
                told = replace(told, venue="" if name in title else house, description="", end=None)
        yield told


def seconds(count: int) -> tuple[float, int]:
    """Of the processor, in the fastest of some runs; and how many events came out of the records."""
    config, told = configuration(), records(count)
    fastest, events = math.inf, 0
    for _ in range(RUNS):
        gc.collect()
        gc.freeze()  # the records were there before
        started = time.process_time()
        events = len(merge_events(told, config).events)
        fastest = min(fastest, time.process_time() - started)
    return fastest, events


def say(what: str, figure: str, limit: str = "") -> None:
    print(f"{what:62} {figure:>16}  {limit}", flush=True)


def main() -> None:
    for name, wanted in (("tuning", (False,)), ("held out", (True,)), ("all", (False, True))):
        found = pairs.score(pair for pair in pairs.load() if pair.held_out in wanted)
        say(f"merging, {found.pairs} labelled pairs ({name}): precision", f"{found.precision:.3f}", ">= 0.97")
        say(f"merging, {found.pairs} labelled pairs ({name}): recall", f"{found.recall:.3f}", ">= 0.97")
    before: tuple[int, float] | None = None
    for count in SIZES:
        took, events = seconds(count)
        limit = f"{'<= 2 s; ' if count == 10_000 else ''}{events:,} events"
        say(f"merging {count:,} records of six sources", f"{took:.2f} s", limit)
        if before:
            allowed = count * math.log(count) / (before[0] * math.log(before[0]))
            say(f"  times as long as {before[0]:,} records", f"{took / before[1]:.1f}", f"n log n: {allowed:.1f}")
        before = count, took


if __name__ == "__main__":
    main()
