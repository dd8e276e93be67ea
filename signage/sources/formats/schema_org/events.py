"""A schema.org Event as a record. Pure. https://schema.org/Event says what each property means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from signage.domain.markup import unescape
from signage.domain.model import Record, Status
from signage.sources.base import Warnings
from signage.sources.formats.json_answer import short_id, web_link
from signage.sources.formats.schema_org.moments import LocalClock
from signage.sources.formats.schema_org.offers import ticket_of
from signage.sources.formats.schema_org.values import (
    Node,
    every,
    first,
    in_language,
    is_link,
    last_word,
    name_of,
    text_of,
    venue_of,
)
from signage.sources.formats.titles import read_title

TICKETCO = "ticketco.events"
_WHOSE = ("creditText", "creator", "author", "copyrightNotice", "copyrightHolder")  # the surest first
STATUSES = {
    "eventcancelled": Status.CANCELLED,
    "eventcanceled": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
    "canceled": Status.CANCELLED,
    "eventpostponed": Status.POSTPONED,
    "postponed": Status.POSTPONED,
    "eventrescheduled": Status.MOVED,
    "rescheduled": Status.MOVED,
    "eventmovedonline": Status.MOVED,
    "movedonline": Status.MOVED,
}


@dataclass(frozen=True, slots=True)
class SchemaOrgReader:
    """Reads the events of one page. `false_z`: a "Z" behind a time says nothing on this page."""

    source: str
    base: str
    zone: ZoneInfo
    warnings: Warnings
    false_z: bool = False
    language: str = "nb"

    def records(self, node: Node) -> Iterator[Record]:
        """One for each start that it names. Raises ValueError with a reason for an event that can't be read."""
        clock = LocalClock(self.zone, self.false_z or from_ticketco(node))
        node = in_language(node, self.language)
        title = read_title(text_of(node.get("name")) or _what_is_shown(node))
        if not title.text.strip():
            raise ValueError("it has no name")
        self._check_schedule(node)
        url = self._web(node.get("url")) or self._web(None if _is_blank(node.get("@id")) else node.get("@id"))
        venue = venue_of(node.get("location"))
        organizer, organizer_url = self._organizer(node.get("organizer"))
        status_word = last_word(node.get("eventStatus"))
        status = STATUSES.get(status_word, Status.SCHEDULED)
        if not status_word and first(node.get("previousStartDate")):
            status = Status.MOVED
        uid = self._uid(node, url, title.text, venue)
        for raw_start, raw_end in clock.starts(node, lambda text: self._warn(node, text)):
            if raw_start is None or not str(raw_start).strip():
                raise ValueError("it has no start")
            start, end = clock.span(raw_start, raw_end, node.get("duration"), lambda text: self._warn(node, text))
            yield Record(
                source=self.source,
                uid=uid,
                title=title.text,
                start=start,
                end=end,
                venue=venue,
                organizer=organizer,
                organizer_url=organizer_url,
                status=title.status if status is Status.SCHEDULED else status,
                ticket=ticket_of(node, title.availability, self._web),
                url=url,
                description=text_of(node.get("description")),
                picture_url=self._picture(node.get("image")),
                picture_credit=self._credit(node.get("image")),
            )

    def _warn(self, node: Node, text: str) -> None:
        self.warnings.add(f"{name_of(node)}: {text}")

    def _check_schedule(self, node: Node) -> None:
        if not any(isinstance(each, dict) for each in every(node.get("eventSchedule"))):
            return
        if not first(node.get("startDate")):
            raise ValueError("it has a schedule instead of a start, and schedules are not supported")
        self._warn(node, "schedules are not supported. Only its first start is shown.")

    def _uid(self, node: Node, url: str | None, title: str, venue: str) -> str:
        """Without the start, so that a corrected time updates the event; its day is a part of the event's id anyway."""
        for key in ("@id", "identifier"):
            given = first(node.get(key))
            value = given.get("value") if isinstance(given, dict) else given
            if isinstance(value, str | int) and not isinstance(value, bool) and (name := str(value).strip()):
                if _is_blank(name):
                    continue
                if key == "@id":  # "#event" is another event on another page
                    name = web_link(name, self.base) or name
                return short_id("".join(c for c in name if c.isprintable()))
        if url:
            return short_id(url.partition("#")[0])
        return _digest(f"{title}\n{venue}")

    def _organizer(self, value: Any) -> tuple[str, str | None]:
        """Name and address of the first that has a name."""
        for each in every(value):
            name = text_of(each)
            if name and not is_link(name):
                return name, self._web(each.get("url")) if isinstance(each, dict) else None
        return "", None

    def _picture(self, value: Any) -> str | None:
        for each in every(value):
            found = self._web(each.get("url") or each.get("contentUrl")) if isinstance(each, dict) else self._web(each)
            if found:
                return found
        return None

    def _credit(self, value: Any) -> str:
        """Of the picture that is taken (schema.org/ImageObject): its credit, else who made it, else whose it is."""
        for each in every(value):
            if not isinstance(each, dict):
                if self._web(each):
                    return ""
            elif self._picture(each):
                return next(filter(None, (text_of(first(each.get(key))) for key in _WHOSE)), "")
        return ""

    def _web(self, value: Any) -> str | None:
        value = first(value)
        if isinstance(value, dict):
            value = first(value.get("url") or value.get("@id"))
        return web_link(unescape(value), self.base) if isinstance(value, str) else None


def _what_is_shown(node: Node) -> str:
    """For an event without a name: the film or play, the teams, or who performs."""
    for key in ("workPresented", "workPerformed", "workFeatured"):
        if work := text_of(node.get(key)):
            return work
    teams = [text_of(node.get(key)) for key in ("homeTeam", "awayTeam")]
    if all(teams):
        return " – ".join(teams)
    return text_of(node.get("performer"))


def from_ticketco(node: Node) -> bool:
    """Whether TicketCo wrote an event: its own address, or without one that of its tickets or picture, is there."""
    own = [each for each in every(node.get("url")) if isinstance(each, str) and "//" in each]
    if own:
        return any(map(at_ticketco, own))
    others = [*every(node.get("offers")), *every(node.get("image"))]
    addresses = (each.get("url") if isinstance(each, dict) else each for each in others)
    return any(isinstance(each, str) and at_ticketco(each) for each in addresses)


def at_ticketco(url: str) -> bool:
    """Whether an address is one of TicketCo's shops."""
    try:
        host = (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return False
    return host == TICKETCO or host.endswith(f".{TICKETCO}")


def _is_blank(name: Any) -> bool:
    """Whether a name is a blank node's, made again for every page."""
    return isinstance(name, str) and name.strip().startswith("_:")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
