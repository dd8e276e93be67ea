"""A television that is switched on after the box, and one that goes and comes back."""

from __future__ import annotations

from rig.machine import Machine, Setup
from rig.rig import UNIT, Rig, journal
from rig.watch import Unproven, page_of

CONNECTOR = "Virtual-1"
OFF = f"video={CONNECTOR}:d"  # docs of the kernel: fb/modedb; the socket has nothing in it
PATIENCE = 120.0


def late_television(rig: Rig) -> list[str]:
    """No display at power-on: the player waits. When one comes, the picture is there; also after it was off."""
    pages = rig.wall.usual()
    with rig.hung_up("television", Setup(options=OFF)) as machine:
        watcher = rig.watch(machine)
        machine.wait()
        machine.run(f"until systemctl is-active -q {UNIT}; do sleep 1; done")
        frames = watcher.during(10.0)
        if any(frame.kind == "page" for frame in frames):
            raise Unproven("the display was not off; this case proves nothing")
        said = journal(machine, "display")
        plug(machine, "detect")
        plugged = machine.seconds
        watcher.until(page_of(), "a page on the late television", PATIENCE)
        first = machine.seconds - plugged
        watcher.until(page_of(*pages), "a dated page")
        plug(machine, "off")
        machine.run("sleep 5")
        plug(machine, "detect")
        again = machine.seconds
        watcher.seen.clear()
        watcher.until(page_of(), "a page after the television came back", PATIENCE)
        back = machine.seconds - again
        watcher.clean()
        restarts = machine.run(f"systemctl show -p NRestarts --value {UNIT}")
    return [
        f"no display at power-on: the player waits and says: {' / '.join(said) or 'nothing'}",
        f"plugged in: a page after {first:.0f} s; off and on again: after {back:.0f} s; restarted {restarts} times",
    ]


def plug(machine: Machine, state: str) -> None:
    """Force the connector: "off", or "detect" what is there. The kernel tells as it does for a cable."""
    machine.run(f"echo {state} > /sys/class/drm/card0-{CONNECTOR}/status")
