"""What is missing because a file in screens.d has mistakes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from signage.config.syntax import Table
from signage.errors import Problem

SECTIONS = ("screens", "places", "playlists", "groups")  # that such a file may have


@dataclass(frozen=True, slots=True)
class Lost:
    """What files that are left out would have had. `all`: it isn't known what."""

    names: frozenset[tuple[str, str]] = frozenset()
    all: bool = False

    def has(self, missing: tuple[str, str] | None) -> bool:
        """Whether it may be that. Where a screen or a place is meant, a group may be named, too."""
        return missing is not None and (self.all or missing in self.names or ("groups", missing[1]) in self.names)

    def and_of(self, table: Table, *, whole: bool) -> Lost:
        """With what is in another file. `whole`: it could be read to its end."""
        found = set(self.names)
        for section in SECTIONS:
            tables = table.get(section)
            for name, one in tables.items() if isinstance(tables, dict) else ():
                found.add((section, str(name)))
                if section == "screens" and isinstance(one, dict):
                    was, groups = one.get("was", []), one.get("groups", [])
                    found |= {("screens", str(each)) for each in (was if isinstance(was, list) else [was])}
                    found |= {("groups", str(each)) for each in (groups if isinstance(groups, list) else [])}
        return Lost(frozenset(found), self.all or not whole)


@dataclass(frozen=True, eq=False, slots=True)
class PartNotes:
    """What is known of the files in screens.d: their absolute paths, mistakes, the names of those that have some, and
    what is missing because of them. What they have otherwise is as it was before. It is no part of what a configuration
    says: all notes are equal.
    """

    files: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()
    lost: Lost = Lost()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartNotes)

    def __hash__(self) -> int:
        return 0
