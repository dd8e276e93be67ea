"""Texts that no calendar should hold, and that some calendar will: of 0 to 300 characters, in every script, seeded.

`anything` is what a source may send; what the events stage makes of it (signage/events/text.py) is what pages get.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

LONGEST = 300  # characters
_NORWEGIAN = [
    "Julekonsert",
    "med",
    "Hemne",
    "songlag",
    "Strikkekafé",
    "på",
    "biblioteket",
    "Offentlig",
    "bading",
    "Kino",
    "Vaiana",
    "Årsmøte",
    "i",
    "turmarsjklubben",
    "Foredrag",
    "om",
    "kystkulturen",
    "langs",
    "Trondheimsleia",
    "Dugnad",
    "Bygdequiz",
    "og",
    "lapskaus",
    "Skirenn",
    "for",
    "de",
    "minste",
    "Seniordans",
    "kulØr'n",
    "Gudstjeneste",
    "i",
    "Hemne",
    "kirke",
    "Språkkafé",
    "Åpent",
    "hus",
    "Loppemarked",
    "med",
    "vafler",
]
_COMPOUNDS = (
    "menneskerettighetsorganisasjonsmedlemskapsforhandlingsutvalget",
    "fylkestrafikksikkerhetsutvalgssekretariatslederfunksjonene",
    "Minoritetsladningsbærerdiffusjonskoeffisientmålingsapparatur",
    "Sannsynlighetstilnærmingslokalsamfunnsutviklingsprosjekt",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "barnehageopptakssøknadsbehandlingsfristforlengelsesmøte",
)
_RTL = ("مرحبا", "بالعالم", "اللغة", "العربية", "ورشة", "עברית", "שלום", "תרבות", "ספרייה", "אירוע")
_CJK = "挪威的森林音乐会今晚在图书馆举行欢迎大家参加免费入场日本語の読書会한국어도서관행사"
_CYRILLIC = [
    "Зустріч",
    "українською",
    "мовою",
    "у",
    "бібліотеці",
    "Концерт",
    "для",
    "дітей",
    "та",
    "батьків",
    "Майстер-клас",
    "з’їзд",
    "їжа",
    "європейський",
]
_EMOJI = ("🎄", "👨‍👩‍👧‍👦", "🏳️‍🌈", "👩🏽‍🚀", "🇳🇴", "❤️", "1️⃣", "🎶", "🧑🏿‍🤝‍🧑🏻")
_COMBINING = (
    "e\u0301",
    "a\u030a",
    "o\u0308\u0301",
    "Z\u0351\u036b\u0343\u036a\u0302",
    "n\u0303\u0330",
    "x\u20dd",
    "ཨོཾ",
    "क्षि",
    "ที่",
    "ำ",
)
_STRAY = (
    "\x00",
    "\x07",
    "\x1b",
    "\x7f",
    "\u200e",
    "\u200f",
    "\u202e",
    "\u202a",
    "\u2066",
    "\u2069",
    "\u00ad",
    "\u200b",
)
_STRAY += ("\ufeff", "\u2028", "\u2029", "\u00a0", "\u202f", "\u2003", "\t", "\n", "\u2060", "\ufffd", "\ue000")
_URLS = (
    "https://www.heim.kommune.no/tjenester/kultur-idrett-og-fritid/kulturskolen/pamelding-2026/?utm_source=x&id=1234567",
    "www.iheim.no/arrangement/julekonsert-i-hemne-kirke-2026-12-13",
    "post@kulturhuset.example.org",
)
_MARKUP = (
    "<script>alert(1)</script>",
    "<b>Gratis!</b>",
    "</main>",
    "&lt;img src=x&gt;",
    "<!--",
    "{{ page }}",
    "<style>*{}",
)
_WIDE = "WMÆØÅ@%"
_NARROW = "ilj.,'|"
_SEPARATORS = ("", " ", " ", " ", "\u00a0", "-", "/", " – ", ": ", ", ", "  ", "\u2060", "_", " & ")


def words(random: Random, pool: tuple[str, ...] | list[str], length: int) -> str:
    """About so many characters of a pool's words."""
    out = ""
    while len(out) < length:
        out += (" " if out else "") + random.choice(pool)
    return out[:length].strip()


def _letters(random: Random, length: int) -> str:
    """One word without a place to break it."""
    kind = random.randrange(5)
    if kind == 0:
        return random.choice("xWiåØ") * length
    if kind == 1:
        return "".join(random.choice(_WIDE) for _ in range(length))
    if kind == 2:
        return "".join(random.choice(_NARROW) for _ in range(length))
    if kind == 3:
        return "".join(random.choice("0123456789") for _ in range(length))
    return "".join(random.choice("abcdefghijklmnoprstuvyæøå") for _ in range(length))


def _mixed(random: Random, length: int) -> str:
    out = ""
    while len(out) < length:
        part = random.choice(_KINDS)(random, random.randint(1, 40))
        out += part + random.choice(_SEPARATORS)
    return out[:length]


def _joined(parts: tuple[str, ...] | str) -> Callable[[Random, int], str]:
    def make(random: Random, length: int) -> str:
        out = ""
        while len(out) < length:
            out += random.choice(parts)
        return out[:length]

    return make


def _spoken(pool: tuple[str, ...] | list[str]) -> Callable[[Random, int], str]:
    return lambda random, length: words(random, pool, length)


_KINDS: tuple[Callable[[Random, int], str], ...] = (
    _spoken(_NORWEGIAN),
    _spoken(_NORWEGIAN),
    _spoken(_COMPOUNDS),
    _spoken(_RTL),
    _spoken(_CYRILLIC),
    _spoken(_URLS),
    _spoken(_MARKUP),
    _spoken(_COMBINING),
    _joined(_COMPOUNDS),
    _joined(_CJK),
    _joined(_EMOJI),
    _joined(_COMBINING),
    _joined(_STRAY),
    _letters,
)


def length(random: Random, longest: int = LONGEST) -> int:
    """Most texts are short, some as long as can be, some empty."""
    kind = random.random()
    if kind < 0.06:
        return 0
    if kind < 0.5:
        return random.randint(1, min(40, longest))
    return longest if kind > 0.94 else random.randint(1, longest)


def anything(random: Random, longest: int = LONGEST) -> str:
    """A text of 0 to `longest` characters."""
    wanted = length(random, longest)
    if wanted == 0:
        return ""
    make = random.choice((*_KINDS, _mixed, _mixed, _mixed))
    return make(random, wanted)[:longest]


def ordinary(random: Random, longest: int) -> str:
    """A text such as people write."""
    return words(random, random.choice((_NORWEGIAN, _NORWEGIAN, _CYRILLIC)), random.randint(3, longest)) or "Kafé"
