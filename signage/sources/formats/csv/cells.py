"""What the cells of a sheet hold: prices, states and links, as volunteers write them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from signage.domain.model import Availability, Status, TicketKind
from signage.sources.formats.json_answer import OPEN_PRICE, web_link
from signage.sources.formats.json_answer import price as plain_price

NOTHING = frozenset({"-", "–", "—", "?", "n/a"})  # an empty cell, for those who don't like them
_LONGEST = 300  # characters of a price that are looked at

_FREE = re.compile(
    r"(?:gratis|free|fri)(?:\s+(?:entr[eé]|inngang|adgang|for alle|admission|entry))?[\s.!]*", re.IGNORECASE
)
_MEMBERS = re.compile(
    r"(?:(?:kun |bare |berre )?(?:for )?medlemm?[ae]?r(?: only)?|betalt medlemskap|members(?: only)?)[\s.!]*", re.I
)
_AMOUNT = r"\d{1,3}(?:[ \u00a0.]\d{3})+(?:,\d{1,2})?|\d{1,6}(?:[.,]\d{1,2})?"
_MARKED = re.compile(
    rf"\b(?:kr|nok)\.?\s*({_AMOUNT})(?!\d)|(?<![\d.,])({_AMOUNT})\s*(?:,-|,–|:-|kr\b|nok\b|kroner\b)", re.I
)
_NUMBER = re.compile(r"\d[\d .,]*")
_BARE = re.compile(rf"(?<![\d.,:])({_AMOUNT})(?![\d.,:])(?!\s*(?:år|stk|plass|min\b|pers|prosent|%|-?åring))", re.I)
_THOUSANDS = re.compile(r"[ \u00a0.](?=\d{3}(?!\d))")

_YES = frozenset({"ja", "jo", "x", "yes", "y", "true", "sann", "1", "✓", "✔", "ok"})
_NO = frozenset({"", "nei", "no", "n", "false", "usann", "0"})
_AS_PLANNED = frozenset(
    {
        "ok",
        "bekreftet",
        "bekrefta",
        "planlagt",
        "planlagd",
        "som planlagt",
        "aktiv",
        "åpen",
        "open",
        "publisert",
        "klar",
        "confirmed",
        "scheduled",
        "active",
        "ledig",
        "ledige plasser",
    }
)
_STATUS = {
    Status.CANCELLED: ("avlyst", "avlyses", "avlysast", "innstilt", "cancelled", "canceled"),
    Status.POSTPONED: ("utsatt", "utsett", "postponed"),
    Status.MOVED: ("flyttet", "flytta", "moved", "rescheduled"),
}
_AVAILABILITY = {
    Availability.SOLD_OUT: ("utsolgt", "utselt", "fullt", "full", "fulltegnet", "fullteikna", "fullbooket", "sold out"),
    Availability.FEW_LEFT: (
        "få plasser",
        "få plassar",
        "få billetter",
        "få billettar",
        "få igjen",
        "få att",
        "few left",
    ),
    Availability.CLOSED: ("påmelding stengt", "påmeldinga stengt", "påmeldingen stengt", "stengt", "closed"),
}
_HELD = {
    "utkast": "a draft",
    "kladd": "a draft",
    "draft": "a draft",
    "privat": "private",
    "private": "private",
    "intern": "private",
    "internt": "private",
    "ikke offentlig": "private",
    "skjult": "hidden",
    "hidden": "hidden",
}
_STATUS_WORDS = {word: status for status, words in _STATUS.items() for word in words}
_AVAILABILITY_WORDS = {word: availability for availability, words in _AVAILABILITY.items() for word in words}


@dataclass(frozen=True, slots=True)
class Price:
    """What it costs. `least` as "150.00"; None when it is not known, or free. `dearest`: None when it is not known."""

    kind: TicketKind = TicketKind.UNKNOWN
    least: str | None = None
    dearest: str | None = None


@dataclass(frozen=True, slots=True)
class CellState:
    """What a cell says of whether it takes place. `understood`: false for words that nobody knows."""

    status: Status = Status.SCHEDULED
    availability: Availability = Availability.UNKNOWN
    held: str = ""
    understood: bool = True


def filled(text: str) -> str:
    """A cell's text; empty for a dash."""
    return "" if text.strip() in NOTHING else text.strip()


def read_price(text: str) -> Price:
    """ "Gratis", "0,-", "kr 150,-", "Voksne 150, barn 50" (from 50), "Medlemmer". Other words say nothing."""
    text = text.strip()[:_LONGEST]
    if _FREE.fullmatch(text):
        return Price(TicketKind.FREE)
    if _MEMBERS.fullmatch(text):
        return Price(TicketKind.MEMBERS)
    written = [first or second for first, second in _MARKED.findall(text)] or _BARE.findall(text)
    amounts = [found for each in written if (found := plain_price(_THOUSANDS.sub("", each))) is not None]
    if not amounts:
        return Price()
    if not any(float(amount) for amount in amounts):
        return Price(TicketKind.FREE)
    least = min(amounts, key=float)
    # "Barn gratis, voksne 100": the least price is none of the amounts
    if re.search(r"\bgratis\b|\bfree\b", text, re.I):
        return Price(TicketKind.TICKETS)
    all_known = len(amounts) == len(_NUMBER.findall(text)) and not OPEN_PRICE.search(text)
    return Price(TicketKind.TICKETS, least, max(amounts, key=float) if all_known else None)


def read_state(text: str, yes_is_cancelled: bool) -> CellState:
    """ "avlyst", "Utsatt!", "utsolgt", "utkast"; "ja" in a column that is headed "Avlyst"."""
    word = " ".join(text.casefold().split()).strip(" .!*:()")
    if word in _NO:
        return CellState()
    if yes_is_cancelled and word in _YES:
        return CellState(Status.CANCELLED)
    if word in _AS_PLANNED:
        return CellState()
    if word in _HELD:
        return CellState(held=_HELD[word])
    # "Avlyst pga. sykdom", "utsatt til våren"
    for words in (word, *(word[: len(each)] for each in _FIRST_WORDS if word.startswith(f"{each} "))):
        status = _STATUS_WORDS.get(words, Status.SCHEDULED)
        availability = _AVAILABILITY_WORDS.get(words, Availability.UNKNOWN)
        if status is not Status.SCHEDULED or availability is not Availability.UNKNOWN:
            return CellState(status, availability)
    return CellState(understood=False)


_FIRST_WORDS = ("avlyst", "innstilt", "utsatt", "utsett", "flyttet", "flytta", "utsolgt", "utselt", "cancelled")


def read_link(text: str) -> str | None:
    """An address, also without its scheme: "www.kulorn.no/kino". None for what is none."""
    text = text.strip()
    if not text or any(c.isspace() for c in text):
        return None
    return web_link(f"https://{text}" if re.match(r"www\.[\w-]+\.", text, re.I) else text)


def read_words(text: str) -> tuple[str, ...]:
    """The words of "Kino, Barn; Familie"."""
    return tuple(dict.fromkeys(word for each in re.split(r"[,;|\n]", text) if (word := " ".join(each.split()))))
