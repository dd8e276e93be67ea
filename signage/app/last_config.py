"""The configuration that was in force last, kept in the state: while screens.toml has a mistake, a server that starts,
and commands such as `signage alert`, go on with it. I/O: disk.
"""

from __future__ import annotations

import base64
import json
import logging
from contextlib import suppress
from pathlib import Path

from signage.config.load import parse_config
from signage.config.models import Config
from signage.config.parts import FileBytes, parts_folder
from signage.config.watch import Snapshot
from signage.errors import ConfigError
from signage.storage.durable_file import write_file

LAST_CONFIG = "last_config.json"
FORMAT = 1

log = logging.getLogger(__name__)


class LastConfig:
    """Of one screens.toml, in the folder of the state."""

    def __init__(self, state: Path, config: Path) -> None:
        self._file = state / LAST_CONFIG
        self._config = config

    def keep(self, in_force: Snapshot) -> None:
        """Write it down. A disk that is full costs only this, and is reported by what else needs it."""
        parts = {Path(part.name).name: _text(part.data) for part in in_force.parts if not part.fault}
        kept = {"format": FORMAT, "config": str(self._config.absolute()), "data": _text(in_force.data), "parts": parts}
        data = json.dumps(kept).encode()
        try:
            if not self._file.is_file() or self._file.read_bytes() != data:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_file(self._file, data, 0o600)  # a calendar's address may be secret
        except OSError as error:
            log.warning("%s could not be written (%s)", self._file, error.strerror)

    def read(self) -> Snapshot | None:
        """What was kept of this screens.toml; None when there is nothing."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            kept = json.loads(self._file.read_bytes())
            if kept["format"] == FORMAT and kept["config"] == str(self._config.absolute()):
                folder = parts_folder(self._config)
                parts = [FileBytes(str(folder / name), _bytes(text)) for name, text in kept["parts"].items()]
                return Snapshot(_bytes(kept["data"]), tuple(parts))
        return None

    def load(self, layouts: Path) -> Config | None:
        """The configuration that was kept; None when there is none, or it can't be used any more."""
        kept = self.read()
        if kept is None:
            return None
        with suppress(ConfigError):
            return parse_config(kept.data, str(self._config), layouts, kept.parts)
        return None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
