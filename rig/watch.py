"""Look at a machine's glass again and again, and remember what was on it when."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from player.display.notice_drawing import DEEP
from rig.machine import HEIGHT, LOOK_SECONDS, PATIENCE, WIDTH, Machine, MachineFault
from rig.screen import Frame, Shown, judge

LOOKS_PER_CHECK = 25  # looks between two readings of the serial port


class Unproven(Exception):
    """A case found something else than what it was to prove."""


@dataclass
class Watcher:
    """Frames of one machine since its power-on. `seen` are changes: seconds since power-on, and what came then."""

    machine: Machine
    folder: Path  # for frames that nobody should have seen
    pages: Mapping[str, Shown]
    seen: list[tuple[float, Frame]] = field(default_factory=list)
    looks: int = 0
    last: Image.Image | None = None

    def look(self) -> Frame:
        """Once, now."""
        at, shot = self.machine.seconds, self.machine.shot()
        self.looks += 1
        if shot == self.last and self.seen:
            return self.seen[-1][1]
        self.last = shot
        frame = judge(shot, self.pages, (WIDTH, HEIGHT), DEEP)
        if not self.seen or self.seen[-1][1] != frame:
            self.seen.append((at, frame))
            if frame.kind == "foreign":
                self.keep("foreign")
        return frame

    def until(self, wanted: Callable[[Frame], bool], what: str, patience: float = PATIENCE) -> float:
        """Look until a frame is wanted; gives the seconds since power-on.

        Raises Unproven after so many fair seconds (patience.py), MachineFault when the system within has died.
        """
        deadline = self.machine.deadline(patience)
        while not deadline.over:
            at = self.machine.seconds
            if wanted(self.look()):
                return at
            if self.looks % LOOKS_PER_CHECK == 0:
                self.machine.alive()
            time.sleep(LOOK_SECONDS)
        raise Unproven(
            f"{what}: not within {patience:.0f} s; seen: {self.story()}; the last is {self.keep('last')}; "
            f"the player said: {self._said()}; {self.machine.evidence()}"
        )

    def during(self, seconds: float) -> list[Frame]:
        """All that comes within so many seconds, the first included."""
        end = time.monotonic() + seconds
        frames = [self.look()]
        while time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
            if (frame := self.look()) != frames[-1]:
                frames.append(frame)
        return frames

    def _said(self) -> str:
        """The end of the machine's journal, when it still takes commands."""
        try:
            return self.machine.run("journalctl -b -o cat -u signage-player --no-pager -n 15", 30, check=False)
        except (TimeoutError, MachineFault) as silent:
            return f"nothing that can be read ({silent})"

    def story(self) -> str:
        """What was seen, in words."""
        return ", ".join(f"{frame} at {at:.1f} s" for at, frame in self.seen[-12:]) or "nothing"

    def clean(self) -> None:
        """Raises Unproven when ever a frame was seen that is neither black, a page, a fade nor the player's own."""
        if any(frame.kind == "foreign" for _, frame in self.seen):
            raise Unproven(f"something else was on the display ({self.folder}/foreign-*.png): {self.story()}")

    def keep(self, name: str) -> Path:
        """Write the last frame down, to be looked at."""
        file = self.folder / f"{name}-{len(self.seen)}.png"
        if self.last is not None:
            self.last.save(file)
        return file


def page_of(*names: str) -> Callable[[Frame], bool]:
    """Is the frame one of these pages? Without names: any page."""
    return lambda frame: frame.kind == "page" and (not names or frame.page in names)
