"""What is not for the public: what its source says so of, what an administrator's rule holds back, drafts, bookings,
closures and private events. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from signage.config.models import HoldBack
from signage.events.occurrences import Occurrence
from signage.events.text import fold

# A mark ends the title, or something follows that no name goes on with: "Opptatt av fugler" is a talk.
_END = r"\s*(?:$|[:.!,;()\[\]–-])"
_TIME = (
    r"(?:i dag|i morgon|i morgen|heile|hele|kl|uke|veke|fra|frå|til og med|t\.o\.m|\d+"
    r"|(?:man|tirs|ons|tors|fre|lør|søn|mån|tys|laur|sun)dag)"
)
_WHY = r"(?:for|pga|p\.g\.a|grunnet|grunna|på grunn)"
_RENTED = r"(?:utleid|utleigd|utleige(?!\s+av\b)|bortleid|bortleigd)"
_BOOKED = re.compile(
    rf"^{_RENTED}\b|\b(?:utleid|utleigd)[)\].!]*$"
    rf"|^(?:reservert|booket|booka|opptatt|oppteke|ikke ledig|ikkje ledig|blokkert)(?:{_END}|\s+{_TIME}\b)"
    rf"|^(?:reservert|booket|booka)\s+(?:til|for|av)\b|\b(?:er|,|:|–|-)\s*(?:reservert|booket|booka|opptatt)[)\].!]*$",
    re.IGNORECASE,
)
_SHUT = r"(?:(?:sommar|sommer|ferie|jule|påske|vinter)?(?:stengt|stengd|lukket))"
_CLOSED = re.compile(
    rf"^(?:sommar|sommer|ferie|jule|påske|vinter)?(?:stengt|stengd)(?:{_END}|\s+(?:{_WHY}|{_TIME})\b)|^ferielukket\b"
    rf"|\b(?:er|holder|held|holdes|blir|vert)\s+{_SHUT}(?:[.!]*$|\s+(?:{_WHY}|{_TIME})\b)|\w\s+(?:stengt|stengd)[.!]*$",
    re.IGNORECASE,
)
# "Privatøkonomi for unge" and "Lukkede rom" are public events
_PARTY = (
    r"(?:arrangement|tilskiping|tilstelning|fest|utleie|utleige|selskap|lag|bursdag|bryllup|møte|dåp|konfirmasjon"
    r"|minnestund|minnesamvær|trening|øving|øvelse)"
)
_PRIVATE = re.compile(
    rf"^privat(?:e|t)?(?:{_END}|\s+{_PARTY}\b)|^(?:lukket|lukka|slutta|sluttet|internt?)\s+{_PARTY}\b|^internt?\s*:"
    r"|[(\[](?:privat|internt?|lukket|lukka)[)\]]",
    re.IGNORECASE,
)
_DRAFT = re.compile(
    r"^\W*(?:utkast|kladd|draft)\s*(?:$|[:)\]–-])|[(\[](?:utkast|kladd|draft)[)\]]|^test(?:arrangement|hendelse)?\s*\d*$",
    re.IGNORECASE,
)
# What calendars of people and rooms have for a title, and nothing else: "Ledig plass på kurs" is an event.
_AVAILABILITY = frozenset(
    fold(title)
    for title in (
        "busy", "tentative", "free", "available", "unavailable", "away", "out of office", "ooo", "working elsewhere",
        "no title", "untitled", "no subject", "private appointment", "private event", "blocked",
        "ledig", "foreløpig", "førebels", "ikke på kontoret", "ikkje på kontoret", "borte",
        "fraværende", "fråverande", "utilgjengelig", "utilgjengeleg", "arbeider et annet sted", "jobber et annet sted",
        "arbeider ein annan stad", "jobber hjemmefra", "hjemmekontor", "heimekontor", "uten tittel", "utan tittel",
        "ingen tittel", "uten emne", "ingen emne", "privat avtale", "privat hendelse",
        "beschäftigt", "abwesend", "mit vorbehalt", "außer haus", "privater termin", "kein titel",
        "upptagen", "ledigt", "preliminärt", "frånvarande", "optaget", "varattu",
    )
)  # fmt: skip
# Funerals, weddings and baptisms are a family's, also with its name behind: "Gravferd Kari Nordmann".
_RITE = (
    r"(?:gravferd|gravferdsseremoni|bisettelse|bisetting|bisetjing|begravelse|urnenedsettelse|urnenedsetjing"
    r"|vigsel|vielse|bryllup|dåp|barnedåp|minnestund|minnesamvær)"
)
_NAME = r"(?:(?:og|&)\s+)?[A-ZÆØÅ][\w.'-]*"
_CEREMONY = re.compile(
    rf"^(?i:{_RITE})(?:{_END}|\s+(?:(?i:av|for|til|i|på|ved|over)\s+)?[A-ZÆØÅ]|\s+(?i:kl\b|\d))"
    rf"|^(?:{_NAME}\s+){{1,4}}{_NAME}\s?[-–,(]\s?(?i:{_RITE})[)!.]*$"
)
# A service with a baptism, and a memorial, are open to all: "Gudstjeneste – dåp", "Minnestund 22. juli".
_FOR_ALL = re.compile(
    r"gudst[ej]|høgmess|høymess|messe\b|minnesmerk|minnelund|bauta|monument|krig|frigjøring|falne|offer|ofre|ofra\b"
    r"|^minne(?:stund|samvær)\s+(?:den\s+)?\d",
    re.IGNORECASE,
)
_CEREMONY_HINTS = (
    "gravferd", "biset", "begravelse", "urnened", "vigsel", "vielse", "bryllup", "dåp", "minnestund", "minnesamvær"
)  # fmt: skip
# No title without one of these fits a pattern above; most titles have none, and need no closer look
_HINTS = (
    "leid", "leig", "reservert", "booke", "booka", "opptatt", "oppteke", "ledig", "blokkert", "steng", "lukk", "slutt",
    "privat", "intern", "utkast", "kladd", "draft", "test",
)  # fmt: skip
_BUILT_IN = ((_DRAFT, "a draft"), (_BOOKED, "a booking"), (_CLOSED, "a closure"), (_PRIVATE, "private"))


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An occurrence that is kept off the screens, and by which rule."""

    source: str
    uid: str
    title: str
    start: datetime | date
    reason: str

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d}  {self.title}  ({self.source}:{self.uid}, {self.reason})"


def why_held(title: str, ceremonies: bool = False) -> str | None:
    """The built-in rule that keeps an event with this clean title off the screens; None when none does.

    `ceremonies`: funerals, weddings and baptisms are shown.
    """
    lower = title.lower()
    if fold(lower).strip(" .!?()[]") in _AVAILABILITY:
        return "built-in rule (availability)"
    rite = not ceremonies and any(hint in lower for hint in _CEREMONY_HINTS)
    if rite and _CEREMONY.search(title) and not _FOR_ALL.search(title):
        return "built-in rule (a family's ceremony)"
    if not any(hint in lower for hint in _HINTS):
        return None
    reason = next((reason for pattern, reason in _BUILT_IN if pattern.search(title)), None)
    return reason and f"built-in rule ({reason})"


class HoldBackRules:
    """What the source itself says, then the administrator's rules in their order, then the built-in ones."""

    def __init__(self, hold_back: Sequence[HoldBack], ceremonies: bool = False) -> None:
        self._ceremonies = ceremonies
        self._rules = [(_Rule(rule), _name(number, rule)) for number, rule in enumerate(hold_back, 1)]

    def why(self, occurrence: Occurrence) -> str | None:
        """The words of the first rule that holds it back; None when it is for the public."""
        if occurrence.held:
            return f"{occurrence.source} says so ({occurrence.held})"
        for rule, name in self._rules:
            if rule.fits(occurrence):
                return name
        return why_held(occurrence.title, self._ceremonies)


class _Rule:
    def __init__(self, rule: HoldBack) -> None:
        self._source = rule.source
        self._title = _pattern(rule.title)
        self._venue = _pattern(rule.venue)
        self._organizer = _pattern(rule.organiser)
        self._category = _pattern(rule.category)

    def fits(self, occurrence: Occurrence) -> bool:
        return (
            (self._source is None or self._source == occurrence.source)
            and self._title((occurrence.title,))
            and self._venue((occurrence.venue,))
            and self._organizer((occurrence.organizer,))
            and self._category(occurrence.categories)
        )


def _pattern(wanted: str) -> Callable[[Iterable[str]], bool]:
    """Whether one of some texts matches: as a whole where * matches anything; without a *, when it holds the words."""
    folded = fold(wanted)
    if not folded:
        return lambda texts: True
    if "*" in folded:
        parts = [re.escape(part) for part in re.split(r"\*+", folded)]
        whole = re.compile(".*".join(parts), re.DOTALL)
        return lambda texts: any(whole.fullmatch(fold(text)) for text in texts)
    inside = re.compile(rf"(?<!\w){re.escape(folded)}(?!\w)")
    return lambda texts: any(inside.search(fold(text)) for text in texts)


def _name(number: int, rule: HoldBack) -> str:
    said = rule.reason or ", ".join(
        f'{key} "{value}"'
        for key in ("title", "venue", "organiser", "category", "source")
        if (value := getattr(rule, key))
    )
    return f"hold_back rule {number} ({said})"
