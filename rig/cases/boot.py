"""From the package to the picture, and from power-on to the picture."""

from __future__ import annotations

from statistics import median

from rig.machine import Setup
from rig.rig import SETTINGS, UNIT, Rig, journal
from rig.screen import writes_time
from rig.watch import Unproven, page_of

BOOTS = 3


def hang_up(rig: Rig) -> list[str]:
    """A machine with nothing set shows the player's own page; with a settings file it shows the published ones."""
    pages = rig.wall.usual()
    with rig.fresh("hung-up") as machine:
        watcher = rig.watch(machine)
        first = watcher.until(lambda frame: frame.kind == "notice", "with nothing set, a page of the player's own")
        watcher.keep("notice")
        machine.wait()
        machine.put(rig.settings(), SETTINGS, "640")
        machine.run(f"chown root:signage-player {SETTINGS}; systemctl restart {UNIT}")
        asked = machine.seconds
        watcher.until(page_of(), "the first published page")
        told = machine.seconds - asked
        watcher.until(page_of(*pages), "a dated page, when the time server was heard")
        watcher.clean()
        version = machine.run("dpkg-query -W -f '${Version}' signage-player")
        # A Pi's card may have been on a shelf: no time is remembered on it.
        machine.run(
            "systemctl stop systemd-timesyncd; rm -rf /var/lib/systemd/timesync /var/lib/private/systemd/timesync"
        )
        machine.shut_down()
    return [
        f"version {version}; with nothing set: its own page {first:.0f} s after power-on",
        f"with a settings file: the first published page {told:.0f} s after its start, fetched from the server",
    ]


def power_on(rig: Rig) -> list[str]:
    """The stored picture comes by itself, exact, and nothing else is seen on the way; without a network card."""
    pages = rig.wall.usual()
    took, shares = [], []
    looks = 0
    for number in range(int(rig.arguments.get("boot", BOOTS))):
        with rig.hung_up(f"boot-{number}") as machine:
            watcher = rig.watch(machine)
            took.append(watcher.until(page_of(), "a published page after power-on"))
            shares.append(machine.clock.share)
            watcher.until(page_of(pages[0]), f"the page {pages[0]}")
            shot = watcher.last
            watcher.until(page_of(pages[1]), f"the page {pages[1]}")
            watcher.clean()
            looks += watcher.looks
            if shot is None or not writes_time(shot, rig.wall.shown[pages[0]]):
                raise Unproven("the time is not drawn, although it is known")
            watcher.keep("picture")
            if any(frame.kind == "notice" for _, frame in watcher.seen):
                raise Unproven(f"it waited for content that it had: {watcher.story()}")
    with rig.hung_up("offline", Setup(network=False)) as machine:
        watcher = rig.watch(machine)
        alone = watcher.until(page_of(), "a published page without a network card")
        machine.wait()
        unit = machine.run(f"systemctl is-active {UNIT}; systemd-analyze --no-pager time | head -1")
        first = journal(machine, "first picture")[-1:]
        watcher.clean()
    loud = loud_boot(rig)
    return [
        f"power-on to picture: {median(took):.0f} s (median of {len(took)}: {', '.join(f'{s:.0f}' for s in took)}); "
        f"without a network card {alone:.0f} s",
        f"the host let the machines run {min(shares):.0%} to {max(shares):.0%} of that time",
        f"the frame equals the published page in every pixel but the clock's box, in {len(took)} boots, and fades too",
        f"no console text, no cursor, nothing but black, pages and fades in {looks} looks from power-on",
        f"the rig can see text: with kernel and systemd told to speak, and no player, after {loud:.0f} s",
        " ".join([*unit.splitlines(), *first]),
    ]


def loud_boot(rig: Rig) -> float:
    """The same machine as it would be without the package's care: the rig must see its text."""
    speak = f"loglevel=7 systemd.show_status=true vt.global_cursor_default=1 systemd.mask={UNIT}"
    with rig.hung_up("loud", Setup(options=speak)) as machine:
        return rig.watch(machine).until(lambda frame: frame.kind == "foreign", "text of the console")
