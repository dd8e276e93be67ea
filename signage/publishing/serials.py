"""The last serial of each screen, kept apart from `published/`: a player never accepts a lower one. I/O: disk.

    serials/_life.json         which life of this ledger it is; another one begins when the past isn't known for certain
    serials/_issued.json       the instant of the newest publication, to notice a clock that was set back
    serials/<screen>.json      the last serial of a screen, also of one that is configured no more
    serials.lock               held by whoever reads or writes these

A serial is written down before anything is published under it. So a kill in between skips a number, and no number is
ever used twice. When the past isn't known (the ledger was deleted, damaged or restored from a backup), the next serial
of each screen is raised by `MARGIN`: whatever was published meanwhile, even by a clock that was years ahead, is lower.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from signage.storage.durable_file import sync, write_file
from signage.storage.lock_file import exclusive

SERIALS_FOLDER = "serials"
MARGIN = 10 * 365 * 86_400  # in serials, which are seconds: more than a wrong clock was ever ahead
MOST_REPORTED = 2**48  # a player that reports nonsense can't use up the numbers: the format ends at 2**63
MAX_BYTES = 1000  # a file has some 200
_LIFE, _ISSUED = "_life.json", "_issued.json"  # no screen's id begins with an underscore


@dataclass(frozen=True, slots=True)
class _Life:
    """`past_known`: a screen without a file has never been published."""

    id: str
    past_known: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    serial: int
    life: str


class SerialLedger:
    """The ledger in `folder`. Every method may raise OSError; the instants come from the caller."""

    def __init__(self, folder: Path, new_if_missing: bool = False) -> None:
        """`new_if_missing`: when there is no ledger, nothing has been published yet."""
        self.folder = folder
        self._new_if_missing = new_if_missing
        self._known_life: _Life | None = None
        self._noted: datetime | None = None  # the instant that is certainly written down as issued
        self._top: tuple[datetime, int] | None = None  # the highest serial of any screen, as known at an instant

    @classmethod
    def begin(cls, folder: Path) -> None:
        """Begin the ledger of a new signing key, under which nothing was published. One that is there stays."""
        if not folder.exists():
            _begin_life(folder, past_known=True)

    @classmethod
    def doubt(cls, folder: Path) -> None:
        """What the ledger says may be too low: it comes out of a backup."""
        _begin_life(folder, past_known=False)

    def reserve(self, screen: str, now: datetime, at_least: int = 0, pretended: bool = False) -> int:
        """The next serial of a screen, written down. It is higher than any before, and than `at_least`.

        It is the time in seconds where that is higher. `pretended`: `now` is not what the clock says.
        """
        with self._held():
            entry = self._entry(screen)
            serial = max(int(now.timestamp()), at_least + 1, entry.serial + 1 if entry else self._highest(now) + 1)
            if self._doubtful(entry):
                serial += MARGIN
            if self._top is not None:
                self._top = self._top[0], max(self._top[1], serial)
            fields = {"screen": screen, "serial": serial, "at": now.isoformat(), "life": self._life.id}
            _keep(self.folder / f"{screen}.json", fields)
            if not pretended and self._noted != now:
                if self.issued_at() != now:
                    _keep(self.folder / _ISSUED, {"at": now.isoformat()})
                self._noted = now
            return serial

    def confirms(self, screen: str, published: int) -> bool:
        """Is the published serial certainly the highest that any player can know?"""
        with self._held():
            entry = self._entry(screen)
            return not self._doubtful(entry) and entry is not None and entry.serial <= published

    def issued_at(self) -> datetime | None:
        """The instant of the newest publication; None when there is none, or the file is damaged."""
        at = (_read(self.folder / _ISSUED) or {}).get("at")
        try:
            return datetime.fromisoformat(at) if isinstance(at, str) else None
        except ValueError:
            return None

    def _held(self) -> AbstractContextManager[None]:
        """Builds, live pages and alerts hold different locks, and `signage alert` may run beside `signage build`."""
        return exclusive(self.folder.with_name(f"{self.folder.name}.lock"))

    @property
    def _life(self) -> _Life:
        if self._known_life is None:
            fields = _read(self.folder / _LIFE) or {}
            identity, past_known = fields.get("id"), fields.get("past_known")
            if isinstance(identity, str) and isinstance(past_known, bool):
                self._known_life = _Life(identity, past_known)
            else:
                self._known_life = _begin_life(self.folder, self._new_if_missing and not self.folder.exists())
        return self._known_life

    def _doubtful(self, entry: _Entry | None) -> bool:
        return not self._life.past_known if entry is None else entry.life != self._life.id

    def _highest(self, now: datetime) -> int:
        """The highest serial of any screen: above it a screen is safe whose file somebody has deleted. All files are
        read once for the instant of a build: the first one has hundreds of new screens.
        """
        if self._top is None or self._top[0] != now:
            self._top = now, self._read_highest()
        return self._top[1]

    def _read_highest(self) -> int:
        names = [file.stem for file in self.folder.glob("[a-z0-9]*.json")]
        return max((entry.serial for name in names if (entry := self._entry(name))), default=0)

    def _entry(self, screen: str) -> _Entry | None:
        """What is written down of a screen; of another life, if the file is damaged. None: there is no file."""
        path = self.folder / f"{screen}.json"
        if not path.exists():
            return None
        fields = _read(path) or {}
        serial, life = fields.get("serial"), fields.get("life")
        if not isinstance(serial, int) or not isinstance(life, str) or fields.get("screen") != screen:
            return _Entry(0, "")
        return _Entry(serial, life)


@dataclass(frozen=True, slots=True)
class Serials:
    """Where one build gets its serials from.

    `reported`: the highest serial of each screen that a player says it has. `pretended`: the instants of what is
    published are not what the clock says.
    """

    ledger: SerialLedger
    reported: Mapping[str, int] = field(default_factory=dict)
    pretended: bool = False

    def is_highest(self, screen: str, published: int) -> bool:
        """Can no player know a higher serial of this screen than the published one? May raise OSError."""
        return self._reported(screen) <= published and self.ledger.confirms(screen, published)

    def next(self, screen: str, now: datetime, published: int) -> int:
        """A serial above `published`, and above whatever any player knows; written down. May raise OSError."""
        return self.ledger.reserve(screen, now, max(published, self._reported(screen)), self.pretended)

    def _reported(self, screen: str) -> int:
        serial = self.reported.get(screen, 0)
        return serial if 0 < serial <= MOST_REPORTED else 0


def _begin_life(folder: Path, past_known: bool) -> _Life:
    life = _Life(secrets.token_hex(8), past_known)
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if new:
        sync(folder.parent)
    _keep(folder / _LIFE, {"id": life.id, "past_known": past_known})
    return life


def _read(path: Path) -> dict[str, object] | None:
    """The fields of a file; None when it is missing or damaged."""
    try:
        with path.open("rb") as file:
            fields = json.loads(file.read(MAX_BYTES + 1))
        if not isinstance(fields, dict) or fields.pop("sum", None) != _sum(fields):
            return None
    except (OSError, ValueError, RecursionError):
        return None
    return fields


def _keep(path: Path, fields: dict[str, object]) -> None:
    """Write a file whole or not at all, and have it survive a power cut."""
    write_file(path, json.dumps({**fields, "sum": _sum(fields)}).encode() + b"\n")
    sync(path.parent)


def _sum(fields: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
