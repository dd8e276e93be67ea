"""`signage service`: install the server as a systemd service, remove it, and print how it is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import requests
import typer

from signage import __version__
from signage.app.config_files import named_files
from signage.app.configuration import load
from signage.cli.options import DEFAULT_PORT, AsJson, new_app
from signage.cli.output import print_json, print_line, print_message, print_success, print_warning
from signage.config.built_in import LAYOUTS, built_in, layouts_in
from signage.config.parts import parts_folder
from signage.errors import EXIT_OK, EXIT_PARTIAL, EXIT_UNAVAILABLE, EXIT_USAGE, SignageError
from signage.installation.program import (
    browser_environment,
    command,
    driver_problem,
    hidden_parts,
    interpreter,
    program_paths,
)
from signage.installation.service_unit import (
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
from signage.installation.status import read_service_status
from signage.installation.steps import CONFIG_FOLDER, Step, StepFailed, TargetSystem, plan_install, plan_remove
from signage.web.server_address import read_address

DEFAULT_HOST = "::"
SYSTEMD_RUNS = Path("/run/systemd/system")  # sd_booted(3)
SERVES_SECONDS = 60.0  # from "ready" to the first answer: a slow machine that starts its browser meanwhile
JOURNAL_LINES = 12
LAST_SYSTEM_USER = 999  # login.defs(5), SYS_UID_MAX; people's numbers begin at 1000


class NotPossible(SignageError):
    """The command can't work on this machine, or for this user."""

    exit_code = EXIT_UNAVAILABLE


app = new_app()
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and change nothing.")]
Root = Annotated[
    Path, typer.Option("--root", metavar="FOLDER", help="Change the system in this folder, and start nothing.")
]


@app.callback()
def service() -> None:
    """The systemd service: install, remove, status."""


@app.command()
def install(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help=f"Copy this screens.toml, and the files it names, to {CONFIG_FOLDER}."
        ),
    ] = None,
    layouts: Annotated[
        Path | None,
        typer.Option("--layouts", metavar="FOLDER", help="The folder of layouts.", show_default="that of this program"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="NUMBER", help="The port to serve on.", show_default=f"as before; at first {DEFAULT_PORT}"
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="The address to serve on. :: is all of them, 0.0.0.0 those of IPv4.",
            show_default=f"as before; at first {DEFAULT_HOST}",
        ),
    ] = None,
    no_start: Annotated[bool, typer.Option("--no-start", help="Don't start it now.")] = False,
    dry_run: DryRun = False,
    root: Root = Path("/"),
) -> int:
    """Install the service, or upgrade it, and start it."""
    system = TargetSystem(root.resolve())
    if not dry_run:
        _needs_root()
        if system.running:
            _needs_systemd()
    settings = _settings(system, config, layouts, port, host)
    _check_program(settings)
    return install_service(settings, system, config, start=not no_start, dry_run=dry_run)


def install_service(
    settings: UnitSettings,
    system: TargetSystem,
    config: Path | None = None,
    *,
    start: bool = True,
    dry_run: bool = False,
) -> int:
    """Install or upgrade the service with these settings."""
    config_file = system.path(CONFIG_FILE)
    ids = system.ids(USER)
    if ids is not None and ids[0] > LAST_SYSTEM_USER:
        raise NotPossible(
            f'There is already a user "{USER}", who may be a person.',
            f"{system.path(Path('/etc/passwd'))} gives number {ids[0]}.",
            "rename that account. The service creates one of its own that can't log in.",
        )
    have_config = config_file.exists()
    layouts = settings.layouts
    if have_config:
        load(config_file, layouts)  # a service that runs goes on with the last good one; a restart could not
        if config and config.read_bytes() != config_file.read_bytes():
            print_warning(
                f"{CONFIG_FILE} exists and is kept; {config} is not used. "
                "Hint: edit the former, or remove it and install again."
            )
        config_files = {}
    else:
        config_files = _configuration(config, layouts)
    steps = plan_install(unit_text(settings), have_config, config_files, system, start=start)
    if dry_run:
        return _print_plan(steps)
    _apply(steps, system)
    if not (system.running and start):
        print_message(f"Installed, not started. Hint: sudo systemctl start {UNIT}")
        return EXIT_OK
    _wait_until_it_serves(settings)
    _print_next_steps(settings, have_config, config is not None)
    return EXIT_OK


def _settings(
    system: TargetSystem, config: Path | None, layouts: Path | None, port: int | None, host: str | None
) -> UnitSettings:
    """The unit's settings: options win, then the installed unit, then what a first installation gets."""
    unit_file = system.path(UNIT_FILE)
    before = unit_value(unit_file.read_text("utf-8"), "ExecStart") if unit_file.exists() else ""
    host_before = re.search(r"--host (\S+)", before)
    port = port or port_of(before) or DEFAULT_PORT
    if not 0 < port < 65536:
        raise NotPossible(f"Invalid port {port}.", "It is the value of --port.", "choose one between 1 and 65535.")
    environment = browser_environment()
    if environment is None:
        raise NotPossible(
            "There is no browser that the service can render pages with.",
            "Neither SIGNAGE_BROWSER nor the usual names lead to a program.",
            "sudo apt install chromium",
        )
    return UnitSettings(
        version=__version__,
        python=interpreter(),
        program=program_paths(),
        layouts=_layouts(system, config, layouts),
        port=port,
        host=host or (host_before[1] if host_before else DEFAULT_HOST),
        memory=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        systemd_version=_systemd_version(),
        environment=environment,
    )


def _layouts(system: TargetSystem, config: Path | None, given: Path | None) -> Path:
    """--layouts, the administrator's own in /etc/signage, those beside --config, or those of this program."""
    own = CONFIG_FOLDER / "layouts"
    beside = [config.resolve().parent / "layouts"] if config else []
    candidates = [given.resolve()] if given else [own, *beside, built_in(LAYOUTS)]
    for folder in candidates:
        if layouts_in(system.path(folder) if folder == own else folder):
            return Path(folder)
    raise NotPossible(
        "There are no layouts.",
        f"Looked in {', '.join(map(str, candidates))}.",
        "give their folder with --layouts.",
    )


def _check_program(settings: UnitSettings) -> None:
    # the folder of the configuration is for root and the service's group alone, and with it the layouts in it
    own = settings.layouts.is_relative_to(CONFIG_FOLDER)
    hidden = hidden_parts(settings.program if own else (*settings.program, settings.layouts))
    if hidden:
        raise NotPossible(
            f'The service\'s user "{USER}" could not read this program.',
            f"It has no permission for {', '.join(map(str, hidden))}.",
            "install the program where everybody can read it, for example in /opt/signage, and run this command from "
            "there. docs/running-a-server.md describes how.",
        )
    if problem := driver_problem():
        raise NotPossible(
            "The browser's driver doesn't start.",
            f"Its message is: {problem}.",
            "install the missing library. On Debian: sudo apt install libatomic1",
        )


def _configuration(config: Path | None, layouts: Path) -> dict[str, bytes]:
    """The files for /etc/signage, by path below it: that of --config and those it names, or the example."""
    if config is None:
        return {CONFIG_FILE.name: files("signage.installation").joinpath("example.toml").read_bytes()}
    folder = config.resolve().parent
    found = {CONFIG_FILE.name: config.read_bytes()} if config.exists() else {}
    for file in named_files(load(config, layouts)):
        if file.parent == parts_folder(config.resolve()) and file.is_file():
            found[f"{parts_folder(CONFIG_FILE).name}/{file.name}"] = file.read_bytes()
        elif file.resolve().is_relative_to(folder) and file.is_file():
            found[str(file.resolve().relative_to(folder))] = file.read_bytes()
        elif hidden := hidden_parts([file]):
            raise NotPossible(
                f'The service\'s user "{USER}" could not read a file that {config} names.',
                f"It has no permission for {hidden[0]}, or the file doesn't exist.",
                f"put {file.name} beside {config.name}, and name it without a folder.",
            )
    return found


def _print_plan(steps: Sequence[Step]) -> int:
    for number, step in enumerate(steps, 1):
        print_line(f"{number}. {step.purpose}")
    print_message("Nothing was changed. Hint: leave out --dry-run to do this.")
    return EXIT_OK


def _apply(steps: Sequence[Step], system: TargetSystem) -> None:
    for step in steps:
        print_message(f"  {step.purpose}")
        try:
            step.apply(system)
        except StepFailed:
            if system.running:
                _print_journal()
            raise


def _print_journal() -> None:
    """Print the last lines of the service's log, for a failure to start."""
    try:
        done = subprocess.run(  # noqa: S603 a fixed command
            ["journalctl", "--unit", UNIT, "--no-pager", "--output", "cat", "--lines", str(JOURNAL_LINES)],  # noqa: S607
            capture_output=True, text=True, errors="replace", timeout=20, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return
    if done.stdout.strip():
        print_message(f"The last lines of its log (journalctl -u {UNIT}):\n{done.stdout.rstrip()}")


def _wait_until_it_serves(settings: UnitSettings) -> None:
    """systemd has received READY=1 by now; this sends a request as a player would."""
    here = "127.0.0.1" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104 it only compares
    address = f"http://{f'[{here}]' if ':' in here else here}:{settings.port}/"
    until = time.monotonic() + SERVES_SECONDS
    while True:
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy between this machine and itself
                answer = session.get(address, timeout=10, headers={"User-Agent": "signage service install"})
        except requests.RequestException as error:
            problem = f"{type(error).__name__}"
        else:
            if answer.status_code < 500:
                print_message("  it runs, and answers requests")
                return
            problem = f"it answers {answer.status_code}"
        if time.monotonic() > until:
            _print_journal()
            raise NotPossible(
                "The service runs, but doesn't answer.", f"{address}: {problem}.", "signage service status"
            )
        time.sleep(0.5)


def _print_next_steps(settings: UnitSettings, had_config: bool, copied: bool) -> None:
    address = read_address(STATE_FOLDER) or f"http://{socket.gethostname()}:{settings.port}"
    signage = command()
    where = f"--config {CONFIG_FILE} --layouts {settings.layouts} --var {STATE_FOLDER}"
    print_success(f"The server is at {address}/ and starts with the machine.")
    out = ["Next:"]
    if not had_config and not copied:
        out.append(f"  sudoedit {CONFIG_FILE}    it is an example: name your screens and calendars")
    out += [
        f"  sudo -u {USER} {signage} pair --link {where}",
        "      the address of the page where players are paired",
        f"  sudo {signage} service status    how it is",
        f"  journalctl -fu {UNIT}    its log",
    ]
    for line in out:
        print_message(line)


@app.command()
def remove(
    purge: Annotated[
        bool, typer.Option("--purge", help="Also remove its configuration, its data and its user.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --purge: don't ask for confirmation.")] = False,
    dry_run: DryRun = False,
    root: Root = Path("/"),
) -> int:
    """Stop and remove the service; its data stays."""
    system = TargetSystem(root.resolve())
    steps = plan_remove(system, purge=purge)
    if dry_run:
        return _print_plan(steps)
    _needs_root()
    if system.running:
        _needs_systemd()
    if purge and not yes and not _confirmed():
        print_message("Nothing was changed. Hint: --purge --yes doesn't ask.")
        return EXIT_USAGE
    _apply(steps, system)
    if not purge:
        print_message(
            f"Removed. {CONFIG_FOLDER} and {STATE_FOLDER} are kept, with the keys and pairings. "
            "Hint: signage service remove --purge removes them."
        )
    return EXIT_OK


def _confirmed() -> bool:
    """Ask at a terminal; without one the answer is no."""
    if not os.isatty(0):
        return False
    return input(f"Remove {STATE_FOLDER} with its keys? Every player must then be paired again. [yes/no] ") == "yes"


@app.command()
def status(json: AsJson = False) -> int:
    """Print how the service is.

    The exit code is 0 when it runs, 3 when it doesn't, and 69 when it isn't installed.
    """
    _needs_systemd()
    found = read_service_status()
    if json:
        print_json(found.as_dict(), indent=1)
    else:
        for line in found.lines(__version__):
            print_line(line)
    if not found.installed:
        return EXIT_UNAVAILABLE
    return EXIT_OK if found.running else EXIT_PARTIAL


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
            "Only root can install or remove a service.",
            "This command runs as another user.",
            "type sudo before it, or add --dry-run to see what it would do.",
        )


def _needs_systemd() -> None:
    if not SYSTEMD_RUNS.is_dir():
        raise NotPossible(
            "systemd doesn't run this machine.",
            f"{SYSTEMD_RUNS} doesn't exist.",
            'use the Containerfile, or let your own supervisor run "signage run" as a user without privileges '
            "(docs/running-a-server.md).",
        )
