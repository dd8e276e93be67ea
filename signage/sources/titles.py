"""Recognise what people write into a title because their calendar has no other place for it: "AVLYST: Quiz". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from signage.model import Availability, Status

LONGEST = 1000  # characters that are looked at; a title ends up shorter, and the patterns take the square of it

_EDGE = r"[\s:!.,;*\-–—|/]*"
_SEPARATOR = r"\s*[:!\-–—|/]+"


def _patterns(words: str, alone: bool = True) -> tuple[re.Pattern[str], ...]:
    """Where the words mean a mark and are no part of the name: at an edge, in brackets, or in capitals.

    `alone`: also at the beginning without a separator ("Avlyst quiz"); not for words that begin honest titles.
    """
    head = rf"^{_EDGE}[(\[]?(?:{words})\b[)\]]?"
    tail = rf"(\s+er|[\s:,\-–—|/])\s*(?:{words})" if alone else rf"[:,\-–—|/]\s*(?:{words})"
    return (
        re.compile(head + (_EDGE if alone else rf"{_SEPARATOR}{_EDGE}"), re.IGNORECASE),
        re.compile(rf"\s*[(\[]\s*(?:{words})\s*[!.]*\s*[)\]]\s*", re.IGNORECASE),
        re.compile(rf"{tail}[\s!.*]*$", re.IGNORECASE),
        re.compile(rf"{_EDGE}\b(?:{words.upper()})\b{_EDGE}"),
    )


# "Den avlyste konserten" is a title; so is "Canceled" without what is cancelled behind it
_OUTLOOK = re.compile(rf"^{_EDGE}cancell?ed\s*[:\-–]{_EDGE}", re.IGNORECASE)
_STATUS = (
    (Status.CANCELLED, (*_patterns("avlyst|avlyses|innstilt"), _OUTLOOK)),
    (Status.POSTPONED, _patterns("utsatt|utsett|postponed", alone=False)),
    (Status.MOVED, _patterns("flyttet|flytta|rescheduled", alone=False)),
)
_AVAILABILITY = (
    (Availability.SOLD_OUT, _patterns("utsolgt|utselt|fulltegnet|fullteikna|fullbooket|sold out", alone=False)),
    (Availability.FEW_LEFT, _patterns(r"få (?:billetter|billettar|plasser|plassar)(?: igjen)?", alone=False)),
    (Availability.CLOSED, _patterns(r"påmelding(?:en)? (?:er )?stengt|påmeldingsfristen er ute", alone=False)),
)


@dataclass(frozen=True, slots=True)
class Title:
    """A title without the words that are marks, and what they said."""

    text: str
    status: Status = Status.SCHEDULED
    availability: Availability = Availability.UNKNOWN


def read_title(raw: str) -> Title:
    """Take the marks out of a title. A title that is nothing else is kept."""
    text = raw[:LONGEST]
    status, availability = Status.SCHEDULED, Availability.UNKNOWN
    for each, patterns in _STATUS:
        text, found = _without(text, patterns)
        if found:
            status = each
            break
    for sold, patterns in _AVAILABILITY:
        text, found = _without(text, patterns)
        if found:
            availability = sold
            break
    marked = status is not Status.SCHEDULED or availability is not Availability.UNKNOWN
    return Title(text if marked else raw[:LONGEST], status, availability)


def _without(title: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[str, bool]:
    for pattern in patterns:
        found = pattern.search(title)
        if found:
            before, after = title[: found.start()].rstrip(), title[found.end() :].lstrip()
            rest = " ".join(filter(None, (before, after))).strip()
            return rest or title.strip(), True
    return title, False
