"""Clean what people typed into a calendar: readable text, never markup. Pure.

Norwegian letters stay as they are; only the composition of a letter and its accent is unified (NFC).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import parse_qs, unquote_plus, urlsplit

from signage.domain.garbled import readable
from signage.domain.markup import BREAKING, unescape, without_markup

TITLE = 300  # characters; the pages shorten further, by what fits
LINE = 200  # characters of a venue or an organiser
SUMMARY = 280  # characters: what a poster has room for
LEAST_SENTENCE = 120  # characters; a summary that ends at an earlier full stop says too little
LONGEST = 50_000  # characters of a description that are looked at
MARKS = 2  # combining marks on one letter; more is a tower that leaves its line
MARKS_READ = 8  # of those that are composed at all: to order them takes the square of their number

# Formatting that ends up in titles. Anything else in angle brackets is shown as it is: "<script>" is a word there.
_FORMATTING = re.compile(
    r"</?(a|b|big|br|center|div|em|font|h[1-6]|i|li|o|ol|p|small|span|strong|sub|sup|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
# Categories of characters: control, surrogate, private, unassigned; of formats only what joins emoji and letters stays.
_DROPPED = frozenset({"Cc", "Cs", "Co", "Cn", "Cf"})
_JOINERS = frozenset("\u200c\u200d")
# Letters of western Europe and usual punctuation: composed already, and nothing among them to drop. Most texts are so.
_ORDINARY = re.compile("[ \t\r\n!-~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2015\u2018-\u201f\u2022\u2026\u20ac]*")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:\s*[,;|]\s*){2,}|\(\s*\)|\s{2,}")
_MAP = re.compile(r"^maps\.|/maps\b|^map\.|^goo\.gl/maps|openstreetmap|norgeskart")
_COORDINATES = re.compile(r"(?:loc:)?[-+]?\d+[.,]\d+\s*[, ]\s*[-+]?\d+[.,]\d+")
_SENTENCE = re.compile(r"[.!?…](?=\s|$)")


def clean_line(raw: str, limit: int = LINE) -> str:
    """One line of text from text that may hold entities (also doubly escaped) and formatting."""
    text = readable(raw[: limit * 10])  # what is left of it is a line
    if "<" not in text and "&" not in text:
        return shorten(_plain(text), limit)
    for _ in range(2):  # "&amp;oslash;" was escaped twice
        text = unescape(_unformatted(text))
    return shorten(_plain(_unformatted(text)), limit)


def clean_title(raw: str) -> str:
    """A title; empty when nothing readable is left of it."""
    return clean_line(raw, TITLE)


def clean_venue(raw: str) -> str:
    """A venue; the address of a video meeting is none. A link to a map may name one."""
    line = clean_line(raw)
    if not _ADDRESS.search(line):
        return line
    without = _BETWEEN.sub(", ", _ADDRESS.sub(" ", line)).strip(" ,;:|–-")
    return without or next(filter(None, map(_on_map, _ADDRESS.findall(line))), "")


def _on_map(address: str) -> str:
    """The name that a link to a map looks for: "Hemne kirke" of "https://maps.google.com/?q=Hemne+kirke"."""
    try:
        parts = urlsplit(address if "//" in address else f"https://{address}")
        query = parse_qs(parts.query)
    except ValueError:
        return ""
    host = parts.hostname or ""
    if not _MAP.search(host + parts.path):
        return ""
    place = re.search(r"/maps/(?:place|search)/([^/@]+)", parts.path)
    names = [*(name for key in ("q", "query", "daddr", "destination") for name in query.get(key, ()))]
    names += [unquote_plus(place[1])] if place else []
    return next((clean_line(name) for name in names if not _COORDINATES.fullmatch(name.strip())), "")


def clean_text(raw: str) -> str:
    """Running text from HTML or plain text, in one paragraph."""
    text = readable(raw[:LONGEST])
    if "<" in text:
        text = without_markup(text)
    if "&" in text:
        text = unescape(unescape(text))
    if "<" in text and _FORMATTING.search(text):  # markup that was escaped as text
        text = without_markup(text)
    return _plain(text)


def summary(text: str, limit: int = SUMMARY) -> str:
    """The beginning of a clean text: to the end of a sentence, else of a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    ends = [found.end() for found in _SENTENCE.finditer(text[:limit])]
    if ends and ends[-1] >= LEAST_SENTENCE:
        return text[: ends[-1]]
    return shorten(text, limit)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word where there is one in the second half, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space >= limit // 2 else cut).rstrip(" ,;:.–-") + "…"


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """For comparing: without case, with one kind of apostrophe and of space. æ, ø and å stay."""
    return " ".join(text.casefold().translate(_APOSTROPHES).split())


_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'"})


def _unformatted(text: str) -> str:
    return _FORMATTING.sub(lambda tag: " " if tag[1].lower() in BREAKING else "", text)


def _plain(text: str) -> str:
    if _ORDINARY.fullmatch(text):
        return " ".join(text.split())
    out: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", _without_towers(text)):
        category = unicodedata.category(character)
        if character.isspace() or category in ("Zl", "Zp"):
            out.append(" ")
        elif category in _DROPPED and character not in _JOINERS:
            continue  # bidirectional overrides, soft hyphens, zero-width spaces and the like
        else:
            marks = marks + 1 if category in ("Mn", "Me") and character != "\ufe0f" else 0
            if marks <= MARKS:
                out.append(character)
    return " ".join("".join(out).split())


def _without_towers(text: str) -> str:
    """Text with no more than `MARKS_READ` combining marks in a row."""
    out: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MARKS_READ:
            out.append(character)
    return "".join(out)
