"""`signage service`: install the server as a systemd service, remove it, and say how it is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import requests
from rich.console import Console
from rich.markup import escape

from signage import __version__
from signage.app.config_files import named_files
from signage.cli.output import say, say_json
from signage.config.load import available_layouts, load
from signage.errors import EXIT_OK, EXIT_PARTIAL, EXIT_UNAVAILABLE, EXIT_USAGE, SignageError
from signage.installation.program import (
    browser_environment,
    checkout_layouts,
    driver_problem,
    hidden_parts,
    interpreter,
    program_paths,
)
from signage.installation.status import ask
from signage.installation.steps import CONFIG_FOLDER, Step, StepFailed, TargetSystem, plan_install, plan_remove
from signage.installation.unit import (
    CONFIG_FILE,
    STATE_FOLDER,
    UNIT,
    UNIT_FILE,
    USER,
    UnitSettings,
    port_of,
    unit_text,
    unit_value,
)
from signage.web.hidden_paths import read_address

DEFAULT_PORT, DEFAULT_HOST = 8080, "0.0.0.0"  # noqa: S104 players fetch from here
SYSTEMD_RUNS = Path("/run/systemd/system")  # sd_booted(3)
SERVES_SECONDS = 60.0  # from "ready" to the first answer: a slow machine that starts its browser meanwhile
JOURNAL_LINES = 12
LAST_SYSTEM_USER = 999  # login.defs(5), SYS_UID_MAX; people's numbers begin at 1000


class NotPossible(SignageError):
    """What was asked can't be done on this machine, or by this user."""

    exit_code = EXIT_UNAVAILABLE


def add_arguments(commands: _SubParsersAction[ArgumentParser]) -> None:
    """The command's own part of the command line."""
    service = commands.add_parser("service", help="run the server as a systemd service: install, remove, status")
    doing = service.add_subparsers(dest="doing", required=True, metavar="WHAT")
    common = ArgumentParser(add_help=False)
    common.add_argument("--dry-run", action="store_true", help="print what would be done, and change nothing")
    common.add_argument(
        "--root", type=Path, default=Path("/"), metavar="FOLDER", help="change the system in this folder; start nothing"
    )
    common.add_argument("--verbose", action="store_true", help="print more")
    install = doing.add_parser("install", parents=[common], help="install the service, or upgrade it, and start it")
    install.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"copy this screens.toml, and the files it names, to {CONFIG_FOLDER}",
    )
    install.add_argument("--layouts", type=Path, metavar="FOLDER", help="the folder of layouts (that of this program)")
    install.add_argument("--port", type=int, help=f"the port to serve on (as before; at first {DEFAULT_PORT})")
    install.add_argument("--host", help="the address to serve on (as before; at first 0.0.0.0: all)")
    install.add_argument("--no-start", action="store_true", help="don't start it now")
    remove = doing.add_parser("remove", parents=[common], help="stop and remove the service; its data stays")
    remove.add_argument("--purge", action="store_true", help="remove its configuration, its data and its user, too")
    remove.add_argument("--yes", action="store_true", help="with --purge: don't ask")
    status = doing.add_parser("status", help="how the service is; exit code 0 when it runs, 3 when not, 69 without it")
    status.add_argument("--json", action="store_true", help="as JSON")
    status.add_argument("--verbose", action="store_true", help="print more")


def service(options: Namespace, console: Console) -> int:
    """Do what `signage service WHAT` asks for."""
    return {"install": _install, "remove": _remove, "status": _status}[options.doing](options, console)


def _install(options: Namespace, console: Console) -> int:
    system = TargetSystem(options.root.resolve())
    if not options.dry_run:
        _needs_root()
        if system.running:
            _needs_systemd()
    settings = _settings(options, system)
    _check_program(settings)
    return install(options, settings, system, console)


def install(options: Namespace, settings: UnitSettings, system: TargetSystem, console: Console) -> int:
    """Install or upgrade the service with these settings, and start it unless told otherwise."""
    config_file = system.path(CONFIG_FILE)
    ids = system.ids(USER)
    if ids is not None and ids[0] > LAST_SYSTEM_USER:
        raise NotPossible(
            f'There is a user "{USER}" already, who may be a person. {system.path(Path("/etc/passwd"))} gives number '
            f"{ids[0]}. Hint: rename that account; the service makes one of its own that can't log in."
        )
    have_config = config_file.exists()
    layouts = settings.layouts
    if have_config:
        load(config_file, layouts)  # a service that runs goes on with the last good one; a restart could not
        if options.config and options.config.read_bytes() != config_file.read_bytes():
            console.print(
                f"[yellow]![/] {CONFIG_FILE} exists and is kept; {escape(str(options.config))} is not used. "
                "Hint: edit the former, or remove it and install again."
            )
        config_files = {}
    else:
        config_files = _configuration(options.config, layouts)
    start = not options.no_start
    steps = plan_install(unit_text(settings), have_config, config_files, system, start=start)
    if options.dry_run:
        return _print_plan(steps, console)
    _apply(steps, system, console)
    if not (system.running and start):
        console.print(f"Installed, not started. Hint: sudo systemctl start {UNIT}")
        return EXIT_OK
    _wait_until_it_serves(settings, console)
    _print_next_steps(settings, have_config, options.config is not None, console)
    return EXIT_OK


def _settings(options: Namespace, system: TargetSystem) -> UnitSettings:
    """What the unit says: options win, then what the installed unit says, then what a first installation gets."""
    unit_file = system.path(UNIT_FILE)
    before = unit_value(unit_file.read_text("utf-8"), "ExecStart") if unit_file.exists() else ""
    host = re.search(r"--host (\S+)", before)
    port = options.port or port_of(before) or DEFAULT_PORT
    if not 0 < port < 65536:
        raise NotPossible(f"Invalid port {port}. It is what --port says. Hint: choose one between 1 and 65535.")
    environment = browser_environment()
    if environment is None:
        raise NotPossible(
            "There is no browser that the service can render pages with. Neither SIGNAGE_BROWSER nor the usual names "
            "lead to a program. Hint: sudo apt install chromium"
        )
    return UnitSettings(
        version=__version__,
        python=interpreter(),
        program=program_paths(),
        layouts=_layouts(options, system),
        port=port,
        host=options.host or (host[1] if host else DEFAULT_HOST),
        memory=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        systemd_version=_systemd_version(),
        environment=environment,
    )


def _layouts(options: Namespace, system: TargetSystem) -> Path:
    """--layouts, the administrator's own in /etc/signage, those beside --config, or those of this program."""
    own = CONFIG_FOLDER / "layouts"
    beside = [options.config.resolve().parent / "layouts"] if options.config else []
    candidates = [options.layouts.resolve()] if options.layouts else [own, *beside, checkout_layouts()]
    for folder in candidates:
        if available_layouts(system.path(folder) if folder == own else folder):
            return Path(folder)
    raise NotPossible(
        f"There are no layouts. Looked in: {', '.join(map(str, candidates))}. Hint: name their folder with --layouts."
    )


def _check_program(settings: UnitSettings) -> None:
    hidden = hidden_parts((*settings.program, settings.layouts))
    if hidden:
        raise NotPossible(
            f'The service\'s user "{USER}" could not read this program. It has no right to: '
            f"{', '.join(map(str, hidden))}. Hint: install the program where everybody can read it, for example in "
            "/opt/signage (docs/running-a-server.md says how), and run this command from there."
        )

    if problem := driver_problem():
        raise NotPossible(
            f"The driver of the browser does not start. It said: {problem}. "
            "Hint: install the library that it misses; on Debian: sudo apt install libatomic1"
        )


def _configuration(config: Path | None, layouts: Path) -> dict[str, bytes]:
    """What goes to /etc/signage, by path below it: the file of --config and those it names, or the example."""
    if config is None:
        return {CONFIG_FILE.name: files("signage.installation").joinpath("example.toml").read_bytes()}
    folder = config.resolve().parent
    found = {CONFIG_FILE.name: config.read_bytes()} if config.exists() else {}
    for file in named_files(load(config, layouts)):
        if file.resolve().is_relative_to(folder) and file.is_file():
            found[str(file.resolve().relative_to(folder))] = file.read_bytes()
        elif hidden := hidden_parts([file]):
            raise NotPossible(
                f'The service\'s user "{USER}" could not read a file that {config} names. '
                f"It has no right to {hidden[0]}, or it does not exist. "
                f"Hint: put {file.name} beside {config.name}, and name it without a folder."
            )
    return found


def _print_plan(steps: Sequence[Step], console: Console) -> int:
    for number, step in enumerate(steps, 1):
        say(f"{number}. {step.words}")
    console.print("Nothing was changed. Hint: leave out --dry-run to do this.")
    return EXIT_OK


def _apply(steps: Sequence[Step], system: TargetSystem, console: Console) -> None:
    for step in steps:
        console.print(f"  {escape(step.words)}")
        try:
            step.apply(system)
        except StepFailed as failure:
            raise StepFailed(f"{failure}{_journal() if system.running else ''}") from failure


def _journal() -> str:
    """The last lines of the service's log, for a failure to start."""
    try:
        done = subprocess.run(  # noqa: S603 a fixed command
            ["journalctl", "--unit", UNIT, "--no-pager", "--output", "cat", "--lines", str(JOURNAL_LINES)],  # noqa: S607
            capture_output=True, text=True, errors="replace", timeout=20, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return f"\nThe last lines of its log (journalctl -u {UNIT}):\n{done.stdout.rstrip()}" if done.stdout.strip() else ""


def _wait_until_it_serves(settings: UnitSettings, console: Console) -> None:
    """systemd has heard READY=1 by now; this asks as a player would."""
    here = "127.0.0.1" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104 it only compares
    address = f"http://{f'[{here}]' if ':' in here else here}:{settings.port}/"
    until = time.monotonic() + SERVES_SECONDS
    while True:
        try:
            answer = requests.get(address, timeout=10, headers={"User-Agent": "signage service install"})
        except requests.RequestException as error:
            problem = f"{type(error).__name__}"
        else:
            if answer.status_code < 500:
                console.print("  it runs, and answers requests")
                return
            problem = f"it answers {answer.status_code}"
        if time.monotonic() > until:
            raise NotPossible(
                f"The service runs, but does not answer. {address}: {problem}. Hint: signage service status{_journal()}"
            )
        time.sleep(0.5)


def _print_next_steps(settings: UnitSettings, had_config: bool, copied: bool, console: Console) -> None:
    address = read_address(STATE_FOLDER) or f"http://{socket.gethostname()}:{settings.port}"
    script = settings.python.with_name("signage")
    signage = str(script) if script.exists() else f"{settings.python} -m signage"
    where = f"--config {CONFIG_FILE} --layouts {settings.layouts} --var {STATE_FOLDER}"
    out = ["", f"[bold]The server is at {escape(address)}/[/]; it starts with the machine.", "Next:"]
    if not had_config and not copied:
        out.append(f"  sudoedit {CONFIG_FILE}    it is an example: name your screens and calendars")
    out += [
        f"  sudo -u {USER} {signage} pair --link {where}",
        "      the address of the page where players are paired",
        f"  sudo {signage} service status    how it is",
        f"  journalctl -fu {UNIT}    its log",
    ]
    for line in out:
        console.print(line)


def _remove(options: Namespace, console: Console) -> int:
    system = TargetSystem(options.root.resolve())
    steps = plan_remove(system, purge=options.purge)
    if options.dry_run:
        return _print_plan(steps, console)
    _needs_root()
    if system.running:
        _needs_systemd()
    if options.purge and not options.yes and not _agreed():
        console.print("Nothing was changed. Hint: --purge --yes doesn't ask.")
        return EXIT_USAGE
    _apply(steps, system, console)
    if not options.purge:
        console.print(
            f"Removed. {CONFIG_FOLDER} and {STATE_FOLDER} are kept, with the keys and pairings. "
            "Hint: signage service remove --purge removes them."
        )
    return EXIT_OK


def _agreed() -> bool:
    """Ask at a terminal; without one the answer is no."""
    if not os.isatty(0):
        return False
    return input(f"Remove {STATE_FOLDER} with its keys? Every player must then be paired again. [yes/no] ") == "yes"


def _status(options: Namespace, console: Console) -> int:
    _needs_systemd()
    status = ask()
    if options.json:
        say_json(status.as_dict(), indent=1)
    else:
        for line in status.lines(__version__):
            say(line)
    if not status.installed:
        return EXIT_UNAVAILABLE
    return EXIT_OK if status.running else EXIT_PARTIAL


def _systemd_version() -> int:
    try:
        done = subprocess.run(["systemctl", "--version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S607
    except OSError:
        return 0
    found = re.match(r"systemd (\d+)", done.stdout)
    return int(found[1]) if found else 0


def _needs_root() -> None:
    if os.geteuid() != 0:
        raise NotPossible(
            "Only root can install or remove a service. This command runs as another user. "
            "Hint: type sudo before it, or add --dry-run to see what it would do."
        )


def _needs_systemd() -> None:
    if not SYSTEMD_RUNS.is_dir():
        raise NotPossible(
            f"systemd does not run this machine. {SYSTEMD_RUNS} does not exist. Hint: use the Containerfile, or let "
            'your own supervisor run "signage run" as a user without rights (docs/running-a-server.md).'
        )
