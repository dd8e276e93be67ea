"""Find the events among schema.org data. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# https://schema.org/Event and the types below it (version 29) whose names don't end in "Event" ...
EVENTS = frozenset(("CourseInstance", "EventSeries", "Festival", "Hackathon"))
# ... and those that do and are nothing to go to.
NO_EVENTS = frozenset(("BroadcastEvent", "DeliveryEvent", "OnDemandEvent", "PublicationEvent"))
DEEPEST = 24
# What an event or a page only refers to.
_REFERRED = frozenset(("superEvent", "about", "mentions", "subjectOf", "isRelatedTo", "recordedAt", "potentialAction"))

Node = dict[str, Any]


def types(node: Node) -> list[str]:
    """The short names of a node's types: "MusicEvent" for "http://schema.org/MusicEvent"."""
    given = node.get("@type", node.get("type"))
    listed = given if isinstance(given, list) else [given]
    return [
        each.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1].rsplit(":", 1)[-1]
        for each in listed
        if isinstance(each, str)
    ]


def is_event(node: Node) -> bool:
    """Whether a node is an event of any kind."""
    return any(name in EVENTS or (name.endswith("Event") and name not in NO_EVENTS) for name in types(node))


def events(value: Any, depth: int = 0) -> Iterator[Node]:
    """Every event in a value, outermost first; of one with parts that have times of their own only the parts."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from events(each, depth + 1)
    elif isinstance(value, dict):
        if is_event(value):
            parts = [
                part
                for key in ("subEvent", "subEvents")
                for part in events(value.get(key), depth + 1)
                if part.get("startDate")
            ]
            if parts:
                yield from ({**_shared(value), **part} for part in parts)
            else:
                yield value
            return
        for key, each in value.items():
            if key not in _REFERRED:
                yield from events(each, depth + 1)


def _shared(parent: Node) -> Node:
    """What the parts of an event have from it when they don't say so themselves."""
    return {
        key: parent[key]
        for key in ("location", "organizer", "image", "offers", "url", "eventStatus", "description")
        if key in parent
    }


def all_types(value: Any, depth: int = 0) -> Iterator[str]:
    """The types of everything in a value."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from all_types(each, depth + 1)
    elif isinstance(value, dict):
        yield from types(value)
        for each in value.values():
            yield from all_types(each, depth + 1)


def listed_addresses(value: Any, depth: int = 0) -> Iterator[str]:
    """The addresses that an ItemList names without saying more of them."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from listed_addresses(each, depth + 1)
    elif isinstance(value, dict):
        if "ListItem" in types(value) and isinstance(value.get("url"), str):
            yield value["url"]
        for key in ("@graph", "itemListElement", "mainEntity"):
            yield from listed_addresses(value.get(key), depth + 1)
