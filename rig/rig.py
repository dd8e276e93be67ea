"""What the cases share: the image, a wall to publish to, and a player that was hung up on it."""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rig.forgetful import ForgetfulDisk
from rig.image import Image
from rig.machine import Machine, Setup, layer
from rig.screen import Shown
from rig.time_server import TimeServer
from rig.wall import Wall
from rig.watch import Watcher

SETTINGS = "/etc/signage-player.txt"
UNIT = "signage-player.service"


@dataclass
class Rig:
    """One run. `folder` holds its disks and frames; `arguments` are what a case was told ("cuts=10")."""

    image: Image
    folder: Path
    wall: Wall
    time: TimeServer
    deb: Path
    suite: str
    arguments: dict[str, str] = field(default_factory=dict)

    def fresh(self, name: str, setup: Setup | None = None) -> Machine:
        """A machine with the package installed, and nothing else done to it."""
        disk = self.folder / f"{name}.qcow2"
        disk.unlink(missing_ok=True)
        return Machine(self.image, disk, setup)

    def hung_up(self, name: str, setup: Setup | None = None) -> Machine:
        """A machine whose player has its settings and a stored bundle, as it was when it was shut down."""
        disk = self.folder / f"{name}.qcow2"
        layer(self.hung_up_disk, disk)
        return Machine(self.image, disk, setup)

    @contextlib.contextmanager
    def hung_up_forgetful(self, name: str, dice: random.Random) -> Iterator[tuple[Machine, ForgetfulDisk]]:
        """The same with a disk that forgets at a power cut."""
        raw = self.folder / f"{name}.raw"
        subprocess.run(["qemu-img", "convert", "-O", "raw", str(self.hung_up_disk), str(raw)], check=True)
        disk = ForgetfulDisk(raw, self.folder / f"{name}.disk", dice)
        try:
            yield Machine(self.image, self.folder / f"{name}.qcow2", forgetful=disk), disk
        finally:
            disk.close()
            raw.unlink()

    @property
    def hung_up_disk(self) -> Path:
        return self.folder / "hung-up.qcow2"

    def watch(self, machine: Machine, pages: Mapping[str, Shown] | None = None) -> Watcher:
        """Look at this machine; by default both bundles' pages are known."""
        folder = self.folder / f"frames-{machine.folder.stem}"
        folder.mkdir(exist_ok=True)
        return Watcher(machine, folder, {**self.wall.before, **self.wall.shown} if pages is None else pages)

    def settings(self) -> bytes:
        """The file that a caretaker would write."""
        lines = (f"server = {self.wall.address}", "screen = library", f"key = {self.wall.key}", "verbose = ja")
        return ("\n".join(lines) + "\n").encode()

    def clear(self) -> None:
        """Remove disks; frames and what came out of serial ports stay."""
        for disk in self.folder.glob("*.qcow2"):
            disk.unlink()
        for left in self.folder.glob("*.run"):
            shutil.rmtree(left)


def synced(rig: Rig, machine: Machine) -> None:
    """Wait until the newest bundle is in force."""
    words = f"serial {rig.wall.serial} is in force"
    machine.run(f"until journalctl -b -o cat -u {UNIT} --no-pager | grep -q '{words}'; do sleep 1; done")


def journal(machine: Machine, pattern: str = "") -> list[str]:
    """What the player said in this boot, oldest first; only lines with the basic regular expression `pattern`."""
    said = machine.run(f"journalctl -b -o cat -u {UNIT} --no-pager | grep -e '{pattern}' || true")
    return said.splitlines()
