"""`python -m player`: wires the parts together, and says how it ended."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from player.clock import Keeper, Verdict, boot_id
from player.rotation import Moment
from player.setup.options import Options, parse
from player.sync.manifest import Manifest, Refused
from player.sync.store import Store, StoreInUse

if TYPE_CHECKING:  # imported late, for these bring the network's libraries
    from player.sync.polling import Poller
    from player.sync.syncer import Syncer

EXIT_OK = 0
EXIT_NO_DISPLAY = 69  # EX_UNAVAILABLE
EXIT_STORE = 73  # EX_CANTCREAT: with --once-synced the store is the point; or another player has it
EXIT_UNREACHABLE = 75  # EX_TEMPFAIL: --once-synced, the server is away
EXIT_REFUSED = 76  # EX_PROTOCOL: --once-synced, what the server offers must not be shown
GOODBYE_SECONDS = 0.5  # for a download in progress; its file has no final name yet

log = logging.getLogger("player")


def main(arguments: list[str] | None = None) -> int:
    """Run the player; gives its exit code (docs/player.md)."""
    started = time.monotonic()
    options = parse(arguments)
    # libraries speak of each attempt; the player says what changed
    logging.basicConfig(format="player: %(message)s", stream=sys.stderr, level=logging.ERROR)
    log.setLevel(logging.DEBUG if options.verbose else logging.INFO)
    # `schedule` counts in local time, where an hour comes twice in October; the pages' zone is the manifest's
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        store = Store(options.store, options.screen)
    except StoreInUse as error:
        log.error("%s", error)
        return EXIT_STORE
    try:
        return fetch_once(options, store) if options.once_synced else play(options, store, started)
    finally:
        store.close()


class Timekeeper:
    """The one place that reads the clocks, and the trust in them. `pretended` replaces the wall clock."""

    def __init__(self, store: Store, pretended: datetime | None) -> None:
        self._store = store
        self._keeper = Keeper(boot_id(), store.anchor())
        self._shift = None if pretended is None else pretended - self._real()
        self._said: str | None = None
        self._remembered = self._keeper.anchor

    @staticmethod
    def _real() -> datetime:
        return datetime.now(UTC)

    @staticmethod
    def since_boot() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def wall(self) -> datetime:
        return self._real() + (self._shift or timedelta())

    def server_said(self, server: float, since_boot: float) -> None:
        self._keeper.server_said(server, since_boot)

    def moment(self, manifest: Manifest | None) -> Moment:
        """Now, and whether the wall clock is to be believed; says so when that changes."""
        wall = self.wall()
        verdict = Verdict(True, "pretended with --at")
        if self._shift is None:
            newest = manifest.generated.timestamp() if manifest else None
            verdict = self._keeper.look(wall.timestamp(), self.since_boot(), newest)
            self._say(verdict, self._keeper.disagreement(wall.timestamp(), self.since_boot()))
            if self._keeper.anchor is not self._remembered and self._keeper.anchor is not None:
                self._remembered = self._keeper.anchor
                self._store.remember(self._keeper.anchor)
        return Moment(wall, time.monotonic(), verdict.trusted)

    def _say(self, verdict: Verdict, disagreement: str | None) -> None:
        if verdict.trusted:
            words = f"the clock is trusted: {verdict.why}"
            if disagreement:
                words += f"; but {disagreement}: one of the two is set wrong"
        else:
            words = f"the clock is not trusted: {verdict.why}; showing undated pages only"
        if words != self._said:
            log.log(logging.INFO if verdict.trusted and not disagreement else logging.WARNING, "%s", words)
        self._said = words


def load(store: Store, key: bytes | None) -> Manifest | None:
    """The stored bundle, verified again; a damaged one is said, and fetched anew."""
    try:
        return store.load(key or store.pinned())
    except Refused as refusal:
        log.warning("the stored bundle can't be used: %s; fetching it anew", refusal)
        return None


def fetch_once(options: Options, store: Store) -> int:
    """Fill the store, without a window."""
    from player.sync.fetch import Http, Unreachable
    from player.sync.syncer import Syncer

    clock = Timekeeper(store, options.at)
    stored = load(store, options.key)
    http = Http(options.server)
    syncer = Syncer(http, store, options.screen, options.key, stored, clock.wall, told_time=clock.server_said)
    try:
        manifest = syncer.round()
    except Unreachable as error:
        log.error("%s is away: %s", options.server, error)
        return EXIT_UNREACHABLE
    except Refused as refusal:
        log.error("refused what %s offers: %s", options.server, refusal)
        return EXIT_REFUSED
    finally:
        http.close()
    clock.moment(manifest)
    if store.problem is not None:
        log.error("%s", store.problem)
        return EXIT_STORE
    log.info("serial %d is stored: %d pages", manifest.version.serial, len(manifest.pages))
    return EXIT_OK


def play(options: Options, store: Store, started: float) -> int:
    """Show pages until somebody ends it. The first picture comes from the store, before anything of the network."""
    from player.glass.glass import Glass
    from player.glass.lean import tame_malloc
    from player.glass.notices import waiting
    from player.glass.outputs.base import NoDisplay
    from player.loop import Loop

    tame_malloc()
    clock = Timekeeper(store, options.at)
    stored = load(store, options.key)
    try:
        glass = Glass(options.look)
    except NoDisplay as error:
        log.error("%s", error)
        return EXIT_NO_DISPLAY
    _end_on_signals(lambda: setattr(glass, "quit", True))
    syncs: list[tuple[Syncer, Poller]] = []

    def bundle() -> Manifest | None:
        return syncs[0][0].manifest if syncs else stored

    def poke() -> None:
        for _, poller in syncs:
            poller.poke()

    def changed() -> None:
        loop.forgive()
        glass.wake()

    loop = Loop(glass, store, bundle, lambda: clock.moment(bundle()), poke, lambda: waiting(options.server))
    said = False
    while not glass.quit:
        pause = loop.step()
        if loop.shown and not said:
            log.debug("first picture after %.2f s", time.monotonic() - started + _before_main(started))
            said = True
        if not syncs and (loop.shown or pause):
            syncs.append(start_sync(options, store, stored, clock, changed))
        if pause:
            glass.wait(pause)
    glass.close()
    for _, poller in syncs:
        poller.stop(GOODBYE_SECONDS)
    return EXIT_OK


def start_sync(
    options: Options, store: Store, stored: Manifest | None, clock: Timekeeper, changed: Callable[[], None]
) -> tuple[Syncer, Poller]:
    """Begin to ask the server, in a thread."""
    from player.sync.fetch import Http
    from player.sync.polling import Poller
    from player.sync.syncer import Syncer

    http = Http(options.server)
    syncer = Syncer(http, store, options.screen, options.key, stored, clock.wall, changed, clock.server_said)
    poller = Poller(syncer, lambda: store.problem)
    poller.start()
    return syncer, poller


def _end_on_signals(end: Callable[[], None]) -> None:
    def handler(number: int, frame: FrameType | None) -> None:
        end()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _before_main(started: float) -> float:
    """Seconds that the process had lived before `main` began: the interpreter's own start (proc(5), field 22)."""
    try:
        ticks = int(Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19])
    except (OSError, ValueError, IndexError):
        return 0.0
    lived = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return max(0.0, lived - (time.monotonic() - started))
