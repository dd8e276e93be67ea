"""The power goes at random moments, half of them while a bundle arrives: the right picture after every boot."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from itertools import count
from statistics import median

from rig.machine import MachineFault
from rig.rig import Rig
from rig.wall import EVERGREEN, TODAY, WEEK, dated
from rig.watch import Unproven, Watcher, page_of

CUTS = 50
# "starting" is two cuts: of the running machine, and of the one that starts then
TURNS = ("arriving", "running", "arriving", "starting", "arriving")
SEED = 20261125
ARRIVAL_SECONDS = 6.0  # after the player asked for a new manifest; fetching and storing it takes some four in emulation
BOOT_SECONDS = 40.0  # a boot on an idle host; the other cuts fall into it, and into the time after


def cuts(rig: Rig) -> list[str]:
    """One disk, cut after cut. Each bundle has pictures of its own, the evergreen one too, so that none is mistaken."""
    number = int(rig.arguments.get("cuts", CUTS))
    dice = random.Random(SEED)
    rig.wall.usual()
    took: list[float] = []
    lost = arrivals = old = new = notices = 0
    with rig.hung_up_forgetful("cuts", dice) as (machine, disk):
        for turn in count():
            if lost >= number:
                break
            with machine:
                watcher = rig.watch(machine)
                first = right_picture(watcher)
                took.append(machine.seconds)
                kind = TURNS[turn % len(TURNS)]
                if kind == "arriving":
                    arriving(rig, dice)
                    arrivals += 1
                elif kind == "running":
                    time.sleep(dice.uniform(0, BOOT_SECONDS))
                else:
                    machine.cut()
                    lost += 1
                    machine.power_on()  # and this one is cut on its way to the picture, or soon after
                    time.sleep(dice.uniform(1.0, max(BOOT_SECONDS, 1.2 * median(took))))
            lost += 1
            old, new = old + (first in rig.wall.before), new + (first in rig.wall.shown)
            notices += any(frame.kind == "notice" for _, frame in watcher.seen)
            print(f"    {lost} of {number} cuts: {first} after {took[-1]:.0f} s, {kind}", flush=True)
        with machine:
            watcher = rig.watch(machine)
            right_picture(watcher)
            newest = [name for name in rig.wall.shown if EVERGREEN not in name]
            watcher.until(page_of(*newest), "a dated page of the newest bundle")
            machine.wait()
            mended = machine.run("grep -c 'recovering journal' /run/initramfs/fsck.log || true")
            errors = machine.run("dmesg | grep -ciE 'EXT4-fs error|I/O error' || true")
    if errors != "0":
        raise Unproven(f"the file system has {errors} errors")
    if notices:
        raise Unproven(f"{notices} boots waited for content that was stored")
    return [
        f"{lost} cuts (seed {SEED}), {arrivals} of them while a bundle arrived, the others at any moment from a second "
        f"after power-on; {len(took) + 1} of {len(took) + 1} boots that were let come to a picture came to a right one",
        f"the first picture was of the old bundle {old} times, of the new one {new} times, in every pixel; "
        f"power-on to picture: {median(took):.0f} s (median), {max(took):.0f} s (longest)",
        f"the disk lost {disk.forgotten} blocks of 4 KiB that nobody had flushed, and kept {disk.kept} others of them, "
        "as chance had it",
        f"after the last one the journal of the file system was played back: {mended}; errors: {errors}",
    ]


def right_picture(watcher: Watcher) -> str:
    """The page that comes first after a boot, of the bundle that was stored or of the one that was arriving."""
    watcher.until(page_of(), "a published page after the power came back")
    watcher.clean()
    return watcher.seen[-1][1].page


def arriving(rig: Rig, dice: random.Random) -> None:
    """Publish, wait until the player asks, and a moment more."""
    now = datetime.now(UTC)
    stripe = rig.wall.serial + 1
    rig.wall.publish(dated(TODAY, now, stripe=stripe), dated(WEEK, now, stripe=stripe), now=now, stripe=stripe)
    seen = len(rig.wall.site.answered)
    until = time.monotonic() + 120
    while ("/screens/library/manifest.signed", 200) not in rig.wall.site.answered[seen:]:
        if time.monotonic() > until:
            raise MachineFault("the player did not ask for the new bundle")
        time.sleep(0.05)
    time.sleep(dice.uniform(0, ARRIVAL_SECONDS))
