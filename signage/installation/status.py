"""How the service is, from what systemd knows about it: fields, and sentences that can be read out on the telephone."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from signage.installation.service_unit import CONFIG_FILE, STATE_FOLDER, UNIT, unit_value

PROPERTIES = (
    *("LoadState", "ActiveState", "SubState", "UnitFileState", "ActiveEnterTimestamp", "StateChangeTimestamp"),
    *("Result", "NRestarts", "MainPID", "MemoryCurrent", "MemoryMax", "TasksCurrent", "TasksMax", "WatchdogUSec"),
    "StatusText",
)
SECONDS = 20.0  # for one question to systemd or its journal
FAILURES = 3  # how many of the last ones are shown
# What systemd itself (process 1) writes about a unit that ended badly.
_FAILURE = re.compile(r"Watchdog timeout|Main process exited|Failed with result|Failed to start|oom-kill|timed out")
_UNKNOWN = {"", "[not set]", "infinity", str(2**64 - 1)}


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """`failures`: the last lines of systemd's about failures, oldest first. Memory in bytes, None: not counted here."""

    installed: bool
    active: str  # systemd's ActiveState: "active", "activating", "failed", "inactive" ...
    since: str  # systemd's own writing of the time, with the machine's zone; "" when never
    enabled: bool
    result: str  # systemd's Result: "success", "watchdog", "exit-code" ...
    restarts: int  # since it was started by hand or at boot
    memory: int | None
    memory_max: int | None
    tasks: int | None
    watchdog_seconds: float
    text: str  # what the program itself last reported
    version: str  # of the unit, which is that of the program that installed it
    failures: tuple[str, ...]

    @property
    def running(self) -> bool:
        return self.active == "active"

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {**values, "failures": list(self.failures), "config": str(CONFIG_FILE), "state": str(STATE_FOLDER)}

    def lines(self, installed_version: str) -> list[str]:
        """One fact a line. `installed_version`: of the program that prints them."""
        if not self.installed:
            return [f"{UNIT} is not installed. Hint: sudo signage service install"]
        status = [f"status: {self.text}"] if self.running and self.text else []
        out = [self._state(), *status, "starts at boot: " + ("yes" if self.enabled else "no")]
        out.append(f"automatic restarts since then: {self.restarts}")
        if self.memory is not None:
            cap = f" of at most {_megabytes(self.memory_max)}" if self.memory_max else ""
            out.append(f"memory: {_megabytes(self.memory)}{cap}" + (f"; tasks: {self.tasks}" if self.tasks else ""))
        dog = f"on, {self.watchdog_seconds:.0f} seconds" if self.watchdog_seconds else "off"
        out.append(f"watchdog: {dog}")
        out.append(f"configuration: {CONFIG_FILE}")
        out.append(f"state and published pages: {STATE_FOLDER}")
        newer = (
            ""
            if self.version == installed_version
            else (f"; this program is {installed_version}. Hint: sudo signage service install")
        )
        out.append(f"version: {self.version or 'unknown'}{newer}")
        if self.failures:
            out.append("last failures:")
            out += [f"  {line}" for line in self.failures]
        else:
            out.append("last failures: none in the journal")
        out.append(f"log: journalctl -u {UNIT}")
        return out

    def _state(self) -> str:
        if self.running:
            return f"running since {self.since}"
        if self.active in {"activating", "reloading"}:
            return f"starting; the last attempt ended with: {self.result}" if self.result != "success" else "starting"
        if self.active == "failed":
            return f"not running: failed ({self.result})" + (f", {self.since}" if self.since else "")
        return "not running: stopped" + (f", {self.since}" if self.since else "")


def _megabytes(amount: int | None) -> str:
    return f"{(amount or 0) / 1e6:.0f} MB"


def read_service_status() -> ServiceStatus:
    """From systemd and its journal. Raises OSError when there is no systemctl."""
    shown = _output("systemctl", "show", UNIT, "--no-pager", "--property", ",".join(PROPERTIES))
    unit = _output("systemctl", "cat", UNIT, "--no-pager")
    journal = _output("journalctl", "--unit", UNIT, "--no-pager", "--output", "short-iso", "--lines", "500", "_PID=1")
    return read_status(shown, unit, journal.splitlines())


def read_status(shown: str, unit: str, journal: Sequence[str]) -> ServiceStatus:
    """From `systemctl show`, `systemctl cat` and the journal's lines of systemd itself."""
    values: Mapping[str, str] = dict(line.partition("=")[::2] for line in shown.splitlines() if "=" in line)
    active = values.get("ActiveState", "inactive")
    since = values.get("ActiveEnterTimestamp" if active == "active" else "StateChangeTimestamp", "")
    return ServiceStatus(
        installed=values.get("LoadState") == "loaded",
        active=active,
        since="" if since in _UNKNOWN or since == "n/a" else since,
        enabled=values.get("UnitFileState") == "enabled",
        result=values.get("Result", ""),
        restarts=_number(values.get("NRestarts", "")) or 0,
        memory=_number(values.get("MemoryCurrent", "")),
        memory_max=_number(values.get("MemoryMax", "")),
        tasks=_number(values.get("TasksCurrent", "")),
        watchdog_seconds=_seconds(values.get("WatchdogUSec", "")),
        text=values.get("StatusText", ""),
        version=unit_value(unit, "X-Version"),
        failures=tuple([line for line in journal if _FAILURE.search(line)][-FAILURES:]),
    )


def _number(text: str) -> int | None:
    return int(text) if text not in _UNKNOWN and text.isdecimal() else None


def _seconds(text: str) -> float:
    """systemd's writing of a time span: "1min", "1min 30s", "0"."""
    units = {"h": 3600.0, "min": 60.0, "s": 1.0, "ms": 0.001}
    parts = re.findall(r"([\d.]+)(h|min|ms|s)\b", text)
    return sum(float(amount) * units[unit] for amount, unit in parts)


def _output(*command: str) -> str:
    done = subprocess.run(  # noqa: S603 fixed commands of the system's own
        command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
    )
    return done.stdout
