"""The administrator's key, for the form on the status page: anyone who can read `var/` can read it. I/O: disk.

Deleting the file takes the key away; `signage pair --link` makes a new one.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from signage.errors import NotWritable
from signage.fleet.pairing_codes import same
from signage.storage.durable_file import write_file

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
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_file(self.path, f"{key}\n".encode("ascii"), 0o600)
        except OSError as error:
            raise NotWritable.from_os_error("The administrator's key", self.path, error) from error
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
