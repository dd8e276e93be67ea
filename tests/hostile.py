"""Hostile pages: any seed gives a screen, a playlist entry and a calendar that nobody would wish for.

They go the way that every page goes: events -> the pages of a playlist's line -> words -> HTML -> fitted and measured
in Chromium; what overflows is split as during a build (signage/pipeline/desk.py), until it fits or can't be split.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from signage.config.models import Config
from signage.events.text import clean_line, clean_text, clean_title, summary
from signage.languages import load as load_words
from signage.layouts import Layout, load_layout
from signage.model import Availability, Event, News, Organisation, PageSpec, Picture, Report, Status, Ticket, TicketKind
from signage.pages import arrange
from signage.pages.contexts import Contexts
from signage.pages.document import Renderer, unit_of
from signage.pages.material import Material
from signage.pages.plans import Dress, PagePlan
from signage.pictures.browser import find_browser
from signage.pictures.files import PictureFiles
from signage.pictures.studio import FIT_SCRIPT
from signage.pictures.worker import Worker
from signage.pipeline.entries import Stage, content
from signage.pipeline.planning import expand
from tests.hostile_texts import anything, ordinary
from tests.make import OSLO, oslo

LAYOUTS = Path(__file__).parent.parent / "layouts"
AT = oslo("2026-11-24 15:42")
KINDS = (
    "today", "agenda", "week", "event", "now", "countdown", "organisation", "notice", "news", "sponsor", "split",
    "evergreen",
)  # fmt: skip
SIZES = ("1920x1080",) * 3 + ("1080x1920",) * 3 + ("1280x720", "1024x768", "1024x768", "1920x540", "1920x540")
RARE_SIZE = "3840x2160"
LANGUAGES = ("nb", "nb", "nn", "en", "de", "uk")
DISTANCES = (2.0, 4.0, 4.0, 4.0, 5.0)  # m
MOST_ROUNDS = 60  # of splitting; more would be a fault
ZONES = ("today", "agenda", "event", "now", "countdown", "organisation", "notice", "news", "evergreen")


@dataclass(frozen=True)
class Case:
    """One line of one screen's playlist, with everything it shows. `kind` as in the playlist."""

    seed: int
    kind: str
    config: Config
    material: Material
    layout: str

    @property
    def told(self) -> str:
        """To find it again."""
        screen = self.config.screens["s"]
        return f"seed {self.seed}: {self.kind}, {screen.size}, {screen.language}, {screen.distance:g} m, {self.layout}"


def make_case(seed: int, kind: str = "", size: str = "", layout: str = "") -> Case:
    """The case of a seed; every kind, size, language and layout comes by turns."""
    random = Random(seed)
    kind = kind or KINDS[seed % len(KINDS)]
    size = size or (RARE_SIZE if random.random() < 0.02 else random.choice(SIZES))
    layout = layout or random.choice(layouts())
    events = _events(random, kind)
    line = _line(random, kind)
    organisations = [_organisation(random)]
    config = Config.model_validate(
        {
            "site": {
                "name": "Heim kommune",
                "calendar": "https://iheim.no",
                "motto": random.choice(("", "det som skjer i Heim")),
                "languages": ["nb"],
                "logo": random.choice(("", "", "bilde.jpg")),
                "seasons": ["jul"],
            },
            "sources": [
                {"id": "iheim", "type": "wis", "url": "https://iheim.no", "name": ordinary(random, 40)},
            ],
            "places": {
                "her": {
                    "name": random.choice(("Hemne bibliotek", "kulØr'n", ordinary(random, 50))),
                    "town": random.choice(("", "Kyrksæterøra", ordinary(random, 40))),
                    "rooms": ["Storsalen", "Lillesalen", anything(random, 60).strip() or "Loftet"],
                }
            },
            "sponsors": [_sponsor(random)],
            "screens": {
                "s": {
                    "place": "her",
                    "name": random.choice(("", ordinary(random, 40))),
                    "size": size,
                    "layout": layout,
                    "language": random.choice(LANGUAGES),
                    "distance": random.choice(DISTANCES),
                    "diagonal": 43 if "540" in size else 55,
                    "hours": _hours(random),
                    "playlist": [line],
                }
            },
        }
    )
    pictures = {name: picture for name in ("bilde.jpg",) if (picture := _picture(random, 1.0))}
    material = Material.of(events, [_news(random)], organisations, pictures)
    return Case(seed, kind, config, material, layout)


@cache
def layouts() -> tuple[str, ...]:
    """The layouts that come along, the default one more often than the others."""
    names = sorted(path.parent.name for path in LAYOUTS.glob("*/layout.toml"))
    return tuple(names) + ("fjord",) * (len(names) - 1)


def _line(random: Random, kind: str) -> dict[str, Any]:
    """An entry of a playlist that takes whatever there is."""
    match kind:
        case "notice":
            text = "\n\n".join(anything(random, 200) for _ in range(random.randint(1, 3)))[:600]
            return {"show": "notice", "title": anything(random, 120) or "Velkommen", "text": text}
        case "news":
            return {"show": "news", "source": "iheim"}
        case "event":
            return {"show": "event", "count": 2, "series": 0}
        case "countdown":
            return {"show": "countdown", "event": "*"}
        case "now":
            return {"show": "now", "heading": anything(random, 60), "place": "anywhere"}
        case "split":
            main, side = random.choice(ZONES), random.choice(ZONES)
            return {"show": "split", "main": _line(random, main), "side": _line(random, side)}
        case _:
            return {"show": kind}


def _events(random: Random, kind: str) -> list[Event]:
    count = random.randint(1, 40) if random.random() < 0.7 else random.randint(1, 4)
    tame = random.random() < 0.15  # what people write, but much of it
    return [_event(random, kind, number, tame) for number in range(count)]


def _event(random: Random, kind: str, number: int, tame: bool) -> Event:
    """One occurrence as the events stage leaves it."""
    days = {"today": 0, "now": 0, "event": 13, "countdown": 59}.get(kind, random.choice((0, 1, 6)))
    day = datetime(AT.year, AT.month, AT.day, tzinfo=OSLO) + timedelta(days=random.randint(0, days))
    whole = random.random() < 0.12
    if whole:
        start, lasting = day, timedelta(days=random.choice((1, 1, 2, 5)))
    else:
        start = day + timedelta(hours=random.randint(6, 23), minutes=random.choice((0, 15, 30, 55)))
        lasting = timedelta(hours=random.choice((1, 2, 2, 5, 30)))
    end = start + lasting
    if end <= AT:  # not over yet
        end = AT + timedelta(hours=random.randint(1, 4))
    title = ordinary(random, 60) if tame else clean_title(anything(random))
    return Event(
        id=f"t:{number}",
        title=title or "Kafé",
        start=start.date() if whole else start,
        end=end.date() if whole else random.choice((end, end, None)),
        starts_at=start,
        ends_at=end,
        venue=random.choice(("Hemne samfunnshus, Kyrksæterøra", "")) if tame else clean_line(anything(random)),
        place=random.choice((None, "her")),
        organizer=clean_line(anything(random)),
        status=random.choice((*(Status.SCHEDULED,) * 5, *Status)),
        ticket=_ticket(random),
        url=random.choice((None, "https://iheim.no/arrangement/12345", "https://example.org/" + "x" * 150)),
        summary=summary(clean_text(anything(random))),
        picture=_picture(random),
        organisation="klubben",
    )


def _ticket(random: Random) -> Ticket:
    price = random.choice((None, "250.00", "1250.50", "99999.00"))
    return Ticket(random.choice(list(TicketKind)), None, price, "NOK", random.choice(list(Availability)))


def _picture(random: Random, share: float = 0.4) -> Picture | None:
    if random.random() > share:
        return None
    name, (width, height) = random.choice(list(PICTURES.items()))
    credit = random.choice((None, "Foto: Heim kommune", clean_line(anything(random))[:120]))
    focus = (random.random(), random.random())
    return Picture(name, width, height, credit or None, focus, random.choice(("", "#2a4858", "#d8c9a0")))


def _news(random: Random) -> News:
    title = clean_title(anything(random)) or "Nytt"
    text = clean_text(anything(random) + anything(random))
    address = random.choice((None, "https://www.heim.kommune.no/aktuelt/1234"))
    return News("iheim", "1", title, AT - timedelta(hours=random.randint(1, 72)), text, address)


def _organisation(random: Random) -> Organisation:
    return Organisation(
        "klubben",
        clean_line(anything(random)) or "Hemne turmarsjklubb",
        about=clean_text(anything(random) + " " + anything(random)),
        town=clean_line(anything(random, 60)),
        url=random.choice((None, "https://klubben.example.org")),
        picture=random.choice((None, "bilde.jpg")),
    )


def _sponsor(random: Random) -> dict[str, Any]:
    sponsor = {"id": "a", "name": anything(random, 80) or "Hemne Bygg", "text": anything(random, 200)}
    sponsor["picture"] = random.choice(("", "bilde.jpg"))
    return sponsor | random.choice(({}, {"url": "https://bygg.example.org/velkommen"}))


def _hours(random: Random) -> dict[str, str] | None:
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    if random.random() < 0.3:
        return None
    if random.random() < 0.5:
        return {"mon-fri": "10:00-18:00", "sat": "10:00-14:00"}
    return {
        day: f"{random.randint(6, 10):02d}:{random.choice((0, 15)):02d}-{random.randint(15, 22)}:45" for day in week
    }


def _jpeg(number: int, size: tuple[int, int]) -> bytes:
    ground = Image.linear_gradient("L").resize(size).convert("RGB")
    out = io.BytesIO()
    Image.blend(ground, Image.new("RGB", size, (40 * number, 120, 160)), 0.5).save(out, "JPEG")
    return out.getvalue()


SIZES_OF_PICTURES = ((1280, 720), (720, 1280), (800, 800), (2000, 400), (60, 60))
JPEGS = {_jpeg(number, size): size for number, size in enumerate(SIZES_OF_PICTURES)}
# Pictures of every form, under the names they have in the renderer's image store.
PICTURES = {hashlib.sha256(data).hexdigest(): size for data, size in JPEGS.items()}


def make_pictures(folder: Path) -> None:
    """Put the events' pictures where the renderer looks for them."""
    for data in JPEGS:
        (folder / f"{hashlib.sha256(data).hexdigest()}.jpg").write_bytes(data)


def kinds_of(plan: PagePlan) -> tuple[str, ...]:
    """Of a page and its zones."""
    return (plan.kind, *(part.kind for part in plan.parts or ()))


@dataclass
class Tally:
    """What became of many cases."""

    pages: Counter[str] = field(default_factory=Counter)  # published, by kind
    sizes: Counter[str] = field(default_factory=Counter)
    measured: int = 0  # documents, those that were split included
    split: int = 0
    shortened: int = 0  # pages with a shortened text
    orphans: int = 0  # headlines whose last line is one short word
    problems: list[tuple[str, Sequence[str]]] = field(default_factory=list)  # of pages that were left out
    smallest: float = 99.0  # the smallest letter published, as a part of the smallest that may be

    @property
    def published(self) -> int:
        return self.pages.total()


Look = Callable[[Case, PagePlan, PageSpec, Report, bytes | None], None]


class Gauntlet:
    """Runs cases through one browser."""

    def __init__(self, images: Path, tally: Tally, look: Look | None = None) -> None:
        self.worker = Worker(find_browser(), FIT_SCRIPT)
        self.images = images
        self.tally = tally
        self.look = look

    async def run(self, case: Case) -> None:
        """Publish every page of the case, splitting as a build does."""
        screen = case.config.screens["s"]
        layout = _layout(case.layout)
        capacity = layout.capacity(screen.width, screen.height, screen.smallest_text)
        words = load_words(screen.language or "nb")
        contexts = Contexts(case.config, "s", words, case.material, told_in=load_words("nb").hyphens)
        splits: dict[PagePlan, list[PagePlan]] = {}
        done: set[PagePlan] = set()
        for _ in range(MOST_ROUNDS):
            pages = [plan for plan in expand(_pages(case, capacity), splits) if plan not in done]
            if not pages:
                return
            for plan in dict.fromkeys(pages):
                spec = contexts.spec(replace(plan, dress=Dress(season="jul" if case.seed % 3 == 0 else "")))
                taken = await self.worker.capture(_renderer(case.layout, self.images).document(spec), spec)
                self.tally.measured += 1
                report = taken.report
                if self.look is not None:
                    self.look(case, plan, spec, report, taken.png)
                if not report.overflow:
                    done.add(plan)
                    self._note(case, plan, spec, report)
                    continue
                parts = arrange.split(plan)
                if parts != [plan]:
                    splits[plan] = parts
                    self.tally.split += 1
                else:
                    done.add(plan)
                    self.tally.problems.append((f"{case.told} ({'+'.join(kinds_of(plan))})", report.problems))
        self.tally.problems.append((case.told, ["it was split again and again"]))

    def _note(self, case: Case, plan: PagePlan, spec: PageSpec, report: Report) -> None:
        tally = self.tally
        tally.pages[plan.kind] += 1
        tally.sizes[f"{spec.width}x{spec.height}"] += 1
        tally.shortened += report.shortened > 0
        tally.orphans += report.orphans
        if report.smallest_px:
            least = max(
                spec.context["screen"]["smallest"], _layout(case.layout).smallest * unit_of(spec.width, spec.height)
            )
            tally.smallest = min(tally.smallest, report.smallest_px / least)

    async def close(self) -> None:
        await self.worker.close()


def _pages(case: Case, capacity: Any) -> Sequence[PagePlan]:
    """The pages of the case's line at the instant."""
    screen = case.config.screens["s"]
    if case.kind == "sponsor":
        return [PagePlan("sponsor", sponsor="a")]
    stage = Stage(case.config, screen, case.material, capacity, AT, AT + timedelta(days=1))
    (line,) = screen.playlist
    return list(content(line, (0, ""), stage).pages(AT))


@cache
def _layout(name: str) -> Layout:
    return load_layout(LAYOUTS / name)


@cache
def _renderer(name: str, images: Path) -> Renderer:
    return Renderer(_layout(name), PictureFiles(images).address)


def run(seeds: Sequence[int], images: Path, workers: int = 2, until: int = 0, look: Look | None = None) -> Tally:
    """Run the seeds' cases through so many browsers at once; with `until`, no further than so many pages."""
    tally = Tally()
    make_pictures(images)
    waiting: Iterator[int] = iter(seeds)

    async def work() -> None:
        gauntlet = Gauntlet(images, tally, look)
        try:
            for seed in waiting:
                if until and tally.measured >= until:
                    break
                await gauntlet.run(make_case(seed))
        finally:
            await gauntlet.close()

    async def all_of_them() -> None:
        await asyncio.gather(*(work() for _ in range(workers)))

    asyncio.run(all_of_them())
    return tally
