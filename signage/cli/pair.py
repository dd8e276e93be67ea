"""`signage pair`: which player shows which screen: list, pair, move, revoke, prepare."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperCommand

from signage.app.folders import Folders
from signage.cli.in_force import load_in_force
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_PORT,
    DEFAULT_STATE,
    ConfigFile,
    LayoutsFolder,
    OfDemo,
    StateFolder,
    layouts_folder,
    new_app,
    only_one,
    the_instant,
)
from signage.cli.output import print_line, print_message, print_success, print_warning
from signage.config.models import Config
from signage.errors import EXIT_OK, NotWritable, UsageError
from signage.fleet import grants, pairing_codes
from signage.fleet.admin_key import AdminKey
from signage.fleet.messages import about_of
from signage.fleet.overview import overview
from signage.fleet.registry import Player, Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.fleet.status_messages import when
from signage.fleet.waiting_players import WaitingLimits
from signage.publishing.keys import SigningKeys
from signage.web.server_address import address_in_the_house, read_address

MOST_LISTED = 50  # players that wait to be paired: anybody may pretend to be one
ONLY_HERE = ("localhost", "127.0.0.1", "[::1]")
STDOUT = "-"  # as the path of --file
app = new_app()


class FileWithoutPath(TyperCommand):
    """A command whose --file may go without a path, which Typer has no setting for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        for at in range(len(args) - 1, -1, -1):
            is_last = at + 1 == len(args)
            if args[at] == "--file" and (is_last or (args[at + 1].startswith("-") and args[at + 1] != STDOUT)):
                args.insert(at + 1, STDOUT)
        return super().parse_args(ctx, args)


@app.command(cls=FileWithoutPath)
def pair(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="The code on the player's display.", show_default=False)
    ] = None,
    screen: Annotated[
        str | None, typer.Option("--screen", metavar="ID", help="The screen that the player is to show.")
    ] = None,
    move: Annotated[
        str | None, typer.Option("--move", metavar="PLAYER", help="Give a paired player the screen of --screen.")
    ] = None,
    revoke: Annotated[
        str | None, typer.Option("--revoke", metavar="PLAYER", help="Unpair a player; it then shows a code again.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            metavar="[PATH]",
            help="Write the settings for a player's SD card, so that no code has to be typed. The file is secret. "
            "Without PATH they are printed.",
        ),
    ] = None,
    link: Annotated[
        bool,
        typer.Option("--link", help="Print the address of the status page, with the key for pairing there."),
    ] = False,
    server: Annotated[
        str | None,
        typer.Option("--server", metavar="URL", help="With --file and --link: where players reach the server."),
    ] = None,
    demo: OfDemo = False,
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
) -> int:
    """List, pair, move and revoke players.

    Without CODE and options, it lists the players that are paired and those that wait to be paired.
    """
    only_one(move=move, revoke=revoke, file=file, link=link)
    if code and (move or revoke or file or link):
        raise UsageError("A pairing code can't be combined with --move, --revoke, --file or --link.")
    folders = Folders(var, None, demo=demo)
    site = load_in_force(config, layouts_folder(layouts, config), folders.state)
    registry = Registry(folders.state / REGISTRY_FILE)
    screens = site.screen_names
    zone = ZoneInfo(site.site.zone)
    now = the_instant(None, zone)
    if link:
        key = AdminKey(folders.state).load_or_make()
        print_line(f"{_server(server, site, folders)}/status#key={key}")
        print_message("Anyone with this link can pair and revoke players. It works until admin.key is deleted.")
    elif file:
        keys = SigningKeys.load_or_make(folders.var)
        _prepare(file, registry, keys, _server(server, site, folders), _wanted(screen, screens), screens, now)
    elif revoke:
        known = registry.known(revoke) is not None
        player = grants.revoke(registry, revoke, now)
        if known:
            print_success(f"{player.id} is revoked. It will show a code within two minutes.")
        else:
            print_warning(f"{player.id} isn't in the list of players. If there is such a player, it is revoked now.")
    elif move:
        player = grants.move(registry, move, _wanted(screen, screens), screens, now)
        print_success(f"{player.id} moves to {player.screen} at its next poll.")
    elif code:
        keys = SigningKeys.load_or_make(folders.var)
        player = grants.pair(registry, keys, code, _wanted(screen, screens), screens, now, WaitingLimits())
        print_success(f"{_called(player)} is paired with {player.screen}. It starts in a few seconds.")
        _warn_of_others(registry, player, zone, now)
    elif screen:
        raise UsageError(
            "--screen can't be used alone.",
            hint="add a code (signage pair K7M4P-X2QHB --screen ID), --move PLAYER or --file.",
        )
    else:
        _list(registry, site, zone, now)
    return EXIT_OK


def _list(registry: Registry, site: Config, zone: ZoneInfo, now: datetime) -> None:
    waiting = registry.waiting(now)
    for asking in waiting[:MOST_LISTED]:
        about = about_of(asking.question.about)
        details = ", ".join(word for word in (about.model, about.panel, about.version) if word)
        since = when(asking.first_at, "en", zone, now).removeprefix("at ")
        print_line(f"waiting  {details or 'a player'}, since {since}")
    if len(waiting) > MOST_LISTED:
        print_line(f"waiting  and {len(waiting) - MOST_LISTED} more")
    heartbeats = registry.last_heartbeats()
    for screen in overview(site.screen_names, registry.players(), heartbeats, now, site.former_screens, site.may_have):
        for each in screen.players:
            heard = (
                f"last report {when(each.last_heartbeat.received_at, 'en', zone, now)}"
                if each.last_heartbeat
                else "no report yet"
            )
            print_line(f"paired   {each.player.id}  {screen.id}  {heard}")
    if waiting:
        print_message("\nTo pair a player, type the code on its display: signage pair K7M4P-X2QHB --screen ID")
    elif not registry.players():
        print_message(
            "No players are paired or waiting. A new player shows a pairing code as soon as it finds this server."
        )


def _prepare(
    file: str,
    registry: Registry,
    keys: SigningKeys,
    server: str,
    screen: str,
    screens: Mapping[str, str],
    now: datetime,
) -> None:
    grants.check_screen(screen, screens)
    token = secrets.token_hex(32)
    secret = secrets.token_hex(32)
    text = grants.settings(server, screen, keys.public_hex, token, secret)
    if file != STDOUT:
        _write_secret(Path(file), text)
    player = registry.prepare(pairing_codes.token_digest(token), screen, now, pairing_codes.public_key(secret))
    if file == STDOUT:
        print_line(text, end="")
    print_success(
        f"{player.id} is prepared for {screen}. Copy the file to the player's SD card as signage-player.txt, and "
        "delete it here: it holds the player's secret."
    )
    if keys.next_hex:
        print_warning(
            "A new signing key is announced. Start the player before the key takes over, or write the file again "
            "afterwards. Hint: signage key status shows when that is."
        )
    if any(f"//{host}" in server for host in ONLY_HERE):
        print_warning(f"Only this machine can reach {server}. Hint: add --server http://ADDRESS.")


def _write_secret(path: Path, text: str) -> None:
    """A new file that only its owner can read. Raises NotWritable, also when it exists already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NotWritable(
            f"{path} exists already.", "It may belong to another player.", "choose another name."
        ) from None
    except OSError as error:
        raise NotWritable.from_os_error("The file", path, error) from error


def _wanted(screen: str | None, screens: Mapping[str, str]) -> str:
    if not screen:
        raise UsageError("No screen is given.", hint=f"add --screen and one of {', '.join(screens)}.")
    return screen


def _called(player: Player) -> str:
    about = about_of(player.about)
    return f"{player.id} ({about.model})" if about.model else player.id


def _warn_of_others(registry: Registry, player: Player, zone: ZoneInfo, now: datetime) -> None:
    """A screen may have two players, or an old one that was replaced."""
    for other in registry.players():
        if other.screen == player.screen and other.id != player.id:
            heard = registry.last_heartbeat(other.id)
            last = f"last report {when(heard.received_at, 'en', zone, now)}" if heard else "no report yet"
            print_warning(
                f"{other.screen} has another player, {other.id}, {last}. "
                f"Hint: if it was replaced, signage pair --revoke {other.id}"
            )


def _server(given: str | None, config: Config, folders: Folders) -> str:
    """Where players find the server: --server, screens.toml, where `signage run` last served, or where it would."""
    address = given or config.site.address
    if address:
        return str(address).rstrip("/")
    return read_address(folders.state) or f"http://{address_in_the_house()}:{DEFAULT_PORT}"
