"""The network is pulled, and comes back."""

from __future__ import annotations

from datetime import UTC, datetime

from rig.rig import Rig, journal
from rig.wall import POLL, TODAY, WEEK, dated
from rig.watch import Unproven, page_of

AWAY_SECONDS = 90.0


def pulled(rig: Rig) -> list[str]:
    """Pulled: the pages go on. Back: what was published meanwhile comes by itself."""
    pages = rig.wall.usual()
    with rig.hung_up("network") as machine:
        watcher = rig.watch(machine)
        watcher.until(page_of(*pages), "a dated page")
        machine.network(False)
        frames = watcher.during(AWAY_SECONDS)
        if strange := [str(frame) for frame in frames if frame.kind not in ("page", "fade")]:
            raise Unproven(f"without a network the glass shows {', '.join(strange)}")
        now = datetime.now(UTC)
        stripe = rig.wall.serial + 1
        rig.wall.publish(dated(TODAY, now, stripe=stripe), dated(WEEK, now, stripe=stripe), now=now)
        watcher.pages = {**rig.wall.before, **rig.wall.shown}
        new = [name for name in rig.wall.shown if name not in rig.wall.before]
        machine.network(True)
        plugged = machine.seconds
        watcher.until(page_of(*new), "a page that was published meanwhile")
        took = machine.seconds - plugged
        watcher.clean()
        machine.wait()
        said = journal(machine, "server is")
    return [
        f"pulled for {AWAY_SECONDS:.0f} s: {sum(f.kind == 'page' for f in frames)} pages in turn, nothing else",
        f"plugged in: a page of the new bundle after {took:.0f} s (it polls every {POLL} s, later after failures)",
        f"it said: {' / '.join(said)}",
    ]
