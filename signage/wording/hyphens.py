"""Soft hyphens for long words, so that a compound of 40 letters breaks where a reader would break it.

Chromium on Linux ships no hyphenation patterns, so the places come from Pyphen (LibreOffice's dictionaries).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import pyphen

from signage.wording import languages

SHY = "\u00ad"
LONG_WORD = 11  # letters; shorter words are never broken on a page this large
EDGE = 4  # letters that stay together at either end of a word
ZERO_WIDTH_SPACE = "\u200b"
_NOT_LATIN = re.compile(r"[^\W\d_\x00-\u024f\u1e00-\u1eff]")
_BY_SCRIPT = {words.script: words.hyphens for words in languages.every() if words.script}
_TOGETHER = re.compile(r"\S++")  # each is looked at once: a pattern with the slash in it takes the square
_ADDRESS = re.compile(r"://|@|\w\.\w")
_SLASH = re.compile(r"(?<=[^\W\d_]{4})/(?=[^\W\d_]{4})")
_LONE = re.compile(rf"{SHY}([^\W\d_])(?={SHY})")  # some dictionaries have them: "Zucke-r-bäckerei"
_WORD = re.compile(rf"[^\W\d_]{{{LONG_WORD},}}")


@lru_cache(8)
def _dictionary(language: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang=pyphen.language_fallback(language), left=EDGE, right=EDGE)


@lru_cache(8192)
def hyphenate(text: str, language: str) -> str:
    """The text with U+00AD in its long words; `language` as "nb_NO" is that of the text.

    A word in other letters than Latin ones goes by the language that is written in them, if there is one. After a slash
    between long words a line may end, too (U+200B).
    """

    def broken(word: re.Match[str]) -> str:
        foreign = _NOT_LATIN.search(word.group())
        own = _BY_SCRIPT.get(unicodedata.name(foreign.group(), "").split(" ")[0], language) if foreign else language
        return _LONE.sub(r"\1", str(_dictionary(own).inserted(word.group(), SHY)))

    def slashed(words: re.Match[str]) -> str:
        whole = words.group()
        return whole if "/" not in whole or _ADDRESS.search(whole) else _SLASH.sub("/" + ZERO_WIDTH_SPACE, whole)

    return _WORD.sub(broken, _TOGETHER.sub(slashed, text))
