"""Packages that only some installations need, and the command that adds them to this one."""

from __future__ import annotations

import os
import shlex
import sys
import sysconfig

# As the extras in pyproject.toml. They are named by themselves, for no index of packages has this program.
EXTRAS = {"s3": "boto3>=1.40", "video": "av>=16", "workers": "distributed>=2025.1"}


def install_command(extra: str) -> str:
    """What to type to add an extra to the environment that this program runs in."""
    sudo = [] if os.access(sysconfig.get_path("purelib"), os.W_OK) else ["sudo"]
    return shlex.join([*sudo, sys.executable, "-m", "pip", "install", EXTRAS[extra]])
