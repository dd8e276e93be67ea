"""The words of titles and venues, in the form in which they are compared. Pure. æ, ø and å stay what they are.

"Julekonserten på Trudvang" is `jul`, `konsert`, `trudvang`: without small words and endings, and with compounds taken
apart where they end in a common word for what goes on. Those words are listed here and nowhere else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

from signage.domain.date_words import NORWEGIAN_IN_FULL, NORWEGIAN_MONTHS, any_of
from signage.events.text import fold

_SMALL = """
og i på til med for av en et ei den det de som ved fra om a å m v vi du oss over under the of and at in hos ut inn
opp er blir har langs gjennom mellom mot etter før uten utan
"""

# Kinds of things that go on; those in a line are one. A title is seldom known by them alone.
_KINDS = """
kino film bygdekino filmkveld kinobilletter
konsert konsertkveld
foredrag
kurs
møte
årsmøte
øvelse øving generalprøve
trening trim
teater forestilling revy show oppsetning framsyning skuespill
utstilling
kafé kafe
kaffe kaffi
tur
tog
vandring
dans
sang
prat
treff
fest
disko disco
marked
gudstjeneste gudsteneste høymesse messe
cup
kamp
løp
marsj
dugnad
basar
bingo
quiz
lunsj
frokost
middag
salg
hjelp
skole skule
klubb
svømming symjing
bading
undervisning
vaksinasjon vaksinering
"""
# Words that say little of what goes on. The kinds above say little, too.
_LIGHT = """
kveld dag helg billett billetter billettar billettsalg gratis velkommen velkomen alle åpen åpent åpne ope open opne
live premiere viser presenterer arrangement program påmelding meld deg hjertelig hjarteleg norsk tale tekst dubbet
hele heile familien år kl drop in dropin høst haust vår vinter sommer sommar bli hjemme
"""
# Bokmål and nynorsk forms, and spellings, of one word
_SPELLINGS = {
    "kyrkje": "kirke", "kirkja": "kirke", "kyrkja": "kirke", "veg": "vei", "vegen": "vei", "veien": "vei",
    "symjehall": "svømmehall", "symjehallen": "svømmehall", "symjekurs": "svømmekurs", "offentleg": "offentlig",
    "vidarekomne": "viderekommen", "viderekomne": "viderekommen", "viderekommende": "viderekommen",
    "vaksne": "voksen", "voksne": "voksen", "eldre": "senior", "seniorer": "senior", "pensjonister": "senior",
    "unge": "ungdom", "ungdommer": "ungdom", "ungdommar": "ungdom", "konfirmant": "konfirmasjon", "konfirmasjons":
    "konfirmasjon", "barna": "barn", "barne": "barn", "born": "barn", "ii": "2", "iii": "3", "iv": "4",
    "sentral": "frivilligsentral", "sentralen": "frivilligsentral",
}  # fmt: skip
_SPELT = frozenset(_SPELLINGS.values())
# Of a line only one can be meant: two titles that name different ones are two events.
_EITHER = """
barn ungdom voksen senior
nybegynner viderekommen
jente gutt
dame herre
kvinne mann
hjemmekamp bortekamp
innendørs utendørs
"""

_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_MONTH = any_of(chain(*NORWEGIAN_MONTHS))
# "14.09.", "14. september", "14/9", "kl. 18.00-20", "18:00", "2026", "150 kr": said elsewhere in the record
_ELSEWHERE = re.compile(
    rf"\bkl\b\.?\s*\d{{1,2}}(?:[.:]\d\d)?(?:\s*[-–]\s*\d{{1,2}}(?:[.:]\d\d)?)?|\b\d{{1,2}}:\d\d\b"
    rf"|\b\d{{1,2}}\.\s?\d{{1,2}}\.(?:\s?\d{{4}}|\s?\d\d\b)?|\b\d{{1,2}}/\d{{1,2}}\b|\b\d{{1,2}}\.\s*(?:{_MONTH})\b-?"
    r"|\b(?:18|19|20)\d\d\b|\b(?:kr\.?\s*)?\d+\s*(?:kr\b|kroner\b|,-)"
)
_NOT_TRIPS = ("kultur", "ratur", "iatur", "ulptur", "ruktur", "natur")  # "kultur" is no "tur"
_DEFINITE = ("enes", "anes", "ens", "ets", "ene", "ane", "en", "et")
_PLURAL = ("ere", "er", "ar", "e", "s")


def letters(text: str) -> str:
    """Letters and digits alone, folded: equal for "Quiz-kveld" and "quizkveld!"."""
    return "".join(_WORD.findall(fold(text)))


def words(text: str) -> tuple[str, ...]:
    """The comparable words of a text, in its order."""
    return tuple(part for word in _WORD.findall(_HYPHEN.sub("", fold(text))) for part in _parts(word))


def title_words(title: str) -> tuple[str, ...]:
    """Of a title: without dates, times, years and prices, unless nothing else is left."""
    folded = fold(title)
    found = words(_ELSEWHERE.sub(" ", folded)) if _DIGIT.search(folded) else words(folded)
    return found or words(folded)


@lru_cache(maxsize=65536)  # a year of a town has some thousand words
def _parts(word: str) -> tuple[str, ...]:
    """A word, or the two of a compound; nothing of a small word."""
    if word in SMALL:
        return ()
    if not word.isalpha():  # it has digits
        return (word,)
    return _apart(stem(word))


def _apart(whole: str) -> tuple[str, ...]:
    """The parts of a stem: "julekonsert" is `jul` and `konsert`."""
    if whole in _HEADS or whole in LIGHT:
        return (_HEADS.get(whole, whole),)
    for cut in range(3, len(whole) - 2):
        head = _HEADS.get(whole[cut:])
        if head and not whole.endswith(_NOT_TRIPS):
            return (*_apart(stem(whole[:cut])), head)
    return (whole,)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Without the endings of number, definite form and genitive: `turen`, `turer` and `turens` are `tur`."""
    for endings in (_DEFINITE, ("a",), _PLURAL):
        if word in _SPELLINGS:
            return _SPELLINGS[word]
        if word in _SPELT:
            return word
        word = _without(word, endings, 5 if endings == ("a",) else 3)
    return _SPELLINGS.get(word, word)


def _without(word: str, endings: tuple[str, ...], least: int) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return word


SMALL = frozenset(_SMALL.split())
_LINES = [[stem(word) for word in line.split()] for line in _KINDS.strip().splitlines()]
KINDS = {word: line[0] for line in _LINES for word in line}  # to the word that represents it
KIND_WORDS = frozenset(KINDS.values())
_HEADS = {**KINDS, **{stem(word): stem(word) for word in ("kveld", "dag", "helg")}}
LIGHT = frozenset(stem(word) for word in (*_LIGHT.split(), *NORWEGIAN_IN_FULL)) | KIND_WORDS
EITHER = {stem(word): number for number, line in enumerate(_EITHER.strip().splitlines()) for word in line.split()}
