"""Whatever is written into a description, it is text within a time that grows as the description does."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signage.domain.markup import BREAKING, unescape, without_markup
from signage.events.text import LONGEST, clean_line, clean_text, clean_title
from signage.sources.credits import credit_line
from tests.fixtures.scaling import check_linear

MARKUP: dict[str, Callable[[int], str]] = {
    "open tags": lambda n: "<a " * n,
    "open tags that end": lambda n: "<a " * n + ">",
    "declarations": lambda n: "<![ her" * n,
    "declarations that end": lambda n: "<![foo[x]]>" * n,
    "comments": lambda n: "<!----> " * n,
    "comments without an end": lambda n: "<!-- " * n,
    "attributes": lambda n: "<p " + " ".join(f"a{i}='1'" for i in range(n)) + ">x",
    "quotes": lambda n: '<a href="' * n + ">",
    "blocks in blocks": lambda n: "<div>" * n + "x",
    "letters in bold": lambda n: "<b>" * n + "<p></b>" * n,
    "links in tables": lambda n: "<table><a>" * n,
    "less than": lambda n: "<" * n,
    "ampersands": lambda n: "&" * n + ";",
    "references": lambda n: "&#x26;" * n,
    "a number of many digits": lambda n: "&#" + "9" * n + ";",
    "marks on a letter": lambda n: "a" + "\u0301\u0316" * n,
    "spaces": lambda n: "<b" + " " * n + "x",
}


@pytest.mark.parametrize("name", MARKUP)
def test_the_time_to_read_markup_grows_as_its_size_does(name: str) -> None:
    check_linear(without_markup, MARKUP[name], 10_000)


@pytest.mark.parametrize("name", MARKUP)
def test_the_time_to_clean_a_description_grows_as_its_size_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signage.events.text.LONGEST", 10**7)
    check_linear(clean_text, MARKUP[name], 10_000)
    check_linear(lambda text: clean_line(text, len(text)), MARKUP[name], 10_000)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Les mer <![ her", "Les mer <![ her"),  # HTMLParser raised AssertionError for these
        ("<![foo[x]]>Hei", "Hei"),
        ("<![]", "<![]"),
        ("<![CDATA[Hei]]> du", "du"),
        ("<!DOCTYPE [ <!ENTITY x 'y'> ]>Hei", "]>Hei"),
        ("<?xml version='1.0' encoding='utf-7'?>blåbær", "blåbær"),
        ("<a <a <a", "<a <a <a"),
        ("Pris <100 kr", "Pris <100 kr"),
        ("5 < 6 > 4", "5 < 6 > 4"),
        ("Fra a<b", "Fra a<b"),
        ("Én</p>to</br>tre", "Én to tre"),
        ("&#" + "9" * 5000 + ";Hei", "\ufffdHei"),
        ("&amp;#" + "9" * 5000 + ";Hei", "\ufffdHei"),
        ("&#xfffffffff;&#x1F384;", "\ufffd🎄"),
        ("bl&amp;amp;aring;b&oslash;r", "bl&aring;bør"),
        ("\ud83d<i class=a>Hei</i>", "Hei"),
        ("<meta charset=utf-16><i>blå</i>", "blå"),
        ("<i>a\x00b\x1b[31m</i><a>", "ab[31m"),
        ("<div>" * 3000 + "Hei", "Hei"),
        ("<b>" * 3000 + "Hei", "Hei"),
    ],
)
def test_a_description_is_its_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize("raw", ["<script> for nybegynnere", "5 < 6", "Kurs i <b> og <script>", "&lt;script&gt;"])
def test_a_word_in_angle_brackets_stays_in_a_title(raw: str) -> None:
    assert clean_title(raw) == unescape(raw).replace("<b> ", "").strip()


def test_a_reference_that_is_no_letter_raises_nowhere() -> None:
    number = "&#" + "9" * 5000 + ";"
    assert clean_title(f"Kor {number}") == "Kor \ufffd"
    assert credit_line(f"Ola {number}").startswith("Foto: Ola")
    assert unescape("&#xe5;&#229;&aring;") == "ååå"


@given(st.text(max_size=200) | st.text(st.sampled_from("<>!-[]&#;/ab \"'="), max_size=200))
def test_anything_is_text(raw: str) -> None:
    assert isinstance(clean_text(raw), str)
    assert isinstance(clean_title(raw), str)
    without_markup(raw)


class Browserlike(HTMLParser):
    """What the standard library's parser makes of well-formed markup: what lxml makes of it must be the same."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.parts.append(" " if tag in BREAKING else "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(" " if tag in BREAKING else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


PIECES = ["<p>", "</p>", "<br/>", "<b class='x'>", "</b>", "<a href='https://x.no/?a=1&amp;b=2'>", "</a>", "<h2>"]
PIECES += ["</h2>", "<ul><li>", "</li></ul>", "<td>", "<img src='a.jpg' alt='x > y'>", "<!-- skjult -->", "Hei ", "du"]
PIECES += ["5 < 6", " & ", "\n", "&nbsp;", "&amp;aring;", "<span style='color:red'>", "</span>", "é", "<o:p></o:p>"]
PIECES += ["&oslash;"]


def breaks(words: list[str]) -> set[int]:
    """How many letters come before each space."""
    return set(accumulate(map(len, words)))


@example(["<span style='color:red'>", "<p>", "é", "</span>", "Hei "])
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_ordinary_markup_is_read_as_before(parts: list[str]) -> None:
    raw = "".join(parts) + "<hr class='x'>"  # not simple, so that the parser reads it
    parser = Browserlike()
    parser.feed(raw)
    parser.close()
    ours, before = without_markup(raw).split(), "".join(parser.parts).split()
    assert "".join(ours) == "".join(before)
    assert breaks(before) <= breaks(ours), "never joined; a block that ends with what it is in parts words, too"


def test_no_more_than_its_beginning_is_read_of_a_book() -> None:
    assert len(clean_text("ord " * LONGEST)) <= LONGEST
