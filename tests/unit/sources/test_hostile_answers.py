"""Feeds, pages and JSON that cost more than their size, or hold what Python can't count with."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Source
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.feed.feed import NotAFeed, read_feed
from signage.sources.formats.html_page import LINK_TEXT, HtmlPage
from signage.sources.formats.json_answer import peek, read_json
from signage.sources.formats.offered_feeds import likely_lists
from signage.sources.formats.schema_org.scripts import loads
from signage.sources.formats.titles import LONGEST, read_title
from signage.sources.registry import source_type
from tests.fixtures.scaling import check_linear, seconds

ZONE = ZoneInfo("Europe/Oslo")
WINDOW = FetchWindow(date(2026, 12, 1), date(2027, 1, 31))
DIGITS = "9" * 5000
HEAD, TAIL = b"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title>", b"</channel></rss>"


def read(kind: str, body: bytes) -> Parsed:
    settings = {"id": "k", "type": kind, "url": "https://example.org/", **source_type(kind).to_fill}
    source = source_type(kind).settings.model_validate(settings)
    return source_type(kind).parse(body, source, WINDOW, ZONE)


def numbered(template: bytes, count: int) -> bytes:
    return b"".join(template.replace(b"#", str(number).encode()) for number in range(count))


FEEDS: dict[str, Callable[[int], bytes]] = {
    "attributes": lambda n: HEAD + b"<item" + numbered(b" a#='1'", n) + b"><title>x</title></item>" + TAIL,
    "attributes with brackets": lambda n: (
        HEAD + b"<item" + numbered(b" a#='>'", n) + b"><title>x</title></item>" + TAIL
    ),
    "namespaces": lambda n: HEAD + b"<item" + numbered(b" xmlns:a#='u'", n) + b"><title>x</title></item>" + TAIL,
    "comments before the root": lambda n: b"<!----> " * n + HEAD[21:] + TAIL,
    "instructions before the root": lambda n: b"<?a?> " * n + HEAD[21:] + TAIL,
    "spaces before the root": lambda n: b" " * n + HEAD[21:] + TAIL,
    "the name of an author": lambda n: HEAD + b"<item><title>x</title><author>" + b"a" * n + b"</author></item>" + TAIL,
    "less than": lambda n: HEAD + b"<item><title>" + b"<" * n + b"</title></item>" + TAIL,
    "open tags": lambda n: HEAD + b"<item>" + b"<a " * n + b"</item>" + TAIL,
    "open quotes": lambda n: HEAD + b"<item>" + b"<a b='" * n + b"</item>" + TAIL,
    "elements": lambda n: HEAD + b"<item>" + numbered(b"<a#>x</a#>", n) + b"</item>" + TAIL,
    "items": lambda n: HEAD + b"<item><title>x</title></item>" * n + TAIL,
}


def read_any_feed(body: bytes) -> None:
    with suppress(NotAFeed):
        read_feed(body)


@pytest.mark.parametrize("name", FEEDS)
def test_the_time_to_read_a_feed_grows_as_its_size_does(name: str) -> None:
    check_linear(read_any_feed, FEEDS[name], 2000)


def test_an_item_with_too_many_attributes_costs_no_other() -> None:
    item = b"<item><title>Kor</title><guid>1</guid><pubDate>Tue, 01 Dec 2026 10:00:00 GMT</pubDate></item>"
    many = b"<item" + numbered(b" a#='1'", 20_000) + b"><title>Kor 2</title><guid>2</guid></item>"
    parsed = read("rss", HEAD + many + item + TAIL)
    assert [news.title for news in parsed.news] == ["Kor"]


def test_a_letter_of_many_digits_costs_no_feed() -> None:
    number = f"&#{DIGITS};".encode()
    item = b"<item><title>Kor" + number + b"</title><pubDate>Tue, 01 Dec 2026 10:00:00 GMT</pubDate></item>"
    assert read("rss", HEAD + item + TAIL).news[0].title == "Kor\ufffd"


PAGES: dict[str, Callable[[int], str]] = {
    "links that never end": lambda n: "<a href=/a/b>x" * n,
    "links around the page": lambda n: "<a href=/a/b><b>" * 200 + "ord " * n,
    "meta": lambda n: "<meta " * n,
    "comments": lambda n: "<!-- " * n,
    "attributes": lambda n: "<p " + " ".join(f"a{i}=1" for i in range(min(n, 3000))) + ">",
    "depth": lambda n: "<div>" * n + "x",
}


@pytest.mark.parametrize("name", PAGES)
def test_the_time_to_read_a_page_grows_as_its_size_does(name: str) -> None:
    def look(text: str) -> None:
        page = HtmlPage("https://example.org/", text.encode())
        likely_lists(page)

    check_linear(look, PAGES[name], 3000)


ANSWERS: dict[str, tuple[str, Callable[[int], str]]] = {
    "headings of one date": (
        "frivilligsentral",
        lambda n: f"<div class=u-timeline-v3>{'<span>5 desember 2026</span><h3>18.00: Kor</h3>' * n}</div>",
    ),
    "a long place": ("jsonld", lambda n: node(location={"name": "a " * n, "address": "a " * n + "b"})),
    "events of an event": ("jsonld", lambda n: node(subEvent=[{"@type": "Event", "startDate": "2026-12-05"}] * n)),
    "starts of an event": ("jsonld", lambda n: node(startDate=[f"2026-12-{i % 28 + 1:02}" for i in range(n)])),
    "columns of a sheet": ("csv", lambda n: "Tittel;Dato" + ";Dato" * n + "\nKor;05.12.2026" + ";x" * n),
    "a cell without an end": ("csv", lambda n: 'Tittel;Dato\n"' + "x;\n" * n),
}


def node(**more: Any) -> str:
    event = {"@type": "Event", "name": "Kor", "startDate": "2026-12-05T18:00", **more}
    return f'<script type="application/ld+json">{json.dumps(event)}</script>'


@pytest.mark.parametrize("name", ANSWERS)
def test_the_time_to_read_an_answer_grows_as_its_size_does(name: str) -> None:
    kind, make = ANSWERS[name]

    def look(text: str) -> None:
        with suppress(SourceError):
            read(kind, text.encode())

    check_linear(look, make, 500)


def test_a_link_has_no_more_than_its_first_words() -> None:
    page = HtmlPage("https://example.org/", b"<a href=/x>" + b"ord " * 100_000)
    assert len(page.links[0].text) <= LINK_TEXT
    assert HtmlPage("https://example.org/", b"<a href=/x>Les <b>mer</b> her</a>").links[0].text == "Les mer her"


@pytest.mark.parametrize(
    "charset",
    [
        "utf-8\x00",
        "zip",
        "rot13",
        "hex",
        "idna",
        "punycode",
        "unicode_escape",
        "undefined",
        "utf-7",
        "\x1b",
        "x" * 9999,
    ],
)
def test_a_charset_that_is_none_of_text_is_not_believed(charset: str) -> None:
    body = "<p>blåbær".encode()
    assert "blåbær" in HtmlPage("https://example.org/", body, charset).text
    named = HtmlPage("https://example.org/", b'<meta charset="' + charset.encode() + b'">' + body)
    assert "blåbær" in named.text


def test_a_number_that_cannot_be_counted_with_costs_its_field() -> None:
    source = Source(id="k", type="wis", url="https://example.org/")
    text = (
        f'{{"a": {DIGITS}, "b": -{DIGITS}, "c": 1e999, "d": NaN, "e": -Infinity, "f": 12, "g": 1.5, "h": 1e{DIGITS}}}'
    )
    expected = {"a": None, "b": None, "c": None, "d": None, "e": None, "f": 12, "g": 1.5, "h": None}
    assert read_json(text.encode(), source) == expected
    assert peek(text.encode()) == expected
    assert loads(text) == expected


@pytest.mark.parametrize("value", [DIGITS, "NaN", "Infinity", "1e999", '"' + DIGITS + '"', "[" * 50 + "]" * 50])
@pytest.mark.parametrize("key", ["id", "title", "startDate", "startTime", "endDate", "price", "location", "imageUrl"])
def test_one_odd_field_costs_at_most_its_record(key: str, value: str) -> None:
    good: dict[str, Any] = {"id": 1, "title": "Kor", "startDate": "2026-12-05", "startTime": "18:00", "location": "x"}
    odd = json.dumps({**good, "id": 2, key: "HERE"}).replace('"HERE"', value)
    parsed = read("wis", f"[{odd}, {json.dumps(good)}]".encode())
    assert "1" in {record.uid for record in parsed.records}


@pytest.mark.parametrize(
    "text", [" " * LONGEST, "/*" * 500, "( \n" * 300, ":" * LONGEST, "(avlyst " * 100, "- avlyst" * 100]
)
def test_a_title_is_looked_through_once(text: str) -> None:
    """0.26 s for each title, before: each expression tried every place, and every length from there."""
    assert seconds(lambda titles: [read_title(each) for each in titles], [f"{text}x"] * 50) < 1.5


def test_a_page_that_cannot_be_a_source_is_a_reason() -> None:
    for body in (b"", b"\x00" * 1000, b"<![" * 1000, b"\xff" * 1000):
        with pytest.raises(SourceError):
            read("jsonld", body)
