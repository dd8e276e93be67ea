"""How the box is: read from the kernel's own files, and the last problems of the player itself.

Every root is an argument; what isn't there is None.

Each minute, for years: so paths are plain strings, see player.store.disk.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from glob import iglob
from pathlib import Path

MOST_MODEL = 80  # characters
MOST_PROBLEMS, LONGEST_PROBLEM = 10, 200  # sentences, and characters of each; docs/heartbeat.md
_HOTTEST = 150.0  # degrees Celsius; sensors that are not connected show more, or 0


@dataclass(frozen=True, slots=True)
class Vitals:
    """`uptime`: seconds since the box started. Temperature in degrees Celsius; memory and storage in bytes."""

    uptime: float
    model: str
    temperature: float | None
    under_voltage: bool | None
    pss: int | None
    available: int | None
    free: int | None
    written: int | None


def read(store: Path, since_boot: float, root: Path = Path("/")) -> Vitals:
    """Look at everything once; some milliseconds. `store` is the player's folder."""
    return Vitals(
        uptime=since_boot,
        model=model(root),
        temperature=temperature(f"{root}/sys/class/thermal"),
        under_voltage=under_voltage(f"{root}/sys"),
        pss=_number(f"{root}/proc/self/smaps_rollup", "Pss:", 1024),
        available=_number(f"{root}/proc/meminfo", "MemAvailable:", 1024),
        free=free(store),
        written=_number(f"{root}/proc/self/io", "write_bytes:", 1),
    )


def model(root: Path = Path("/")) -> str:
    """The box's name: of the device tree on a Pi, of the firmware (DMI) on a PC; "" when neither has it."""
    named = _text(f"{root}/proc/device-tree/model")
    if not named:
        parts = (_text(f"{root}/sys/class/dmi/id/{name}") for name in ("sys_vendor", "product_name"))
        named = " ".join(part for part in parts if part)
    return "".join(letter for letter in named if letter.isprintable())[:MOST_MODEL]


def temperature(folder: str) -> float | None:
    """Of the processor; where no sensor calls itself so, of the hottest one."""
    found: list[tuple[bool, float]] = []
    for zone in sorted(iglob(f"{folder}/thermal_zone*")):
        try:
            degrees = int(_text(f"{zone}/temp")) / 1000
        except ValueError:
            continue
        if 0 < degrees < _HOTTEST:
            kind = _text(f"{zone}/type").lower()
            found.append(("cpu" in kind or "soc" in kind or "x86_pkg" in kind, degrees))
    return round(max(found)[1], 1) if found else None


def under_voltage(sys: str) -> bool | None:
    """Does a Pi get too little voltage now, by the kernel's raspberrypi_hwmon? None: no such sensor."""
    alarms = [_text(f"{sensor}/in0_lcrit_alarm") for sensor in _sensors(sys)]
    readable = [word for word in alarms if word in ("0", "1")]
    return "1" in readable if readable else None


def _sensors(sys: str) -> Iterator[str]:
    soc = f"{sys}/devices/platform/soc"
    for places in (f"{sys}/class/hwmon/hwmon*", f"{soc}/*/hwmon/hwmon*", f"{soc}/*/*/hwmon/hwmon*"):
        yield from (sensor for sensor in iglob(places) if _text(f"{sensor}/name") in ("rpi_volt", ""))


def free(folder: Path) -> int | None:
    """Bytes that this user may still write there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        space = os.statvfs(folder)
    except OSError:
        return None
    return space.f_bavail * space.f_frsize


def _number(file: str, name: str, unit: int) -> int | None:
    for line in _text(file, 16384).splitlines():
        if line.startswith(name):
            digits = line[len(name) :].split()
            return int(digits[0]) * unit if digits and digits[0].isdigit() else None
    return None


def _text(file: str, limit: int = 4096) -> str:
    try:
        with open(file, "rb") as handle:
            return handle.read(limit).decode("utf-8", "replace").strip("\0 \n")
    except OSError:
        return ""


class RecentProblems(logging.Handler):
    """Keeps the last warnings and worse. Bounded; to be added to the player's logger."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[str] = deque(maxlen=MOST_PROBLEMS)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by the logger, from any thread, under this handler's lock."""
        words = " ".join(record.getMessage().split())
        if record.exc_info and record.exc_info[1] is not None:
            words += f" ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
        self._kept.append(words if len(words) <= LONGEST_PROBLEM else words[: LONGEST_PROBLEM - 1] + "…")

    def last(self) -> tuple[str, ...]:
        """Oldest first."""
        self.acquire()
        try:
            return tuple(self._kept)
        finally:
            self.release()
