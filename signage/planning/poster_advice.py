"""What should be done about people's own pictures: text too small for the screen's distance, and what is on them. Pure.

Only documents have text that can be measured; what is written in a photograph can't be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from signage.config.legibility import ROUNDING, mm_per_px, needed_mm
from signage.config.models import Config, Screen
from signage.domain.page_shapes import zone_sizes
from signage.domain.poster_file import PosterFile, PosterPage
from signage.planning.kinds import KINDS
from signage.planning.kinds.picture import ABOVE, BESIDE, end_of, is_captioned

Posters = Mapping[str, tuple[PosterFile, ...]]


@dataclass(frozen=True, slots=True)
class SmallPrint:
    """How much of a page can't be read on a screen: words of `total`, the smallest of them, as heights of capitals."""

    screen: str
    words: int
    total: int
    height_mm: float
    needed_mm: float
    example: str


def shown_posters(config: Config, screen_id: str, posters: Posters) -> list[PosterFile]:
    """The files that a screen's playlist names, with what its lines say of them."""
    return [file for file, _ in _in_their_room(config, screen_id, posters)]


def _in_their_room(config: Config, screen_id: str, posters: Posters) -> Iterator[tuple[PosterFile, tuple[int, int]]]:
    """The files, and how many pixels each has for itself: those of the page, or of its zone."""
    screen, zone = config.screens[screen_id], config.zone_of(screen_id)
    whole = (screen.width, screen.height)
    for entry in screen.entries:
        lines = KINDS[entry.show].lines(entry)
        halves = [(part.width, part.height) for part in zone_sizes(*whole)]
        rooms = halves if len(lines) == len(halves) else [whole] * len(lines)
        for line, room in zip(lines, rooms, strict=True):
            yield from ((file, room) for file in KINDS[line.show].poster_files(line, posters, zone))


def advice(config: Config, posters: Posters) -> list[str]:
    """A sentence for each file with small print, about the screen on which it is hardest to read."""
    return [
        f"{label}: {found.words} of {found.total} words can't be read from {config.screens[found.screen].distance:g} m "
        f'on the screen "{found.screen}": their capitals are {found.height_mm:.1f} mm high, and {found.needed_mm:.1f} '
        f'are needed ("{found.example}"). Hint: set it larger, or put url beside it.'
        for label, found in _small_prints(config, posters)
    ]


def over(config: Config, posters: Posters, now: datetime) -> list[str]:
    """A sentence for each file that isn't shown any more."""
    files = dict.fromkeys(file for screen in config.screens for file in shown_posters(config, screen, posters))
    ended = dict.fromkeys((file.name, file.end, end) for file in files if (end := end_of(file)) and end <= now)
    zone = ZoneInfo(config.site.zone)
    return [
        f"{name}: It isn't shown any more. Its last day was {(end - timedelta(seconds=1)).astimezone(zone).date()}"
        + (
            ". Hint: remove it."
            if own
            else f", {config.site.picture_days} days after it was put there. "
            "Hint: remove it, or write until = 2026-12-31 in a file of its name that ends in .toml, beside it."
        )
        for name, own, end in ended
    ]


def without_alt(config: Config, posters: Posters) -> list[str]:
    """A sentence for each file of which nothing says what is on it."""
    files = (file for screen in config.screens for file in shown_posters(config, screen, posters))
    return [
        f'{name}: Nothing says what is on it, for people who don\'t see it. Hint: write alt = "…" in its line of the '
        "playlist, or in a file of its name that ends in .toml, beside it."
        for name in dict.fromkeys(file.name for file in files if not file.alt)
    ]


def _small_prints(config: Config, posters: Posters) -> Iterator[tuple[str, SmallPrint]]:
    worst: dict[str, SmallPrint] = {}
    seen: set[tuple[object, ...]] = set()  # a county's thousand screens have few sizes, and often one folder
    for name, screen in config.screens.items():
        for file, room in _in_their_room(config, name, posters):
            if not any(page.prints for page in file.pages):
                continue
            key = (room, screen.size, screen.distance, screen.diagonal, id(file.pages[0]), is_captioned(file))
            if key in seen:
                continue
            seen.add(key)
            for number, page in enumerate(file.pages, 1):
                found = small_print(name, screen, file, page, room)
                label = file.name if len(file.pages) == 1 else f"{file.name}, page {number}"
                known = worst.get(label)
                if found and (known is None or found.height_mm / found.needed_mm < known.height_mm / known.needed_mm):
                    worst[label] = found
    yield from worst.items()


def small_print(
    name: str, screen: Screen, file: PosterFile, page: PosterPage, room: tuple[int, int]
) -> SmallPrint | None:
    """What of a page is too small for the distance that people stand at; None if nothing is."""
    needed, scale = needed_mm(screen), shown_height(room, file, page) * mm_per_px(screen)
    small = [text for text in page.prints if text.height * scale < needed - ROUNDING]
    if not small:
        return None
    least: Sequence[float] = [text.height * scale for text in small]
    words, total = sum(text.words for text in small), sum(text.words for text in page.prints)
    return SmallPrint(name, words, total, min(least), needed, small[0].example)


def shown_height(room: tuple[int, int], file: PosterFile, page: PosterPage) -> float:
    """How high a page is in a room of so many px across and down: whole, with room for the words beside it."""
    (width, height), ratio = room, page.picture.width / page.picture.height
    if is_captioned(file):
        if width > height:
            width = min(width, round(width * BESIDE))
        else:
            height = round(height * ABOVE)
    return min(height, width / ratio)
