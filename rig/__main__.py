"""`make vm-test`: build the image, run the cases, write the report. docs/rig.md tells more.

python -m rig [--deb FILE] [--suite bookworm] [--minutes 120] [CASE | CASE=NUMBER ...]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

from rig import image
from rig.cases import ALONE, CASES
from rig.machine import MachineFault
from rig.report import Report
from rig.rig import Rig
from rig.time_server import time_server
from rig.wall import wall
from rig.watch import Unproven

FIRST = next(iter(CASES))


def main() -> int:
    """Run what was asked for; gives 0 when everything was proved, 1 when not, 2 when it can't run."""
    options = _options()
    if os.geteuid() != 0:
        print("The rig builds a system with debootstrap and chroot, which only root may: sudo make vm-test")
        return 2
    asked = dict((part.partition("=")[::2]) for part in options.cases) or dict.fromkeys(CASES, "")
    if unknown := [name for name in asked if name not in CASES]:
        print(f"There is no case {', '.join(unknown)}; there are: {', '.join(CASES)}")
        return 2
    with_player = not set(asked) <= ALONE
    names = [name for name in CASES if name in asked or (name == FIRST and with_player)]
    report = Report(image.BUILD / "report.md", f"The rig, {options.suite}: {', '.join(names)}")
    deb = options.deb or (_deb() if with_player else Path())
    try:
        made = image.build(deb, options.suite) if with_player else image.build_server(options.suite)
    except (image.BuildFailed, subprocess.CalledProcessError) as error:
        print(f"rig: {error}")
        return 2
    folder = image.BUILD / "run"
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + options.minutes * 60
    arguments = {name: number for name, number in asked.items() if number}
    with wall(folder / "site") as shown, time_server() as clock:
        rig = Rig(made, folder, shown, clock, deb, options.suite, arguments)
        rig.clear()
        for name in names:
            if time.monotonic() > until:
                report.add(name, False, 0, [f"left out: the {options.minutes} minutes are over (--minutes)"])
            elif not _run(rig, report, name) and name == FIRST:
                break  # the others start from what it leaves
        rig.clear()
    return 1 if report.failed else 0


def _run(rig: Rig, report: Report, name: str) -> bool:
    begun = time.monotonic()
    try:
        lines = CASES[name](rig)
    except (Unproven, MachineFault, TimeoutError) as failure:
        report.add(name, False, time.monotonic() - begun, [f"{type(failure).__name__}: {failure}"])
        return False
    except Exception:
        # the edge of a run that must go on: one case is given up, with all that is known about it
        report.add(name, False, time.monotonic() - begun, traceback.format_exc().splitlines())
        return False
    report.add(name, True, time.monotonic() - begun, lines)
    return True


def _deb() -> Path:
    """`make deb` anew."""
    said = subprocess.run(["make", "-s", "deb"], cwd=image.ROOT, check=True, capture_output=True, text=True).stdout
    return image.ROOT / said.split()[-1]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make vm-test", description="Proves the player on a real glass.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"CASE or CASE=NUMBER; of {', '.join(CASES)}")
    parser.add_argument("--deb", type=Path, help="the package; without it `make deb` builds one")
    parser.add_argument("--suite", default="bookworm", help="Debian's: bookworm or trixie")
    parser.add_argument("--minutes", type=float, default=120, help="no case begins after so many")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
