"""Soft hyphens for long words, so that a compound of 40 letters breaks where a reader would break it.

Norwegian compounds break at their joints, or not at all: their parts are in languages/compounds.txt. Chromium on Linux
ships no hyphenation patterns, so the places in other languages come from Pyphen (LibreOffice's dictionaries), and so do
those in a Norwegian word that no line would hold otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from signage.wording import languages

if TYPE_CHECKING:
    import pyphen

SHY = "\u00ad"
LONG_WORD = 11  # letters; shorter words are never broken on a page this large
EDGE = 4  # letters that stay together at either end of a word
NORWEGIAN = ("nb_NO", "nn_NO", "no_NO")
LAST_PART = 3  # letters that stay together after the last joint: "forsamlings-hus"
LEAST_PART = 4  # letters of a part that the rest of a word, which isn't known, may be divided from
UNBROKEN = 20  # letters; a longer piece without a known joint is broken between syllables after all
LINKS = ("", "s", "e")  # between two parts: barnehage-ansatt, forsamling-s-hus, jul-e-fest
_ENDINGS = "s e a n t r en et er ar ene ane ens ets ers enes ne te ende else elser elsen erne eren"
ENDINGS = frozenset(["", *_ENDINGS.split()])  # of the last part
LONGEST_COMPOUND = 80  # letters; a longer word is none
ZERO_WIDTH_SPACE = "\u200b"
_NOT_LATIN = re.compile(r"[^\W\d_\x00-\u024f\u1e00-\u1eff]")
_TOGETHER = re.compile(r"\S++")  # each is looked at once: a pattern with the slash in it takes the square
_ADDRESS = re.compile(r"://|@|\w\.\w")
_SLASH = re.compile(r"(?<=[^\W\d_]{4})/(?=[^\W\d_]{4})")
_LONE = re.compile(rf"{SHY}([^\W\d_])(?={SHY})")  # some dictionaries have them: "Zucke-r-bäckerei"
_WORD = re.compile(rf"[^\W\d_]{{{LONG_WORD},}}")


@cache
def _by_script() -> dict[str, str]:
    """The dictionaries of languages that aren't written in Latin letters."""
    return {words.script: words.hyphens for words in languages.every() if words.script}


@lru_cache(8)
def _dictionary(language: str) -> pyphen.Pyphen:
    import pyphen

    return pyphen.Pyphen(lang=pyphen.language_fallback(language), left=EDGE, right=EDGE)


def joints(word: str) -> tuple[int, ...]:
    """Where the parts of a Norwegian compound begin, the first excepted; none when they are not known."""
    lower, parts = word.casefold(), languages.norwegian_compound_parts()
    all_known = _all_joints(lower, parts)
    if all_known is None:
        return _last_joints(lower, parts)
    whole = {part for part in parts if lower.startswith(part) and lower[len(part) :] in ENDINGS}
    # a part may be a compound itself, which is broken only when it is alone
    return all_known or _all_joints(lower, parts - whole) or ()


def _all_joints(lower: str, parts: frozenset[str], begin: int = 0) -> tuple[int, ...] | None:
    """The joints after `begin` when all that follows is known; as few as can be."""
    longest = max(map(len, parts))
    found: dict[int, tuple[int, ...] | None] = {}

    def rest(start: int) -> tuple[int, ...] | None:
        if start not in found:
            best: tuple[int, ...] | None = None
            for end in range(min(len(lower), start + longest), start + 2, -1):
                if lower[start:end] not in parts:
                    continue
                if lower[end:] in ENDINGS:
                    best = ()
                    break
                for link in LINKS:
                    after = end + len(link)
                    if lower.startswith(link, end) and len(lower) - after >= LAST_PART:
                        further = rest(after)
                        if further is not None and (best is None or len(further) + 1 < len(best)):
                            best = (after, *further)
            found[start] = best
        return found[start]

    return rest(begin)


def _last_joints(lower: str, parts: frozenset[str]) -> tuple[int, ...]:
    """The joints of a word whose beginning isn't known."""
    for start in range(LEAST_PART, len(lower) - LEAST_PART + 1):
        tail = _all_joints(lower, parts, start)
        if tail is not None and any(lower.startswith(part, start) for part in parts if len(part) >= LEAST_PART):
            return (start, *tail)
    return ()


def at_joints(word: str, language: str) -> str:
    """A Norwegian word with U+00AD at its joints; between syllables in pieces that are too long for any line."""
    edges = [0, *(joints(word) if len(word) <= LONGEST_COMPOUND else ()), len(word)]
    pieces = [word[start:end] for start, end in pairwise(edges)]
    return SHY.join(_syllables(piece, language) if len(piece) > UNBROKEN else piece for piece in pieces)


def _syllables(word: str, language: str) -> str:
    return _LONE.sub(r"\1", str(_dictionary(language).inserted(word, SHY)))


@lru_cache(8192)
def hyphenate(text: str, language: str) -> str:
    """The text with U+00AD in its long words; `language` as "nb_NO" is that of the text.

    A word in other letters than Latin ones goes by the language that is written in them, if there is one. After a slash
    between long words a line may end, too (U+200B).
    """

    def broken(word: re.Match[str]) -> str:
        if language in NORWEGIAN and not _NOT_LATIN.search(word.group()):
            return at_joints(word.group(), language)
        foreign = _NOT_LATIN.search(word.group())
        own = _by_script().get(unicodedata.name(foreign.group(), "").split(" ")[0], language) if foreign else language
        return _syllables(word.group(), own)

    def slashed(words: re.Match[str]) -> str:
        whole = words.group()
        return whole if "/" not in whole or _ADDRESS.search(whole) else _SLASH.sub("/" + ZERO_WIDTH_SPACE, whole)

    return _WORD.sub(broken, _TOGETHER.sub(slashed, text))
