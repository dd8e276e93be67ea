"""Microdata is read as extruct read it, and in a time that grows as the page does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.schema_org.microdata import LONGEST_VALUE, microdata
from tests.fixtures.paths import FIXTURES
from tests.fixtures.scaling import check_linear

PAGES = json.loads((FIXTURES / "microdata" / "extruct.json").read_text(encoding="utf-8"))["pages"]
EVENT = 'itemscope itemtype="https://schema.org/Event"'


def read(html: str) -> list[dict[str, Any]]:
    return list(microdata(HtmlPage("https://example.org/x/", f"<!DOCTYPE html><body>{html}".encode())))


@pytest.mark.parametrize("page", PAGES, ids=[page["what"] for page in PAGES])
def test_it_is_read_as_extruct_read_it(page: dict[str, Any]) -> None:
    assert list(microdata(HtmlPage("https://example.org/x/", page["html"].encode()))) == page["items"]


def test_a_time_without_an_attribute_is_its_text() -> None:
    """As the standard has it; extruct gave nothing."""
    assert read(f"<p {EVENT}><time itemprop=startDate>2026-12-05</time></p>")[0]["startDate"] == "2026-12-05"


def test_a_place_without_properties_is_its_name() -> None:
    html = f"<p {EVENT}><b itemprop=name>Kor</b><i itemprop=location itemscope itemtype=Place>kulØr'n</i></p>"
    assert read(html)[0]["location"] == "kulØr'n"


def test_an_address_that_is_none_costs_nothing_else() -> None:
    (event,) = read(f'<p {EVENT}><b itemprop=name>Kor</b><a itemprop=url href="http://[">x</a></p>')
    assert event["name"] == "Kor"


def test_items_that_hold_each_other_are_given_once() -> None:
    html = f"<p id=a itemprop=x {EVENT} itemref=b><b itemprop=name>A</b></p><p id=b itemprop=x {EVENT} itemref=a></p>"
    assert len(read(html)) <= 2
    alone = f"<p id=a {EVENT} itemref=a><b itemprop=name>A</b></p>"
    assert read(alone)[0]["name"] == "A"


LARGE: dict[str, Callable[[int], str]] = {
    "items": lambda n: f"<p {EVENT}><b itemprop=name>Kor</b></p>" * n,
    "items in items": lambda n: f"<p {EVENT}><b itemprop=name>Kor</b><div itemprop=subEvent {EVENT}>" * n,
    "properties of one item": lambda n: f"<div {EVENT}>" + "<b itemprop=name>Kor</b>" * n,
    "properties in properties": lambda n: f"<div {EVENT}>" + "<b itemprop=name>K" * n,
    "names of one property": lambda n: f"<div {EVENT}><b itemprop='{' '.join(f'n{i}' for i in range(n))}'>x</b>",
    "parts elsewhere": lambda n: (
        f"<div {EVENT} itemref='{' '.join(f'i{i}' for i in range(n))}'></div>"
        + "".join(f"<b id=i{i} itemprop=name>x</b>" for i in range(n))
    ),
    "one part of many": lambda n: (
        f"<p {EVENT} itemref=all></p>" * n + f"<div id=all>{'<b itemprop=name>x</b>' * n}</div>"
    ),
    "a long text of many": lambda n: f"<p {EVENT} itemref=all></p>" * n + f"<div id=all itemprop=name>{'x' * n}</div>",
}


@pytest.mark.parametrize("name", LARGE)
def test_the_time_grows_as_the_page_does(name: str) -> None:
    check_linear(read, LARGE[name], 2000)


def test_a_text_without_an_end_is_read_so_far() -> None:
    (event,) = read(f"<div {EVENT}><p itemprop=description>{'ord ' * 100_000}</p></div>")
    assert len(event["description"]) <= LONGEST_VALUE


PIECES = [f"<div {EVENT}>", "</div>", "<p itemprop=name>", "</p>", "<a itemprop='url' href='//['>", "</a>", "x", "&"]
PIECES += [
    "<b itemprop=a itemscope>",
    "</b>",
    "<i itemref='q' itemscope>",
    "<u id=q itemprop='b c'>",
    "<table>",
    "<!--",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_page_is_read(parts: list[str]) -> None:
    json.dumps(read("".join(parts)))
