"""`signage pair` and `signage status`: which player hangs where, and how all of them are."""

from __future__ import annotations

import os
import secrets
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from signage.app.pipeline import Folders
from signage.cli.arguments import DEFAULT_PORT
from signage.cli.output import make_console, say, say_json
from signage.cli.server_alarms import for_screen, print_alarms, server_alarms
from signage.cli.shared import layouts_folder, the_instant
from signage.config.load import load
from signage.config.models import Config
from signage.errors import EXIT_OK, EXIT_PARTIAL, NotFound, NotWritable
from signage.fleet import grants, pairing_codes
from signage.fleet.admin_key import AdminKey
from signage.fleet.history import SLOTS, Day, days, told
from signage.fleet.messages import about_of
from signage.fleet.overview import PlayerState, ScreenState, as_data, overview
from signage.fleet.registry import REGISTRY_FILE, Player, Registry
from signage.fleet.status_messages import sentence, state_word, when
from signage.fleet.verdict import HealthState
from signage.fleet.waiting_players import WaitingLimits
from signage.publishing.keys import SigningKeys
from signage.web.hidden_paths import address_in_the_house, read_address

COLOURS = {
    HealthState.GREEN: "green",
    HealthState.YELLOW: "yellow",
    HealthState.RED: "red",
    HealthState.GREY: "bright_black",
}
HEIGHTS = {HealthState.GREEN: "▁", HealthState.YELLOW: "▄", HealthState.RED: "█"}  # without colours they tell it, too
MOST_LISTED = 50  # players that wait to be paired: anybody may pretend to be one
ONLY_HERE = ("localhost", "127.0.0.1", "[::1]")


def pair(options: Namespace, console: Console) -> int:
    """List, pair, move, revoke, prepare by file, or print the administrator's link."""
    config = load(options.config, layouts_folder(options))
    folders = Folders(options.var, None, demo=options.demo)
    registry = Registry(folders.state / REGISTRY_FILE)
    screens = screen_names(config)
    zone = ZoneInfo(config.site.zone)
    now = the_instant(None, zone)
    if options.code and (options.move or options.revoke or options.file or options.link):
        raise NotFound(f'"{options.code}" is one word too many: a code stands alone, with --screen')
    if options.link:
        key = AdminKey(folders.state).load_or_make()
        say(f"{_server(options, config, folders)}/status#key={key}")
        console.print("whoever has this link can pair and revoke players; it holds until admin.key is deleted")
        return EXIT_OK
    if options.file:
        keys = SigningKeys.load_or_make(folders.var)
        _prepare(options, console, registry, keys, _server(options, config, folders), screens, now)
    elif options.revoke:
        player = grants.revoke(registry, options.revoke, now)
        console.print(f"[green]✓[/] {player.id} is revoked; it will show a code within a minute or two")
    elif options.move:
        player = grants.move(registry, options.move, _wanted(options, screens), screens, now)
        console.print(f"[green]✓[/] {player.id} goes to {player.screen}, at its next poll")
    elif options.code:
        keys = SigningKeys.load_or_make(folders.var)
        player = grants.pair(registry, keys, options.code, _wanted(options, screens), screens, now, WaitingLimits())
        console.print(f"[green]✓[/] {_called(player)} is paired with {player.screen}; it starts in a few seconds")
        _tell_others(registry, player, zone, now, console)
    else:
        if options.screen:
            raise NotFound(
                "--screen needs a code (signage pair K7M4P-X2QHB --screen ID), or --move PLAYER, or --file with it"
            )
        _list(registry, screens, zone, now, console)
    return EXIT_OK


def status(options: Namespace, console: Console) -> int:
    """How every screen is, and the server; EXIT_PARTIAL when a screen is not green or the server has an alarm."""
    config = load(options.config, layouts_folder(options))
    folders = Folders(options.var, None, demo=options.demo)
    registry = Registry(folders.state / REGISTRY_FILE)
    zone = ZoneInfo(config.site.zone)
    now = the_instant(options.at, zone)
    states = overview(screen_names(config), registry.players(), registry.last_heartbeats(), now)
    alarms = server_alarms(folders.state, zone, now)
    if options.json:
        data = [{**each, "alarms": for_screen(alarms, each["screen"])} for each in as_data(states, zone, now)]
        say_json(data, indent=1)
    else:
        out = make_console(highlight=False, soft_wrap=True)
        print_alarms(alarms, out)
        for screen in states:
            _tell(screen, zone, now, out)
            if options.history:
                for each in screen.players:
                    _tell_days(days(registry.history(each.player.id), zone, now), len(screen.players) > 1, each, out)
    well = all(screen.state is HealthState.GREEN for screen in states) and not alarms
    return EXIT_OK if well else EXIT_PARTIAL


def screen_names(config: Config) -> dict[str, str]:
    """The screens of screens.toml: id -> what people call it."""
    return config.screen_names


# --- pair


def _list(registry: Registry, screens: Mapping[str, str], zone: ZoneInfo, now: datetime, console: Console) -> None:
    waiting = registry.waiting(now)
    for asking in waiting[:MOST_LISTED]:
        about = about_of(asking.question.about)
        words = ", ".join(word for word in (about.model, about.panel, about.version) if word)
        since = _since(asking.first_at, zone, now)
        say(f"asks     {words or 'a player'}, since {since}")
    if len(waiting) > MOST_LISTED:
        say(f"asks     and {len(waiting) - MOST_LISTED} more")
    for screen in overview(screens, registry.players(), registry.last_heartbeats(), now):
        for each in screen.players:
            heard = f"heard {when(each.heard.received_at, 'en', zone, now)}" if each.heard else "not heard of yet"
            say(f"paired   {each.player.id}  {screen.id}  {heard}")
    if waiting:
        console.print("\nto pair one, type the code on its glass: signage pair K7M4P-X2QHB --screen ID")
    elif not registry.players():
        console.print("no player asks, and none is paired; one that finds this server shows a code")


def _prepare(
    options: Namespace,
    console: Console,
    registry: Registry,
    keys: SigningKeys,
    server: str,
    screens: Mapping[str, str],
    now: datetime,
) -> None:
    screen = _wanted(options, screens)
    grants.check_screen(screen, screens)
    token = secrets.token_hex(32)
    secret = secrets.token_hex(32)
    text = grants.settings(server, screen, keys.public_hex, token, secret)
    if options.file != "-":
        _write_secret(Path(options.file), text)
    player = registry.prepare(pairing_codes.token_digest(token), screen, now, pairing_codes.public_key(secret))
    if options.file == "-":
        say(text, end="")
    console.print(
        f"[green]✓[/] {player.id} is prepared for {screen}; put the file on its card as signage-player.txt, and delete "
        "it here: it holds the player's secret"
    )
    if keys.next_hex:
        console.print(
            "[yellow]![/] A new signing key is announced. Start the player before it takes over, or write the file "
            "again afterwards. Hint: signage key status says when that is."
        )
    if any(f"//{host}" in server for host in ONLY_HERE):
        console.print(f"[yellow]![/] {server} is this machine only; give the player another one: --server http://...")


def _write_secret(path: Path, text: str) -> None:
    """A new file that only its owner can read. Raises NotWritable, also when it is there already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NotWritable(f"{path} is there already, perhaps for another player; name another file") from None
    except OSError as error:
        raise NotWritable(f"{path}: can't be written: {error.strerror}") from error


def _wanted(options: Namespace, screens: Mapping[str, str]) -> str:
    if not options.screen:
        raise NotFound(f"which screen? add --screen and one of {', '.join(screens)}")
    return str(options.screen)


def _called(player: Player) -> str:
    about = about_of(player.about)
    return f"{player.id} ({escape(about.model)})" if about.model else player.id


def _tell_others(registry: Registry, player: Player, zone: ZoneInfo, now: datetime, console: Console) -> None:
    """A second player on a screen is fine, or the old one that was replaced."""
    for other in registry.players():
        if other.screen == player.screen and other.id != player.id:
            heard = registry.heard(other.id)
            last = f"last heard {when(heard.received_at, 'en', zone, now)}" if heard else "never heard of"
            console.print(
                f"[yellow]![/] {other.screen} has another player, {other.id}, {last}; if it was replaced: "
                f"signage pair --revoke {other.id}"
            )


def _server(options: Namespace, config: Config, folders: Folders) -> str:
    """Where players find the server: as told, as in screens.toml, where `signage run` last served, or as it would."""
    if options.server:
        return str(options.server).rstrip("/")
    if config.site.address:
        return str(config.site.address).rstrip("/")
    return read_address(folders.state) or f"http://{address_in_the_house()}:{DEFAULT_PORT}"


# --- status


def _tell(screen: ScreenState, zone: ZoneInfo, now: datetime, out: Console) -> None:
    colour = COLOURS[screen.state]
    out.print(
        f"[{colour}]●[/] [bold]{escape(screen.id)}[/]  [{colour}]{screen.state.value}[/]: "
        f"{state_word(screen.state, 'en')}"
    )
    if not screen.players:
        out.print(f"    {escape(sentence(screen.reasons[0], 'en', zone, now))}")
    for each in screen.players:
        out.print(f"    {escape(_shows(each, zone, now))}")
        for reason in each.reasons:
            out.print(f"    [{COLOURS[reason.state]}]![/] {escape(sentence(reason, 'en', zone, now))}")


def _tell_days(history: list[Day], several: bool, each: PlayerState, out: Console) -> None:
    """A line a day, two quarters of an hour in each character."""
    if several:
        out.print(f"    player {each.player.id}:")
    for day in history:
        bar = "".join(_half_hour(day.slots[at : at + 2]) for at in range(0, SLOTS, 2))
        out.print(f"    {day.date:%a %d %b} [bright_black]│[/]{bar}[bright_black]│[/] {escape(told(day, 'en'))}")


def _half_hour(slots: Sequence[HealthState | None]) -> str:
    worst = max((state for state in slots if state is not None), key=lambda state: state.badness, default=None)
    return " " if worst is None else f"[{COLOURS[worst]}]{HEIGHTS[worst]}[/]"


def _since(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    return when(at, "en", zone, now).removeprefix("at ")


def _shows(each: PlayerState, zone: ZoneInfo, now: datetime) -> str:
    heard = each.heard
    if heard is None:
        return f"player {each.player.id}"
    report = heard.report
    page = report.page.kind if report.page else report.notice or "nothing"
    since = _since(heard.page_since, zone, now)
    state = f"{each.state.value} since {_since(each.since, zone, now)}"
    return f"player {each.player.id} shows {page} since {since}; {state}; version {report.version}"
