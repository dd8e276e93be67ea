"""What to change so that the service is installed or gone: planned as a list (pure), then carried out step by step.

Every step may be taken again, so that a second installation is an upgrade and a broken-off one is repeated.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from signage.errors import NotWritable, SignageError
from signage.installation.service_unit import CONFIG_FILE, STATE_FOLDER, UNIT, UNIT_FILE, USER

CONFIG_FOLDER = CONFIG_FILE.parent
COMMAND_SECONDS = 600.0  # for one command; systemctl returns when the service is ready, TimeoutStartSec= is 300


class StepFailed(SignageError):
    """A command of a step ended badly."""


@dataclass(frozen=True, slots=True)
class TargetSystem:
    """The system that is changed: this one, or one that is being made in a folder. Nothing is started in the latter."""

    root: Path = Path("/")

    @property
    def running(self) -> bool:
        return self.root == Path("/")

    def path(self, path: Path) -> Path:
        return self.root / path.relative_to("/")

    def ids(self, user: str) -> tuple[int, int] | None:
        """The user's and its group's numbers there, or None."""
        return _entry(self.path(Path("/etc/passwd")), user)


def _entry(passwd: Path, user: str) -> tuple[int, int] | None:
    try:
        lines = passwd.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    for line in lines:
        name, *rest = line.split(":")
        if name == user and len(rest) >= 3:
            return int(rest[1]), int(rest[2])
    return None


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the system's."""

    purpose: str  # what it is for
    command: tuple[str, ...]
    may_fail: bool = False

    def apply(self, system: TargetSystem) -> None:
        try:
            done = subprocess.run(  # noqa: S603 fixed commands of the system's own
                self.command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepFailed(
                f"Could not {self.purpose}.", f"{self.command[0]}: {error}.", f"install {self.command[0]}."
            ) from error
        if done.returncode and not self.may_fail:
            output = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
            raise StepFailed(
                f"Could not {self.purpose}.",
                f'"{" ".join(self.command)}" reported: {output}.',
                "correct that, and run the same command again.",
            )


@dataclass(frozen=True, slots=True)
class MakeFolder:
    """A folder with exactly this mode, of this owner and group ("root" or the service's user)."""

    path: Path
    mode: int
    owner: str
    group: str
    purpose: str

    def apply(self, system: TargetSystem) -> None:
        there = system.path(self.path)
        try:
            there.mkdir(parents=True, exist_ok=True)
            os.chown(there, _numbers(system, self.owner)[0], _numbers(system, self.group)[1])
            there.chmod(self.mode)
        except OSError as error:
            raise NotWritable(
                f"Could not {self.purpose}: {error.strerror}.",
                f"The folder is {there}.",
                "check that the file system isn't read-only.",
            ) from error


@dataclass(frozen=True, slots=True)
class ChangeOwner:
    """Whatever is in a folder belongs to the service's user, links themselves included.

    A command that was typed as root leaves files there that the service could not write.
    """

    path: Path
    purpose: str

    def apply(self, system: TargetSystem) -> None:
        uid, gid = _numbers(system, USER)
        for _, folders, names, descriptor in os.fwalk(system.path(self.path)):
            for name in (*folders, *names):
                try:
                    os.chown(name, uid, gid, dir_fd=descriptor, follow_symlinks=False)
                except FileNotFoundError:
                    continue  # the service is running, and has just removed it


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file with exactly this content, mode and group; its owner is root. In place at once or not at all."""

    path: Path
    content: bytes
    mode: int
    group: str
    purpose: str

    def apply(self, system: TargetSystem) -> None:
        there = system.path(self.path)
        new = there.with_name(f".{there.name}.new")
        try:
            there.parent.mkdir(parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self.content)
                os.fchown(descriptor, 0, _numbers(system, self.group)[1])
                os.fchmod(descriptor, self.mode)
                os.fsync(descriptor)
            new.replace(there)
        except OSError as error:
            raise NotWritable(
                f"Could not {self.purpose}: {error.strerror}.",
                f"The file is {there}.",
                "check that the file system isn't read-only or full.",
            ) from error


@dataclass(frozen=True, slots=True)
class Remove:
    """A file, or a folder with all that is in it."""

    path: Path
    purpose: str

    def apply(self, system: TargetSystem) -> None:
        there = system.path(self.path)
        try:
            if there.is_dir() and not there.is_symlink():
                shutil.rmtree(there)
            else:
                there.unlink(missing_ok=True)
        except OSError as error:
            raise NotWritable(
                f"Could not {self.purpose}: {error.strerror}.",
                f"The file is {error.filename}.",
                "remove it by hand.",
            ) from error


Step = Command | MakeFolder | ChangeOwner | WriteFile | Remove


def _numbers(system: TargetSystem, user: str) -> tuple[int, int]:
    if user == "root":
        return 0, 0
    ids = system.ids(user)
    if ids is None:
        raise StepFailed(
            f'There is no user "{user}".',
            f"Looked in {system.path(Path('/etc/passwd'))}.",
            "run the same command again.",
        )
    return ids


def plan_install(
    unit: str, have_config: bool, config_files: Mapping[str, bytes], system: TargetSystem, *, start: bool
) -> list[Step]:
    """From whatever is there to a service that is enabled and, on a running system, started or restarted.

    `config_files`: what goes to /etc/signage when there is no screens.toml yet, by path below that folder.
    """
    root = [] if system.running else [f"--root={system.root}"]
    # The groups and numbers of a system's own users; no password, no shell, and no home but the state.
    account = f'u {USER} - "Info screen server" {STATE_FOLDER} /usr/sbin/nologin'
    steps: list[Step] = [
        Command(
            f'create the system user "{USER}", which can\'t log in', ("systemd-sysusers", *root, "--inline", account)
        ),
        MakeFolder(CONFIG_FOLDER, 0o750, "root", USER, f"create {CONFIG_FOLDER} for the configuration"),
        MakeFolder(STATE_FOLDER, 0o700, USER, USER, f"create {STATE_FOLDER} for state and published pages"),
        ChangeOwner(STATE_FOLDER, f'give everything in {STATE_FOLDER} to "{USER}"'),
    ]
    if not have_config:
        folders = sorted({parent for name in config_files for parent in Path(name).parents if parent != Path()})
        steps += [
            MakeFolder(CONFIG_FOLDER / folder, 0o750, "root", USER, f"create {CONFIG_FOLDER / folder}")
            for folder in folders
        ]
        steps += [
            WriteFile(CONFIG_FOLDER / name, content, 0o640, USER, f"write {CONFIG_FOLDER / name}")
            for name, content in config_files.items()
        ]
    steps.append(WriteFile(UNIT_FILE, unit.encode(), 0o644, "root", f"write the unit {UNIT_FILE}"))
    if system.running:
        steps.append(Command("reload systemd's units", ("systemctl", "daemon-reload")))
    steps.append(Command(f"start {UNIT} at every boot", ("systemctl", *root, "enable", UNIT)))
    if system.running and start:
        steps.append(Command(f"start or restart {UNIT} now", ("systemctl", "restart", UNIT)))
    return steps


def plan_remove(system: TargetSystem, *, purge: bool) -> list[Step]:
    """To a system without the service; `purge`: and without its configuration, its data and its user."""
    root = [] if system.running else [f"--root={system.root}"]
    steps: list[Step] = []
    if system.running:
        steps.append(Command(f"stop {UNIT}", ("systemctl", "stop", UNIT), may_fail=True))
    steps.append(Command(f"no longer start {UNIT} at boot", ("systemctl", *root, "disable", UNIT), may_fail=True))
    steps.append(Remove(UNIT_FILE, f"remove the unit {UNIT_FILE}"))
    if system.running:
        steps.append(Command("reload systemd's units", ("systemctl", "daemon-reload")))
        steps.append(Command("forget its failures", ("systemctl", "reset-failed", UNIT), may_fail=True))
    if purge:
        drop_ins = UNIT_FILE.with_name(f"{UNIT}.d")
        steps.append(Remove(drop_ins, f"remove your own changes to the unit, {drop_ins}"))
        steps.append(Remove(STATE_FOLDER, f"remove {STATE_FOLDER} with its keys, its pairings and the published pages"))
        steps.append(Remove(CONFIG_FOLDER, f"remove {CONFIG_FOLDER} with the configuration"))
        if system.ids(USER) is not None:
            steps.append(Command(f'remove the user "{USER}"', ("userdel", *_userdel_root(system), USER)))
    return steps


def _userdel_root(system: TargetSystem) -> Sequence[str]:
    return () if system.running else ("--prefix", str(system.root))
