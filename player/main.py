"""`python -m player`: wires the parts together, and ends with an exit code."""

from __future__ import annotations

import logging
import os
import sys
import time

from player.config.options import Options, parse, start_options
from player.health.vitals import RecentProblems
from player.store import identity
from player.store.alert_store import AlertStore
from player.store.identity import Identity, IdentityRecord
from player.store.manifest import Manifest, ManifestRefused
from player.store.newest_manifest import made_at
from player.store.store import BundleStore, StoreInUse

EXIT_OK = 0
EXIT_FAULTS = 3  # doctor found something wrong
EXIT_NO_DISPLAY = 69  # EX_UNAVAILABLE
EXIT_STORE = 73  # EX_CANTCREAT: with --once-synced the store is the point; or another player has it
EXIT_UNREACHABLE = 75  # EX_TEMPFAIL: --once-synced, the server is away
EXIT_REFUSED = 76  # EX_PROTOCOL: --once-synced, what the server offers must not be shown

log = logging.getLogger("player")


def main(arguments: list[str] | None = None) -> int:
    """Run the player; gives its exit code (docs/player.md)."""
    started = time.monotonic()
    options = parse(arguments)
    if options.certificates:
        os.environ["REQUESTS_CA_BUNDLE"] = str(options.certificates)  # every session of requests trusts these
    recent_problems = _listen(options.verbose)
    if options.doctor:
        return report(options)
    for problem in options.problems:
        log.warning("%s", problem)
    try:
        store = BundleStore(options.store, None)
    except StoreInUse as error:
        log.error("%s", error)
        return EXIT_STORE
    try:
        record = identity.load(store.disk)
        me = identity.who(start_options(options).identity, record)
        store.screen = me.screen if me else None
        store.owner = (me.player or "") if me else ""
        if options.token is not None and not options.screen:
            log.warning("the token in the settings is not used without the screen that it is for. Add: screen = ...")
        if options.once_synced:
            assert me is not None
            return fetch_once(options, store, me)
        return play(options, store, record, me, recent_problems, started)
    finally:
        store.close()


def report(options: Options) -> int:
    """Print how the box is, on one page that can be read aloud."""
    from player.health.doctor import examine, page

    sections = examine(options)
    print("\n".join(page(sections, options.language)))
    return EXIT_FAULTS if any(section.findings for section in sections) else EXIT_OK


def _listen(verbose: bool) -> RecentProblems:
    """Libraries log each attempt; the player logs what changed. Its warnings are remembered for the heartbeat."""
    logging.basicConfig(format="player: %(message)s", stream=sys.stderr, level=logging.ERROR)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    recent_problems = RecentProblems()
    log.addHandler(recent_problems)
    return recent_problems


def load(store: BundleStore, key: bytes | None) -> Manifest | None:
    """The stored bundle, verified again; a damaged one is logged, and fetched again."""
    try:
        return store.load(key)
    except ManifestRefused as refusal:
        log.warning("the stored bundle can't be used: %s; fetching it again", refusal)
        return None


def fetch_once(options: Options, store: BundleStore, me: Identity) -> int:
    """Fill the store, without a window."""
    from player.clock import Timekeeper
    from player.net.http import Http, Unreachable
    from player.net.sync import Syncer

    clock = Timekeeper(store, options.at, options.trust_clock)
    key = me.key or store.pinned()
    http = Http(options.server)
    syncer = Syncer(
        http,
        store,
        me.screen,
        me.key,
        load(store, key),
        clock,
        newest=store.newest(key),
    )
    try:
        manifest = syncer.round()
    except Unreachable as error:
        log.error("%s is away: %s", options.server, error)
        return EXIT_UNREACHABLE
    except ManifestRefused as refusal:
        log.error("refused what %s offers: %s", options.server, refusal)
        return EXIT_REFUSED
    finally:
        http.close()
    clock.moment(syncer.generated)
    if store.problem is not None:
        log.error("%s", store.problem)
        return EXIT_STORE
    log.info("serial %d is stored: %d pages", manifest.version.serial, len(manifest.pages))
    return EXIT_OK


def play(
    options: Options,
    store: BundleStore,
    record: IdentityRecord,
    me: Identity | None,
    recent_problems: RecentProblems,
    started: float,
) -> int:
    """Show pages until somebody ends it."""
    from player.display.outputs.base import NoDisplay
    from player.player import Player

    key = (me.key or store.pinned()) if me else None
    stored, newest = load(store, key), store.newest(key)
    alerts = AlertStore(store).load(key)
    try:
        player = Player(options, store, record, stored, made_at(stored, newest), recent_problems, started, alerts)
    except NoDisplay as error:
        log.error("%s", error)
        return EXIT_NO_DISPLAY
    player.run()
    return EXIT_OK
