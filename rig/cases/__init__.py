"""What is proved in the rig: one function each, which takes the rig and gives figures, or raises Unproven.

The order is that of a run; the first hangs a player up, the others start from its disk.
"""

from __future__ import annotations

from collections.abc import Callable

from rig.cases import alerts, boot, clock, closing, cuts, display, figures, film, network, others, server, upgrade
from rig.rig import Rig

Case = Callable[[Rig], list[str]]
CASES: dict[str, Case] = {
    "hang-up": boot.hang_up,
    "boot": boot.power_on,
    "clock": clock.year_back,
    "fortnight": clock.fortnight,
    "television": display.late_television,
    "closing": closing.closed_house,
    "network": network.pulled,
    "film": film.films,
    "alerts": alerts.alerts,
    "figures": figures.measure,
    "upgrade": upgrade.broken_version,
    "cuts": cuts.cuts,
    "others": others.compare,
    "server": server.service,
}
ALONE = {"server"}  # has an image of its own, and needs nothing of the first
