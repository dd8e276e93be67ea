"""What most commands need: the folder of layouts, the instant, and errors about unknown names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from signage.config.words import did_you_mean
from signage.errors import NotFound

if TYPE_CHECKING:
    from signage.config.models import Config


def layouts_folder(given: Path | None, config: Path) -> Path:
    """The folder of the user's own layouts: that of --layouts, or layouts/ beside the configuration."""
    return given or config.resolve().parent / "layouts"


def the_instant(given: datetime | None, zone: ZoneInfo) -> datetime:
    """The instant of --at, in the site's zone unless it has an offset; without --at, now."""
    if given is None:
        return datetime.now(UTC)
    return given if given.tzinfo else given.replace(tzinfo=zone)


def check_screen(screen: str | None, config: Config) -> None:
    """Raises NotFound when a screen is given and screens.toml doesn't have it."""
    if screen is not None and screen not in config.screens:
        raise unknown("screen", screen, config.screens, "It isn't in screens.toml.")


def unknown(kind: str, name: str, known: Iterable[str], place: str = "") -> NotFound:
    """The error for a name that nothing of this kind has, with a close one or all of them as the hint."""
    names = list(known)
    close = did_you_mean(name, names)
    listed = f"choose one of {', '.join(names)}." if names else ""
    return NotFound(f'There is no {kind} "{name}".', place, close or listed)
