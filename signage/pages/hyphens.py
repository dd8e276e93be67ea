"""Soft hyphens for long words, so that a compound of 40 letters breaks where a reader would break it.

Chromium on Linux ships no hyphenation patterns, so the places come from Pyphen (LibreOffice's dictionaries).
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyphen

SHY = "\u00ad"
LONG_WORD = 11  # letters; shorter words are never broken on a page this large
EDGE = 4  # letters that stay together at either end of a word
_WORD = re.compile(rf"[^\W\d_]{{{LONG_WORD},}}")


@lru_cache(8)
def _dictionary(language: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang=pyphen.language_fallback(language), left=EDGE, right=EDGE)


@lru_cache(8192)
def hyphenate(text: str, language: str) -> str:
    """The text with U+00AD in its long words; `language` as "nb_NO"."""
    dictionary = _dictionary(language)
    return _WORD.sub(lambda word: str(dictionary.inserted(word.group(), SHY)), text)
