"""What it costs: memory, processor, frames of a fade."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median

from rig.machine import Machine
from rig.rig import UNIT, Rig, journal
from rig.watch import page_of

FADES = 4
# Emulation is about so many times slower than the host; measured with `python3 -c` sums (docs/rig.md)
SLOWER = 15


def measure(rig: Rig) -> list[str]:
    """The player's own process over a few changes of page."""
    pages = rig.wall.usual()
    with rig.hung_up("figures") as machine:
        watcher = rig.watch(machine)
        watcher.until(page_of(*pages), "a dated page")
        machine.wait()
        rest, high, idle = costs(machine, f"$(systemctl show -p MainPID --value {UNIT})")
        fades = [
            int(found[1]) / float(found[2])
            for line in journal(machine, "fade ")
            if (found := re.search(r"fade (\d+) frames in ([\d.]+) s", line)) and float(found[2]) > 0
        ]
        first = journal(machine, "first picture")[-1:]
        free = machine.run("free -m | awk '/^Mem/ {print $3 \" MB used of \" $2}'")
    return [
        f"memory (PSS): {rest:.0f} MB between changes, {high:.0f} MB at its highest; the whole system: {free}",
        f"processor between changes: {idle:.1f} % of an emulated core, which is a {SLOWER}th of the host's",
        f"fades: {median(fades):.0f} frames a second (median of {len(fades)}; {min(fades):.0f} to {max(fades):.0f})",
        f"{' '.join(first)}",
    ]


def costs(machine: Machine, process: str, seconds: int = 60) -> tuple[float, float, float]:
    """PSS (MB of 10^6 bytes) at its least and most, and the least processor share of any 2 seconds, in percent.

    Sampled within the machine, for a look from outside comes too seldom. `process`: a shell expression for the ids.
    """
    script = f"""
        p="{process}"
        for i in $(seq {seconds // 2}); do
            m=0; c=0
            for one in $p; do
                m=$((m + $(awk '/^Pss:/ {{print $2}}' /proc/$one/smaps_rollup 2>/dev/null || echo 0)))
                set -- $(sed 's/.*) //' /proc/$one/stat 2>/dev/null || echo 0 0 0 0 0 0 0 0 0 0 0 0 0)
                c=$((c + ${{12}} + ${{13}}))
            done
            read up rest < /proc/uptime
            echo $m $c $up
            sleep 2
        done
    """
    samples = [tuple(map(float, line.split())) for line in machine.run(script, seconds * 4).splitlines()]
    memory = [sample[0] * 1024 / 1e6 for sample in samples if sample[0]]
    shares = [
        (late[1] - early[1]) / (late[2] - early[2]) for early, late in pairwise(samples)
    ]  # hundredths of a second in a second: percent
    return min(memory), max(memory), min(shares)
