"""Which column of a sheet holds what: headings as Norwegian volunteers and calendar programs write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

# Field -> headings, the surest first: when a sheet has several, the first one with anything in it counts for a row.
HEADINGS: Mapping[str, str] = {
    "title": "tittel title arrangement arrangementsnavn arrangementets-navn hendelse hending aktivitet tilskiping "
    "tilstelning hva kva what event event-title event-name subject navn namn name overskrift",
    "date": "dato datoar datoer date dates fra-dato frå-dato start-dato start-date date-from from-date når "
    "when dag day dag-og-tid dato-og-tid dato-og-klokkeslett dato-kl tidspunkt datetime",
    "end_date": "til-dato slutt-dato end-date date-to to-date t.o.m-dato siste-dag",
    "time": "klokkeslett klokka klokken kl tid tider start-tid start-klokkeslett start fra frå fra-kl frå-kl "
    "start-kl kl-fra tid-fra begynner byrjar time start-time from starts begins hours",
    "end_time": "slutt slutter sluttar slutt-tid sluttid slutt-kl til til-kl kl-til tid-til ferdig end "
    "end-time ends to until",
    "weekday": "ukedag vekedag dagnavn weekday day-of-week",
    "venue": "sted stad hvor kor where lokale lokasjon venue place location spillested møtested adresse address rom",
    "organizer": "arrangør arrangørar arrangører hvem kven who organizer organiser organisasjon lag forening foreining "
    "lag/forening host vertskap",
    "description": "beskrivelse beskriving skildring omtale om ingress tekst informasjon info detaljer detaljar "
    "merknad description details text about notes",
    "price": "pris inngang inngangspenger billettpris entré entre kostnad kostar koster price cost admission fee",
    "tickets": "billetter billettar billett billettlenke kjøp-billett kjøp-billetter påmelding "
    "påmeldingslenke tickets ticket-url ticket-link registration",
    "url": "lenke lenkje link url nettside nettstad nettadresse hjemmeside heimeside web website les-mer more-info",
    "picture": "bilde bilete bildelenke bilde-url bildeadresse picture image image-url photo",
    "picture_credit": "fotograf bildekreditering kreditering photographer credit photo-credit",
    "category": "kategori kategorier kategoriar type category categories sjanger tema",
    "audience": "målgruppe målgrupper aldersgruppe alder for-hvem for-kven passer-for passar-for audience age",
    "status": "avlyst innstilt cancelled canceled status tilstand",
    "id": "id uid arrangement-id arrangementsid event-id",
}
FIELDS = tuple(HEADINGS)
_DATES = frozenset({"date", "end_date"})
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_GAPS = re.compile(r"[\W_]+")
ENOUGH = 2  # known headings that make a heading line; a title row has none, a row of data seldom one
_A_WEEKDAY_BESIDE_A_DATE = frozenset({"dag", "day"})


def plain(heading: str) -> str:
    """A heading for comparing: "Fra dato:", "fra_dato" and "FRADATO (dd.mm)" are the same."""
    return _GAPS.sub("", _BRACKETS.sub("", heading).casefold()) or _GAPS.sub("", heading.casefold())


_KNOWN: Mapping[str, tuple[str, int]] = {
    plain(word): (field, rank) for field, words in HEADINGS.items() for rank, word in enumerate(words.split())
}
YES_MEANS_CANCELLED = frozenset(map(plain, ("avlyst", "innstilt", "cancelled", "canceled")))


@dataclass(frozen=True)
class Columns:
    """A heading line. `at`: for each field the columns that hold it, the surest first."""

    headings: tuple[str, ...]
    at: Mapping[str, tuple[int, ...]]

    def cell(self, row: Sequence[str], field: str) -> str:
        """What a row says of a field: the first of its columns with anything in it; empty if there is none."""
        return self.found(row, field)[1]

    def found(self, row: Sequence[str], field: str) -> tuple[str, str]:
        """The column's heading and the cell's text."""
        for column in self.at.get(field, ()):
            if column < len(row) and (text := row[column].strip()):
                return self.headings[column], text
        return "", ""

    @cached_property
    def dated(self) -> bool:
        """Whether there is a column that must hold dates."""
        return any(field in self.at for field in _DATES)

    @property
    def named(self) -> str:
        """The headings for a message: "Hva", "Dag", "Sted"."""
        return ", ".join(f'"{heading[:40]}"' for heading in self.headings[:20] if heading) or "none"


def understand(row: Sequence[str], given: Mapping[str, str]) -> Columns:
    """What a row means as a heading line. `given`: field -> heading, from screens.toml; goes before what is known."""
    headings = tuple(" ".join(cell.split()) for cell in row)
    names = [plain(heading) for heading in headings]
    wanted = {plain(heading): field for field, heading in given.items()}
    found: dict[str, list[tuple[int, int]]] = {}
    for column, name in enumerate(names):
        if name in wanted:
            found.setdefault(wanted[name], []).append((-1, column))
        elif name in _KNOWN:
            field, rank = _KNOWN[name]
            if field not in given:
                found.setdefault(field, []).append((rank, column))
    _tell_weekdays_from_dates(found, names)
    return Columns(headings, {field: tuple(column for _, column in sorted(ranks)) for field, ranks in found.items()})


def _tell_weekdays_from_dates(found: dict[str, list[tuple[int, int]]], names: Sequence[str]) -> None:
    """ "Dag" is the date where it is alone ("lørdag 5. desember"), and the weekday beside a "Dato"."""
    dates = found.get("date", [])
    days = [entry for entry in dates if entry[0] >= 0 and names[entry[1]] in _A_WEEKDAY_BESIDE_A_DATE]
    if days and len(days) < len(dates):
        found["date"] = [entry for entry in dates if entry not in days]
        found.setdefault("weekday", []).extend(days)


def is_heading_line(columns: Columns) -> bool:
    """Whether a row can be the heading line: two known headings, one of them of a date or a time."""
    return len(columns.at) >= ENOUGH and (columns.dated or "time" in columns.at)
