"""Microdata in a web page, in the shape of JSON-LD. Pure.

After the WHATWG's HTML standard, 5.2 (https://html.spec.whatwg.org/multipage/microdata.html), on the tree that lxml
makes of the page. Two things are read that stand only in schema.org's own examples: "content" on any element, and an
item whose "itemprop" is in no other item.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from signage.domain.markup import BREAKING
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.schema_org.values import Node

DEEPEST = 24  # items in items; real pages have four
LONGEST_VALUE = 50_000  # characters of one property's text: what is read of a description at all
# Elements, and thousands of characters, that are looked at: a page may refer to one part of it thousands of times.
MOST_STEPS = 500_000
_ADDRESSES = dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src")
_ADDRESSES |= {"a": "href", "area": "href", "link": "href", "object": "data"}
_VALUES = {"meta": "content", "data": "value", "meter": "value"}
_UNREAD = frozenset({"script", "style", "template"})


def microdata(page: HtmlPage) -> Iterator[Node]:
    """The items of a page that are no other item's property: "@type", "@id" and the properties by their names."""
    if page.tree.find(".//*[@itemtype]") is not None:
        yield from _MicrodataReader(page).items()


def as_json_ld(value: Any, depth: int = 0) -> Any:
    """Microdata items ({"type": ..., "properties": ...}, as the standard's JSON has them) in the shape of JSON-LD."""
    if depth > DEEPEST:
        return None
    if isinstance(value, list):
        return [as_json_ld(each, depth + 1) for each in value]
    if isinstance(value, dict) and isinstance(value.get("properties"), dict):
        made = {key: as_json_ld(each, depth + 1) for key, each in value["properties"].items()}
        kind = value.get("type")
        return {
            **made,
            "@type": kind.split() if isinstance(kind, str) else kind,
            **({"@id": value["id"]} if value.get("id") else {}),
        }
    return value


class _MicrodataReader:
    def __init__(self, page: HtmlPage) -> None:
        self._page = page
        self._scopes: list[HtmlElement] = []  # in the page's order
        self._properties: dict[HtmlElement, list[HtmlElement]] = {}  # of each item, without those that it refers to
        self._ids: dict[str, HtmlElement] = {}
        self._inner: set[HtmlElement] = set()  # items that are a property of another
        self._given: set[HtmlElement] = set()  # each once: two that hold each other have no end
        self._left = MOST_STEPS
        self._look_through(page.tree)

    def _look_through(self, tree: HtmlElement) -> None:
        around: list[HtmlElement] = []
        for event, element in etree.iterwalk(tree, events=("start", "end")):
            if event == "end":
                if around and around[-1] is element:
                    around.pop()
                continue
            name = element.get("id")
            if name:
                self._ids.setdefault(name, element)
            is_item = element.get("itemscope") is not None
            if element.get("itemprop") and around:
                self._properties[around[-1]].append(element)
                if is_item:
                    self._inner.add(element)
            if is_item:
                self._scopes.append(element)
                self._properties[element] = []
                around.append(element)
        for scope in self._scopes:
            self._inner.update(each for each in self._referred(scope) if each in self._properties)

    def items(self) -> Iterator[Node]:
        """Those that are no property first, so that an item that others refer to is given where it belongs."""
        for scope in self._scopes:
            if scope not in self._inner and scope not in self._given:
                found = self._item(scope, 0)
                if isinstance(found, dict):
                    yield found

    def _item(self, scope: HtmlElement, depth: int) -> Node | str | None:
        """An item; one without any property is its text. None for one that has been given before, or is too deep."""
        if scope in self._given or depth > DEEPEST or self._left <= 0:
            return None
        self._given.add(scope)
        values: dict[str, list[Any]] = {}
        for element in (*self._properties[scope], *self._referred(scope)):
            value = self._value(element, depth)
            for name in element.get("itemprop", "").split():
                values.setdefault(name, []).append(value)
        if not values:
            return self._text(scope)
        node: Node = {name: found[0] if len(found) == 1 else found for name, found in values.items()}
        types = scope.get("itemtype", "").split()
        node["@type"] = types or None
        if types and (name := scope.get("itemid", "").strip()):
            node["@id"] = name
        return node

    def _referred(self, scope: HtmlElement) -> Iterator[HtmlElement]:
        """The properties that an item names by "itemref"."""
        for name in dict.fromkeys(scope.get("itemref", "").split()):
            root = self._ids.get(name)
            waiting = [] if root is None else [root]
            while waiting and self._left > 0:
                self._left -= 1
                element = waiting.pop()
                if element.get("itemprop"):
                    yield element
                if element.get("itemscope") is None:
                    waiting += reversed([each for each in element if isinstance(each.tag, str)])

    def _value(self, element: HtmlElement, depth: int) -> Any:
        if element.get("itemscope") is not None:
            return self._item(element, depth + 1)
        if attribute := _ADDRESSES.get(element.tag):
            written = (element.get(attribute) or "").strip()
            return self._page.absolute(written) if written else ""
        if attribute := _VALUES.get(element.tag):
            return element.get(attribute, "")
        if element.tag == "time" and element.get("datetime"):
            return element.get("datetime", "")
        return element.get("content") or self._text(element)

    def _text(self, element: HtmlElement) -> str:
        """What people read of an element, with a space where a block or a line ends."""
        parts: list[str] = []
        room = LONGEST_VALUE
        unread = 0
        for event, each in etree.iterwalk(element, events=("start", "end")):
            self._left -= 1
            if room <= 0 or self._left <= 0:
                break
            starts = event == "start"
            if each.tag in _UNREAD:
                unread += 1 if starts else -1
            if each.tag in BREAKING:
                parts.append(" ")
            found = each.text if starts else each.tail if each is not element else None
            if found and not unread:
                parts.append(found[:room])
                room -= len(found)
                self._left -= len(found) // 1000
        return " ".join("".join(parts).split())
