"""The pages of emergency alerts: from what an alert says to `PageSpec`s. Pure. Their layout is layouts/alert."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signage.domain.alerts import AlertDraft, AlertText
from signage.domain.model import PageSpec
from signage.domain.page_shapes import shape
from signage.wording.hyphens import SHY, hyphenate
from signage.wording.languages import Words
from signage.wording.typography import NBSP, no_orphan, set_text

LAYOUT = "alert"
PAGE, BANNER = "alert_page", "alert_banner"  # kinds, which name the templates
THUMBNAIL = 160  # px of the long side of a picture in which the title can still be read
THUMBNAIL_TYPE = 8.5  # px of type in it: capitals of 6 px
# Of the screen's height that a banner takes, by the screen's shape: as little as will do. None of them cuts the clock
# of the layouts, which is 13 to 21 % above the lower edge of wide screens, 6 to 12 % on small ones, 22 to 35 % on
# strips, and at the top of upright ones: a banner is below it or covers it.
BANNER_SHARES = {
    "landscape": (0.1, 0.125, 0.22, 0.25),
    "square": (0.1, 0.125, 0.22, 0.25),
    "strip": (0.1, 0.13, 0.16, 0.2, 0.35),
    "portrait": (0.1, 0.13, 0.16, 0.2, 0.25),
}
LEVELS = {"yellow": "alert_yellow", "orange": "alert_orange", "red": "alert_red"}  # of official warnings, in words
BOLD_LETTER = 0.62  # of the type size is the width of a letter of a title, at the most in a word
LONG_WORD = 24  # letters; a longer word is broken in a title rather than set small, as in fit.js
SMALL = 480  # px; on a screen with a shorter side, margins are narrower
_NUMBER = re.compile(r"\b\d{2,3}(?: \d{2,3}){2,}\b")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")


@dataclass(frozen=True, slots=True)
class AlertForm:
    """A screen's form: its size in pixels, the layout's unit on it, and the smallest type (px) for its distance.

    `line_widths`: of the lines that players draw, in parts of their type size.
    """

    width: int
    height: int
    unit: float
    smallest: float
    line_widths: Mapping[str, float]


def paragraphs_of(text: str) -> tuple[str, ...]:
    """The paragraphs of an alert's text: an empty line begins a new one."""
    return tuple(part.strip() for part in _PARAGRAPHS.split(text.replace("\r\n", "\n")) if part.strip())


def whole_page(
    draft: AlertDraft, text: AlertText, words: Words, form: AlertForm, *, large_title: bool, smallest: float = 0.0
) -> PageSpec:
    """An alert that fills the screen. `large_title`: so large that it can be read in a small picture of the screen."""
    context = {
        **_context(draft, text, words, form, smallest),
        "label": words("alert_label"),
        "longest": round(BOLD_LETTER * longest_piece(_set(text.title, words)), 2),
        "thumbnail": round(THUMBNAIL_TYPE * max(form.width, form.height) / THUMBNAIL, 1) if large_title else 0,
    }
    return PageSpec(PAGE, LAYOUT, form.width, form.height, words.language, context, splittable=True)


def banner_shares(form: AlertForm) -> tuple[float, ...]:
    """Of the screen's height that a banner may take, the smallest first."""
    kind = shape(form.width, form.height)
    small = kind in ("landscape", "square") and min(form.width, form.height) < SMALL
    return BANNER_SHARES[kind][1:] if small else BANNER_SHARES[kind]


def banner(
    draft: AlertDraft, text: AlertText, words: Words, form: AlertForm, share: float, smallest: float = 0.0
) -> PageSpec:
    """An alert as a strip as wide as the screen, that takes this share of its height."""
    height = round(form.height * share)
    comfortable = share < banner_shares(form)[-1]  # before letters are small, the strip is higher
    context = {
        **_context(draft, text, words, form, smallest),
        "screen_unit": form.unit,
        "least_fit": 0.9 if comfortable else 0.3,
    }
    return PageSpec(BANNER, LAYOUT, form.width, height, words.language, context, splittable=True)


def _context(draft: AlertDraft, text: AlertText, words: Words, form: AlertForm, smallest: float) -> dict[str, object]:
    return {
        "screen": {"smallest": round(smallest or form.smallest, 1)},
        "shape": shape(form.width, form.height),
        "small": min(form.width, form.height) < SMALL,
        "title": no_orphan(_set(text.title, words)),
        "paragraphs": [_set(paragraph, words) for paragraph in paragraphs_of(text.text)],
        "sender": draft.sender,
        "credit": draft.credit,
        "warning": draft.warning,
        "level": words(LEVELS[draft.warning]) if draft.warning else "",
        "lines": {name: {"name": name, "em": width} for name, width in form.line_widths.items()},
    }


def _set(text: str, words: Words) -> str:
    """A telephone number is never divided: people write it down."""
    whole = _NUMBER.sub(lambda number: number.group().replace(" ", NBSP), text.strip())
    return hyphenate(set_text(whole), words.hyphens)


def longest_piece(title: str) -> int:
    """The letters of the longest part of a title that should stand in one line: a word, or a part of a long one."""
    longest = 1
    for word in re.split(r"[ \t\n\u200b/–-]+", title.replace("\u2060", "")):
        whole = word.replace(SHY, "")
        longest = max(longest, max(map(len, word.split(SHY))) if len(whole) > LONG_WORD else len(whole))
    return longest


def texts_for(draft: AlertDraft, languages: Sequence[str]) -> dict[str, AlertText]:
    """What a screen with these languages says: the texts in those of them that there are, else all."""
    own = {language: draft.texts[language] for language in languages if language in draft.texts}
    return own or dict(draft.texts)


def shorter(text: AlertText) -> list[AlertText]:
    """The text without its last paragraph, without the last two, and so on; at last the title alone."""
    parts = paragraphs_of(text.text)
    return [AlertText(text.title, "\n\n".join(parts[:kept])) for kept in range(len(parts) - 1, -1, -1)]


def first_words(text: AlertText, count: int) -> AlertText:
    """The text with so many words of it, and all of the title."""
    left, parts = count, []
    for paragraph in paragraphs_of(text.text):
        words = paragraph.split(" ")
        parts.append(" ".join(words[:left]))
        left -= len(words)
        if left <= 0:
            break
    return AlertText(text.title, "\n\n".join(filter(None, parts)))


def word_count(text: AlertText) -> int:
    """How many words `first_words` may take."""
    return sum(len(paragraph.split(" ")) for paragraph in paragraphs_of(text.text))
