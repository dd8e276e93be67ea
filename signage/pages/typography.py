"""Set text as a printer would: real dashes in spans, and no break inside what belongs together. Pure.

Only spaces and dashes are touched, so that what somebody wrote stays what they wrote. Scores ("3-2"), telephone
numbers, ISO dates, postcodes and names with hyphens ("Covid-19") are left alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

NBSP = "\u00a0"
JOINER = "\u2060"  # word joiner: no break before or after it (Unicode Standard Annex 14, class WJ)
DASH = "–"

_MONTHS = (
    r"(?:januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember|dezember|"
    r"january|february|march|may|june|july|october|december|mär[z]|jan|feb|apr|jun|jul|aug|sept?|okt|oct|nov|des|dec|dez|"
    r"січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня)\b"
)
_CLOCK = r"(?:[01]?\d|2[0-4])[.:][0-5]\d"
_HOUR = r"(?:[01]?\d|2[0-4])"
_UNITS = r"(?:kr|km|m|cm|kg|g|år|min|minutter|timer|t|stk|prosent|%|€|Uhr|Euro|years?|hours?)"
_BEFORE = r"(?<![\w.:/-])"  # not inside a number, an address or a date
_AFTER = r"(?![\w/-]|[.:]\d)"
_JOINED = DASH + JOINER
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # 18.00-20.00, 18:00 - 20:00
    (re.compile(rf"{_BEFORE}({_CLOCK})\s?[-–—]\s?({_CLOCK}){_AFTER}"), rf"\1{_JOINED}\2"),
    # kl. 18-20
    (re.compile(rf"\b(kl\.?)\s*({_HOUR})\s?[-–—]\s?({_HOUR}){_AFTER}", re.IGNORECASE), rf"\1{NBSP}\2{_JOINED}\3"),
    # 10.-12. desember
    (
        re.compile(rf"{_BEFORE}(\d{{1,2}}\.)\s?[-–—]\s?(\d{{1,2}}\.)\s*(?={_MONTHS})", re.IGNORECASE),
        rf"\1{_JOINED}\2{NBSP}",
    ),
    # 6-12 år
    (re.compile(rf"{_BEFORE}(\d{{1,3}})\s?[-–—]\s?(\d{{1,3}})\s(?={_UNITS}{_AFTER})"), rf"\1{_JOINED}\2{NBSP}"),
    (re.compile(r"\b(kl\.?)\s+(?=\d)", re.IGNORECASE), rf"\1{NBSP}"),
    # a word as long as "mandag" may stand in front of it, but the day and its month stay together
    (re.compile(rf"(?<![\w.])(\d{{1,2}}\.?)\s+(?={_MONTHS})", re.IGNORECASE), rf"\1{NBSP}"),
    (re.compile(rf"(?<=\d)\s(?={_UNITS}{_AFTER})"), NBSP),
    # spans that are set already: no break after their dash
    (re.compile(rf"(?<=\d){DASH}(?=\d)"), _JOINED),
    (re.compile(r"(?<=\S) - (?=\S)"), f" {DASH} "),
)


@lru_cache(8192)
def set_text(text: str) -> str:
    """The text with U+00A0, U+2060 and en dashes where they belong."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
