"""The television over HDMI-CEC: `cec-ctl` of v4l-utils, run for each question, under a time limit.

Everything here waits for a slow bus and belongs in a separate thread. What `cec-ctl` prints: utils/cec-ctl in
git.linuxtv.org/v4l-utils; it ends with 0 even when nobody answered.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

COMMAND = "cec-ctl"
PATIENCE = 8.0  # seconds; claiming an address takes 2, a television that wakes answers after up to 5
OSD_NAME = "Infoskjerm"  # what the television calls the player in its list of sources, at most 14 letters
NOWHERE = "f.f.f.f"  # the physical address while no cable is in
_ADDRESS = re.compile(r"Physical Address\s*:\s*([0-9a-f]\.[0-9a-f]\.[0-9a-f]\.[0-9a-f])")
_MASK = re.compile(r"Logical Address Mask\s*:\s*0x([0-9a-f]{4})")
# A television on its way counts as arrived: some report "to-on" for as long as they are on.
_STATE = re.compile(r"pwr-state: (to-on|to-standby|on|standby)\b")


class Television:
    """The display at one adapter. `devices` is the folder of /dev/cec*."""

    def __init__(self, devices: Path = Path("/dev"), patience: float = PATIENCE) -> None:
        self._devices = devices
        self._patience = patience

    def reachable(self) -> bool:
        """Is there an adapter, and the program to speak through it?"""
        return any(self._devices.glob("cec[0-9]*")) and shutil.which(COMMAND) is not None

    def state(self) -> str | None:
        """Its state: "on" or "off"; None when there is no answer that can be understood."""
        adapter = self._adapter()
        if adapter is None:
            return None
        answer = _STATE.search(self._run(adapter[0], "--skip-info", "--to", "0", "--give-device-power-status"))
        return None if answer is None else "on" if answer[1].endswith("on") else "off"

    def set_power(self, on: bool) -> None:
        """Wake it and show this player, or put it to sleep."""
        adapter = self._adapter()
        if adapter is None:
            return
        device, address = adapter
        if not on:
            self._run(device, "--skip-info", "--to", "0", "--standby")
            return
        self._run(device, "--skip-info", "--to", "0", "--image-view-on")
        if address != NOWHERE:
            self._run(device, "--skip-info", "--active-source", f"phys-addr={address}")

    def _adapter(self) -> tuple[str, str] | None:
        """The adapter with a cable in it, else the first one, ready to speak; and its physical address."""
        found: list[tuple[str, str]] = []
        for device in sorted(map(str, self._devices.glob("cec[0-9]*"))):
            answer = self._run(device)
            mask = _MASK.search(answer)
            if mask is not None and int(mask[1], 16) == 0:
                answer = self._run(device, "--playback", "--osd-name", OSD_NAME)
            address = _ADDRESS.search(answer)
            if address is not None:
                found.append((device, address[1]))
        return next((pair for pair in found if pair[1] != NOWHERE), found[0] if found else None)

    def _run(self, device: str, *arguments: str) -> str:
        """What the program prints; empty when it can't be run or doesn't end in time."""
        try:
            done = subprocess.run(  # noqa: S603  # no shell; nothing in it comes from outside
                [COMMAND, "--device", device, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self._patience,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode("utf-8", "replace")
