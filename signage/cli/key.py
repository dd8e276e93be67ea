"""`signage key`: which key signs what players trust, and how it is exchanged for a new one (docs/keys.md)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.console import Console

from signage.app.pipeline import Folders
from signage.cli.output import say, say_json
from signage.cli.shared import layouts_folder, the_instant
from signage.config.load import load
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.fleet.key_knowledge import LEAST, OFFLINE, Knowledge, Learnt, knowledge, may_take_over
from signage.fleet.registry import REGISTRY_FILE, Registry
from signage.fleet.status_messages import when
from signage.publishing.key_rotation import Announced, announce, announced, replace_at_once, take_over, withdraw
from signage.publishing.keys import SigningKeys

_WORDS: dict[Learnt, str] = {
    "knows": "knows the new key",
    "waits": "doesn't know it yet; it learns it at its next poll",
    "silent": "has not been heard of since it was announced",
    "too-old": "can't learn it: update its player first, or it has to be paired again",
}
_BACK_UP = "Take a new backup now, for the old one holds the old key: signage backup FILE"


def add_arguments(commands: _SubParsersAction[ArgumentParser], config: ArgumentParser) -> None:
    """The command's own part of the command line. `config`: what names the folders."""
    key = commands.add_parser("key", help="the key that signs what players trust: status, rotate")
    doing = key.add_subparsers(dest="doing", required=True, metavar="WHAT")
    status = doing.add_parser("status", parents=[config], help="which key signs, and which players know the next one")
    status.add_argument("--json", action="store_true", help="as JSON")
    rotate = doing.add_parser("rotate", parents=[config], help="exchange the key; the players follow by themselves")
    how = rotate.add_mutually_exclusive_group()
    how.add_argument("--now", action="store_true", help="don't wait until every player knows the new key")
    how.add_argument("--cancel", action="store_true", help="take the announcement of a new key back")


def key(options: Namespace, console: Console) -> int:
    """Do what `signage key WHAT` asks for."""
    config = load(options.config, layouts_folder(options))
    folders, zone = Folders(options.var), ZoneInfo(config.site.zone)
    now = the_instant(None, zone)
    if options.doing == "status":
        return _status(options, folders, zone, now)
    if options.cancel:
        withdraw(folders.var)
        console.print("[green]✓[/] The announcement is taken back. The players forget it at the next publication.")
        return EXIT_OK
    pending = announced(folders.var)
    if not options.now:
        pending = announce(folders.var, now)
        console.print(
            f"[green]✓[/] The new key {pending.public_hex[:8]}... is announced from the next publication on. It takes "
            f"over when every player knows it, after {LEAST.days * 24:.0f} hours at the earliest. "
            "Hint: signage key status says how far it is."
        )
    elif pending is not None:
        for line in _lines(_known(folders, pending), zone, now):
            say(line)
        take_over(folders.var)
        console.print(
            f"[green]✓[/] The new key {pending.public_hex[:8]}... signs from the next publication on. Players that "
            "don't know it refuse this server: pair them again."
        )
    else:
        keys = replace_at_once(folders.var)
        console.print(
            f"[yellow]![/] The new key {keys.public_hex[:8]}... signs from now on, and nobody has announced it: every "
            "player refuses this server until it is paired again. Until then each shows what it has, for 14 days at "
            "most. docs/keys.md says what to do, step by step."
        )
    console.print(_BACK_UP)
    return EXIT_OK


def _known(folders: Folders, pending: Announced) -> tuple[Knowledge, ...]:
    registry = Registry(folders.state / REGISTRY_FILE)
    try:
        return knowledge(registry.players(), registry.last_heartbeats(), pending.public_hex, pending.since)
    finally:
        registry.close()


def _lines(known: Sequence[Knowledge], zone: ZoneInfo, now: datetime) -> list[str]:
    """One for each player."""
    found = []
    for each in known:
        heard = f", heard {when(each.heard_at, 'en', zone, now)}" if each.heard_at else ""
        version = f" ({each.version})" if each.version else ""
        found.append(f"player {each.player.id}{version} on {each.player.screen}{heard}: {_WORDS[each.learnt]}")
    return found


def _status(options: Namespace, folders: Folders, zone: ZoneInfo, now: datetime) -> int:
    keys = SigningKeys.load_or_make(folders.var)
    pending = announced(folders.var)
    known = _known(folders, pending) if pending else ()
    if options.json:
        say_json(_as_data(keys, pending, known, now), indent=1)
    else:
        say(f"in force   {keys.public_hex}")
        if pending is not None:
            say(f"announced  {pending.public_hex}, {when(pending.since, 'en', zone, now)}")
            for line in _lines(known, zone, now):
                say(f"  {line}")
            say(_prospects(pending, known, zone, now))
    return EXIT_OK if all(each.learnt == "knows" for each in known) else EXIT_PARTIAL


def _prospects(pending: Announced, known: Sequence[Knowledge], zone: ZoneInfo, now: datetime) -> str:
    waiting = [each for each in known if each.holds_up(now)]
    if waiting:
        players = "1 player" if len(waiting) == 1 else f"{len(waiting)} players"
        return (
            f"It waits for {players}. One that is not heard of for {OFFLINE.days} days is waited for no longer. "
            "Hint: signage key rotate --now leaves them behind."
        )
    if may_take_over(known, pending.since, now):
        return "Every player knows it: the server lets it take over within a minute, if it runs."
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
                "heard_at": each.heard_at.astimezone(UTC).isoformat(timespec="seconds") if each.heard_at else None,
                "learnt": each.learnt,
            }
            for each in known
        ],
    }
