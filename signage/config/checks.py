"""What one setting can't know alone: do the names that settings use for each other exist? Pure.

Works on the parsed file and not on a `Config`, so that it has its say next to every other problem.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from signage.config.defaults import where_written
from signage.config.explain import Finding
from signage.config.lines import MOST_LINES, MOST_ROUNDS, longest_cycle
from signage.config.models import Config, Screen
from signage.config.playlist import ZONES, has_setting
from signage.config.positions import Path
from signage.config.syntax import Table
from signage.config.value_advice import place_meant, value_at
from signage.config.words import EVERYTHING, did_you_mean, written


def cross_check(data: Table, layouts: Collection[str], searched: str) -> list[Finding]:
    """Problems between settings. `data`: the parsed file, with notice times as instants. `layouts`: those that exist,
    and where they were looked for.
    """
    # [place.library] is a mistake of its own, and the place is there
    places: Table = {**_tables(data, "place"), **_tables(data, "places")}
    return [
        *_sources(data),
        *_places(data, places),
        *(
            finding
            for name, screen in _tables(data, "screens").items()
            for finding in _screen(("screens", name), screen, places, layouts, searched, data)
        ),
        *_screen(("defaults",), data.get("defaults"), places, layouts, searched, data),
        *_groups(data),
        *_former_names(data),
        *_entries_of(data, places),
        *_includes(data),
        *_sponsors(data),
    ]


def _sources(data: Table) -> Iterator[Finding]:
    sources = data.get("sources")
    seen: dict[str, int] = {}
    for index, source in enumerate(sources if isinstance(sources, list) else []):
        name = source.get("id") if isinstance(source, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Finding(("sources", index, "id"), f'Another source has the id "{name}".', "give each its own id.")
        seen.setdefault(name, index)


def _places(data: Table, places: Table) -> Iterator[Finding]:
    owner: dict[str, str] = {}
    for name, place in _tables(data, "places").items():
        for index, near in _items(place, "near"):
            path = ("places", name, "near", index)
            if near == name:
                yield Finding(path, "A place isn't near itself.", "leave it out.")
            elif near not in places:
                yield _no_place(path, near, places)
        for index, text in _items(place, "match"):
            first = owner.setdefault(text.casefold().strip(), name)
            if first != name:
                message = f'"{text}" already means the place "{first}".'
                yield Finding(("places", name, "match", index), message, "keep one of the two.")
            if not text.strip():
                yield Finding(("places", name, "match", index), "This is empty: it means every venue.", "leave it out.")


def _screen(
    path: Path, screen: object, places: Table, layouts: Collection[str], searched: str, data: Table
) -> Iterator[Finding]:
    """A screen, or what all of them have in common."""
    if not isinstance(screen, dict):
        return
    place = screen.get("place")
    if isinstance(place, str) and place not in places:
        yield _no_place((*path, "place"), place, places)
    for key in ("layout", "night_layout"):
        if key not in screen and (path == ("defaults",) or where_written((*path, key), data) != (*path, key)):
            continue
        layout = screen.get(key, Screen.model_fields[key].default)
        if isinstance(layout, str) and layout and layout not in layouts:
            listed = f"{', '.join(sorted(layouts)) or 'none'} in {searched}"
            hint = did_you_mean(layout, layouts) or f"there is {listed}. Give your own folder with --layouts."
            yield Finding((*path, key), f"There is no layout {written(layout)}.", hint)
    if "language" in screen and screen.get("languages"):
        yield Finding((*path, "language"), "languages is set, too.", "keep one of the two.")


def _groups(data: Table) -> Iterator[Finding]:
    """Groups that are called like a screen, and screens in them that are not there."""
    screens = _tables(data, "screens")
    named: list[tuple[Path, str]] = [(("groups", name), name) for name in _tables(data, "groups")]
    for name, screen in screens.items():
        named += [(("screens", name, "groups", number), group) for number, group in _items(screen, "groups")]
    for path, group in named:
        if group in screens:
            yield Finding(path, f"There is a screen {written(group)}, too.", "give the group another name.")
    for name, group_table in _tables(data, "groups").items():
        for number, screen_id in _items(group_table, "screens"):
            if screen_id not in screens:
                yield _no_screen(("groups", name, "screens", number), screen_id, screens)


def _no_screen(path: Path, name: str, known: Collection[str]) -> Finding:
    hint = did_you_mean(name, sorted(known)) or f"the screens are {', '.join(sorted(known))}."
    return Finding(path, f"There is no screen {written(name)}.", hint, needs_whole_file=True, missing=("screens", name))


def _group_names(data: Table) -> set[str]:
    of_screens = (group for screen in _tables(data, "screens").values() for _, group in _items(screen, "groups"))
    return {*_tables(data, "groups"), *of_screens}


def _former_names(data: Table) -> Iterator[Finding]:
    screens = _tables(data, "screens")
    owner: dict[str, str] = {}
    for name, screen in screens.items():
        was = screen.get("was")
        one: list[tuple[Path, str]] = [((), was)] if isinstance(was, str) else []
        for setting, former in one or [((i,), item) for i, item in _items(screen, "was")]:
            path: Path = ("screens", name, "was", *setting)
            if former in screens:
                message = f'There is still a screen "{former}".' if former != name else "This is its name now."
                yield Finding(path, message, "was is the name that the screen had before.")
            elif former in owner:
                message = f'The screen "{owner[former]}" was called "{former}", too.'
                yield Finding(path, message, "players of a former name can follow one screen only.")
            owner.setdefault(former, name)


def _playlists(data: Table) -> Iterator[tuple[Path, Table]]:
    """Everything in all playlists: entries and, of split pages, their zones; includes, and what shares a slot."""

    def inside(items: object, path: Path) -> Iterator[tuple[Path, Table]]:
        for index, entry in enumerate(items if isinstance(items, list) else []):
            if not isinstance(entry, dict):
                continue
            yield (*path, index), entry
            yield from inside(entry.get("one_of"), (*path, index, "one_of"))
            for zone in ZONES:
                if has_setting(entry, zone) and isinstance(entry.get(zone), dict):
                    yield (*path, index, zone), entry[zone]

    for section, key in (("screens", "playlist"), ("playlists", "entries")):
        for name, table in _tables(data, section).items():
            yield from inside(table.get(key), (section, name, key))


def _includes(data: Table) -> Iterator[Finding]:
    """Shared playlists that are not there, or that are inside themselves."""
    shared = _tables(data, "playlists")
    used: dict[str, list[tuple[str, Path]]] = {name: [] for name in shared}
    for path, entry in _playlists(data):
        name = entry.get("use")
        if not isinstance(name, str):
            continue
        if name not in shared:
            hint = did_you_mean(name, shared) or (
                f"the playlists are {', '.join(sorted(shared))}." if shared else f"write it under [playlists.{name}]."
            )
            message, missing = f"There is no playlist {written(name)}.", ("playlists", name)
            yield Finding((*path, "use"), message, hint, needs_whole_file=True, missing=missing)
        elif path[0] == "playlists":
            used[str(path[1])].append((name, (*path, "use")))
    reported: set[frozenset[str]] = set()
    for name in shared:
        loop = _loop(name, used)
        if loop and frozenset(loop) not in reported:
            reported.add(frozenset(loop))
            where = next(path for other, path in used[loop[-1]] if other == loop[0])
            chain = " uses ".join(written(each) for each in (*loop, loop[0]))
            yield Finding(where, f"A playlist is inside itself: {chain}.", "take one of them out.")


def _loop(name: str, used: Mapping[str, list[tuple[str, Path]]]) -> list[str]:
    """The playlists of a loop that begins and ends with this one; none if there is none."""
    ways, seen = [[name]], {name}
    while ways:
        way = ways.pop()
        for other, _ in used[way[-1]]:
            if other == name:
                return way
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []


def check_lines(config: Config) -> Iterator[Finding]:
    """Playlists that are too long with the shared ones in place, or that take too many rounds to repeat themselves."""
    for name, screen in config.screens.items():
        path: Path = ("screens", name, "playlist")
        if len(screen.lines) >= MOST_LINES:
            message = f"With what it includes, this playlist has {MOST_LINES} entries or more."
            yield Finding(path, message, "include fewer.")
        elif longest_cycle(screen.rounds) > MOST_ROUNDS:
            message = f"This playlist may need more than {MOST_ROUNDS} rounds until it repeats itself."
            yield Finding(path, message, "write every and one_of with numbers that divide each other, like 2, 4 and 8.")


def _entries_of(data: Table, places: Table) -> Iterator[Finding]:
    """What entries name and is not there: places and sources."""
    listed = data.get("sources")
    sources = [source for source in listed if isinstance(source, dict)] if isinstance(listed, list) else []
    known = {source["id"] for source in sources if isinstance(source.get("id"), str)}
    tables = {source["id"] for source in sources if source.get("table") and isinstance(source.get("id"), str)}
    unnamed = any("id" not in source for source in sources)
    houses = {*places, *_group_names(data)}
    for where, entry in _playlists(data):
        for i, place in _items(entry, "place"):
            if place not in houses:
                finding, group = _no_place((*where, "place", i), place, places), did_you_mean(place, _group_names(data))
                yield replace(finding, hint=group) if group and not place_meant(place, places) else finding
        yield from _notice(where, entry)
        asked: list[tuple[Path, str]] = [(("sources", i), source) for i, source in _items(entry, "sources")]
        one = entry.get("source")
        if has_setting(entry, "source") and isinstance(one, str):
            asked.append((("source",), one))
        for setting, source in asked:
            if source not in known and unnamed:
                continue  # it may be the one whose id is missing
            if source not in known:
                path: Path = (*where, *setting)
                similar = did_you_mean(source, sorted(known))
                hint = similar or "write the id of one of the [[sources]]."
                yield Finding(path, f"There is no source {written(source)}.", hint, needs_whole_file=not similar)
            elif entry.get("show") == "table" and source not in tables:
                message = f"The source {written(source)} is a list of events, and no table."
                yield Finding(
                    (*where, *setting), message, 'write table = true in its section, which needs type = "csv".'
                )


def _sponsors(data: Table) -> Iterator[Finding]:
    sponsors, screens = data.get("sponsors"), _tables(data, "screens")
    groups = _group_names(data)
    seen: set[str] = set()
    for index, sponsor in enumerate(sponsors if isinstance(sponsors, list) else []):
        if not isinstance(sponsor, dict):
            continue
        path: Path = ("sponsors", index)
        if isinstance(name := sponsor.get("id"), str):
            if name in seen:
                yield Finding((*path, "id"), f'Another sponsor has the id "{name}".', "give each its own id.")
            seen.add(name)
        for number, screen in _items(sponsor, "screens"):
            if screen not in screens and screen not in groups:
                hint = did_you_mean(screen, sorted({*screens, *groups}))
                finding = _no_screen((*path, "screens", number), screen, screens)
                if groups:
                    finding = replace(finding, message=f"There is no screen or group {written(screen)}.")
                if screen.casefold() in EVERYTHING:
                    hint = "leave this line out: then it is all screens."
                yield replace(finding, hint=hint) if hint else finding
        yield from _notice(path, sponsor)


def _notice(path: Path, entry: Table) -> Iterator[Finding]:
    start, end = entry.get("from"), entry.get("until")
    if isinstance(start, datetime) and isinstance(end, datetime) and end <= start:
        yield Finding((*path, "until"), "This ends before it begins.", "until must be later than from.")


def _no_place(path: Path, name: str, places: Table) -> Finding:
    meant = place_meant(name, places)
    similar = f'did you mean "{meant}"?' if meant else ""
    hint = similar or f"write a section [places.{name}] for it."
    message = f"There is no place {written(name)}."
    return Finding(path, message, hint, needs_whole_file=not similar, missing=("places", name))


def _tables(data: Table, name: str) -> dict[str, Table]:
    tables = value_at((name,), data)
    return {key: table for key, table in tables.items() if isinstance(table, dict)} if isinstance(tables, dict) else {}


def _items(table: Table, name: str) -> Iterator[tuple[int, str]]:
    items = table.get(name)
    return ((i, item) for i, item in enumerate(items if isinstance(items, list) else []) if isinstance(item, str))
