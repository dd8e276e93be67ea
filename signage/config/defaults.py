"""What all screens share: the settings under [defaults], put into every screen that doesn't set them itself. Pure."""

from __future__ import annotations

from signage.config.positions import Path
from signage.config.syntax import Table

EITHER = ("language", "languages")  # of which a screen has one


def with_defaults(data: Table) -> Table:
    """The parsed file with the defaults in its screens. A screen's own value wins."""
    defaults, screens = data.get("defaults"), data.get("screens")
    if not isinstance(defaults, dict) or not isinstance(screens, dict):
        return data
    return {**data, "screens": {name: _screen(screen, defaults) for name, screen in screens.items()}}


def _screen(screen: object, defaults: Table) -> object:
    if not isinstance(screen, dict):
        return screen
    taken = {key: value for key, value in defaults.items() if not (key in EITHER and any(k in screen for k in EITHER))}
    return {**taken, **screen}


def where_written(path: Path, data: Table) -> Path:
    """Where a setting of a screen is written: with the screen, or among the defaults."""
    screens, defaults = data.get("screens"), data.get("defaults")
    if len(path) < 3 or path[0] != "screens" or not isinstance(screens, dict) or not isinstance(defaults, dict):
        return path
    screen = screens.get(str(path[1]))
    if isinstance(screen, dict) and path[2] not in screen and path[2] in defaults:
        return ("defaults", *path[2:])
    return path
