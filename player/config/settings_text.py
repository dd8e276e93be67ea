"""What somebody typed in any editor, on any computer: bytes in, numbered keys and values out. Pure; never raises."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

QUOTES = "\"'`´“”„‟«»‘’‚‛‹›"  # what word processors and telephones make of quotation marks
_COMMENT = ("#", ";", "//")
_HEADING = re.compile(r"\[[^\]]*\]")
_LINE = re.compile(rf"[{QUOTES}]?([^\W\d_][\w-]*)[{QUOTES}]?\s*(=>|:=|[=:]|\s)\s*(.*)")


class SettingsLine(NamedTuple):
    """`number` counts from 1. `key` is in small letters, without hyphens; empty: the line holds no key and value."""

    number: int
    key: str
    value: str
    written: str  # the key as it is written there, or the whole line


def decode(data: bytes) -> str:
    """Text of a file that may be UTF-8, what Notepad calls Unicode (UTF-16), or ANSI (Windows-1252)."""
    for mark, coding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(coding, "replace")
    # without a mark, plain letters in UTF-16 have a zero beside each of them
    if len(data) >= 4 and 0 in data:
        odd, even = data[1::2].count(0), data[::2].count(0)
        if max(odd, even) > len(data) // 4 and odd != even:
            return data.decode("utf-16-le" if odd > even else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def lines(data: bytes) -> list[SettingsLine]:
    """The lines with settings: comments, empty ones and [headings] are left out."""
    found = []
    for number, raw in enumerate(re.split(r"\r\n|\r|\n|\u2028|\u2029", decode(data)), 1):
        text = _clean(raw)
        if not text or text.startswith(_COMMENT) or _HEADING.fullmatch(text):
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            found.append(SettingsLine(number, "", "", text))
            continue
        value = re.split(r"(?:^|\s)(?:#|;|//)(?=\s|$)", match[3], maxsplit=1)[0]
        found.append(
            SettingsLine(number, match[1].casefold().replace("-", "").replace("_", ""), _bare(value), match[1])
        )
    return found


def _bare(value: str) -> str:
    return value.strip().rstrip(",;").strip().strip(QUOTES).strip()


def _clean(raw: str) -> str:
    """Without what can't be seen: marks of direction, zero-width and control characters; odd spaces become spaces."""
    spaced = (" " if char.isspace() else char for char in unicodedata.normalize("NFKC", raw))
    return "".join(char for char in spaced if char.isprintable()).strip()
