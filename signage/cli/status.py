"""`signage status`: how every screen is, and the server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from signage.app.alarms import last_sign, raised
from signage.app.folders import Folders
from signage.app.sign_of_life import read_sign
from signage.cli.in_force import load_in_force
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    At,
    ConfigFile,
    LayoutsFolder,
    OfDemo,
    StateFolder,
    layouts_folder,
    new_app,
    only_one,
    the_instant,
)
from signage.cli.output import make_console, print_json
from signage.domain.status_json import AlarmJson
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.fleet.current_alerts import CurrentAlerts
from signage.fleet.history import SLOTS, Day, days, describe_day
from signage.fleet.overview import KnownAlerts, PlayerState, ScreenState, as_data, overview
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.fleet.status_messages import sentence, state_word, when
from signage.fleet.verdict import HealthState
from signage.web.problems import alarm_as_data

COLOURS = {
    HealthState.GREEN: "green",
    HealthState.YELLOW: "yellow",
    HealthState.RED: "red",
    HealthState.GREY: "bright_black",
}
HEIGHTS = {HealthState.GREEN: "▁", HealthState.YELLOW: "▄", HealthState.RED: "█"}  # readable without colours, too
app = new_app()


@app.command()
def status(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: OfDemo = False,
    at: At = None,
    json: AsJson = False,
    history: Annotated[
        bool, typer.Option("--history", help="Also print how the players were in the last two weeks.")
    ] = False,
) -> int:
    """Print how every screen is, and why it isn't green.

    The exit code is 0 when every screen is green and the server has no alarm, otherwise 3.
    """
    only_one(json=json, history=history)
    folders = Folders(var, None, demo=demo)
    site = load_in_force(config, layouts_folder(layouts, config), folders.state)
    registry = Registry(folders.state / REGISTRY_FILE)
    zone = ZoneInfo(site.site.zone)
    now = the_instant(at, zone)
    states = overview(
        site.screen_names,
        registry.players(),
        registry.last_heartbeats(),
        now,
        site.former_screens,
        site.may_have,
        KnownAlerts(CurrentAlerts(folders.published).of, registry.test_results()),
    )
    alarms = server_alarms(folders.state, zone, now)
    if json:
        data = [{**each, "alarms": for_screen(alarms, each["screen"])} for each in as_data(states, zone, now)]
        print_json(data, indent=1)
    else:
        out = make_console(highlight=False, soft_wrap=True)
        for alarm in alarms:
            out.print(f"[red]●[/] [bold]server[/]  [red]alarm[/]: {escape(alarm['text'])}")
        for screen in states:
            _print_screen(screen, zone, now, out)
            if history:
                for each in screen.players:
                    past = days(registry.history(each.player.id), zone, now)
                    _print_days(past, len(screen.players) > 1, each, out)
    well = all(screen.state is HealthState.GREEN for screen in states) and not alarms
    return EXIT_OK if well else EXIT_PARTIAL


def server_alarms(state: Path, zone: ZoneInfo, now: datetime) -> list[AlarmJson]:
    """The server's alarms at the instant `now`, as in /status.json. The server is another process: that it has ended is
    known from the sign of life that it leaves. Where none has ever run, nothing is wrong: `signage build` may publish.
    """
    sign = read_sign(state)
    if sign is None:
        return []
    if lost := last_sign(sign.at, sign.ended, now):
        kind, since = lost
        return [alarm_as_data(raised(kind, "", since), zone, now)]
    return list(sign.alarms)


def for_screen(alarms: Sequence[AlarmJson], screen: str) -> list[AlarmJson]:
    """Those that concern a screen: all but another screen's own."""
    return [alarm for alarm in alarms if alarm["kind"] != "not_published" or alarm["unit"] in ("", screen)]


def _print_screen(screen: ScreenState, zone: ZoneInfo, now: datetime, out: Console) -> None:
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


def _print_days(history: list[Day], several: bool, each: PlayerState, out: Console) -> None:
    """A line a day, two quarters of an hour in each character."""
    if several:
        out.print(f"    player {each.player.id}:")
    for day in history:
        bar = "".join(_half_hour(day.slots[at : at + 2]) for at in range(0, SLOTS, 2))
        words = escape(describe_day(day, "en"))
        out.print(f"    {day.date:%a %d %b} [bright_black]│[/]{bar}[bright_black]│[/] {words}")


def _half_hour(slots: Sequence[HealthState | None]) -> str:
    worst = max((state for state in slots if state is not None), key=lambda state: state.badness, default=None)
    return " " if worst is None else f"[{COLOURS[worst]}]{HEIGHTS[worst]}[/]"


def _since(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    return when(at, "en", zone, now).removeprefix("at ")


def _shows(each: PlayerState, zone: ZoneInfo, now: datetime) -> str:
    last = each.last_heartbeat
    if last is None:
        return f"player {each.player.id}"
    report = last.report
    page = report.page.kind if report.page else report.notice or "nothing"
    since = _since(last.page_since, zone, now)
    state = f"{each.state.value} since {_since(each.since, zone, now)}"
    return f"player {each.player.id} shows {page} since {since}; {state}; version {report.version}"
