"""Find the events among schema.org data. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from signage.sources.formats.schema_org.values import Node, every

# https://schema.org/Event and the types below it (version 29) whose names don't end in "Event" ...
EVENTS = frozenset(("CourseInstance", "EventSeries", "Festival", "Hackathon"))
# ... and those that do and are nothing to go to.
NO_EVENTS = frozenset(("BroadcastEvent", "DeliveryEvent", "OnDemandEvent", "PublicationEvent"))
DEEPEST = 24  # levels of lists and objects that are looked into; real pages have ten
MOST_EVENTS = 5000  # of one page
# What an event or a page only refers to.
_REFERRED = frozenset(("superEvent", "about", "mentions", "subjectOf", "isRelatedTo", "recordedAt", "potentialAction"))
_PARTS = ("subEvent", "subEvents", "event", "events")
_FILLED = ("location", "organizer", "image", "offers")
# What the parts of an event have from it when they don't say so themselves.
_SHARED = ("name", "location", "organizer", "image", "offers", "url", "eventStatus", "description")

_NAMING = frozenset(("@id", "@type"))  # what says nothing more of what it names

Known = Mapping[str, Node]


def types(node: Node) -> list[str]:
    """The short names of a node's types: "MusicEvent" for "http://schema.org/MusicEvent"."""
    return [
        each.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1].rsplit(":", 1)[-1]
        for each in every(node.get("@type", node.get("type")))
        if isinstance(each, str)
    ]


def is_event(node: Node) -> bool:
    """Whether a node is an event of any kind."""
    return any(name in EVENTS or (name.endswith("Event") and name not in NO_EVENTS) for name in types(node))


def events_of(values: Iterable[Any]) -> list[Node]:
    """The events of a page, at most `MOST_EVENTS`, in its order; what they name only by "@id" is filled in.

    An event whose parts are on the page with times of their own is not there itself: a festival is its evenings.
    """
    listed = list(values)
    known = {name: node for node in _nodes(listed) if (name := _id(node)) is not None and node.keys() - _NAMING}
    found: list[Node] = []
    for node in events(listed, known):
        found.append({**node, **{key: _filled(node[key], known) for key in _FILLED if key in node}})
        if len(found) == MOST_EVENTS:
            break
    wholes = {parent for node in found if node.get("startDate") for parent in _parents(node)}
    return [node for node in found if _id(node) not in wholes] or found  # none is left when two call each other whole


def events(value: Any, known: Known | None = None, depth: int = 0) -> Iterator[Node]:
    """Every event in a value, outermost first; of one with parts that have times of their own only the parts.

    `known`: what parts may be named by their "@id" alone.
    """
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from events(each, known, depth + 1)
    elif isinstance(value, dict):
        if is_event(value):
            parts = [part for part in _parts(value, known or {}, depth) if part.get("startDate")]
            if parts:
                shared = {key: value[key] for key in _SHARED if key in value}
                yield from ({**shared, **part} for part in parts)
            else:
                yield value
            return
        for key, each in value.items():
            if key not in _REFERRED:
                yield from events(each, known, depth + 1)


def _parts(node: Node, known: Known, depth: int) -> Iterator[Node]:
    for key in _PARTS:
        for each in every(node.get(key)):
            named = known.get(_id(each) or "") if isinstance(each, dict) and len(each) <= 2 else None
            if named is not None and is_event(named) and named is not node:
                yield named  # as it is, without its own parts: two may name each other
            else:
                yield from events(each, known, depth + 1)


def _nodes(value: Any, depth: int = 0) -> Iterator[Node]:
    """Every object in a value, outermost first."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        yield value
    for each in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from _nodes(each, depth + 1)


def _filled(value: Any, known: Known) -> Any:
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    if isinstance(value, dict) and len(value) <= 2:
        return known.get(_id(value) or "", value)
    return value


def _parents(node: Node) -> list[str]:
    named = (_id(each) for each in every(node.get("superEvent")))
    return [name for name in named if name and name != _id(node)]


def _id(node: Any) -> str | None:
    name = node.get("@id") if isinstance(node, dict) else node
    return name if isinstance(name, str) else None


def all_types(value: Any) -> Iterator[str]:
    """The types of everything in a value."""
    return (name for node in _nodes(value) for name in types(node))


def listed_addresses(value: Any, depth: int = 0) -> Iterator[str]:
    """The addresses that an ItemList names without saying more of them."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from listed_addresses(each, depth + 1)
    elif isinstance(value, dict):
        if "ItemList" in types(value):
            for each in every(value.get("itemListElement")):
                item = each.get("item") or each.get("url") if isinstance(each, dict) else each
                if isinstance(item, dict) and not is_event(item):
                    item = item.get("url") or item.get("@id")
                if isinstance(item, str):
                    yield item
        for key in ("@graph", "mainEntity"):
            yield from listed_addresses(value.get(key), depth + 1)
