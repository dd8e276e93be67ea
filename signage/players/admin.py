"""The administrator's key, for the form on the status page: whoever can read `var/` can read it. I/O: disk.

Deleting the file takes the key away; `signage pair --link` makes a new one.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from signage.errors import NotWritable
from signage.players.codes import same

ADMIN_FILE = "admin.key"
DIGITS = 32  # hexadecimal: 128 bits, which nobody guesses


class AdminKey:
    """The key in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ADMIN_FILE

    def load_or_make(self) -> str:
        """The key; a new one that only the file's owner can read, when there is none. Raises NotWritable."""
        if key := self._read():
            return key
        key = secrets.token_hex(DIGITS // 2)
        temporary = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(key + "\n")
            temporary.replace(self.path)
        except OSError as error:
            raise NotWritable(f"{self.path}: can't keep the administrator's key: {error.strerror}") from error
        return key

    def fits(self, given: str) -> bool:
        """Is it the key? Never, while there is none."""
        key = self._read()
        return bool(key) and same(key, given.strip())

    def _read(self) -> str:
        try:
            key = self.path.read_text("ascii").strip()
        except (OSError, ValueError):
            return ""
        return key if len(key) == DIGITS else ""
