"""Which place of screens.toml a venue text means, and what else it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from signage.config.models import Place
from signage.events.text import fold
from signage.events.words import stem, words

# Two rooms of one house: "kulØr'n, sal 1", "bane B", "storsalen"
_ROOM = re.compile(r"\b(?:sal|rom|bane|scene|gruppe|klasse|studio)\s*(\d{1,2}|[a-f])\b|\b(store?|lille)\s?sal")
_POSTCODE = re.compile(r"\b\d{4}\b")


def begins_like(text: str, beginning: str) -> bool:
    """Whether a folded text begins with a folded beginning, and a word ends there."""
    return text.startswith(beginning) and not text[len(beginning) : len(beginning) + 1].isalnum()


@dataclass(frozen=True, slots=True)
class ClaimedPlace:
    """What a venue text says: its folded text; the words of its name, where a town after a comma is none ("Vinje
    skole" is not "Kyrksæterøra skole", but "Skolen, Kyrksæterøra" may be); the words without any town; the towns and
    rooms that it names (or its place is in); and the place of screens.toml. `known`: whether it says more than a town.
    """

    text: str = ""
    name: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    towns: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    place: str | None = None
    known: bool = False


class PlaceIndex:
    """Finds places by the beginning of a venue text: their name, or one of their `match`."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        beginnings = [
            (fold(text), place_id)
            for place_id, place in places.items()
            for text in (place.name, *place.match)
            if fold(text)
        ]
        # the longest wins: "Heim bibliotek, barneavdelingen" before "Heim bibliotek"; then the first in the file
        self._beginnings = sorted(beginnings, key=lambda pair: -len(pair[0]))
        self._towns = {place_id: frozenset(words(place.town)) for place_id, place in places.items()}
        self.towns = frozenset(stem(fold(place.town)) for place in places.values() if place.town)
        self._known: dict[str, ClaimedPlace] = {}

    def find(self, venue: str) -> str | None:
        """The id of the place, or None."""
        return self.where(venue).place

    def where(self, venue: str) -> ClaimedPlace:
        """What a clean venue text says."""
        if venue not in self._known:
            self._known[venue] = self._read(venue)
        return self._known[venue]

    def _read(self, venue: str) -> ClaimedPlace:
        text = fold(venue)
        place = next((place for beginning, place in self._beginnings if begins_like(text, beginning)), None)
        found = frozenset(words(_POSTCODE.sub(" ", text)))
        towns = found & self.towns or (self._towns[place] & self.towns if place else frozenset())
        rooms = frozenset(group for match in _ROOM.findall(text) for group in match if group)
        known = bool(found - self.towns) or place is not None
        name = frozenset(words(text.partition(",")[0])) | found - self.towns
        return ClaimedPlace(text, name, found - self.towns, towns, rooms, place, known)
