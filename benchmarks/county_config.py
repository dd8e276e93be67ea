"""A made-up county: `screens.toml` for N screens in M places, and calendars with what goes on there.

    python -m benchmarks.county_config SCREENS PLACES FOLDER [SEED]

Writes FOLDER/screens.toml and a calendar (.ics) for each municipality of ten places, with some five events a week at
each place. `signage check` and `signage run` accept the folder as it is. The same numbers, seed and first day give the
same bytes.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from signage.demo.calendar import ZONE, fold

SEED = 20261129
OSLO = ZoneInfo("Europe/Oslo")
EVENTS = 14  # at each place, in the days below; of them
SERIES = 4  # take place every week
DAYS = 67  # the longest time for which sources are read
WEEKS_BACK = 8  # a series began before today


@dataclass(frozen=True)
class House:
    """A kind of house. `lines` are those of a playlist; in them, {source} is the municipality's calendar, {town} its
    number, and {near} two other places.
    """

    name: str
    category: str
    organiser: str
    hours: str
    titles: tuple[str, ...]
    lines: tuple[str, ...]
    more: tuple[str, ...] = ()  # further settings of its screens
    rooms: tuple[str, ...] = ()


HOUSES = (
    House(
        "Bibliotek",
        "Bibliotek",
        "Biblioteket {town}",
        '{ mon-fri = "10:00-18:00", sat = "10:00-14:00" }',
        ("Språkkafé", "Babysang", "Bokprat", "Lesesirkel", "Strikkekafé", "Forfatterbesøk", "Lesestund for barn"),
        (
            '{ show = "today", sources = ["{source}"] }',
            '{ show = "agenda", sources = ["{source}"], today = false, days = 3 }',
            '{ show = "event", place = "here", sources = ["{source}"], count = 2 }',
            '{ show = "week", place = "here", sources = ["{source}"], seconds = 15 }',
        ),
    ),
    House(
        "Rådhus",
        "Møte",
        "Kommune {town}",
        '{ mon-fri = "08:00-15:30" }',
        ("Åpen time hos ordføreren", "Formannskapsmøte", "Kommunestyremøte", "Folkemøte om ny skole", "Frokostmøte"),
        (
            '{ show = "today", sources = ["{source}"] }',
            '{ show = "agenda", sources = ["{source}"], today = false, days = 2 }',
            '{ show = "event", place = ["{place}", {near}], count = 2 }',
            '{ show = "evergreen" }',
        ),
    ),
    House(
        "Idrettshall",
        "Idrett",
        "Idrettslaget {town}",
        '{ mon-sun = "08-23" }',
        ("Håndball G14", "Innebandy", "Barneidrett", "Badminton for alle", "Seniortrim", "Fotball J16", "Turn"),
        (
            '{ show = "now" }',
            '{ show = "agenda", place = ["{place}"], days = 14 }',
            '{ show = "event", categories = ["Idrett"], sources = ["{source}"], count = 2 }',
        ),
        ('when_closed = "dark"',),
        ("Hall A", "Hall B"),
    ),
    House(
        "Kulturhus",
        "Kultur",
        "Kulturskolen {town}",
        '{ mon-fri = "12-23", sat-sun = "12-23" }',
        ("Konsert med storband", "Danseforestilling", "Standup", "Korkveld", "Huskonsert", "Teater: Peer Gynt"),
        (
            '{ show = "event", place = "here", sources = ["{source}"], count = 4 }',
            '{ show = "agenda", categories = ["Kultur", "Kino"], sources = ["{source}"], days = 14 }',
            '{ show = "split", main = { show = "today", sources = ["{source}"] }, '
            'side = { show = "notice", title = "Vil du leie scenen?", text = "Ring kulturkontoret." } }',
        ),
        ('night_layout = "natt"',),
    ),
    House(
        "Frivilligsentral",
        "Møteplass",
        "Frivilligsentralen {town}",
        '{ mon-thu = "10-15", fri = "closed" }',
        ("Lunsjtreff", "Datahjelp", "Leksehjelp", "Bridge", "Turgruppe", "Matlaging på tvers"),
        (
            '{ show = "today", place = ["{place}", {near}] }',
            '{ show = "agenda", place = ["{place}", {near}], today = false, days = 5 }',
            '{ show = "event", organisers = ["Frivilligsentralen {town}"], sources = ["{source}"], count = 2 }',
            '{ show = "notice", title = "Bli frivillig", text = "Kom innom, så finner vi noe som passer." }',
        ),
    ),
    House(
        "Helsehus",
        "Helse",
        "Kommune {town}",
        '{ mon-fri = "08-15.30" }',
        ("Trim for eldre", "Pårørendekafé", "Vaksinasjon", "Sang og minner", "Kurs: Sov bedre"),
        (
            '{ show = "today", place = "here", sources = ["{source}"] }',
            '{ show = "agenda", place = "here", sources = ["{source}"], today = false, days = 7 }',
            '{ show = "evergreen" }',
        ),
        ("distance = 3", "diagonal = 40"),
    ),
    House(
        "Svømmehall",
        "Bading",
        "Svømmeklubben {town}",
        '{ mon-fri = "06:30-21:00", sat-sun = "10-17" }',
        ("Morgensvømming", "Babysvømming", "Familiebading", "Vanngym", "Svømmekurs"),
        ('{ show = "now" }', '{ show = "agenda", place = ["{place}"], days = 7 }', '{ show = "week", place = "here" }'),
    ),
    House(
        "Kino",
        "Kino",
        "Kinoen {town}",
        '{ mon-fri = "17-23", sat-sun = "14-23" }',
        ("Vaiana", "Ni liv", "Flåklypa Grand Prix", "En nasjon i sjakk", "Seniorkino", "Barnefilm"),
        (
            '{ show = "event", categories = ["Kino"], sources = ["{source}"], count = 4 }',
            '{ show = "agenda", categories = ["Kino"], sources = ["{source}"], today = false, days = 14 }',
            '{ show = "evergreen" }',
        ),
        ('layout = "plakat"',),
    ),
    House(
        "Samfunnshus",
        "Møteplass",
        "Bygdelaget {town}",
        '{ mon-sun = "09-22" }',
        ("Bygdekino", "Loppemarked", "Basar", "Juletrefest", "Dugnad", "Middag for bygda"),
        (
            '{ show = "today", place = "here", sources = ["{source}"] }',
            '{ show = "agenda", sources = ["{source}"], days = 4, series = 1 }',
        ),
    ),
    House(
        "Museum",
        "Kultur",
        "Historielaget {town}",
        '{ tue-sun = "11-16" }',
        ("Omvisning", "Foredrag", "Håndverk for barn", "Åpent arkiv", "Vandring i gamle gater"),
        (
            '{ show = "event", place = "here", sources = ["{source}"], count = 3 }',
            '{ show = "agenda", categories = ["Kultur"], sources = ["{source}"], days = 7 }',
            '{ show = "evergreen" }',
        ),
    ),
)
CORNERS = ("inngangen", "foajeen", "kafeen", "trappa", "venterommet", "garderoben", "salen", "skranken")
SIZES = (
    'size = "1920x1080"',
    'size = "1080x1920"\nrotate = 90',
    'size = "1920x1080"',
    'size = "1280x720"\ndistance = 3\ndiagonal = 40',
    'size = "1080x1920"\nrotate = 270',
    'size = "1920x1080"',
)


@dataclass(frozen=True)
class Spot:
    """A place of the county, by its number from 0 on."""

    number: int
    places: int

    @property
    def house(self) -> House:
        return HOUSES[self.number % len(HOUSES)]

    @property
    def name(self) -> str:
        """ "Bibliotek 017": each number has as many digits as the last, so that no name begins like another."""
        return f"{self.house.name} {self.number + 1:0{max(3, len(str(self.places)))}d}"

    @property
    def id(self) -> str:
        return self.name.lower().replace(" ", "-").translate(str.maketrans("æøå", "aoa"))

    @property
    def town(self) -> str:
        """The number of its municipality."""
        return f"{self.number // len(HOUSES) + 1:02d}"

    @property
    def source(self) -> str:
        return f"kommune-{self.town}"

    def near(self) -> list[Spot]:
        """The others in its municipality, the next one first."""
        first = self.number - self.number % len(HOUSES)
        others = [n for n in range(first, first + len(HOUSES)) if n != self.number and n < self.places]
        return [Spot(n, self.places) for n in sorted(others, key=lambda n: (n < self.number, n))]


def write(folder: Path, screens: int, places: int, *, today: date, seed: int = SEED, events: int = EVENTS) -> Path:
    """Write a county of this size, with this many events at each place; gives the path of its screens.toml."""
    spots = [Spot(number, places) for number in range(places)]
    calendars = folder / "calendars"
    calendars.mkdir(parents=True, exist_ok=True)
    for source in dict.fromkeys(spot.source for spot in spots):
        here = [spot for spot in spots if spot.source == source]
        (calendars / f"{source}.ics").write_bytes(_calendar(here, today, seed, events))
    path = folder / "screens.toml"
    path.write_text("\n".join(_config(spots, screens, seed)) + "\n", "utf-8")
    return path


def _config(spots: Sequence[Spot], screens: int, seed: int) -> Iterator[str]:
    yield f"# A made-up county: {screens} screens in {len(spots)} places (python -m benchmarks.county_config)."
    yield '\n[site]\nname = "Fylket"\narea = "fylket"\nlanguages = ["nb", "nn", "en"]'
    yield 'calendar = "https://kalender.example.org"\nmotto = "det som skjer i fylket"'
    for spot in {spot.source: spot for spot in spots}.values():
        yield f'\n[[sources]]\nid = "{spot.source}"\ntype = "ical"\nurl = "calendars/{spot.source}.ics"'
        yield f'name = "Kommune {spot.town}"'
    for spot in spots:
        yield f'\n[places.{spot.id}]\nname = "{spot.name}"\ntown = "Tettsted {spot.town}"'
        if near := spot.near()[:3]:
            yield f"near = [{_listed(near)}]"
        if spot.house.rooms:
            yield f"rooms = [{_quoted(spot.house.rooms)}]"
    dice = random.Random(seed)
    crowd = [spot for spot in spots for _ in range(dice.choice((1, 1, 2)))]
    dice.shuffle(crowd)
    hung: dict[str, int] = {}
    for number in range(screens):
        spot = crowd[number % len(crowd)]
        hung[spot.id] = count = hung.get(spot.id, 0) + 1
        yield from _screen(spot, count, dice)


def _screen(spot: Spot, count: int, dice: random.Random) -> Iterator[str]:
    """The screen of this number at a place."""
    house = spot.house
    corner = CORNERS[(count - 1) % len(CORNERS)] + (f" {count}" if count > len(CORNERS) else "")
    yield f'\n[screens.{spot.id}-{count}]\nname = "{spot.name}, {corner}"\nplace = "{spot.id}"'
    size = dice.choice(SIZES)
    yield size
    for setting in house.more:
        if setting.partition(" ")[0] not in size:
            yield setting
    language = dice.choice(('language = "nb"', 'language = "nb"', 'language = "nn"', 'languages = ["nb", "en"]'))
    yield language
    yield f"hours = {house.hours}"
    lines = house.lines if count == 1 else dice.sample(house.lines, len(house.lines) - 1)
    yield "playlist = ["
    for line in lines:
        words = {"{source}": spot.source, "{town}": spot.town, "{place}": spot.id}
        words["{near}"] = _listed(spot.near()[:2]) or f'"{spot.id}"'
        for word, meaning in words.items():
            line = line.replace(word, meaning)
        yield f"  {line},"
    yield "]"


def _listed(spots: Sequence[Spot]) -> str:
    return _quoted([spot.id for spot in spots])


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _calendar(spots: Sequence[Spot], today: date, seed: int, events: int) -> bytes:
    """What goes on at these places: weekly series, and single events."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Fylket//benchmark//NO", *ZONE.splitlines()]
    for spot in spots:
        dice = random.Random(f"{seed} {spot.number}")
        for number in range(events):
            weekly = number < SERIES
            ahead = dice.randrange(7) - 7 * WEEKS_BACK if weekly else dice.randrange(DAYS)
            lines += _event(spot, number, today + timedelta(days=ahead), dice, "RRULE:FREQ=WEEKLY" if weekly else "")
    lines.append("END:VCALENDAR")
    return "".join(fold(line) for line in lines).encode()


def _event(spot: Spot, number: int, day: date, dice: random.Random, rule: str) -> Iterator[str]:
    house = spot.house
    title = house.titles[number % len(house.titles)]
    if not rule and dice.random() < 0.5:
        title += dice.choice((" for nybegynnere", ": vinterens siste, med kaffe og kake", " for hele familien", " II"))
    start = datetime(day.year, day.month, day.day, dice.randint(9, 20), dice.choice((0, 0, 15, 30)), tzinfo=OSLO)
    end = start + timedelta(minutes=dice.choice((45, 60, 90, 120, 180)))
    room = f", {dice.choice(house.rooms)}" if house.rooms else ""
    yield "BEGIN:VEVENT"
    yield f"UID:{spot.id}-{number}@kalender.example.org"
    yield f"DTSTAMP:{_entered(day)}"
    yield f"DTSTART;TZID=Europe/Oslo:{start:%Y%m%dT%H%M%S}"
    yield f"DTEND;TZID=Europe/Oslo:{end:%Y%m%dT%H%M%S}"
    if rule:
        yield rule
    yield f"SUMMARY:{title}"
    yield f"LOCATION:{spot.name}{room}".replace(",", "\\,")
    yield f"CATEGORIES:{house.category}"
    yield f'ORGANIZER;CN="{house.organiser.format(town=spot.town)}":mailto:post@kalender.example.org'
    if dice.random() < 0.6:
        yield "DESCRIPTION:Alle er velkommen. Det blir servert kaffe\\, og det koster ingenting å være med."
    yield "END:VEVENT"


def _entered(day: date) -> str:
    """When an event on a day was entered."""
    return f"{day - timedelta(days=30):%Y%m%d}T080000Z"


def main(given: Sequence[str]) -> int:
    """The command; gives the exit code."""
    if len(given) not in (3, 4) or not all(word.isdecimal() and int(word) for word in (*given[:2], *given[3:])):
        print("Usage: python -m benchmarks.county_config SCREENS PLACES FOLDER [SEED]", file=sys.stderr)
        return 2
    screens, places, folder, *seed = given
    today = datetime.now(UTC).astimezone(OSLO).date()
    path = write(Path(folder), int(screens), int(places), today=today, seed=int(seed[0]) if seed else SEED)
    print(f"{path}: {screens} screens in {places} places. Start with: signage run --config {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
