"""What the headings of a volunteer's sheet mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

# In this order: "til dato" is an end, "dato" a start. Bokmål, nynorsk and English.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "uid", "nr", "nummer"),
    "title": (
        "tittel",
        "arrangement",
        "hva",
        "kva",
        "navn",
        "namn",
        "aktivitet",
        "hendelse",
        "hending",
        "title",
        "event",
        "name",
    ),
    "date": (
        "dato",
        "dag",
        "date",
        "day",
        "startdato",
        "fra dato",
        "frå dato",
        "når",
        "start date",
        "tidspunkt",
        "dato start",
    ),
    "last": ("til dato", "sluttdato", "siste dag", "end date", "dato slutt", "to date"),
    "time": (
        "klokkeslett",
        "kl",
        "klokka",
        "klokken",
        "tid",
        "start",
        "starttid",
        "fra",
        "frå",
        "fra kl",
        "frå kl",
        "time",
        "from",
        "start time",
    ),
    "end": ("slutt", "sluttid", "til", "til kl", "end", "to", "end time", "ferdig"),
    "venue": ("sted", "stad", "hvor", "kvar", "lokale", "lokal", "venue", "place", "location", "where"),
    "organizer": ("arrangør", "hvem", "kven", "forening", "lag", "organizer", "organiser", "by"),
    "description": (
        "beskrivelse",
        "om",
        "tekst",
        "info",
        "informasjon",
        "skildring",
        "omtale",
        "description",
        "text",
        "about",
    ),
    "price": ("pris", "billettpris", "inngang", "price", "cost"),
    "ticket": ("billetter", "billettar", "billett", "påmelding", "tickets", "registration"),
    "url": ("lenke", "lenkje", "url", "link", "nettside", "web", "nettadresse", "website"),
    "picture": ("bilde", "bilete", "picture", "image", "plakat"),
    "category": ("kategori", "type", "category"),
    "audience": ("målgruppe", "for hvem", "for kven", "alder", "audience"),
    "status": ("status", "avlyst", "merknad"),
    "weekday": ("ukedag", "vekedag", "weekday"),
}
NEEDED = ("title", "date")


def folded(heading: str) -> str:
    """A heading for comparing: "Fra kl.:" is "fra kl"."""
    return " ".join(re.sub(r"[^\w\s]", " ", heading.casefold()).split())


_MEANINGS = {heading: field for field, headings in FIELDS.items() for heading in headings}


def columns(headings: Sequence[str], given: Mapping[str, str]) -> dict[str, int]:
    """Which column holds which field. `given` (field -> heading, from screens.toml) goes first. The first of two
    columns with the same meaning counts. Raises ValueError with a sentence.
    """
    names = [folded(heading) for heading in headings]
    there = ", ".join(f'"{heading.strip()}"' for heading in headings if heading.strip()) or "none"
    found: dict[str, int] = {}
    for field, heading in given.items():
        if field not in FIELDS:
            raise ValueError(f'columns: no field "{field}"; there are {", ".join(FIELDS)}')
        if folded(heading) not in names:
            raise ValueError(f'has no column "{heading}"; its headings are {there}')
        found[field] = names.index(folded(heading))
    for index, name in enumerate(names):
        meaning = _MEANINGS.get(name)
        if meaning and meaning not in found and index not in found.values():
            found[meaning] = index
    if "date" not in found and "time" in found and names[found["time"]] in ("start", "fra", "frå", "tid", "from"):
        found["date"] = found.pop("time")  # "Start: 2026-12-05 18:00"
    missing = [field for field in NEEDED if field not in found]
    if missing:
        words = " and ".join({"title": 'what it is ("Tittel")', "date": 'when ("Dato")'}[field] for field in missing)
        raise ValueError(f"has no column for {words}; its headings are {there}")
    return found


def known(cells: Sequence[str]) -> int:
    """How many cells of a line are headings; 0 when none is a date's."""
    meanings = {_MEANINGS[name] for cell in cells if (name := folded(cell)) in _MEANINGS}
    return len(meanings) if meanings & {"date", "time"} else 0
