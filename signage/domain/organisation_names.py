"""When two names mean the same organisation, and which one a name means. Pure; for every stage and the configuration.

A wrong join gives one association's events to another; a missed one lists it twice, which a row of the sheet puts
right. So only what spellings differ in is evened out: case, punctuation, spaces, "og" and "&", legal forms, the
definite form of "lag" and its like, and two languages' words for one thing. Norwegian letters stay as they are, and
so does every other word: "Kyrksæterøra IL fotball" is not "Kyrksæterøra IL ski".
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

LONGEST = 200  # characters of a name that count; the rest is a text that ended up in the wrong field

_WORD = re.compile(r"\w+")
_APOSTROPHES = re.compile(r"['’‘´`ʼ]")
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_][./]\s?)+(?:[^\W\d_](?!\w))?")  # "I.L.", "I. L.", "A/S"
_AND = re.compile(r"&|(?<=\s)\+(?=\s)")
_BRACKET = re.compile(r"[(\[]([^()\[\]]*)[)\]]\s*$")

# After the company's name or before it; which one it is makes no difference between two of them.
LEGAL_FORMS = frozenset(("as", "asa", "sa", "ba", "ans", "da", "ks", "enk", "nuf", "iks", "kf"))
# One word for another that means the same, in both written languages.
_SAME = {
    "idrettslag": "il",
    "ungdomslag": "ul",
    "jff": "jeger og fiskerforening",
}
_DEFINITE = re.compile(
    r"(lag|kor|korps|bibliotek|råd|hus|forbund|verk|selskap)et$"
    r"|(forening|menighet|sentral|klubb|gruppe|barnehage|kino|skole|kirke|avdeling)(?:e?n|a)$"
)
_SPELT = (
    ("foreining", "forening"),
    ("kyrkje", "kirke"),
    ("kyrkja", "kirke"),
    ("skule", "skole"),
    ("songlag", "sanglag"),
    ("fiskeforening", "fiskerforening"),
    ("museet", "museum"),
    ("senteret", "senter"),
    ("gruppa", "gruppe"),
)
# What a part of an organisation is called: such a bracket is no town.
_SECTIONS = re.compile(
    r"fotball|håndball|handball|volleyball|basket|innebandy|bandy|ski|langrenn|alpin|hopp|skiskyt|orientering|friidrett"
    r"|turn|svøm|symj|sykkel|sykl|dans|drill|tennis|golf|bryt|boks|kampsport|karate|judo|taekwondo|trim|allidrett"
    r"|barn|ungdom|junior|senior|veteran|voksen|vaksen|dame|herre|kvinne|jente|gutte|menn|gruppe|avdeling|avd|utvalg"
    r"|styre|lag|team|kor|korps|aspirant|hjelpekorps|omsorg|kurs|skole|komite",
    re.IGNORECASE,
)


def words(text: str) -> tuple[str, ...]:
    """The words of a text, for comparing: without case, apostrophes and punctuation; letters composed, else kept."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return tuple(_WORD.findall(_APOSTROPHES.sub("", plain)))


@lru_cache(maxsize=8192)  # a few hundred names, asked for by every event and every playlist entry
def key(name: str) -> str:
    """The same for all spellings of one name; "" for a name without a letter or a digit. No name to show to people."""
    return "".join(_parts(name))


def slug(name: str) -> str:
    """A short name for addresses and lists: "kyrksæterøra-il"."""
    return "-".join(_parts(name))


def stem(name: str) -> str:
    """The key without a town in brackets at the end; "" when there is none, or the bracket names a part ("fotball")."""
    name = name.strip()[:LONGEST]
    found = _BRACKET.search(_without_legal_form(name))
    if not found or not _town(found[1]):
        return ""
    return key(name[: found.start()])


def personal(name: str) -> bool:
    """Whether it is an e-mail address or a telephone number, which must not become an organisation's name."""
    return "@" in name or re.fullmatch(r"\s*(?:tlf\.?|tel\.?|mob\.?)?[\s:]*\+?[\d\s()-]{8,}\s*", name, re.I) is not None


class NameIndex:
    """Finds the organisation that a name means, by everything that it is called."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        """`names`: id -> its names. A name that two organisations claim means the one that comes first."""
        self._by_key: dict[str, str] = {}
        self._by_stem: dict[str, set[str]] = defaultdict(set)
        self._brackets: dict[tuple[str, str], set[str]] = defaultdict(set)
        for found, spellings in names.items():
            for name in spellings:
                if key(name):
                    self._by_key.setdefault(key(name), found)
                if stem(name):
                    self._by_stem[stem(name)].add(found)
                    self._brackets[found, stem(name)].add(key(name))

    def find(self, name: str) -> str | None:
        """The id; None when nobody is called so.

        With a town in brackets that nobody else names, or without the one that everybody names, it is the same one.
        """
        if found := self._by_key.get(key(name)):
            return found
        if short := stem(name):
            found = self._by_key.get(short)
            return None if found and self._brackets[found, short] else found
        towns = self._by_stem.get(key(name), set())
        return next(iter(towns)) if len(towns) == 1 else None


def _parts(name: str) -> list[str]:
    text = unicodedata.normalize("NFC", name.strip()[:LONGEST])
    if not words(text):  # "&" says no word
        return []
    text = _INITIALS.sub(lambda found: re.sub(r"[./\s]", "", found[0]) + " ", text)
    text = _AND.sub(" og ", text).replace("+", " pluss ")
    parts = [part for word in words(re.sub(r"(?i)\bidretts\s+lag", "idrettslag", text)) for part in _parts_of(word)]
    while len(parts) > 1 and parts[-1] in LEGAL_FORMS:
        parts.pop()
    while len(parts) > 1 and parts[0] in LEGAL_FORMS:
        parts.pop(0)
    if len(parts) > 1 and parts[0] == "il":  # "Idrettslaget Nor" is "Nor IL"
        parts.append(parts.pop(0))
    return parts


def _parts_of(word: str) -> list[str]:
    for one, other in _SPELT:
        word = word.replace(one, other)
    word = _DEFINITE.sub(lambda found: found[1] or found[2], word)
    return _SAME.get(word, word).split()


def _without_legal_form(name: str) -> str:
    """ "Rema (Liabøen) AS" ends in its bracket."""
    return re.sub(rf"(?:[\s,]+(?:{'|'.join(sorted(LEGAL_FORMS))}))+\s*$", "", name, flags=re.IGNORECASE)


def _town(text: str) -> bool:
    """Whether a bracket's text is a town or an abbreviation, as far as its look shows: capitals, and no part's name."""
    found = text.split()
    return 1 <= len(found) <= 3 and all(w[0].isupper() and w.isalpha() and not _SECTIONS.search(w) for w in found)
