"""What may be typed after `signage`."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from pathlib import Path

from dateutil import parser as dateparser

from signage import __version__
from signage.app.signals import EXIT_FORCED
from signage.cli.backup import add_arguments as add_backup_arguments
from signage.cli.key import add_arguments as add_key_arguments
from signage.cli.service import add_arguments as add_service_arguments
from signage.errors import (
    EXIT_CANTCREAT,
    EXIT_CONFIG,
    EXIT_PARTIAL,
    EXIT_SOFTWARE,
    EXIT_UNAVAILABLE,
    EXIT_USAGE,
)

DEFAULT_PORT = 8080

EXIT_CODES = f"""exit codes:
  0    all is well
  {EXIT_USAGE}    the command line is wrong, or names something that isn't there
  {EXIT_PARTIAL}    published, but a source, a screen or a page was left out; status: a screen is not green, or the
       server has an alarm
  {EXIT_UNAVAILABLE}   no browser to render with, or the port is taken
  {EXIT_SOFTWARE}   a fault in the program
  {EXIT_CANTCREAT}   the disk is full, or a folder can't be written
  {EXIT_CONFIG}   screens.toml can't be used
  {EXIT_FORCED}   run: something did not end by itself after a signal, and was ended by force
  130  ended by Ctrl-C; run: by a second one (the first gives 0)
  143  ended by SIGTERM; run: by a second one
"""


def instant(text: str) -> datetime:
    """An instant as people write it: "2026-12-05 18:00", "2026-12-05T18:00+01:00". Naive: local time of the site."""
    try:
        return dateparser.isoparse(text.strip().replace(" ", "T", 1))
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is no instant; write one like 2026-12-05T18:00') from None


def day(text: str) -> date:
    """A day: "2026-12-05"."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is no date; write one like 2026-12-05') from None


def month(text: str) -> date:
    """A month: "2026-12"; its first day."""
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is no month; write one like 2026-12') from None


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="signage",
        description="Info screens for a municipality: fetch events, render pages in advance, publish plain files.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"signage {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    config = argparse.ArgumentParser(add_help=False)
    config.add_argument("--config", type=Path, default=Path("screens.toml"), help="the configuration (%(default)s)")
    config.add_argument("--layouts", type=Path, help="the folder of layouts (layouts/ beside the configuration)")
    config.add_argument("--var", type=Path, default=Path("var"), help="where state is kept (%(default)s)")
    config.add_argument("--verbose", action="store_true", help="say more")

    fetch = argparse.ArgumentParser(add_help=False)
    fetch.add_argument("--demo", action="store_true", help="a made-up portal on this machine instead of the sources")
    at = {"type": instant, "metavar": "INSTANT"}

    run = commands.add_parser("run", parents=[config, fetch], help="keep the screens up to date, and serve them")
    run.add_argument("--host", default="0.0.0.0", help="the address to serve on (%(default)s: all)")  # noqa: S104 screens fetch from here
    run.add_argument("--port", type=int, default=DEFAULT_PORT, help="the port to serve on (%(default)s)")
    run.add_argument("--out", type=Path, help="the folder to publish to (published/ under --var)")
    run.add_argument("--no-announce", action="store_true", help="don't tell players in the house where it is (mDNS)")

    build = commands.add_parser("build", parents=[config, fetch], help="publish once, and stop")
    build.add_argument("--at", **at, help="as if it were this instant (now)")  # type: ignore[arg-type]
    build.add_argument("--out", type=Path, help="the folder to publish to (published/ under --var)")
    build.add_argument("--json", action="store_true", help="report as JSON on standard output")

    pair = commands.add_parser("pair", parents=[config], help="which player hangs where: list, pair, move, revoke")
    pair.add_argument("code", nargs="?", metavar="CODE", help="the code on the player's glass")
    pair.add_argument("--screen", metavar="ID", help="the screen that the player is to show")
    instead = pair.add_mutually_exclusive_group()
    instead.add_argument("--move", metavar="PLAYER", help="give a paired player the screen of --screen")
    instead.add_argument("--revoke", metavar="PLAYER", help="take a player's screen away; it shows a code then")
    instead.add_argument(
        "--file",
        nargs="?",
        const="-",
        metavar="PATH",
        help="write settings for an SD card, for your eyes only: nothing to type later (no PATH: print them)",
    )
    instead.add_argument("--link", action="store_true", help="print the status page's address with the form's key")
    pair.add_argument("--server", metavar="URL", help="with --file and --link: where players reach the server")
    pair.add_argument("--demo", action="store_true", help="of the demo")

    status = commands.add_parser("status", parents=[config], help="how every screen is, and why it is not green")
    status.add_argument("--at", **at, help="as if it were this instant (now)")  # type: ignore[arg-type]
    status.add_argument("--demo", action="store_true", help="of the demo")
    how = status.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="as JSON")
    how.add_argument("--history", action="store_true", help="and how the players were in the last two weeks")

    events = commands.add_parser("events", parents=[config, fetch], help="list the merged events")
    events.add_argument("--at", **at, help="as if it were this instant (now)")  # type: ignore[arg-type]
    events.add_argument("--json", action="store_true", help="one JSON object a line")
    which = events.add_mutually_exclusive_group()
    which.add_argument("--held-back", action="store_true", help="list what the public should not see, and why")
    which.add_argument("--explain", metavar="ID", help="say where each field of an event comes from")

    sources = commands.add_parser("sources", help="how the sources are, and what can be read at an address")
    doing = sources.add_subparsers(dest="doing", required=True, metavar="WHAT")
    answered = doing.add_parser("status", parents=[config], help="when each source last answered, and what is odd")
    answered.add_argument("--at", **at, help="as if it were this instant (now)")  # type: ignore[arg-type]
    answered.add_argument("--demo", action="store_true", help="of the demo")
    answered.add_argument("--json", action="store_true", help="as JSON")
    probe = doing.add_parser("probe", parents=[config], help="find out what can be read at an address or in a file")
    probe.add_argument("address", help="an address, or the path of a file")
    probe.add_argument("--json", action="store_true", help="all occurrences of the window, one JSON object a line")
    probe.add_argument("--from", dest="first", type=day, metavar="DATE", help="the window's first day (today)")
    probe.add_argument("--to", dest="last", type=day, metavar="DATE", help="its last day (60 days later)")

    organisations = commands.add_parser(
        "organisations", parents=[config, fetch], help="list the organisations and what they have coming"
    )
    organisations.add_argument("--at", **at, help="as if it were this instant (now)")  # type: ignore[arg-type]
    organisations.add_argument("--json", action="store_true", help="one JSON object a line")

    report = commands.add_parser("report", help="what is planned: how often each sponsor is shown")
    about = report.add_subparsers(dest="about", required=True, metavar="WHAT")
    planned = about.add_parser("sponsors", parents=[config], help="planned showings of each sponsor on each screen")
    planned.add_argument("--month", type=month, required=True, metavar="MONTH", help="which month: 2026-12")
    planned.add_argument("--screen", metavar="ID", help="only this screen")
    planned.add_argument("--json", action="store_true", help="as JSON")

    layouts = commands.add_parser("layouts", help="which layouts there are, and how to begin one's own")
    begun = layouts.add_subparsers(dest="doing", required=True, metavar="WHAT")
    begun.add_parser("list", parents=[config], help="the layouts there are")
    new = begun.add_parser("new", parents=[config], help="begin a layout of one's own")
    new.add_argument("name", help="its name: small letters, digits and hyphens")
    new.add_argument(
        "--from", dest="based_on", default="fjord", metavar="LAYOUT", help="what to build on (%(default)s)"
    )

    preview = commands.add_parser("preview", parents=[config], help="pictures of every kind of page, to look at")
    preview.add_argument("--layout", help="only this layout")
    preview.add_argument("--kind", help="only this kind of page")
    preview.add_argument("--size", help="only this size: 1920x1080")
    preview.add_argument("--language", default="nb", help="the language of the pages (%(default)s)")
    preview.add_argument("--season", default="", help="dressed up for: jul, 17mai or sommer")
    preview.add_argument(
        "--stress", action="store_true", help="with long titles, many events and everything that is odd"
    )
    preview.add_argument("--sheet", action="store_true", help="one picture of all of them for each layout")
    preview.add_argument("--out", type=Path, default=Path("build/preview"), help="the folder (%(default)s)")

    show = commands.add_parser("show", help="what a screen shows at an instant, from its manifest alone")
    show.add_argument("screen", help="the screen's id")
    show.add_argument("--at", **at, help="the instant (now)")  # type: ignore[arg-type]
    show.add_argument("--out", type=Path, help="the published folder (published/ under --var)")
    show.add_argument("--var", type=Path, default=Path("var"), help="where state is kept (%(default)s)")
    show.add_argument("--demo", action="store_true", help="what the demo has published")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.add_argument("--verbose", action="store_true", help="say more")

    add_service_arguments(commands)
    add_key_arguments(commands, config)
    add_backup_arguments(commands, config)

    check = commands.add_parser("check", parents=[config, fetch], help="check screens.toml and the layouts, and stop")
    check.add_argument(
        "--pages", action="store_true", help="measure the pages of the day, too: letters, contrast, time"
    )
    check.add_argument("--screen", metavar="ID", help="with --pages: only this screen")
    check.add_argument("--at", **at, help="with --pages: as if it were this instant (now)")  # type: ignore[arg-type]
    check.add_argument("--json", action="store_true", help="with --pages: as JSON")
    return parser
