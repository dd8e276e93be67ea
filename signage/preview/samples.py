"""Sample data -> a page of every kind, through the same plans and words as on real screens."""

from __future__ import annotations

import hashlib
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image

from signage.config.built_in import LAYOUTS, built_in
from signage.config.models import Config
from signage.demo.motifs import POSTERS
from signage.demo.motifs import picture as motif
from signage.demo.weather import forecast as demo_forecast
from signage.domain.live_data import WantedData
from signage.domain.model import (
    Availability,
    Event,
    Excess,
    News,
    Organisation,
    OrganisationKind,
    PageSpec,
    Picture,
    Status,
    Ticket,
    TicketKind,
)
from signage.domain.page_plan import Variant
from signage.domain.poster_file import PosterFile, PosterPage
from signage.domain.table import Table
from signage.domain.weather import TYPE as WEATHER
from signage.domain.weather import Forecast, weather_subject
from signage.errors import SignageError
from signage.planning.catalog import Catalog
from signage.planning.kinds import KINDS, SampleMaterial, ScreenContext, split_page
from signage.planning.page_contexts import PageContextBuilder
from signage.rendering.layouts import Layout
from signage.sources.formats.csv.table import read_table
from signage.sources.images.focal_point import look_at
from signage.sources.images.posters import DecodedPage, document_page, picture_page
from signage.sources.live.met import Met
from signage.wording.languages import load as load_words

ZONE = ZoneInfo("Europe/Oslo")
POSITION = [63.2, 8.3]
SIZES = ("1920x1080", "1080x1920", "1440x1080", "1920x540")
LARGEST = 500.0  # inches; as much as a screen may have in screens.toml
PANEL, WIDE_PANEL, WALL = 55.0, 16 / 9, 4.0  # inches; width for each unit of height: of a panel, and of several
SMALL = 480  # px; a panel with a shorter side is smaller, and people stand nearer
_PRICED = (TicketKind.TICKETS, None, "250.00", "NOK")
_TICKETS = {
    "free": Ticket(TicketKind.FREE),
    "members": Ticket(TicketKind.MEMBERS),
    "price": Ticket(*_PRICED, Availability.AVAILABLE),
    "one_price": Ticket(*_PRICED, Availability.AVAILABLE, "250.00"),
    "few_left": Ticket(*_PRICED, Availability.FEW_LEFT),
    "sold_out": Ticket(*_PRICED, Availability.SOLD_OUT),
    "closed": Ticket(*_PRICED, Availability.CLOSED),
}


@dataclass(frozen=True)
class Sample:
    """Everything that the sample's pages show. `pictures`: the bytes of JPEG files, by sha256."""

    at: datetime
    events: tuple[Event, ...]
    awaited: Event
    organisation: Organisation
    notice: Mapping[str, str]
    sponsor: Mapping[str, str]
    pictures: Mapping[str, bytes]
    known: Mapping[str, Picture]
    posters: Mapping[str, tuple[PosterFile, ...]]
    tables: Mapping[WantedData, Table]
    weather: Mapping[str, Any]

    def config(self, size: str, layout: str, language: str, colours: Mapping[str, str] | None = None) -> Config:
        """A municipality with one screen "s"."""
        sponsor = {k: v for k, v in self.sponsor.items() if k != "picture"}
        shown = {**sponsor, "id": "picture", "picture": self.sponsor.get("picture", "")}
        playlist = [{"show": kind.name, **kind.sample_line(self.notice)} for kind in KINDS.values() if kind.model]
        playlist.append({"show": "table", "source": "rom"})
        playlist.append({"show": "notice", **self.notice, "picture": "fjord"})
        site = {"name": "Heim kommune", "calendar": "https://iheim.no", "motto": "det som skjer i Heim"}
        return Config.model_validate(
            {
                "site": {**site, "colours": dict(colours or {})},
                "sources": [{"id": "iheim", "type": "wis", "url": "https://iheim.no", "name": "Heim kommune"}],
                "places": {
                    "hall": {
                        "name": "Halsahallen",
                        "town": "Liabøen",
                        "rooms": ["Hall A", "Hall B"],
                        "position": POSITION,
                    }
                },
                "sponsors": [{**sponsor, "id": "words"}, shown],
                "screens": {
                    "s": {
                        "place": "hall",
                        "size": size,
                        "layout": layout,
                        "diagonal": diagonal_of(size),
                        "language": language,
                        "hours": {"mon-fri": "10-18", "sat": "10-14"},
                        "playlist": playlist,
                    }
                },
            }
        )

    def pages(
        self,
        layout: Layout,
        size: str,
        language: str = "nb",
        season: str = "",
        splits: Mapping[str, Sequence[Excess]] | None = None,
    ) -> dict[str, PageSpec]:
        """The sample pages of each kind by name, in words. A list that needs several pages gives its first one;
        `splits`: for each time that a page was found to overflow and is split first, its excess.
        """
        config = self.config(size, layout.name, language)
        screen = config.screens["s"]
        text = (self.notice["title"], self.at - timedelta(days=3), self.notice["text"])
        news = News("iheim", "n", *text, "https://iheim.no/nyhet")
        plain = self._plain(self.awaited)
        bare = replace(self.organisation, id="bare", picture=None)
        events, organisations = [*self.events, plain], [self.organisation, bare]
        data = {**self.tables, WantedData(WEATHER, weather_subject(*POSITION)): self._forecast()}
        catalog = Catalog.of(events, [news], organisations, self.known, self.posters, data)
        contexts = PageContextBuilder(config, "s", load_words(language), catalog, source_hyphenation="nb_NO")
        capacity = layout.capacity(screen.width, screen.height)
        context = ScreenContext(config, "s", catalog, capacity, self.at, self.at + timedelta(days=1))
        keys = {entry.show: (number, "") for number, entry in reversed(list(enumerate(screen.entries)))}
        keys["table-dates"], keys["notice-picture"] = ((len(screen.entries) - n, "") for n in (2, 1))
        events = sorted(self.events, key=lambda e: (e.starts_at, e.id))
        material = SampleMaterial(context, self.at, events, self.awaited, plain, self.organisation.id, bare.id, keys)
        plans = {name: plan for kind in KINDS.values() for name, plan in kind.samples(material).items()}
        for kind, found in (splits or {}).items():
            for excess in found:
                plans[kind] = split_page(plans[kind], excess)[0]
        return {kind: contexts.spec(replace(plan, variant=Variant(season=season))) for kind, plan in plans.items()}

    def _forecast(self) -> Forecast:
        return Met().parse(demo_forecast(self.at, **self.weather), weather_subject(*POSITION), self.at)

    @staticmethod
    def _plain(event: Event) -> Event:
        return replace(event, id=f"{event.id}-plain", picture=None)


def diagonal_of(size: str) -> float:
    """Of a screen of this size, in inches: a wall is made of panels beside each other, and a small one is small."""
    width, height = map(int, size.split("x"))
    panels = max(width / height / WIDE_PANEL, 1.0) if width > WALL * height else 1.0
    return min(PANEL * panels * min(1.0, min(width, height) / SMALL), LARGEST)


def read_sample(folder: Path, stress: bool = False) -> Sample:
    """The sample of a layout's folder, else that of the layout "fjord": beside it, or built in. Raises SignageError."""
    built_in_sample = built_in(LAYOUTS) / "fjord" / "sample.toml"
    candidates = (folder / "sample.toml", folder.parent / "fjord" / "sample.toml", built_in_sample)
    path = next((each for each in candidates if each.is_file()), built_in_sample)
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        at = data["at"].replace(tzinfo=ZONE)
        chosen = data["stress"] if stress else data
        pictures: dict[str, bytes] = {}
        known: dict[str, Picture] = {}
        for name in {e["picture"] for e in chosen["events"] if "picture" in e} | {
            chosen[about]["picture"] for about in ("organisation", "sponsor") if "picture" in chosen[about]
        }:
            content = motif(name)
            sha256 = hashlib.sha256(content).hexdigest()
            pictures[sha256] = content
            with Image.open(io.BytesIO(content)) as opened:
                care = look_at(opened.convert("RGB"))
            credit = "Foto: Heim kommune" if name != "bunting" else None
            known[name] = Picture(sha256, 1280, 720, credit, (care.focus_x, care.focus_y), care.colour)
        posters = _posters(chosen.get("poster", data.get("poster", {})), at, pictures)
        tables = _tables(chosen.get("tables", data.get("tables", {})), at)
        about = Organisation("samplet", kind=OrganisationKind.ASSOCIATION, **chosen["organisation"])
        made = [_event(one, number, at, known) for number, one in enumerate(chosen["events"])]
        awaited = next(made[n] for n, one in enumerate(chosen["events"]) if one.get("awaited"))
        words = chosen["notice"], chosen["sponsor"]
        weather = chosen.get("weather", data.get("weather", {}))
        return Sample(at, tuple(made), awaited, about, *words, pictures, known, posters, tables, weather)
    except OSError as error:
        raise SignageError(f"The sample data can't be read: {error.strerror}.", f"The file is {path}.") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, StopIteration) as error:
        raise SignageError(
            f"The sample data can't be used: {type(error).__name__}: {error}.", f"The file is {path}."
        ) from error


def _posters(words: Mapping[str, str], at: datetime, pictures: dict[str, bytes]) -> dict[str, tuple[PosterFile, ...]]:
    """The demo's poster with words and without, a lying picture with words, and a film's frame. Their bytes go to
    `pictures`.
    """
    upright, lying = (_poster_page(page, pictures) for page in (demo_poster(), picture_page(motif("fjord"), 1920)))
    day = at.date() + timedelta(days=9)
    worded = PosterFile("plakat.pdf", (upright,), words.get("title", ""), words.get("text", ""), words.get("url"))
    wide = replace(worded, name="fjord.jpg", pages=(lying,), text="", url=None, day=day)
    film = PosterFile("film.mp4", (_poster_page(picture_page(motif("boathouses"), 1920), pictures),))
    bare = replace(worded, title="", text="", url=None)
    return {"film": (film,), "plakat": (worded, wide), "plakater": (bare,), "fjord": (wide,)}


def _tables(texts: Mapping[str, str], at: datetime) -> dict[WantedData, Table]:
    """A canteen's week, and who has which room."""
    usual = {"meny": "Dag;Rett\ntirsdag;Fiskesuppe", "rom": f"Dato;Rom\n{at.date()};Storsalen"}
    found = {name: read_table(texts.get(name, text), at.date(), lambda sentence: None) for name, text in usual.items()}
    return {WantedData("table", name): table for name, table in found.items()}


@cache
def demo_poster() -> DecodedPage:
    """The poster that comes along."""
    return document_page((POSTERS / "apen-kveld.pdf").read_bytes(), 0, 1920)


def _poster_page(page: DecodedPage, pictures: dict[str, bytes]) -> PosterPage:
    sha256 = hashlib.sha256(page.data).hexdigest()
    pictures[sha256] = page.data
    return PosterPage(Picture(sha256, page.width, page.height, colour=page.colour), page.edge)


def _event(one: Mapping[str, Any], number: int, at: datetime, known: Mapping[str, Picture]) -> Event:
    day = at.date() + timedelta(days=one.get("day", 0))

    def clock(text: str) -> datetime:
        hour, minute = map(int, text.split("."))
        return datetime.combine(day, time(hour, minute), ZONE)

    more = {
        "venue": one.get("venue", ""),
        "organizer": one.get("organizer", ""),
        "place": one.get("place"),
        "status": Status(one.get("status", "scheduled")),
        "ticket": _TICKETS.get(one.get("ticket", ""), Ticket()),
        "summary": one.get("summary", ""),
        "picture": known.get(one.get("picture", "")),
        "organisation": "samplet" if one.get("organisation") else None,
    }
    identity = f"sample:{number}:{day}"
    if not one.get("start"):
        last = day + timedelta(days=one.get("days", 1))
        edges = [datetime.combine(d, time(), ZONE) for d in (day, last)]
        return Event(identity, edges[0], edges[1], title=one["title"], start=day, end=last, **more)
    start = clock(one["start"])
    end = clock(one["end"]) if one.get("end") else None
    if end and end <= start:
        end += timedelta(days=1)
    return Event(identity, start, end or start + timedelta(hours=2), title=one["title"], start=start, end=end, **more)
