"""Pairs of records that people have labelled: the same event told twice, or two events. Read from the TOML files here.

Every pair belongs to one half for good, by the event that it is about: rules are tuned on the one half, and the other
half shows whether they hold for what nobody looked at.
"""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from signage.config.models import Config
from signage.events import merge_events
from signage.model import Record
from signage.sources.titles import read_title

FOLDER = Path(__file__).parent
SCREENS = FOLDER.parent.parent / "screens.toml"
OSLO = ZoneInfo("Europe/Oslo")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records of two sources; `same`: whether they are one event; `about`: the event in the file and who tells."""

    one: Record
    other: Record
    same: bool
    about: str
    held_out: bool


@dataclass(frozen=True, slots=True)
class Score:
    """How often the merging was right. Of what it joined: precision; of what is the same: recall."""

    pairs: int
    right: int
    joined: int
    same: int

    @property
    def precision(self) -> float:
        return self.right / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.same if self.same else 1.0


@cache
def load() -> tuple[Pair, ...]:
    """All pairs, in the order of the files."""
    found: list[Pair] = []
    for path in sorted(FOLDER.glob("*.toml")):
        for event in tomllib.loads(path.read_text("utf-8"))["events"]:
            held_out = zlib.crc32(event["id"].encode()) % 2 == 1
            for same in (True, False):
                for told in event["same" if same else "other"]:
                    about = f"{event['id']}, {told['by']}"
                    found.append(Pair(_record("one", event, {}), _record("other", event, told), same, about, held_out))
    return tuple(found)


@cache
def config() -> Config:
    """The places of Heim's own screens.toml, with two sources."""
    places = tomllib.loads(SCREENS.read_text("utf-8"))["places"]
    return Config.model_validate(
        {
            "site": {"name": "Heim kommune", "calendar": "https://iheim.no"},
            "sources": [{"id": name, "type": "wis", "url": f"https://{name}.example"} for name in ("one", "other")],
            "places": places,
            "screens": {"library": {"place": "hemne-bibliotek", "playlist": [{"show": "today"}]}},
        }
    )


def joined(pair: Pair) -> bool:
    """Whether the merging makes one event of the two."""
    return len(merge_events([pair.one, pair.other], config()).events) == 1


def score(pairs: Iterable[Pair]) -> Score:
    """What the merging makes of the pairs."""
    verdicts = [(pair.same, joined(pair)) for pair in pairs]
    return Score(
        len(verdicts), verdicts.count((True, True)), sum(j for _, j in verdicts), sum(same for same, _ in verdicts)
    )


def _record(source: str, event: dict[str, Any], told: dict[str, Any]) -> Record:
    fields = {key: value for key, value in event.items() if not told or key != "end"} | told
    start = fields["start"]
    if len(start) == 5:
        start = f"{event['start'][:10]} {start}"
    return Record(
        source,
        "1",
        read_title(fields["title"]).text,
        _moment(start),
        _moment(fields["end"]) if "end" in fields else None,
        venue=fields["venue"],
        organizer=fields.get("organizer", ""),
    )


def _moment(text: str) -> datetime | date:
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).replace(tzinfo=OSLO)
