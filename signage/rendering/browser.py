"""Find a Chromium, and start it so that the same document gives the same pixels and nothing reaches a network."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from signage.errors import NoBrowser

# It renders the same pixels at three quarters of the cost, and is smaller to install.
HEADLESS_SHELL = "chromium-headless-shell"
NAMES = (
    HEADLESS_SHELL,
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
)
MARK = "--signage-renderer"  # no switch of Chromium's: by it a browser's process is found again
_PR_CAPBSET_DROP, _CAP_SYS_NICE = 24, 23  # prctl(2), capabilities(7)
NICE = 10  # of setpriority(2): beside a process of 0 it gets a tenth of a core's time, alone all of it
VERSION_SECONDS = 20.0  # a cold start from a slow card; answers in a tenth of a second on a PC

ARGUMENTS = (
    "--default-tile-width=1920",  # a page of the usual size is one tile: it is put together at 4 CPU-ms less
    "--default-tile-height=1080",
    "--disable-gpu",
    "--font-render-hinting=none",  # hinting differs between machines
    "--disable-lcd-text",  # subpixel colours are wrong on a turned panel, and compress badly
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # /dev/shm is 64 MB in containers
    "--host-resolver-rules=MAP * ~NOTFOUND",  # second lock behind the offline context and the CSP
)


def find_browser() -> Path:
    """The browser to render with: $SIGNAGE_BROWSER, Playwright's own, or the system's. Raises NoBrowser."""
    wanted = os.environ.get("SIGNAGE_BROWSER")
    if wanted:
        found = shutil.which(wanted)
        if not found:
            raise NoBrowser(
                f"There is no program {wanted}.",
                "It is the value of SIGNAGE_BROWSER.",
                "correct it, or remove it to use the system's browser.",
            )
        return Path(found)
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    for pattern in ("chromium_headless_shell-*/*/headless_shell", "chromium-*/*/chrome"):
        candidates = sorted(Path(own).glob(pattern))
        if candidates:
            return candidates[-1]
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise NoBrowser("There is no browser to render pages with.", hint="sudo apt install chromium-headless-shell")


@lru_cache(8)
def browser_version(path: Path) -> str:
    """What the browser calls itself, "Chromium 156.0.8078.79 ..."; part of every picture's key."""
    try:
        done = subprocess.run(  # noqa: S603 the path is the administrator's own browser
            [path, "--version"], capture_output=True, text=True, timeout=VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoBrowser(
            "The browser doesn't start.", f"{path}: {error}.", "sudo apt install --reinstall chromium"
        ) from error
    return done.stdout.strip()


def arguments(mark: str = "") -> list[str]:
    """Command-line switches. `mark`: see `kill_marked`. Whether there is a sandbox is Playwright's own argument."""
    return [*ARGUMENTS, *([f"{MARK}={mark}"] if mark else [])]


def kill_marked(mark: str, *, driver: bool = True) -> None:
    """Kill the browser that was started with this mark, with all its processes, and the program that drives it unless
    `driver` is false.

    For a browser that hangs: Playwright asks it to close and waits, and names no process that could be killed instead.
    Chromium ignores a switch that it doesn't know, so its command line shows which process is ours.
    """
    wanted = f"{MARK}={mark}".encode()
    for pid in _processes():
        if wanted not in _command_line(pid):
            continue
        parent = _parent(pid)
        with suppress(OSError):
            if os.getpgid(pid) != os.getpgid(0):  # Playwright gives each browser a process group of its own
                os.killpg(os.getpgid(pid), signal.SIGKILL)
            os.kill(pid, signal.SIGKILL)
        if driver and parent and _parent(parent) == os.getpid():
            with suppress(OSError):
                os.kill(parent, signal.SIGKILL)


def keep_from_raising_priority() -> None:
    """Programs that this thread starts from now on can't raise their priority; only root's could. Call it before
    Playwright's driver is started: Chromium raises itself above everything else where it may.
    """
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_SYS_NICE, 0, 0, 0)  # fails for anybody but root, who needs it


def lower_priority_of_driver() -> None:
    """Make what drives the browsers, and so the browsers that it starts, give way to the answers to players.

    Rendering can wait a tenth of a second longer on a busy machine; a player that polls gives up. Only programs that
    this process started as Playwright's driver are touched.
    """
    for pid in _processes():
        if _parent(pid) == os.getpid() and any(b"playwright" in part for part in _command_line(pid)):
            with suppress(OSError):  # it has ended meanwhile
                if os.getpriority(os.PRIO_PROCESS, pid) < NICE:
                    os.setpriority(os.PRIO_PROCESS, pid, NICE)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a browser has used, in all its processes: bytes of memory that it holds for itself now, and seconds of
    processor time since it was started.
    """

    memory: int
    processor: float


def usage_of(mark: str) -> Usage:
    """What the browser with this mark has used; nothing when there is none."""
    wanted = f"{MARK}={mark}".encode()
    main = next((pid for pid in _processes() if wanted in _command_line(pid)), None)
    if main is None:
        return Usage(0, 0.0)
    group = [pid for pid in _processes() if _group(pid) == main]
    return Usage(sum(map(_own_memory, group)), sum(map(_processor_seconds, group)))


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def _own_memory(pid: int) -> int:
    """What is not shared with others, such as the program's own file (proc(5): RssAnon, in kB)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        return 1024 * int(status.partition("RssAnon:")[2].split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _command_line(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []  # it has ended meanwhile


def _stat(pid: int) -> list[str]:
    """The fields of proc(5)'s stat from the third on; none when the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    """The parent's process id; 0 when the process has ended."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _processor_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0  # utime, stime
