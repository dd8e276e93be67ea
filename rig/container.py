"""The same system with the same systemd, as a container on this kernel: as fast as the host, where emulation is not.

For the case of the server, which needs no display. What only a machine of its own can show, a kernel that boots and a
power that goes, stays with QEMU. Needs podman, and loop and overlay mounts: root on a Linux machine.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from rig import image
from rig.machine import PATIENCE, MachineFault

READY_SECONDS = 120.0  # systemd in the container, on a busy host
MOST_FILES = 4096  # open files and processes for systemd in there; what a busy host's root may still hand on
# A kernel with both kinds of cgroups is too old for crun, podman's usual runtime.
UNIFIED = "cgroup2 /sys/fs/cgroup cgroup2"


class Container:
    """Has the commands of `Machine` that need no display. A context manager; everything is gone at its end."""

    def __init__(self, made: image.Image, folder: Path) -> None:
        self._made, self._folder = made, folder
        self._name = f"signage-rig-{folder.name}"
        self._on = 0.0

    def __enter__(self) -> Container:
        self._unmount()
        shutil.rmtree(self._folder, ignore_errors=True)
        for name in ("below", "upper", "work", "root"):
            (self._folder / name).mkdir(parents=True)
        _host("mount", "-o", "loop,ro,noload", str(self._made.disk), str(self._folder / "below"))
        layers = f"lowerdir={self._folder / 'below'},upperdir={self._folder / 'upper'},workdir={self._folder / 'work'}"
        _host("mount", "-t", "overlay", "overlay", "-o", layers, str(self._folder / "root"))
        (self._folder / "root/etc/fstab").write_text("")
        limits = [f"--ulimit={kind}={MOST_FILES}:{MOST_FILES}" for kind in ("nofile", "nproc")]
        old = UNIFIED not in Path("/proc/mounts").read_text() and shutil.which("runc")
        runtime = ["--runtime", "runc"] if old else []
        create = ["podman", "create", "--name", self._name, *runtime, "--privileged", *limits, "--systemd=always"]
        _host(*create, "--network", "none", "--rootfs", str(self._folder / "root"), "/sbin/init")
        self.power_on()
        return self

    def __exit__(self, *_: object) -> None:
        self._unmount()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _unmount(self) -> None:
        subprocess.run(["podman", "rm", "--force", "--time", "0", self._name], capture_output=True, check=False)
        for name in ("root", "below"):
            if (self._folder / name).is_mount():
                _host("umount", str(self._folder / name))

    @property
    def seconds(self) -> float:
        """Since it was started."""
        return time.monotonic() - self._on

    def power_on(self) -> None:
        self._on = time.monotonic()
        _host("podman", "start", self._name)

    def shut_down(self) -> None:
        """As an administrator would."""
        _host("podman", "stop", "--time", "60", self._name)

    def wait(self) -> None:
        """Until systemd has started what starts at boot, or says that something of it failed."""
        while self.run("systemctl is-system-running || true") not in {"running", "degraded"}:
            if self.seconds > READY_SECONDS:
                raise MachineFault(f"systemd did not come up: {self.run('systemctl list-jobs --no-pager')}")
            time.sleep(0.5)

    def run(self, command: str, seconds: float = PATIENCE, check: bool = True) -> str:
        """A shell command as root; gives what it said. Raises MachineFault when it fails, TimeoutError."""
        script = ["podman", "exec", self._name, "sh", "-c", f"exec 2>&1\n{command}"]
        try:
            done = subprocess.run(script, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as late:
            raise TimeoutError(f"{command!r} did not end within {seconds:.0f} s") from late
        if check and done.returncode:
            raise MachineFault(f"{command!r} ended with {done.returncode}: {(done.stdout + done.stderr).strip()}")
        return done.stdout.strip()

    def put(self, data: bytes, path: str, mode: str = "644") -> None:
        """Write a file."""
        file = self._folder / "root" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(int(mode, 8))


def _host(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MachineFault(f"{' '.join(command)}: {done.stderr.strip()}")
