"""Set text as a printer would: real dashes in spans, and no break inside what belongs together. Pure.

Only spaces, dashes and apostrophes are touched, so that what somebody wrote stays what they wrote. Scores ("3-2"),
telephone numbers, ISO dates, postcodes and names with hyphens ("Covid-19") are left alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

NBSP = "\u00a0"
JOINER = "\u2060"  # word joiner: no break before or after it (Unicode Standard Annex 14, class WJ)
DASH = "–"
APOSTROPHES = str.maketrans({"\u02bc": "’"})  # CLDR's "пʼятниця": the same to the eye, and typefaces have it
LONGEST = 14  # letters that may become one unbreakable piece for the sake of a last short word: more would shrink type
SHORT_WORD = 3  # letters; a last word no longer than this would look lost on a line of its own
CAPITAL = f"[{''.join(filter(str.isupper, map(chr, range(0x530))))}]"  # Latin, Greek and Cyrillic

LEAST = 120  # characters; the beginning of a text that ends at an earlier full stop says too little
# "20. november", "kl. 18" and "f.eks. noe" end no sentence: the next one begins with a capital.
_SENTENCE = re.compile(rf"[.!?…][»\"”)]?(?=\s+[«\"“(–-]?\s?{CAPITAL})")


@lru_cache(8192)
def set_text(text: str) -> str:
    """The text with U+00A0, U+2060 and en dashes where they belong; whatever language it is in."""
    from signage.wording.typography_rules import RULES  # made of all languages' words

    text = text.translate(APOSTROPHES)
    before = None
    while text != before:  # what one rule has set may be what another one waits for
        before = text
        for pattern, replacement in RULES:
            text = pattern.sub(replacement, text)
    return text


_BREAKS = re.compile(r"[ \t\n\u00ad\u200b/–-]+")


@lru_cache(8192)
def no_orphan(text: str, longest: int = LONGEST) -> str:
    """A headline whose last word, if short, is never alone on a line: a space before it that doesn't break.

    Nothing is bound that would make more than `longest` letters unbreakable: soft hyphens count as breaks, so this
    comes after `hyphenate`.
    """
    first, space, last = text.rpartition(" ")
    if not space or len(last) > SHORT_WORD or not first.strip():
        return text
    piece = _BREAKS.split(first)[-1] + NBSP + last
    return f"{first}{NBSP}{last}" if len(piece) <= longest else text


def beginning(text: str, limit: int) -> str:
    """At most `limit` characters of a text: to the end of a sentence, else of a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    ends = [found.end() for found in _SENTENCE.finditer(text[: limit + 2]) if LEAST <= found.end() <= limit]
    if ends:
        return text[: ends[-1]]
    cut = text[: limit - 1]
    space = max(cut.rfind(" "), cut.rfind("\n"))
    return (cut[:space] if space >= limit // 2 else cut).rstrip(" \n,;:.–-") + "…"
