"""The rules by which `signage.wording.typography` sets a text, for all languages at once. Pure.

They take a moment to make, so they are imported with the first text that is set.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from babel import Locale

from signage.wording import languages
from signage.wording.typography import CAPITAL, DASH, JOINER, NBSP

# A title names its month in the language of who wrote it, not in the screen's: all of them are known at once.
_LANGUAGES = languages.every()
_LOCALES = tuple(Locale.parse(language.locale) for language in _LANGUAGES)


def _words(key: str) -> str:
    """A pattern of the words that the languages' files give under this key of [typography]."""
    words = {word for language in _LANGUAGES for word in language.typography.get(key, ())}
    return rf"(?:{'|'.join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))})"


def _names(of: str) -> str:
    """A pattern of the names of months or weekdays, whole and short (with or without their dot), the longest first."""
    found = {
        name.strip(".").casefold()
        for locale in _LOCALES
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in getattr(locale, of)[context][width].values()
    }
    return rf"(?:{'|'.join(re.escape(name) for name in sorted(found, key=lambda name: (-len(name), name)))})\b"


_MONTH = _names("months")
_WEEKDAY = _names("days")
_CLOCK = r"(?:[01]?\d|2[0-4])[.:][0-5]\d"
_HOUR = r"(?:[01]?\d|2[0-4])"
_UNITS = rf"(?:{_words('units')}\b|[kcm]?m\b|k?g\b|%|€)"
_SPACE = r"[^\S\r\n]"  # a space of any kind; paragraphs stay apart
_BEFORE = r"(?<![\w.:/-])"  # not inside a number, an address or a date
_AFTER = r"(?![\w/-]|[.:]\d)"
_NO_DAY = rf"(?!\.?{_SPACE}?{_MONTH})"  # kl. 10 - 13. desember kl. 16
_HYPHEN = rf"{_SPACE}?[-–—]{_SPACE}?"
_JOINED = DASH + JOINER
_MATCH = re.compile(rf"\s[-–—]\s|\b{_words('versus')}\b", re.IGNORECASE)  # two teams, or two parts of a title
_NUMBER = re.compile(rf"(?:\d|\b(?:{_words('numbered')}|№)\.?:?)\s?$", re.IGNORECASE)
EARLIEST = 6  # o'clock; "3-12" without a word of time is a score or a size rather than hours

_Replacement = str | Callable[[re.Match[str]], str]


def _hours(found: re.Match[str]) -> str:
    """ "18-20" and nothing that says what it is: hours if they can be, and neither a score nor part of a number."""
    before = found.string[: found.start()]
    first, last = int(found[1]), int(found[2])
    if not EARLIEST <= first < last or last < 10 or _NUMBER.search(before) or _MATCH.search(before):
        return found[0]
    return f"{found[1]}{_JOINED}{found[2]}"


def _initials(found: re.Match[str]) -> str:
    """Several initials, or one that a text begins with, stay with the name; in "Kong Olav V. Konsert" they end it."""
    kept = re.sub(r"\s", NBSP, found[1])
    return kept if kept.count(NBSP) > 1 or found.start() == 0 else found[1]


def _rule(pattern: str, replacement: _Replacement, flags: int = re.IGNORECASE) -> tuple[re.Pattern[str], _Replacement]:
    return re.compile(pattern, flags), replacement


RULES = (
    # 18.00-20.00, 18:00 - 20:00, 18-20.30
    _rule(rf"{_BEFORE}({_CLOCK}){_HYPHEN}({_CLOCK}){_AFTER}", rf"\1{_JOINED}\2"),
    _rule(rf"{_BEFORE}({_HOUR})[-–—]({_CLOCK}){_AFTER}", rf"\1{_JOINED}\2"),
    # kl. 18-20, kl 18.30-20
    _rule(
        rf"\b({_words('clock')}\.?){_SPACE}*({_CLOCK}|{_HOUR}){_HYPHEN}({_HOUR}){_AFTER}{_NO_DAY}",
        rf"\1{NBSP}\2{_JOINED}\3",
    ),
    # 10.-12. desember, 1.-4. trinn
    _rule(rf"{_BEFORE}(\d{{1,2}}\.){_HYPHEN}(\d{{1,2}}\.){_SPACE}*(?=[^\W\d_])", rf"\1{_JOINED}\2{NBSP}"),
    _rule(rf"{_BEFORE}(\d{{1,2}})[-–—](\d{{1,2}}){_SPACE}(?={_MONTH})", rf"\1{_JOINED}\2{NBSP}"),
    # 29. november-2. desember: so long that a line may end at its dash
    _rule(
        rf"{_BEFORE}(\d{{1,2}}\.?){_SPACE}({_MONTH})[-–—](\d{{1,2}}\.?){_SPACE}(?={_MONTH})",
        rf"\1{NBSP}\2{DASH}\3{NBSP}",
    ),
    # mandag-fredag, man-fre; januar-mars
    _rule(rf"{_BEFORE}({_WEEKDAY})[-–—](?={_WEEKDAY}{_AFTER})", rf"\1{DASH}"),
    _rule(rf"{_BEFORE}({_MONTH})[-–—](?={_MONTH}{_AFTER})", rf"\1{DASH}"),
    # 6-12 år
    _rule(rf"{_BEFORE}(\d{{1,3}}){_HYPHEN}(\d{{1,3}}){_SPACE}(?={_UNITS}(?![\w/-]))", rf"\1{_JOINED}\2{NBSP}"),
    _rule(rf"{_BEFORE}({_HOUR})[-–—]({_HOUR}){_AFTER}(?!\s?\d)", _hours),
    _rule(rf"(?<!\w)({_words('before')}\.?|§){_SPACE}+(?=\d)", rf"\1{NBSP}"),
    # the weekday may stand on another line, but the day and its month stay together
    _rule(rf"(?<![\w.])(\d{{1,2}}\.?){_SPACE}+(?={_MONTH})", rf"\1{NBSP}"),
    _rule(rf"(?<=\d){_SPACE}(?={_UNITS}(?![\w/-]))", NBSP),
    _rule(rf"(?<![\w.])(\d{{1,3}}){_SPACE}(?=\d{{3}}{NBSP}(?:kr|€))", rf"\1{NBSP}"),  # 1 250 kr
    # spans that are set already: no break after their dash
    _rule(rf"(?<=\d){DASH}(?=\d)", _JOINED),
    _rule(r"(?<=\S) - (?=\S)", f" {DASH} "),
    # J. R. R. Tolkien
    _rule(rf"(?<![\w.])((?:{CAPITAL}\.{_SPACE})+)(?={CAPITAL}[^\W\d_])", _initials, flags=0),
)
