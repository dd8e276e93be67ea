"""How the box is: read from the kernel's own files. Every root is an argument; what isn't there is None."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MOST_MODEL = 80  # characters
_HOTTEST = 150.0  # degrees Celsius; sensors that are not connected say more, or 0


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
        temperature=temperature(root / "sys/class/thermal"),
        under_voltage=under_voltage(root / "sys"),
        pss=_number(root / "proc/self/smaps_rollup", "Pss:", 1024),
        available=_number(root / "proc/meminfo", "MemAvailable:", 1024),
        free=free(store),
        written=_number(root / "proc/self/io", "write_bytes:", 1),
    )


def model(root: Path = Path("/")) -> str:
    """The box's name: of the device tree on a Pi, of the firmware (DMI) on a PC; "" when nobody says."""
    named = _text(root / "proc/device-tree/model")
    if not named:
        parts = (_text(root / "sys/class/dmi/id" / name) for name in ("sys_vendor", "product_name"))
        named = " ".join(part for part in parts if part)
    return "".join(letter for letter in named if letter.isprintable())[:MOST_MODEL]


def temperature(folder: Path) -> float | None:
    """Of the processor; where no sensor calls itself so, of the hottest one."""
    found: list[tuple[bool, float]] = []
    for zone in sorted(folder.glob("thermal_zone*")):
        try:
            degrees = int(_text(zone / "temp")) / 1000
        except ValueError:
            continue
        if 0 < degrees < _HOTTEST:
            kind = _text(zone / "type").lower()
            found.append(("cpu" in kind or "soc" in kind or "x86_pkg" in kind, degrees))
    return round(max(found)[1], 1) if found else None


def under_voltage(sys: Path) -> bool | None:
    """Does a Pi get too little voltage now, by the kernel's raspberrypi_hwmon? None: no such sensor."""
    alarms = [
        *(sys / "class/hwmon").glob("hwmon*/in0_lcrit_alarm"),
        *(sys / "devices/platform/soc").glob("*/hwmon/hwmon*/in0_lcrit_alarm"),
        *(sys / "devices/platform/soc").glob("*/*/hwmon/hwmon*/in0_lcrit_alarm"),
    ]
    said = [_text(alarm) for alarm in alarms if _text(alarm.with_name("name")) in ("rpi_volt", "")]
    readable = [word for word in said if word in ("0", "1")]
    return "1" in readable if readable else None


def free(folder: Path) -> int | None:
    """Bytes that this user may still write there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        space = os.statvfs(folder)
    except OSError:
        return None
    return space.f_bavail * space.f_frsize


def _number(file: Path, name: str, unit: int) -> int | None:
    for line in _text(file, 16384).splitlines():
        if line.startswith(name):
            digits = line[len(name) :].split()
            return int(digits[0]) * unit if digits and digits[0].isdigit() else None
    return None


def _text(file: Path, limit: int = 4096) -> str:
    try:
        with file.open("rb") as handle:
            return handle.read(limit).decode("utf-8", "replace").strip("\0 \n")
    except OSError:
        return ""
