"""Clean what people typed into a calendar: readable text, never markup. Pure.

Norwegian letters stay as they are; only the composition of a letter and its accent is unified (NFC).
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from html.parser import HTMLParser

TITLE = 300  # characters; the pages shorten further, by what fits
LINE = 200  # characters of a venue or an organiser
SUMMARY = 280  # characters: what a poster has room for
LEAST_SENTENCE = 120  # characters; a summary that ends at an earlier full stop says too little
LONGEST = 50_000  # characters of a description that are looked at
MARKS = 2  # combining marks on one letter; more is a tower that leaves its line

# Formatting that ends up in titles. Anything else in angle brackets is shown as it stands: "<script>" is a word there.
_FORMATTING = re.compile(
    r"</?(a|b|big|br|center|div|em|font|h[1-6]|i|li|o|ol|p|small|span|strong|sub|sup|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BREAKING = {"address", "article", "br", "div", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p"}
_BREAKING |= {"section", "table", "td", "th", "tr", "ul"}
_UNREAD = {"script", "style", "template", "head", "title", "noscript", "iframe", "object"}
# Categories of characters: control, surrogate, private, unassigned; of formats only what joins emoji and letters stays.
_DROPPED = frozenset({"Cc", "Cs", "Co", "Cn", "Cf"})
_JOINERS = frozenset("\u200c\u200d")
# Letters of western Europe and usual punctuation: composed, and nothing among them to drop. Most texts are such.
_ORDINARY = re.compile("[ \t\r\n!-~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2015\u2018-\u201f\u2022\u2026\u20ac]*")
# Tags that need no parser to be read
_SIMPLE = re.compile(r"</?(b|br|div|em|h[1-6]|i|li|ol|p|small|span|strong|u|ul)\s*/?>", re.IGNORECASE)
# Letters of western Europe and usual punctuation: composed already, and nothing among them to drop. Most texts are so.
_ORDINARY = re.compile("[ \t\r\n!-~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2015\u2018-\u201f\u2022\u2026\u20ac]*")
# Tags that need no parser to be read
_SIMPLE = re.compile(r"</?(b|br|div|em|h[1-6]|i|li|ol|p|small|span|strong|u|ul)\s*/?>", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?…](?=\s|$)")


def clean_line(raw: str, limit: int = LINE) -> str:
    """One line of text from text that may hold entities (also doubly escaped) and formatting."""
    text = raw[: limit * 10]  # what is left of it is a line
    if "<" not in text and "&" not in text:
        return shorten(_plain(text), limit)
    for _ in range(2):  # "&amp;oslash;" was escaped twice
        text = html.unescape(_unformatted(text))
    return shorten(_plain(_unformatted(text)), limit)


def clean_title(raw: str) -> str:
    """A title; empty when nothing readable is left of it."""
    return clean_line(raw, TITLE)


def clean_text(raw: str) -> str:
    """Running text from HTML or plain text, in one paragraph."""
    text = raw[:LONGEST]
    if "<" in text:
        text = _without_markup(text)
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text and _FORMATTING.search(text):  # markup that was escaped as text
        text = _without_markup(text)
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
    return _FORMATTING.sub(lambda tag: " " if tag[1].lower() in _BREAKING else "", text)


def _plain(text: str) -> str:
    if _ORDINARY.fullmatch(text):
        return " ".join(text.split())
    out: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
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


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread += 1
        elif tag in _BREAKING:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag in _BREAKING:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.parts.append(data)


def _without_markup(text: str) -> str:
    parts = _SIMPLE.split(text)  # text and the names of tags by turns
    if not any("<" in part for part in parts[::2]):
        parts[::2] = [html.unescape(part) for part in parts[::2]]
        parts[1::2] = [" " if tag.lower() in _BREAKING else "" for tag in parts[1::2]]
        return "".join(parts)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)
