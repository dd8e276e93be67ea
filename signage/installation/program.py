"""Where this program is installed, and whether the service's user, who owns none of it, can read it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

from signage.rendering.browser import NAMES

BROWSER_SETTING = "SIGNAGE_BROWSER"
DRIVER_SECONDS = 60.0  # for its version; a cold start from a slow disk


def interpreter() -> Path:
    """The Python that runs this: of the virtual environment, when there is one. Not resolved: the link is the venv."""
    return Path(sys.executable).absolute()


def command() -> str:
    """What a person types to call this program, also where it isn't on the PATH."""
    script = interpreter().with_name("signage")
    return str(script) if script.exists() else f"{interpreter()} -m signage"


def program_paths() -> tuple[Path, ...]:
    """What a process of this program reads: Python, its library, the virtual environment, and the package itself."""
    package = Path(str(files("signage")))
    return (interpreter(), Path(sys.base_prefix), Path(sys.prefix), package, package / "__init__.py")


def hidden_parts(paths: Iterable[Path]) -> list[Path]:
    """What a user without rights can't read of these files and folders: the first part of each, once.

    Every folder on the way must be searchable by others, links are followed, and the last part is readable.
    """
    hidden: dict[Path, None] = {}
    for path in paths:
        for route in (path.absolute(), path.resolve()):
            if (part := _first_hidden(route)) is not None:
                hidden[part] = None
    return list(hidden)


def _first_hidden(path: Path) -> Path | None:
    for part in (*reversed(path.parents), path):
        try:
            mode = part.stat().st_mode
        except OSError:
            return part
        wanted = stat.S_IROTH | stat.S_IXOTH if part == path and stat.S_ISDIR(mode) else stat.S_IROTH
        if part != path:
            wanted = stat.S_IXOTH
        if mode & wanted != wanted:
            return part
    return None


def driver_problem() -> str | None:
    """Why Playwright's driver, which steers the browser, does not start; None when it does.

    It is a separate program (Node.js) and needs libatomic, which a small Debian lacks.
    """
    node, _ = compute_driver_executable()
    try:
        done = subprocess.run(  # noqa: S603 the driver that Playwright brought
            [node, "--version"], capture_output=True, text=True, timeout=DRIVER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.strip()


def browser_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str] | None:
    """What the unit has to set so that the service finds the browser; None when this system has none for it.

    A browser that Playwright keeps in somebody's home is of no use to another user.
    """
    wanted = environment.get(BROWSER_SETTING)
    if wanted:
        found = shutil.which(wanted)
        return {BROWSER_SETTING: found} if found else None
    return {} if any(shutil.which(name) for name in NAMES) else None
