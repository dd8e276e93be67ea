"""From playlists as they are written to the lines that a screen shows: shared playlists put in place, and who takes
turns with whom. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from signage.config.playlist import ZONES, OneOf, PlaylistEntry, SharedPlaylist, Timed, Use
from signage.config.positions import Path

if TYPE_CHECKING:
    from signage.config.models import Config

Around = tuple[tuple[Timed, Path], ...]
MOST_LINES = 100  # of a screen; playlists that include each other could make millions
MOST_ROUNDS = 24  # after which a playlist repeats itself; the manifest holds them all


@dataclass(frozen=True, slots=True)
class Line:
    """An entry that a screen shows. `path`: where it is written; `around`: the includes and shared slots that it is in,
    with their times, and `around_paths` where those are written.
    """

    entry: PlaylistEntry
    path: Path
    around: tuple[Timed, ...] = ()
    around_paths: tuple[Path, ...] = ()

    @property
    def times(self) -> tuple[Timed, ...]:
        """All times that limit it and do limit something. Those of a split page's zones are the zones' own."""
        own = (self.entry,) if isinstance(self.entry, Timed) else ()
        return tuple(timed for timed in (*self.around, *own) if not timed.always)

    @property
    def depends_on_time(self) -> bool:
        """Whether anything on its pages is there at certain times only."""
        zones = (getattr(self.entry, zone, None) for zone in ZONES)
        return bool(self.times) or any(isinstance(zone, Timed) and not zone.always for zone in zones)

    @property
    def name(self) -> str:
        """What messages call it: line 3 of the playlist ("today")."""
        shared = f' "{self.path[1]}"' if self.path[0] == "playlists" else ""
        number = self.path[3] if len(self.path) > 3 else 0
        return f'line {int(number) + 1} of the playlist{shared} ("{self.entry.show}")'


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a round: a line, by its number, or further parts. `in_turn`: one of them in each round.

    It is in one of `every` rounds, `shift` rounds after the first.
    """

    line: int | None = None
    parts: tuple[Part, ...] = ()
    in_turn: bool = False
    every: int = 1
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of a screen, in order, and the rounds that they are in."""

    lines: tuple[Line, ...]
    rounds: Part


def lines_of(playlist: Sequence[object], path: Path, shared: Mapping[str, SharedPlaylist], zone: ZoneInfo) -> Lines:
    """The lines of a screen whose playlist is written at `path`, with times in its `zone`. What isn't there is left
    out, and so is a playlist inside itself: both are problems that `signage.config.checks` finds.
    """
    found: list[Line] = []
    includes = 0

    def part(items: Sequence[object], at: Path, around: Around, inside: tuple[str, ...]) -> list[Part]:
        nonlocal includes
        parts = []
        seen: dict[int, int] = {}  # by `every`: how many entries were dealt out; they are spread over the rounds
        for number, written in enumerate(items):
            item = in_zone(written, zone)
            if not isinstance(item, Timed) or max(len(found), includes) >= MOST_LINES:
                continue
            every, shift = item.every, seen.get(item.every, 0) % item.every
            seen[every] = seen.get(every, 0) + 1
            here: Path = (*at, number)
            if isinstance(item, OneOf):
                inner = part(item.one_of, (*here, "one_of"), (*around, (item, here)), inside)
                parts.append(Part(parts=tuple(inner), in_turn=True, every=every, shift=shift))
            elif isinstance(item, Use):
                if item.use in inside or item.use not in shared:
                    continue
                includes += 1
                entries = shared[item.use].entries
                within = (*inside, item.use)
                inner = part(entries, ("playlists", item.use, "entries"), (*around, (item, here)), within)
                parts.append(Part(parts=tuple(inner), every=every, shift=shift))
            else:
                parts.append(Part(len(found), every=every, shift=shift))
                found.append(Line(item, here, tuple(i for i, _ in around), tuple(p for _, p in around)))  # type: ignore[arg-type]  # every kind has `show` and `seconds`
        return parts

    parts = tuple(part(playlist, path, (), ()))
    return Lines(tuple(found), Part(parts=parts))


def in_zone(item: object, zone: ZoneInfo) -> object:
    """An item with its local times in another zone: nine o'clock there is nine o'clock here."""
    if not isinstance(item, Timed):
        return item
    moved: dict[str, object] = {}
    for key in ("from_", "until"):
        value = getattr(item, key)
        if value is not None and isinstance(value.tzinfo, ZoneInfo) and value.tzinfo != zone:
            moved[key] = value.replace(tzinfo=zone)
    for part in ZONES:
        if isinstance(inner := getattr(item, part, None), Timed) and (other := in_zone(inner, zone)) is not inner:
            moved[part] = other
    return item.model_copy(update=moved) if moved else item


def longest_cycle(part: Part) -> int:
    """After how many rounds a playlist repeats itself at most, while some of its entries have nothing to show. Above
    `MOST_ROUNDS` any number above it.
    """
    return max(_cycles(part))


def _cycles(part: Part) -> set[int]:
    cycles = {1}
    for inner in part.parts:
        cycles = {lcm(a, b) for a in cycles for b in _cycles(inner)}
        if max(cycles) > MOST_ROUNDS:
            return {max(cycles)}
    if part.in_turn:
        cycles = {count * cycle for count in range(1, len(part.parts) + 1) for cycle in cycles}
    return {part.every * cycle for cycle in cycles}


def shares(part: Part, share: float = 1.0) -> dict[int, float]:
    """In which part of the rounds each line is, by its number, when all of them have something to show."""
    share /= part.every
    found: dict[int, float] = {} if part.line is None else {part.line: share}
    for inner in part.parts:
        found |= shares(inner, share / len(part.parts) if part.in_turn else share)
    return found


def items_of(config: Config) -> Iterator[tuple[Path, Timed]]:
    """Everything in the playlists of a configuration, each once and with its place in the file: entries, the zones of
    split pages, includes, and what shares a slot.
    """

    def inside(items: Sequence[object], at: Path) -> Iterator[tuple[Path, Timed]]:
        for number, item in enumerate(items):
            if not isinstance(item, Timed):
                continue
            yield (*at, number), item
            if isinstance(item, OneOf):
                yield from inside(item.one_of, (*at, number, "one_of"))
            for zone in ZONES:
                if isinstance(part := getattr(item, zone, None), Timed):
                    yield (*at, number, zone), part

    for name, playlist in config.playlists.items():
        yield from inside(playlist.entries, ("playlists", name, "entries"))
    for name, screen in config.screens.items():
        yield from inside(screen.playlist, ("screens", name, "playlist"))
