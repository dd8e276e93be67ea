"""Every function that looks for something in a stranger's words does so in a time that grows as the words do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest

from signage.app.organisation_sheet import _PERSONAL
from signage.domain.garbled import readable
from signage.events import words
from signage.events.hold_back import _pattern, why_held
from signage.events.text import clean_line, clean_title, clean_venue, fold, summary
from signage.sources.credits import credit_line
from signage.sources.formats.course_dates import named_evenings
from signage.sources.formats.csv.cells import read_link, read_price, read_state, read_words
from signage.sources.formats.ical.rule_parts import rule_parts
from signage.sources.formats.ical.times import duration, moment
from signage.sources.formats.json_answer import place_line, web_link
from signage.sources.formats.loose_times import read_any_moment
from signage.sources.formats.schema_org.offers import price_of
from signage.sources.formats.schema_org.scripts import loads
from signage.sources.formats.schema_org.values import last_word, venue_of
from signage.sources.formats.titles import read_title
from signage.sources.formats.written_times import read_days, read_times
from signage.sources.types.facebook import _SECRETS
from signage.sources.types.tec import _amounts
from signage.wording import hyphens, typography
from tests.fixtures.scaling import check_linear

FIRST, LAST = datetime(2026, 1, 1, 18, tzinfo=UTC), datetime(2026, 12, 31, 20, tzinfo=UTC)
DAY = date(2026, 12, 1)
PIECES = [
    "a",
    "A",
    " ",
    "1",
    "-",
    ":",
    ".",
    ",",
    "(",
    ")",
    "[",
    "]",
    "/",
    "\n",
    "<",
    "&",
    "@",
    "+",
    "'",
    '"',
    "\\",
    "*",
    "!",
]
PIECES += [
    "|",
    "–",
    "\u00a0",
    "\u00ad",
    "é",
    "Ж",
    "\u0301",
    "kl ",
    "1.",
    "1 ",
    "1,",
    "a.",
    "a b",
    "- ",
    "og ",
    "1-",
    "a-",
]
PIECES += [
    "12 des ",
    "man ",
    "man 1 ",
    "avlyst ",
    "AVLYST ",
    "(avlyst ",
    "sal ",
    "a/",
    "//",
    "/*",
    '"\\',
    '{"a":',
    "]]>",
]
PIECES += [
    "<!--",
    "kr 1 ",
    "a@a.",
    "100 000 ",
    "fra ",
    "ca ",
    "i.l.",
    "(a",
    "a)",
    "til ",
    "1.1.",
    "…",
    " \n",
    ":1",
    "a@",
]
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "a title": read_title,
    "a clean title": clean_title,
    "a line": clean_line,
    "a venue": clean_venue,
    "a garbled text": readable,
    "a title to hold back": why_held,
    "a summary": lambda text: summary(" ".join(text.split())),
    "folded": fold,
    "words": lambda text: words.title_words(clean_title(text)),
    "letters": lambda text: words.letters(clean_title(text)),
    "a price": read_price,
    "a state": lambda text: read_state(text, yes_is_cancelled=True),
    "a link": read_link,
    "a list": read_words,
    "an address": lambda text: web_link(f"https://{text}"),
    "a place": lambda text: venue_of([{"name": text, "address": f"{text}a"}]),
    "a place in a line": lambda text: place_line(text, f"{text}a", text),
    "evenings": lambda text: named_evenings(text, FIRST, LAST),
    "days": lambda text: read_days(text, DAY),
    "times": read_times,
    "a date of a feed": lambda text: read_any_moment(text, DAY),
    "a date of a calendar": lambda text: moment(text, UTC),
    "a duration": duration,
    "a rule": rule_parts,
    "a credit": credit_line,
    "an offer's price": price_of,
    "an amount": _amounts,
    "a type": last_word,
    "JSON": loads,
    "hyphens": lambda text: hyphens.hyphenate(text, "nb_NO"),
    "a sentence": typography._SENTENCE.search,
    "a hold-back rule": lambda text: _pattern("*styre*møte*")([clean_title(text)]),
    "a person": _PERSONAL.search,
    "a secret": lambda text: _SECRETS.sub("", text),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_time_grows_as_the_words_do(name: str) -> None:
    look = FUNCTIONS[name]

    def each(texts: list[str]) -> None:
        for text in texts:
            with suppress(ValueError, OverflowError, RecursionError):
                look(text)

    def make(size: int) -> list[str]:
        return [f"{before}{piece * (size // len(piece))}{after}" for piece in PIECES for before, after in ENDS]

    check_linear(each, make, 2000)


ENDS = (("", ""), ("a", "x"), ("x (", " §"))
