"""Places whose position is needed, for the weather: is it given, and can it be right? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from signage.config.explain import Finding
from signage.config.models import Config
from signage.config.playlist import ZONES, AtPosition
from signage.config.positions import Path
from signage.config.words import did_you_mean, written

# Norway with Svalbard and Jan Mayen: a position with its two numbers swapped is somewhere else.
NORTH, EAST = (57.0, 81.5), (-10.0, 34.0)


def check_positions(config: Config) -> Iterator[Finding]:
    """Entries that need a position that isn't there, and what else their service asks for."""
    for path, name in _needed(config):
        if name not in config.places:
            hint = did_you_mean(name, config.places) or f"write a section [places.{name}] for it."
            if name in ("here", "anywhere"):
                hint = "leave place out for the screen's own."
            yield Finding((*path, "place"), f"There is no place {written(name)}.", hint)
        elif config.places[name].position is None:
            message = f"The position of the place {written(name)} isn't known, so its weather can't be shown."
            hint = f"write position = [63.3, 9.1], its latitude and longitude, under [places.{name}]."
            yield Finding(path, message, hint, needs_whole_file=True)
        elif not config.site.contact.strip():
            message = "MET Norway gives forecasts only to those whom it can reach."
            hint = 'write contact = "name@example.org", your own address, under [site].'
            yield Finding(path, message, hint, needs_whole_file=True)


def unlikely_positions(config: Config) -> Iterator[Finding]:
    """Positions that are hardly meant: of a Norwegian site's places outside Norway."""
    if config.site.country != "NO":
        return
    for name, place in config.places.items():
        if place.position is None:
            continue
        north, east = place.position
        if not (NORTH[0] <= north <= NORTH[1] and EAST[0] <= east <= EAST[1]):
            swapped = NORTH[0] <= east <= NORTH[1] and EAST[0] <= north <= EAST[1]
            hint = f"write [{east:g}, {north:g}]." if swapped else "write latitude and longitude: [63.3, 9.1]."
            yield Finding(("places", name, "position"), "This position isn't in Norway.", hint)


def _needed(config: Config) -> Iterator[tuple[Path, str]]:
    """Each entry that needs the position of a place, once for each place."""
    seen = set()
    for screen in config.screens.values():
        for line in screen.lines:
            zones = [((*line.path, zone), getattr(line.entry, zone, None)) for zone in ZONES]
            for path, entry in [(line.path, line.entry), *zones]:
                if isinstance(entry, AtPosition):
                    needed = (path, entry.place or screen.place)
                    if needed not in seen:
                        seen.add(needed)
                        yield needed
