"""A new version that does not work: the version before stands in, and the picture stays."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from rig.machine import Machine
from rig.rig import Rig, journal
from rig.watch import page_of

BROKEN = "raise SystemExit('a fault on purpose')\n"
PATIENCE = 400.0  # three starts that come to nothing, in emulation


def broken_version(rig: Rig) -> list[str]:
    """Upgrade to a version that ends at its start; then cut the power; then upgrade to one that works."""
    pages = rig.wall.usual()
    with rig.hung_up("upgrade") as machine:
        watcher = rig.watch(machine)
        watcher.until(page_of(*pages), "a dated page")
        machine.wait()
        machine.run("sleep 70")  # the version proves itself by standing well for a minute
        install(machine, package(rig, "+broken", broken=True))
        upgraded = machine.seconds
        watcher.until(page_of(), "a page of the version before", PATIENCE)
        back = machine.seconds - upgraded
        watcher.until(page_of(*pages), "a dated page of the version before", PATIENCE)
        said = journal(machine, "stands in")[-1:]
        watcher.clean()
        machine.run("sync")
        machine.cut()
        machine.power_on()
        again = rig.watch(machine)
        booted = again.until(page_of(), "a page after a power cut, with the broken version installed", PATIENCE)
        again.clean()
        machine.wait()
        install(machine, package(rig, "+mended", broken=False))
        again.until(page_of(*pages), "a dated page of the mended version", PATIENCE)
        again.clean()
        version = machine.run("dpkg-query -W -f '${Version}' signage-player")
    return [
        f"a version that ends at once: the page is back {back:.0f} s after its installation; {' '.join(said)}",
        f"power cut and boot: a page after {booted:.0f} s",
        f"then version {version} is installed, and shows",
    ]


def install(machine: Machine, deb: Path) -> None:
    """As docs/player.md has it; without a network, for nothing new is needed."""
    machine.put(deb.read_bytes(), "/root/next.deb")
    machine.run("DEBIAN_FRONTEND=noninteractive apt-get install -y -q --allow-downgrades /root/next.deb", 600)


def package(rig: Rig, suffix: str, broken: bool) -> Path:
    """The package of this run under a later version; its player ends at once when it is `broken`."""
    deb = rig.folder / f"next{suffix}.deb"
    with tempfile.TemporaryDirectory(dir=rig.folder) as scratch:
        subprocess.run(["dpkg-deb", "-R", str(rig.deb), scratch], check=True)
        control = Path(scratch) / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^(Version: .*)$", rf"\1{suffix}", control.read_text()))
        inside = next(Path(scratch).rglob("player/__init__.py"))
        inside.write_text(re.sub(r'(__version__ = "[^"]*)"', rf'\1{suffix}"', inside.read_text()))
        if broken:
            (inside.parent / "main.py").write_text(BROKEN)
        (Path(scratch) / "DEBIAN/md5sums").unlink(missing_ok=True)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", scratch, str(deb)], check=True, capture_output=True)
    return deb
