"""The systemd unit of the server: its template is signage.service.template beside this file. Pure.

Values are quoted as systemd.service(5), "Command lines", and systemd.exec(5), Environment=, want it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

USER = "signage"
UNIT = "signage.service"
CONFIG_FILE = Path("/etc/signage/screens.toml")
STATE_FOLDER = Path("/var/lib/signage")
UNIT_FILE = Path("/etc/systemd/system") / UNIT
FIRST_FREE_PORT = 1024  # below it only a process with CAP_NET_BIND_SERVICE may listen
MEMORY_MAX = 3 << 30  # bytes; three times what the renderer needs at its busiest
MEMORY_SHARE = 0.8  # of the machine's memory, where that is less: the rest keeps SSH and the journal alive
HOMES = tuple(Path(folder) for folder in ("/home", "/root", "/run/user"))  # what ProtectHome= hides
BACKOFF_VERSION = 254  # systemd's, which has RestartSteps= and RestartMaxDelaySec=
_SAFE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class UnitSettings:
    """What differs from one installation to the next. `memory`: the machine's, in bytes."""

    version: str
    python: Path
    program: tuple[Path, ...]  # files and folders that the service's user has to read, Python's own among them
    layouts: Path
    port: int
    host: str
    memory: int
    systemd_version: int
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def command(self) -> tuple[str, ...]:
        """What the service runs. -I: neither the folder it starts in nor a user's own packages are on the path;

        faulthandler: the watchdog's SIGABRT makes a program that hangs print where.
        """
        return (
            *(str(self.python), "-I", "-X", "faulthandler", "-m", "signage", "run"),
            *("--config", str(CONFIG_FILE), "--layouts", str(self.layouts), "--var", str(STATE_FOLDER)),
            *("--host", self.host, "--port", str(self.port)),
        )


def unit_text(settings: UnitSettings) -> str:
    """The whole unit file."""
    low_port = settings.port < FIRST_FREE_PORT
    in_home = any(path.is_relative_to(home) for path in (*settings.program, settings.layouts) for home in HOMES)
    values = {
        "VERSION": settings.version,
        "EXEC_START": " ".join(map(quoted, settings.command)),
        "RESTART_BACKOFF": (
            "RestartSteps=6\nRestartMaxDelaySec=300\n" if settings.systemd_version >= BACKOFF_VERSION else ""
        ),
        "ENVIRONMENT": "".join(
            f"Environment={quoted(f'{name}={value}', dollars=False)}\n"
            for name, value in sorted(settings.environment.items())
        ),
        "MEMORY_MAX": str(min(MEMORY_MAX, int(settings.memory * MEMORY_SHARE))),
        "PROTECT_HOME": "read-only" if in_home else "yes",
        # In a separate user namespace a process can't be given a right of the machine's.
        "PRIVATE_USERS": "" if low_port else "PrivateUsers=yes\n",
        "CAPABILITIES": "CAP_NET_BIND_SERVICE" if low_port else "",
    }
    text = files("signage.installation").joinpath(f"{UNIT}.template").read_text("utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], text)


def quoted(word: str, dollars: bool = True) -> str:
    """One word of a command line or of Environment= as systemd reads it: % and $ (`dollars`) are escaped."""
    word = word.replace("%", "%%")
    if dollars:
        word = word.replace("$", "$$")
    if _SAFE.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unit_value(text: str, name: str) -> str:
    """The last value of a setting in a unit file, or an empty text."""
    found = re.findall(rf"(?m)^{re.escape(name)}=(.*)$", text)
    return found[-1].strip() if found else ""


def port_of(command: Sequence[str] | str) -> int | None:
    """The port that a unit's command serves on."""
    found = re.search(r"--port (\d+)", command if isinstance(command, str) else " ".join(command))
    return int(found[1]) if found else None
