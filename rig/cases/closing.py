"""The house closes: the television sleeps, by HDMI-CEC, and wakes when it opens; one that is deaf loses its signal.

The kernel's own test driver, vivid, is an HDMI output and an HDMI input that are connected, CEC included; v4l-utils'
cec-follower behind the input is the television. The player's user may not open that end of the line.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from PIL import Image

from rig.machine import HEIGHT, WIDTH, Machine
from rig.rig import Rig, synced
from rig.wall import DWELL, HORIZON, encoded
from rig.watch import Unproven, Watcher, page_of
from tests.fixtures.bundles import page

DRIVER = "vivid n_devs=1 node_types=0x101 num_inputs=1 input_types=0x3 num_outputs=1 output_types=0x1"
TELEVISION, PLAYER = "/dev/cec0", "/dev/cec1"
FOLLOWER = f"systemd-run --quiet --unit=television cec-follower --device {TELEVISION}"
PATIENCE = 120.0
DARK = "dark"


def closed_house(rig: Rig) -> list[str]:
    """Dark: it sleeps. Open: it wakes, and shows the page. Dark with nobody at the other end: the signal goes."""
    pages = rig.wall.usual()
    with rig.hung_up("closing") as machine:
        watcher = rig.watch(machine)
        machine.wait()
        machine.run(f"modprobe {DRIVER} && udevadm settle && chmod 0 {TELEVISION}")
        machine.run(f"cec-ctl --device {TELEVISION} --tv && {FOLLOWER}")
        synced(rig, machine)
        watcher.until(page_of(*pages), "a page")
        closes(rig, watcher)
        watcher.until(lambda frame: frame.kind == "black", "black, for the house is closed")
        asleep = power(machine, "standby")
        if watcher.look().kind != "black":
            raise Unproven("a television that sleeps lost its signal, which some show as a fault")
        pages = opens(rig, watcher)
        awake = power(machine, "on")
        watcher.until(page_of(*pages), "a page, for the house is open again")
        machine.run("systemctl stop television")
        closes(rig, watcher)
        begun = machine.seconds
        watcher.until(lambda frame: frame.kind == "no signal", "no signal, for nobody says that he sleeps", PATIENCE)
        muted = machine.seconds - begun
        pages = opens(rig, watcher)
        watcher.until(page_of(*pages), "a page, for the house is open again", PATIENCE)
        watcher.clean()
    return [
        f"closed: the television said standby after {asleep:.0f} s; open: on after {awake:.0f} s (it polls every 10 s)",
        f"closed, and nobody answers: the signal is gone after {muted:.0f} s, and back with the page",
    ]


def opens(rig: Rig, watcher: Watcher) -> tuple[str, str]:
    """Publish that the house is open; gives the ids of its pages."""
    pages = rig.wall.usual()
    watcher.pages = {**rig.wall.before, **rig.wall.shown}
    return pages


def closes(rig: Rig, watcher: Watcher) -> None:
    """Publish that the house is closed."""
    now = datetime.now(UTC)
    black = encoded(Image.new("RGB", (WIDTH, HEIGHT)))
    window = {"from_": (now - timedelta(days=1)).isoformat(), "until": (now + HORIZON).isoformat()}
    rig.wall.publish(page(DARK, kind=DARK, picture=black, dwell_seconds=DWELL, **window), now=now)
    watcher.pages = {**rig.wall.before, **rig.wall.shown}


def power(machine: Machine, wanted: str) -> float:
    """Wait until the television says so; gives the seconds."""
    asks = f"cec-ctl --device {PLAYER} --skip-info --to 0 --give-device-power-status"
    begun, said = machine.seconds, ""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        said = machine.run(asks)
        if f"pwr-state: {wanted}" in said or f"pwr-state: to-{wanted}" in said:
            return machine.seconds - begun
        time.sleep(1.0)
    raise Unproven(f"the television does not say {wanted}: {said}")
