"""Cut the horizon at every instant where something changes. Pure: no I/O, no clock.

In: instants, the horizon, and a function from an instant to what is shown. Out: windows of time, each with what is
shown all through it.
"""

from signage.timeline.slices import Slice, Window, midnights, slices, windows

__all__ = ["Slice", "Window", "midnights", "slices", "windows"]
