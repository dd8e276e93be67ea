"""What `signage show SCREEN --config` prints: a screen's settings and its playlist, and where each is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TypedDict

from signage.app.configuration import read
from signage.cli.options import chosen_screens
from signage.cli.output import print_json, print_line, print_warning
from signage.config.lines import Part
from signage.config.load import parse_with_origins
from signage.config.models import Config, Screen
from signage.config.parts import Origins, read_parts
from signage.config.positions import Path as Keys
from signage.config.syntax import Table
from signage.config.value_advice import value_at

USUAL = "usual"  # of a setting that no file gives


class SettingJson(TypedDict):
    value: object
    origin: str


class EntryJson(TypedDict):
    entry: str
    origin: str
    inside: list[str]
    rounds: str


class ScreenJson(TypedDict):
    screen: str
    settings: dict[str, SettingJson]
    groups: dict[str, str]
    playlist: list[EntryJson]


def show_config(file: Path, layouts: Path, name: str, *, json: bool) -> None:
    """Explain the configuration of a screen, or of each screen of a group. Raises SignageError."""
    config, origins, data = parse_with_origins(read(file), str(file), layouts, read_parts(file))
    explained = [_explained(config, origins, data, screen) for screen in chosen_screens(name, config)]
    for problem in config.parts.problems:
        print_warning(str(problem))
    if json:
        print_json(explained, indent=1)
        return
    for number, one in enumerate(explained):
        if number:
            print_line("")
        _print(config, one)


def _explained(config: Config, origins: Origins, data: Table, screen_id: str) -> ScreenJson:
    screen = config.screens[screen_id]
    settings: dict[str, SettingJson] = {}
    for key in Screen.model_fields:
        if key in ("playlist", "groups"):
            continue
        given = key in screen.model_fields_set
        origin = origins.place(("screens", screen_id, key), data) if given else USUAL
        settings[key] = {"value": screen.model_dump(mode="json", include={key})[key], "origin": origin}
    for key, (value, path) in _taken_over(config, screen).items():
        written = value_at(path, data) is not None
        settings[key] = {"value": value, "origin": origins.place(path, data) if written else USUAL}
    groups = {}
    for group in (name for name, screens in config.members.items() if screen_id in screens):
        path = ("screens", screen_id, "groups") if group in screen.groups else ("groups", group, "screens")
        groups[group] = origins.place(path, data)
    rounds = dict(_rounds(screen.rounds, ()))
    playlist: list[EntryJson] = [
        {
            "entry": _toml(value_at(line.path, data)),
            "origin": origins.place(line.path, data),
            "inside": [f"{_inside(value_at(path, data))}, {origins.place(path, data)}" for path in line.around_paths],
            "rounds": rounds.get(number, ""),
        }
        for number, line in enumerate(screen.lines)
    ]
    return {"screen": screen_id, "settings": settings, "groups": groups, "playlist": playlist}


def _taken_over(config: Config, screen: Screen) -> dict[str, tuple[object, Keys]]:
    """What the screen doesn't say, and takes from its place or from the site: the value, and where it is written."""
    found: dict[str, tuple[object, Keys]] = {}
    if not screen.name:
        found["name"] = (config.places[screen.place].name, ("places", screen.place, "name"))
    if not screen.spoken:
        found["language"] = (config.site.languages[0], ("site", "languages"))
    if not screen.zone:
        found["zone"] = (config.site.zone, ("site", "zone"))
    return found


def _inside(item: object) -> str:
    """An include, or a shared slot without what else is in it."""
    if isinstance(item, dict) and isinstance(some := item.get("one_of"), list):
        others = {key: value for key, value in item.items() if key != "one_of"}
        return f"one of {len(some)}{f' {_toml(others)}' if others else ''}"
    return _toml(item)


def _rounds(part: Part, above: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Of each line in which rounds it is, in words; nothing when in all."""
    here = above
    if part.every > 1:
        here = (*here, f"every {part.every} rounds")
    if part.line is not None:
        yield part.line, ", ".join(here)
    for inner in part.parts:
        yield from _rounds(inner, (*here, f"in turn, 1 of {len(part.parts)}") if part.in_turn else here)


def _toml(value: object) -> str:
    """A value as it could be written in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(each)}' for key, each in value.items())} }}"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'


def _print(config: Config, one: ScreenJson) -> None:
    print_line(f"{config.screen_names[one['screen']]} ({one['screen']})")
    rows = [
        (key, "" if setting["value"] is None else _toml(setting["value"]), setting["origin"])
        for key, setting in one["settings"].items()
    ]
    rows += [("group", _toml(group), origin) for group, origin in one["groups"].items()]
    widths = [max(len(row[n]) for row in rows) for n in (0, 1)]
    for key, value, origin in rows:
        print_line(f"  {key:{widths[0]}}  {value:{min(widths[1], 40)}}  {origin}")
    print_line("  playlist")
    for number, entry in enumerate(one["playlist"], 1):
        print_line(f"  {number:3}. {entry['entry']}  {entry['origin']}")
        for inside in entry["inside"]:
            print_line(f"         in {inside}")
        if entry["rounds"]:
            print_line(f"         {entry['rounds']}")
