"""Recognise what people write into a title because their calendar has no other place for it: "AVLYST: Quiz". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from signage.domain.date_words import NORWEGIAN_IN_FULL, NORWEGIAN_MONTHS, NORWEGIAN_WEEKDAYS, any_of
from signage.domain.garbled import readable
from signage.domain.model import Availability, Status

LONGEST = 1000  # characters that are looked at; a title ends up shorter

_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_EDGES = _SPACES + ":!.,;*-–—|/"  # what parts a mark from the name
_EDGE = r"[\s:!.,;*\-–—|/]*+"
_SEPARATOR = r"\s*+[:!\-–—|/]++"
# What belongs to a mark: "er dessverre avlyst", "avlyst i dag", "flyttet til mandag"
_SADLY = r"(?:dessverre|diverre)"
_IS = r"(?:er|blir|vert|ble|blei|vart|må|(?:er|har)\s(?:blitt|vorte))"
_IT_IS = rf",?(?:\s{_SADLY})?(?:\s{_IS})?(?:\s{_SADLY})?"
_MONTH, _WEEKDAY = any_of(chain(*NORWEGIAN_MONTHS)), any_of(chain(*NORWEGIAN_WEEKDAYS))
_WHOLE_WEEKDAY = any_of(NORWEGIAN_IN_FULL.intersection(chain(*NORWEGIAN_WEEKDAYS)))
_TOMORROW = r"i\s?morgen|i\s?morgon"
_TODAY = rf"i\s?dag|i\s?kveld|{_TOMORROW}"
_PHRASE_ENDS = r"(?=\s?(?:[:!,.;*–—|/)\]]|$)|\s-|-\s)"  # "i dag-konserten" is a word
_NOW = rf"(?:{_TODAY}|denne\s(?:uka|uken|veka|veken)){_PHRASE_ENDS}"
_UNTIL_DAY = rf"til\s(?:{_WHOLE_WEEKDAY}|{_TOMORROW}){_PHRASE_ENDS}"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where words are a mark. What is in `edges` goes with it, on both sides.

    The expressions begin with something that is there once: each place in a title is looked at once, whatever it is
    full of. One that begins with any number of spaces takes the square of them.
    """

    pattern: re.Pattern[str]
    edges: str = _SPACES


def _patterns(words: str, alone: bool = True, when: str = _NOW) -> tuple[_Mark, ...]:
    """Where the words mean a mark and are no part of the name: at an edge, in brackets, or in capitals.

    `alone`: also at the beginning without a separator ("Avlyst quiz"); not for words that begin honest titles.
    `when`: what goes with them when it follows them.
    """
    sadly, when = rf"(?:{_SADLY}\s)?", rf"(?:\s(?:{when}))?"
    head = rf"^{_EDGE}[(\[]?{sadly}(?:{words})\b{when}[)\]]?"
    tail = rf"{_IT_IS}[\s:,\-–—|/]\s?(?:{words})" if alone else rf"[:,\-–—|/]\s?{sadly}(?:{words})"
    return (
        _Mark(re.compile(head + (_EDGE if alone else rf"{_SEPARATOR}{_EDGE}"), re.IGNORECASE)),
        _Mark(re.compile(rf"[(\[]\s?{sadly}(?:{words}){when}\s?[!.]*+\s?[)\]]", re.IGNORECASE)),
        _Mark(re.compile(rf"{tail}{when}[\s!.*]*+$", re.IGNORECASE)),
        _Mark(re.compile(rf"\b(?:{words.upper()})\b(?i:{when})"), _EDGES),
    )


# "Den avlyste konserten" is a title; so is "Canceled" without what is cancelled behind it
_OUTLOOK = _Mark(re.compile(rf"^{_EDGE}cancell?ed\s?[:\-–]{_EDGE}", re.IGNORECASE))
_OFF = "avlyst|avlyses|innstilt|innstilles"
_BECAUSE = r"(?:pga|p\.g\.a|på grunn|på grunnlag|grunnet|grunna|p\.\s?g\.\s?a)\b"
_NO_MORE = "utgår|avlysast|aflyst|abgesagt|inställt|instilt|peruttu|cancell?ed"
_OFF_NOW = rf"(?:{_OFF}|utgår)(?:\s(?:{_TODAY}))?"
_REASONS = (
    _Mark(re.compile(rf"^{_EDGE}{_OFF_NOW}\s{_BECAUSE}[^:]{{0,60}}:{_EDGE}", re.IGNORECASE)),
    _Mark(re.compile(rf"{_IT_IS}[\s:,(\-–—|/]\s?{_OFF_NOW}\s{_BECAUSE}.*$", re.IGNORECASE), _EDGES + "("),
)


# "Konserten er ikke avlyst"; "Innstilt på endring" is a talk, and "utgår fra torget" is where a procession begins
_NOT = re.compile(r"\b(?:ikke|ikkje|aldri|not)\W*$", re.IGNORECASE)
# "Familien som flyttet til våren" is about who moved; "Kor som er flyttet til våren" is the choir's concert
_WHO = re.compile(r"\bsom\s$", re.IGNORECASE)
_WHICH = re.compile(rf",?\ssom\s(?:{_SADLY}\s)?{_IS}\s(?:{_SADLY}\s)?$", re.IGNORECASE)
_BEFORE_WORD = re.compile(rf"\W*(?:{_SADLY}\s)?(?:{_IS}\s)?(?:{_SADLY}\s)?", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:innstilt\s+på|utgår\s+fr[aå])\b", re.IGNORECASE)
# "flyttet til Amerika 1850–1900" is history
_NEW_DATE = (
    rf"(?:(?:ca|den|{_WEEKDAY})\b\.?\s+){{0,3}}"
    rf"(?:kl\.?\s*\d{{1,2}}|\d{{1,2}}\s?[./]\s?\d{{1,2}}|\d{{1,2}}\.?\s?(?:{_MONTH})\b|20\d\d\b)[^:()]{{0,30}}"
)


def _until(words: str) -> tuple[_Mark, ...]:
    """Where the words go on with a new date: "Utsatt til 12/1: Kor", "Kor flyttet til 12. des kl. 18"."""
    date = rf"til\s+(?:{_NEW_DATE}|ny dato|over nyttår|våren|høsten|hausten|neste \w+|ubestemt tid)"
    when = rf"\s+(?:{date}|{_UNTIL_DAY})"
    return (
        _Mark(re.compile(rf"^{_EDGE}[(\[]?(?:{words}){when}(?:(?<=\d):\d\d)?[)\]]?\s?[:–—-]{_EDGE}", re.IGNORECASE)),
        _Mark(re.compile(rf"{_IT_IS}[\s:,(\[\-–—|/]\s?(?:{words}){when}(?::\d\d)?[)\]\s!.]*+$", re.IGNORECASE), _EDGES),
    )


_GONE = _Mark(re.compile(r"\sutgår[\s!.*]*+$", re.IGNORECASE))
_WHEN = f"{_NOW}|{_UNTIL_DAY}"
_CALLED_OFF = (*_REASONS, *_patterns(_OFF, when=_WHEN), *_patterns(_NO_MORE, alone=False, when=_WHEN), _OUTLOOK, _GONE)
_PUT_OFF, _REMOVED = "utsatt|utsett|postponed", "flyttet|flytta"
_STATUS = (
    (Status.CANCELLED, _CALLED_OFF),
    (Status.POSTPONED, (*_until(_PUT_OFF), *_patterns(_PUT_OFF, alone=False, when=_WHEN))),
    (Status.MOVED, (*_until(f"{_REMOVED}|flytt"), *_patterns(f"{_REMOVED}|rescheduled", alone=False, when=_WHEN))),
)
_AVAILABILITY = (
    (Availability.SOLD_OUT, _patterns("utsolgt|utselt|fulltegnet|fullteikna|fullbooket|sold out", alone=False)),
    (Availability.FEW_LEFT, _patterns(r"få (?:billetter|billettar|plasser|plassar)(?: igjen)?", alone=False)),
    (Availability.CLOSED, _patterns(r"påmelding(?:en)? (?:er )?stengt|påmeldingsfristen er ute", alone=False)),
)


@dataclass(frozen=True, slots=True)
class SplitTitle:
    """A title without the words that are marks, and what they said."""

    text: str
    status: Status = Status.SCHEDULED
    availability: Availability = Availability.UNKNOWN


def read_title(raw: str) -> SplitTitle:
    """Take the marks out of a title. A title that is nothing else is kept."""
    raw = readable(raw[:LONGEST])
    text = " ".join(raw.split())
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
    return SplitTitle(text if marked else raw, status, availability)


def _without(title: str, marks: tuple[_Mark, ...]) -> tuple[str, bool]:
    for mark in marks:
        found = mark.pattern.search(title)
        goes_on = found and _GOES_ON.search(found[0] + title[found.end() : found.end() + 6])
        if found and not goes_on and not _NOT.search(title[: found.start()]):
            into = _BEFORE_WORD.match(found[0])
            until_word = title[: found.start() + (into.end() if into else 0)]
            if _WHO.search(until_word):
                continue
            clause = _WHICH.search(until_word)
            before = title[: clause.start() if clause else found.start()].rstrip(mark.edges)
            after = title[found.end() :].lstrip(mark.edges)
            rest = " ".join(filter(None, (before, after))).strip()
            return rest or title.strip(), True
    return title, False
