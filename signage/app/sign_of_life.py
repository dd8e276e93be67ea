"""The server's sign of life: a small file with its state and the time. For `signage status`, which is another process.

Written when something changes and once a minute otherwise, under a temporary name and renamed: a reader never sees half
of it. Not synced: after a power cut an older sign is as good.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from signage.domain.server_status import ServerStatus
from signage.domain.status_json import AlarmJson
from signage.errors import NotWritable
from signage.web.problems import alarm_as_data, problem_lines

SIGN_FILE = "daemon.json"
WRITE_SECONDS = 60.0  # how often, when nothing changes: 1,440 small writes a day
CARRY_SECONDS = 10 * 60.0  # a server that comes back within this time after its last sign of life had died
MAX_BYTES = 1_000_000  # far more than a server ever writes


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """How the server was at the instant `at`. `waiting_since`: for each screen, when its pages were last published or
    found unchanged, or since when they are waited for. `ended`: these are its last words.
    """

    at: datetime
    pid: int
    ended: bool
    waiting_since: Mapping[str, datetime] = field(default_factory=dict)
    alarms: Sequence[AlarmJson] = ()
    problems: Sequence[str] = ()


def write_sign(folder: Path, sign: SignOfLife) -> None:
    """Replace the file. Raises NotWritable."""
    path = folder / SIGN_FILE
    temporary = path.with_suffix(".new")
    waiting = {screen: at.isoformat() for screen, at in sign.waiting_since.items()}
    data = {**asdict(sign), "at": sign.at.isoformat(), "waiting_since": waiting}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # problems may name paths
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, ensure_ascii=False)
        temporary.replace(path)
    except OSError as error:
        raise NotWritable.from_os_error("A file", path, error) from error


def read_sign(folder: Path) -> SignOfLife | None:
    """What the server last wrote there; None when there is nothing that can be read."""
    path = folder / SIGN_FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        data = json.loads(path.read_bytes())
        waiting = {str(screen): datetime.fromisoformat(at) for screen, at in data["waiting_since"].items()}
        sign = SignOfLife(
            at=datetime.fromisoformat(data["at"]),
            pid=int(data["pid"]),
            ended=bool(data["ended"]),
            waiting_since=waiting,
            alarms=tuple(_alarm(each) for each in data["alarms"] if isinstance(each, dict)),
            problems=tuple(str(each) for each in data["problems"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    aware = sign.at.tzinfo is not None and all(at.tzinfo is not None for at in waiting.values())
    return sign if aware else None


def _alarm(fields: Mapping[str, object]) -> AlarmJson:
    """An alarm as another version may have written it: what is missing is empty."""
    kind, unit, since, text, nb = (str(fields.get(key, "")) for key in ("kind", "unit", "since", "text", "nb"))
    return {"kind": kind, "unit": unit, "since": since, "text": text, "nb": nb}


class SignWriter:
    """Writes a running server's sign when it is due. `waiting` gives `SignOfLife.waiting_since`."""

    def __init__(
        self,
        folder: Path,
        status: Callable[[], ServerStatus],
        waiting: Callable[[], Mapping[str, datetime]],
        monotonic: Callable[[], float],
    ) -> None:
        self._folder = folder
        self._status = status
        self._waiting = waiting
        self._monotonic = monotonic
        self._written_at = float("-inf")
        self._content: object = None

    def write_if_due(self) -> None:
        """Write it when something has changed, or a minute has passed. Raises NotWritable."""
        status, now = self._status(), self._monotonic()
        content = (status.alarms, status.problems)
        if content != self._content or now - self._written_at >= WRITE_SECONDS:
            self.write(status)
            self._content, self._written_at = content, now

    def write(self, status: ServerStatus, *, ended: bool = False) -> None:
        """Write it now. Raises NotWritable."""
        alarms = [alarm_as_data(alarm, status.zone, status.at) for alarm in status.alarms]
        sign = SignOfLife(status.at, os.getpid(), ended, self._waiting(), alarms, problem_lines(status))
        write_sign(self._folder, sign)


def ages_carried_over(folder: Path, at: datetime) -> dict[str, float]:
    """For how many seconds each screen has waited, by the sign of a server that has died a moment before `at`.

    A server that dies and is started again, over and over, has not published anything either.
    """
    sign = read_sign(folder)
    if sign is None or sign.ended or not 0 <= (at - sign.at).total_seconds() <= CARRY_SECONDS:
        return {}
    ages = {screen: (at - since).total_seconds() for screen, since in sign.waiting_since.items()}
    return {screen: age for screen, age in ages.items() if age >= 0}
