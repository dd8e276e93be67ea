"""Is the display to be on or off, is it, and by which way was it told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DisplayState:
    """`wanted`: "on" or "off". `state`: "on", "off", "unknown" or "absent". `by`: "cec", "dpms" or "black"."""

    wanted: str
    state: str
    by: str
