"""Files that survive a kill and a power cut: whole or not at all. I/O: disk. Every function raises OSError.

A server that runs as its own user must be able to read what root makes in its folder (`sudo signage pair --link`):
what root creates here belongs to the folder's owner.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

NEW = ".new-"  # how the names of files begin that are being written under a name of their own
LEFT_BEHIND = 3600.0  # seconds: nothing is being written for that long


def write_file(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Replace the file at `path`: written under another name, synced, renamed. `mode` is subject to the umask.

    Follow it with `sync` of the folder where the new name itself must be on the disk before anything else happens.
    """
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)  # left by a kill; opening it again would keep its mode
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        give_to_owner_of(path.parent, handle)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def remove_left_behind(folder: Path) -> None:
    """Delete the files whose writing a kill or a power cut has ended, those that begin with `NEW`."""
    for file in folder.glob(f"{NEW}*"):
        with suppress(FileNotFoundError):  # it has just been renamed
            if abs(time.time() - file.stat().st_mtime) > LEFT_BEHIND:  # the clock may have been ahead, and put right
                file.unlink()


def sync(path: Path) -> None:
    """Have a file's contents, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def give_to_owner_of(folder: Path, handle: int) -> None:
    """As root, make an open file belong to whom its folder belongs to. Nothing for anybody else."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
