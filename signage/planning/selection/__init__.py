"""Choose the occurrences that a playlist entry shows at an instant. Pure: no I/O, no clock.

In: every merged occurrence, one playlist entry, the screen's place. Out: the occurrences in order, and whether they
are here or elsewhere.
"""

from signage.planning.selection.choose import EventPool, Selection, pool

__all__ = ["EventPool", "Selection", "pool"]
