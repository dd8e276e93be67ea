"""What publishing does with the disk, and how a disk's refusal is put into words. I/O: disk."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from signage.errors import NotWritable
from signage.storage.durable_file import sync


def read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def is_signed(path: Path, signature: bytes, size: int) -> bool:
    """Whether a file begins with this signature, and has as many bytes after it."""
    try:
        with path.open("rb") as file:
            return file.read(len(signature)) == signature and path.stat().st_size == len(signature) + size
    except OSError:
        return False


def link(source: Path, target: Path) -> None:
    """A second name for a file that never changes, synced before it counts; a copy where the disk has no hard links."""
    temporary = target.with_name(f".{target.name}.new")
    temporary.unlink(missing_ok=True)
    try:
        temporary.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, temporary)
    sync(temporary)
    temporary.replace(target)


@contextlib.contextmanager
def clear(out: Path) -> Iterator[None]:
    """Say a disk's refusal in one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NotWritable(
                "The disk is full. The screens keep what was published before.",
                f"The folder is {out}.",
                "delete files that aren't needed.",
            ) from error
        where = error.filename or out
        raise NotWritable(
            f"Publishing failed: {error.strerror}. The screens keep what was published before.", f"The file is {where}."
        ) from error
