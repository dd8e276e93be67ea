"""Whether Chromium has its own sandbox on this system. Asks the kernel in a child process."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

SECONDS = 20.0  # for a child that starts Python and makes one system call
# Debian's package chromium-sandbox, and Chrome's own: the older way, for systems without user namespaces.
SETUID_SANDBOXES = ("/usr/lib/chromium/chrome-sandbox", "/opt/google/chrome/chrome-sandbox")
# The sandbox's first two steps (sandbox/linux/services/credentials.cc): new user, process and network namespaces, and a
# root folder that is empty. Both are tried: an engine for containers may allow the first, forbid the second, and then
# Chromium does not start at all.
STEPS = """
import ctypes
c = ctypes.CDLL(None)
raise SystemExit(c.unshare(0x10000000 | 0x20000000 | 0x40000000) != 0 or c.chroot(b"/proc/self/fdinfo/") != 0)
"""


def sandbox_problem(user: int | None = None) -> str | None:
    """Why Chromium runs without its sandbox here, with what to do; None when it has its sandbox.

    A machine without it makes pages all the same, and says so. `user`: whose number, this process's own if left out.
    The sandbox keeps a page that breaks out of Chromium's renderer from the network, the keys and everything else.
    """
    if (os.geteuid() if user is None else user) == 0:
        return (
            "Chromium runs without its sandbox, because this program runs as root. "
            "Hint: sudo signage service install lets it run as a user of its own"
        )
    if can_sandbox() or (_may_gain_rights() and any(map(_is_setuid, SETUID_SANDBOXES))):
        return None
    return (
        "Chromium runs without its sandbox, because this system lets nobody but root create user namespaces. "
        "Hint: sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000 "
        "(in a container: --cap-add sys_chroot, see docs/running-a-server.md)"
    )


@lru_cache(1)
def can_sandbox() -> bool:
    """May a process of this user do what Chromium's sandbox does first? Asked of the kernel, in a child."""
    try:
        done = subprocess.run(  # noqa: S603 this same Python
            [sys.executable, "-I", "-c", STEPS], capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False  # nobody knows, and with a sandbox that does not work Chromium would not start at all
    return done.returncode == 0


def _is_setuid(path: str) -> bool:
    try:
        return bool(Path(path).stat().st_mode & stat.S_ISUID)
    except OSError:
        return False


def _may_gain_rights() -> bool:
    """Whether a setuid program has any effect: not under NoNewPrivileges= (proc(5), NoNewPrivs)."""
    try:
        return "NoNewPrivs:\t1" not in Path("/proc/self/status").read_text("utf-8")
    except OSError:
        return True
