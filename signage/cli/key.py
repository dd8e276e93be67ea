"""`signage key`: which key signs what players trust, and how it is replaced (docs/keys.md)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from signage.cli.in_force import load_in_force
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    ConfigFile,
    LayoutsFolder,
    StateFolder,
    layouts_folder,
    new_app,
    only_one,
    the_instant,
)
from signage.cli.output import print_json, print_line, print_message, print_success, print_warning
from signage.errors import EXIT_OK, EXIT_PARTIAL, NotFound
from signage.fleet.key_takeover import LEAST, OFFLINE, Knowledge, Learnt, knowledge, may_take_over
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.fleet.status_messages import when
from signage.publishing.key_rotation import Announced, announce, announced, replace_at_once, take_over, withdraw
from signage.publishing.keys import KEY_FILE, SigningKeys

_STATES: dict[Learnt, str] = {
    "knows": "knows the new key",
    "waits": "doesn't know it yet; it learns it at its next poll",
    "silent": "hasn't reported since it was announced",
    "too-old": "can't learn it: update its player first, or pair it again afterwards",
}
_BACK_UP = "Make a new backup now, because the old one holds the old key: signage backup FILE"
app = new_app()


@app.callback()
def key() -> None:
    """The key that signs what players trust: status, rotate."""


@app.command()
def rotate(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    now: Annotated[bool, typer.Option("--now", help="Don't wait until every player knows the new key.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel the new key that is announced.")] = False,
) -> int:
    """Replace the key; the players follow by themselves.

    The new key is announced first. It takes over when every player knows it.
    """
    only_one(now=now, cancel=cancel)
    zone = _zone(config, layouts, var)
    at = the_instant(None, zone)
    _check_key(var)
    if cancel:
        withdraw(var)
        print_success("The new key is cancelled. The players forget it at the next publication.")
        return EXIT_OK
    pending = announced(var)
    if not now:
        pending = announce(var, at)
        print_success(
            f"The new key {pending.public_hex[:8]}... is announced from the next publication on. It takes over when "
            f"every player knows it, after {LEAST.days * 24:.0f} hours at the earliest. "
            "Hint: signage key status shows the progress."
        )
    elif pending is not None:
        for line in _lines(_known(var, pending), zone, at):
            print_line(line)
        take_over(var)
        print_success(
            f"The new key {pending.public_hex[:8]}... signs from the next publication on. Players that don't know it "
            "refuse this server: pair them again."
        )
    else:
        keys = replace_at_once(var)
        print_warning(
            f"The new key {keys.public_hex[:8]}... signs from now on, without having been announced. Every player "
            "refuses this server until it is paired again. Until then each shows what it has stored, for at most 14 "
            "days. Hint: docs/keys.md describes what to do, step by step."
        )
    print_message(_BACK_UP)
    return EXIT_OK


@app.command()
def status(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    json: AsJson = False,
) -> int:
    """Print which key signs, and which players know the next one."""
    zone = _zone(config, layouts, var)
    now = the_instant(None, zone)
    _check_key(var)
    keys = SigningKeys.load_or_make(var)
    pending = announced(var)
    known = _known(var, pending) if pending else ()
    if json:
        print_json(_as_data(keys, pending, known, now), indent=1)
    else:
        print_line(f"in force   {keys.public_hex}")
        if pending is not None:
            print_line(f"announced  {pending.public_hex}, {when(pending.since, 'en', zone, now)}")
            for line in _lines(known, zone, now):
                print_line(f"  {line}")
            print_line(_prospects(pending, known, zone, now))
    return EXIT_OK if all(each.learnt == "knows" for each in known) else EXIT_PARTIAL


def _zone(config: Path, layouts: Path | None, var: Path) -> ZoneInfo:
    return ZoneInfo(load_in_force(config, layouts_folder(layouts, config), var).site.zone)


def _check_key(var: Path) -> None:
    """Raises NotFound when there is no key, as with a mistyped --var: a new one would be of no use to anybody."""
    with suppress(PermissionError):  # which is reported when the key is read
        if not (var / KEY_FILE).exists():
            raise NotFound(
                "There is no signing key.",
                f"Looked in {var}.",
                "give the folder of the server's state with --var. A server creates the key when it first runs.",
            )


def _known(var: Path, pending: Announced) -> tuple[Knowledge, ...]:
    registry = Registry(var / REGISTRY_FILE)
    try:
        return knowledge(registry.players(), registry.last_heartbeats(), pending.public_hex, pending.since)
    finally:
        registry.close()


def _lines(known: Sequence[Knowledge], zone: ZoneInfo, now: datetime) -> list[str]:
    """One for each player."""
    found = []
    for each in known:
        last = f", last report {when(each.last_at, 'en', zone, now)}" if each.last_at else ""
        version = f" ({each.version})" if each.version else ""
        found.append(f"player {each.player.id}{version} on {each.player.screen}{last}: {_STATES[each.learnt]}")
    return found


def _prospects(pending: Announced, known: Sequence[Knowledge], zone: ZoneInfo, now: datetime) -> str:
    waiting = [each for each in known if each.holds_up(now)]
    if waiting:
        players = "1 player" if len(waiting) == 1 else f"{len(waiting)} players"
        return (
            f"It waits for {players}. A player that doesn't report for {OFFLINE.days} days is no longer waited for. "
            "Hint: signage key rotate --now doesn't wait."
        )
    if may_take_over(known, pending.since, now):
        return "Every player knows it. The server lets it take over within a minute, if it runs."
    return f"Every player knows it. It takes over {when(pending.since + LEAST, 'en', zone, now)}."


def _as_data(
    keys: SigningKeys, pending: Announced | None, known: Sequence[Knowledge], now: datetime
) -> dict[str, object]:
    return {
        "in_force": keys.public_hex,
        "announced": pending.public_hex if pending else None,
        "since": pending.since.astimezone(UTC).isoformat(timespec="seconds") if pending else None,
        "may_take_over": may_take_over(known, pending.since, now) if pending else False,
        "players": [
            {
                "player": each.player.id,
                "screen": each.player.screen,
                "version": each.version,
                "heard_at": each.last_at.astimezone(UTC).isoformat(timespec="seconds") if each.last_at else None,
                "learnt": each.learnt,
            }
            for each in known
        ],
    }
