"""The options that several commands share, with their types and help texts, and how an instant is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from signage.config.built_in import DEMO_CONFIG, built_in
from signage.config.words import did_you_mean
from signage.errors import ConfigError, NotFound, UsageError

if TYPE_CHECKING:
    from signage.config.models import Config

DEFAULT_CONFIG = Path("screens.toml")
DEFAULT_STATE = Path("var")
DEFAULT_PORT = 8080


def new_app() -> typer.Typer:
    """An application for one command, or for a group of them.

    Help is plain text, which can be copied and read aloud; no traceback shows the values of variables, which may be
    secrets or come from outside.
    """
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


def instant(text: str) -> datetime:
    """An instant: "2026-12-05 18:00", "2026-12-05T18:00+01:00". Without an offset it is naive, and local time."""
    from dateutil import parser as dateparser

    try:
        return dateparser.isoparse(text.strip().replace(" ", "T", 1))
    except ValueError:
        raise UsageError(f'Invalid date/time "{text}".', hint="write it like 2026-12-05 14:00.") from None


def day(text: str) -> date:
    """A day: "2026-12-05"."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f'Invalid date "{text}".', hint="write it like 2026-12-05.") from None


def month(text: str) -> date:
    """The first day of a month that is written "2026-12"."""
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        raise UsageError(f'Invalid month "{text}".', hint="write it like 2026-12.") from None


def only_one(**given: object) -> None:
    """Raises UsageError when more than one of these options is given; keywords are their names, without dashes."""
    names = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names[:2])} can't be combined.", hint="choose one of them.")


def use_demo_config(context: typer.Context, demo: bool) -> bool:
    """With --demo and without a configuration in this folder, the demo's own one is the default of --config."""
    if demo and not DEFAULT_CONFIG.exists():
        context.default_map = {"config": str(built_in(DEMO_CONFIG))}
    return demo


ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration.")]
LayoutsFolder = Annotated[
    Path | None,
    typer.Option(
        "--layouts",
        metavar="FOLDER",
        help="The folder of your own layouts. The built-in ones are always found.",
        show_default="layouts/ beside the configuration",
    ),
]
StateFolder = Annotated[
    Path, typer.Option("--var", metavar="FOLDER", help="Where state is kept: keys, pairings, published pages.")
]
UnusedState = Annotated[  # the same --config, --layouts and --var can be given to every command
    Path, typer.Option("--var", hidden=True)
]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="The published folder.", show_default="published/ under --var"),
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at", metavar="INSTANT", parser=instant, help="As if it were this instant: 2026-12-05 14:00.",
        show_default="now",
    ),
]  # fmt: skip
DemoSources = Annotated[
    bool,
    typer.Option(
        "--demo",
        help="Use an invented portal on this machine as the source. Needs no configuration.",
        callback=use_demo_config,
        is_eager=True,  # before --config
    ),
]
OfDemo = Annotated[
    bool, typer.Option("--demo", help="Use what the demo has stored.", callback=use_demo_config, is_eager=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
OneScreen = Annotated[
    str | None, typer.Option("--screen", metavar="ID", help="Only this screen, or the screens of this group.")
]


def layouts_folder(given: Path | None, config: Path) -> Path:
    """The folder of the user's own layouts: that of --layouts, or layouts/ beside the configuration."""
    return given or config.resolve().parent / "layouts"


def the_instant(given: datetime | None, zone: ZoneInfo) -> datetime:
    """The instant of --at, in the site's zone unless it has an offset; without --at, now."""
    if given is None:
        return datetime.now(UTC)
    return given if given.tzinfo else given.replace(tzinfo=zone)


def chosen_screens(name: str | None, config: Config) -> list[str]:
    """The screen or the screens of the group that is given; all of them if none is. Raises NotFound when the
    configuration doesn't have it, and ConfigError when it may be in a file of screens.d that has mistakes.
    """
    if name is None:
        return list(config.screens)
    found = config.named_screens(name)
    if not found and config.may_have(name):  # or a group of this name: its file has mistakes
        raise ConfigError(list(config.parts.problems))
    if not found and name in config.members:
        raise NotFound(f'No screen is in the group "{name}".', "", f'write groups = ["{name}"] at a screen.')
    if not found:
        raise unknown("screen", name, [*config.screens, *config.members], "It isn't in screens.toml.")
    return list(found)


def unknown(kind: str, name: str, known: Iterable[str], place: str = "") -> NotFound:
    """The error for a name that nothing of this kind has, with a close one or all of them as the hint."""
    names = list(known)
    close = did_you_mean(name, names)
    listed = f"choose one of {', '.join(names)}." if names else ""
    return NotFound(f'There is no {kind} "{name}".', place, close or listed)
