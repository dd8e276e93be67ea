"""One emulated machine: power on, look at the glass, type in a command, cut the power.

QEMU shows its display to nobody; `shot` asks the display controller what it scans out, which is what a visitor would
see. Emulated (TCG) and on purpose on a CPU without AVX: `-cpu max` breaks SDL's drawing in QEMU 7.2.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from rig import image
from rig.forgetful import ForgetfulDisk
from rig.patience import Deadline, FairClock, waited

WIDTH, HEIGHT = 1920, 1080
HOST = "10.0.2.2"  # the host's loopback, seen from within (QEMU's user network)
LOOK_SECONDS = 0.2  # between two looks at the glass; a screendump takes 30 ms
PATIENCE = 240.0  # fair seconds (patience.py) for whatever takes some 20 on an idle host
SLICE = 5.0  # seconds between two looks at whether a machine is still worth waiting for
# The kernel's messages and systemd's go to the display, as on a Pi; only then is it proof that none are seen. A Pi has
# no clock that outlives the power, so the one of the PC is taken away (`-rtc` still says where the time begins).
# no_timer_check: at boot the kernel counts timer interrupts during a tenth of a second, and panics ("IO-APIC + timer
# doesn't work") when an emulator that the host lets wait has delivered too few. Linux leaves it out on KVM by itself.
OPTIONS = "root=/dev/vda rw net.ifnames=0 console=ttyS0 console=tty0 initcall_blacklist=cmos_init no_timer_check"
DEAD = ("Kernel panic", "You are in emergency mode")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f]")


class MachineFault(Exception):
    """QEMU or the system within did not do what was asked."""


@dataclass(frozen=True)
class Setup:
    """How a machine is made. `clock`: what time it believes to be at power-on, else the host's. `options`: kernel's."""

    memory: int = 512
    network: bool = True
    clock: datetime | None = None
    options: str = ""


class Machine:
    """A context manager; the power is cut at its end. `disk` is a layer of its own above the image's disk."""

    def __init__(
        self, made: image.Image, disk: Path, setup: Setup | None = None, forgetful: ForgetfulDisk | None = None
    ) -> None:
        """A `disk` that is there is used as it was left. `forgetful`: used instead, `disk` only gives the name."""
        self.setup = setup or Setup()
        self.folder = disk.parent / f"{disk.stem}.run"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._made = made
        self._disk = disk
        self._forgetful = forgetful
        self._process: subprocess.Popen[bytes] | None = None
        self._monitor: _Lines | None = None
        self._agent: _Lines | None = None
        self._on = 0.0
        self.serial = disk.parent / f"serial-{disk.stem}.log"  # the journal and the kernel's words; kept after the run
        self.serial.unlink(missing_ok=True)  # of an earlier run
        self.clock = FairClock(dict)
        if forgetful is None and not disk.exists():
            layer(made.disk, disk, "raw")

    def __enter__(self) -> Machine:
        self.power_on()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    @property
    def seconds(self) -> float:
        """Since power-on."""
        return time.monotonic() - self._on

    def power_on(self) -> None:
        for name in ("monitor", "agent"):
            (self.folder / name).unlink(missing_ok=True)
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["nice", "-n", "10", *self._command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the rig must not be a power cut
            )
        self._monitor = self._connect("monitor")
        self._monitor.read(PATIENCE)  # its greeting
        self.tell("qmp_capabilities")
        self._agent = self._connect("agent")
        self._on = time.monotonic()
        pid = self._process.pid
        self.clock = FairClock(lambda: waited(pid))
        self.tell("cont")

    def _command(self) -> list[str]:
        setup, made = self.setup, self._made
        rtc = (setup.clock or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        net = ["-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0,romfile="] if setup.network else []
        drive = f"format=qcow2,file={self._disk},discard=unmap"
        if self._forgetful:
            drive = f"format=raw,file.driver=nbd,file.server.type=unix,file.server.path={self._forgetful.address}"
        return [
            "qemu-system-x86_64", "-S", "-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
            "-machine", "q35,hpet=off,sata=off,smbus=off",
            "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem", "-smp", "2",
            "-m", str(setup.memory), "-rtc", f"base={rtc}",
            "-device", f"virtio-gpu-pci,xres={WIDTH},yres={HEIGHT}",
            "-kernel", str(made.kernel), "-initrd", str(made.initrd),
            "-append", f"{OPTIONS} {made.options} {setup.options}".strip(),
            "-drive", f"if=none,id=d0,cache=writeback,{drive}",
            "-device", "virtio-blk-pci,drive=d0", *net, "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=agent,path={self.folder / 'agent'},server=on,wait=off",
            "-device", "virtserialport,chardev=agent,name=rig.0",
            "-chardev", f"file,id=serial,path={self.serial},append=on", "-serial", "chardev:serial",
            "-qmp", f"unix:{self.folder / 'monitor'},server=on,wait=off",
        ]  # fmt: skip

    def _connect(self, name: str) -> _Lines:
        until = time.monotonic() + PATIENCE
        while True:
            line = socket.socket(socket.AF_UNIX)
            try:
                line.connect(str(self.folder / name))
            except OSError:
                line.close()
                if self._process is None or self._process.poll() is not None or time.monotonic() > until:
                    log = (self.folder / "qemu.log").read_text(errors="replace")
                    raise MachineFault(f"QEMU did not start: {log[-500:]}") from None
                time.sleep(0.05)
            else:
                return _Lines(line)

    def cut(self) -> None:
        """The power is gone, this instant. What the system had handed to its disk by then is there, the rest is not;

        a forgetful disk also loses what it was not made to write down.
        """
        if self._process is None:
            return
        # the process group is QEMU's own: `nice` has become QEMU
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        if self._forgetful:
            self._forgetful.lose_power()
        for lines in (self._monitor, self._agent):
            if lines is not None:
                lines.close()

    def shut_down(self) -> None:
        """Power off as an administrator would, with everything written."""
        self.run("systemctl poweroff --no-block")
        assert self._process is not None
        self._process.wait(PATIENCE)
        self.cut()

    def tell(self, command: str, **arguments: object) -> Any:
        """A command of QEMU's machine protocol; gives its answer."""
        assert self._monitor is not None
        self._monitor.write(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self._monitor.read(PATIENCE))
            if "error" in answer:
                raise MachineFault(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def network(self, plugged: bool) -> None:
        """Plug the network cable in, or pull it."""
        self.tell("set_link", name="n0", up=plugged)

    def shot(self) -> Image.Image:
        """What is on the display now."""
        file = self.folder / "shot.ppm"
        self.tell("screendump", filename=str(file))
        with Image.open(file) as picture:
            return picture.convert("RGB")

    def run(self, command: str, seconds: float = PATIENCE, check: bool = True) -> str:
        """Type a shell command as root; gives what it said. Raises MachineFault when it fails, or the machine has died.

        `seconds`: fair ones; TimeoutError after so many.
        """
        assert self._agent is not None
        token = secrets.token_hex(4)
        deadline = self.deadline(seconds)
        self._agent.write(base64.b64encode(f"echo {token}\n{command}\n".encode()))
        while True:
            said, _, status = self._answer(deadline).partition(b" ")
            with contextlib.suppress(ValueError):
                text = base64.b64decode(said, validate=True).decode(errors="replace")
                if text.startswith(token):  # else an answer that came too late
                    if check and int(status):
                        raise MachineFault(f"{command!r} ended with {int(status)}: {text[9:].strip()}")
                    return text[9:].strip()

    def _answer(self, deadline: Deadline) -> bytes:
        assert self._agent is not None
        while True:
            try:
                return self._agent.read(min(SLICE, deadline.left))
            except TimeoutError:
                self.alive()
                if deadline.over:
                    raise TimeoutError(f"no answer; {self.evidence()}") from None

    def wait(self) -> None:
        """Until commands are taken: early in the boot, before the network and most services."""
        deadline = self.deadline(PATIENCE)
        while not deadline.over:
            with contextlib.suppress(TimeoutError):
                self.run("true", SLICE)
                return
        raise MachineFault(f"the system took no commands in {PATIENCE:.0f} s; {self.evidence()}")

    def deadline(self, seconds: float) -> Deadline:
        """So many fair seconds from now."""
        return Deadline(self.clock, seconds)

    def alive(self) -> None:
        """Raises MachineFault when the kernel within has said that it goes no further."""
        if found := [line for line in self.story() if any(word in line for word in DEAD)]:
            raise MachineFault(f"the system within has died: {found[0]}; {self.evidence()}")

    def story(self) -> list[str]:
        """What came out of the serial port: the kernel's errors, and the journal once it runs."""
        try:
            text = self.serial.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return []
        return [line.strip() for line in _ESCAPES.sub("", text).splitlines() if line.strip()]

    def evidence(self) -> str:
        """For a report: how the machine was when it was given up."""
        last = " / ".join(self.story()[-8:]) or "nothing"
        share = f"the host let it run {self.clock.share:.0%} of the time"
        return f"{share}; the last on its serial port ({self.serial}): {last}"

    def put(self, data: bytes, path: str, mode: str = "644") -> None:
        """Write a file."""
        self.run(f"mkdir -p $(dirname {path}); : > {path}; chmod {mode} {path}")
        text = base64.b64encode(data).decode()
        for start in range(0, len(text), 60_000):
            self.run(f"base64 -d >> {path} <<X\n{text[start : start + 60_000]}\nX")


class _Lines:
    """A socket that speaks in lines."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._rest = b""

    def write(self, text: bytes) -> None:
        self._line.sendall(text + b"\n")

    def read(self, seconds: float) -> bytes:
        """Raises TimeoutError; MachineFault when the other end is gone."""
        until = time.monotonic() + seconds
        while b"\n" not in self._rest:
            self._line.settimeout(max(0.01, until - time.monotonic()))
            more = self._line.recv(1 << 16)
            if not more:
                raise MachineFault("the machine is off")
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\n")
        return text

    def close(self) -> None:
        self._line.close()


def layer(below: Path, above: Path, kind: str = "qcow2") -> None:
    """A disk that shows what is `below` and keeps changes to itself."""
    above.unlink(missing_ok=True)
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(below), "-F", kind, str(above)]
    subprocess.run(command, check=True)
