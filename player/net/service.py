"""Everything that talks with the server, in one thread: finds it, is paired, fetches, learns which screen it is.

Nothing of it holds up the picture: the main thread reads what is in force, and is woken when that changes.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from player import texts
from player.clock import Timekeeper
from player.config.options import StartOptions
from player.display import notices, qr
from player.display.notices import NoticePicture
from player.net.alerts import AlertFetcher
from player.net.assignments import AssignmentPoll
from player.net.discovery import ServerSearch
from player.net.held_request import HeldRequests
from player.net.helper_process import HelperProcess
from player.net.http import Http, Unreachable
from player.net.pairing import MAX_ANSWER, REPEAT_SECONDS, SEED_BYTES, BadGrant, Pairing, PairingRequest, phone_in
from player.net.polling import IdentityChanged, NetworkState, Poller, Trouble, first_delay, network_state
from player.net.sync import Syncer
from player.store import identity
from player.store.alerts import AlertsInForce
from player.store.identity import Assignment, Grant, Identity, IdentityRecord
from player.store.manifest import Manifest, ManifestRefused, NoPublicKey
from player.store.store import BundleStore
from player.texts import Text

BREATH_SECONDS = 20.0  # after a fault of the player's own
LONGEST_REPEAT_SECONDS = 30.0  # between two questions to be paired, when the server does not answer

log = logging.getLogger("player")


class Service:
    """Call `start` when the first picture is on the display. `changed` is called when something new can be shown."""

    def __init__(
        self,
        options: StartOptions,
        record: IdentityRecord,
        store: BundleStore,
        stored: Manifest | None,
        clock: Timekeeper,
        changed: Callable[[], None],
        about: Callable[[], str],
        spread: bool = False,
        alerts: AlertsInForce | None = None,
        alerted: Callable[[], None] | None = None,
    ) -> None:
        """`record`, `stored` and `alerts` are what the store holds; `about` is what the player reports about itself in
        a pairing request; `spread`: other boxes may have got their power back in the same second; `alerted` is called
        instead of `changed` for alerts.
        """
        self._options = options
        self._record = record
        self._store = store
        self._stored = stored
        self._stored_alerts = alerts
        self._fetcher: AlertFetcher | None = None
        self._held: HeldRequests | None = None
        self._clock = clock
        self._changed = changed
        self._alerted = alerted or changed
        self._spread = spread
        self._pairing = Pairing(os.urandom, about)
        self._helper = HelperProcess()
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="service", daemon=True)
        self._syncer: Syncer | None = None
        self._poller = Poller(self, self._wake)
        self._search = ServerSearch(self._helper, record.server)
        self._http: Http | None = None
        self._trouble: Trouble | None = None  # with being paired
        self._notice: NoticePicture | None = None
        self._phone = ""  # of those who know what to do with the code, as the server says
        self._serial = 0  # of the newest assignment
        self._assignments = AssignmentPoll()
        self._warning = ""
        self.identity = identity.who(options.identity, record)
        self.proven_server: str | None = None  # the server that was proven to be ours, by a signature, in this process

    # -- for the main thread ------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End the thread, waiting at most so long for what it is at; a kill in its midst does no harm."""
        self._stopped = True
        self._wake.set()
        self._helper.stop()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def poll_now(self) -> None:
        """Poll now: a picture turned out to be missing."""
        self._wake.set()
        held = self._held
        if held is not None:
            held.fetch_alerts()

    @property
    def manifest(self) -> Manifest | None:
        """The bundle in force."""
        syncer = self._syncer  # taken once, here and below: the thread may put another in its place, or none
        return syncer.manifest if syncer else self._stored

    @property
    def alerts(self) -> AlertsInForce | None:
        """The alerts in force."""
        fetcher = self._fetcher
        return fetcher.alerts if fetcher else self._stored_alerts

    @property
    def storage_problem(self) -> str | None:
        """Why the store can't be written; None when it can."""
        return self._store.problem

    @property
    def newest(self) -> datetime | None:
        """When the newest manifest was generated that was ever verified here."""
        syncer = self._syncer
        return syncer.generated if syncer else None

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The public keys that are trusted, the one in force first."""
        syncer = self._syncer
        return syncer.keys if syncer else ()

    @property
    def fetched(self) -> bool:
        """Has it had what is published now, at least once since it started or became this screen?"""
        return self._poller.worked

    @property
    def server(self) -> str | None:
        """The server's address; None while none was found."""
        return self._options.server or self._search.server

    def network(self) -> NetworkState:
        """The connection to the server."""
        trouble = self._poller.trouble if self.identity is not None else self._trouble
        return network_state(trouble, time.monotonic())

    def notice(self) -> NoticePicture:
        """What to show while there is no page to show."""
        server, me, trouble = self.server or "", self.identity, self._poller.trouble
        if me is None or self._syncer is None:
            return self._notice or notices.waiting(server)
        if self.manifest is not None and trouble is None and self._poller.worked:
            return notices.no_pictures(server)
        if trouble is not None and self._options.vital is not None:
            return notices.invalid_settings(self._options.vital.on_display, server)
        if trouble is None:
            return notices.waiting(server)
        kind, file = _kind(trouble.error), getattr(trouble.error, "file", "")
        return notices.no_content(kind, server, me.screen, self._clock.verdict.trusted, file)

    # -- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        if self._spread:
            self._wake.wait(first_delay(self._stored is not None, random.random()))  # noqa: S311 - spreads load
        while not self._stopped:
            try:
                server = self.server or self._search_server()
                if server is None:
                    self._wait(self._search.pause())
                elif self.identity is None:
                    self._pair(server)
                else:
                    self._follow(self._with_signing_key(self.identity), server)
            except Exception:
                # the edge of the loop that must go on: the picture stays, and it begins again
                log.exception("internal error in the player; starting over")
                self._wait(BREATH_SECONDS)

    def _wait(self, seconds: float) -> None:
        """Sleep until `poll_now` is called, or the time is over."""
        if not self._stopped:
            self._wake.wait(seconds)
        if not self._stopped:
            self._wake.clear()

    def _show(self, notice: NoticePicture) -> None:
        self._notice = notice
        self._changed()

    def _warn_once(self, sentence: str) -> None:
        """Once, not each time."""
        if sentence != self._warning:
            log.warning("%s", sentence)
        self._warning = sentence

    def _search_server(self) -> str | None:
        """Look for a server on the network."""
        if self._notice is None:
            self._show(notices.searching())
        found = self._search.look()
        if found is None and not self._stopped:
            self._show(notices.no_server(self._options.vital.on_display if self._options.vital else None))
        return found

    def _doubtful(self, trouble: Trouble | None) -> bool:
        """Is it time to look for another server? Never when somebody wrote down which it is."""
        return self._options.server is None and self._search.doubtful(trouble.since if trouble else None)

    # -- being paired -------------------------------------------------------------------------------------------

    def _pair(self, server: str) -> None:
        http = Http(server)
        failures = 0
        shown = self._phone = ""
        try:
            while not self._stopped and self.identity is None:
                request = self._pairing.current_request(time.monotonic())
                if request.code != shown:
                    self._show_code(request, server)
                    shown = request.code
                pause = self._request_pairing(http, request, server)
                failures = 0 if self._trouble is None else failures + 1
                if self._doubtful(self._trouble):
                    self._search.look()
                    return
                self._wait(pause if not failures else min(LONGEST_REPEAT_SECONDS, pause * 2 ** min(failures, 5)))
        finally:
            http.close()

    def _request_pairing(self, http: Http, request: PairingRequest, server: str) -> float:
        """Send the request once; gives the seconds until the next one."""
        before = self._trouble
        try:
            reply = http.post("player/pair", request.body, MAX_ANSWER)
            answer = self._pairing.answered(request, reply.status, reply.body)
        except (Unreachable, ManifestRefused, BadGrant) as error:
            self._trouble = Trouble(error, before.since if before else time.monotonic())
            self._warn_once(f"can't be paired at {server}: {error}")
            if before is None or str(before.error) != str(error):
                self._show_code(request, server)
            return REPEAT_SECONDS
        self._trouble, self._warning = None, ""
        phone = phone_in(reply.body) if reply.status == 202 else self._phone
        new_phone, self._phone = phone != self._phone, phone
        if isinstance(answer, Grant):
            self._granted(request, answer, server)
            return 0.0
        if before is not None or new_phone:
            self._show_code(request, server)
        return answer

    def _show_code(self, request: PairingRequest, server: str) -> None:
        """The code and what prevents pairing, then the same with a QR code."""
        problem: Text | None = None
        if self._trouble is not None:
            problem = notices.in_short(_kind(self._trouble.error), server)
        elif self._options.vital is not None:
            problem = self._options.vital.on_display
        elif self._store.problem is not None:
            problem = texts.UNWRITABLE_CARD
        notice = notices.pairing(request.shown, server, problem, self._phone)
        if self._notice is None or (self._notice.code, self._notice.address) != (request.shown, server):
            log.info("not paired yet; the code to type is on the display")
            self._show(notice)
            printed = self._helper.run(
                "player.display.qr", notices.link(request.shown, server), seconds=qr.HELPER_SECONDS
            )
            rows = qr.read(printed)
        else:
            rows = self._notice.qr
        self._show(replace(notice, qr=rows))

    def _granted(self, request: PairingRequest, grant: Grant, server: str) -> None:
        found = server if self._options.server is None else None
        self._take_identity(identity.granted(self._record, grant, request.token, request.seed, found))
        self._pairing.forget()
        self._remember_server(server)
        log.info('paired: this is the screen "%s"', grant.screen)

    def _take_identity(self, record: IdentityRecord) -> None:
        """Use this record from now on, and write it down."""
        me = record.identity
        self._record = record
        if not identity.save(self._store.disk, record):
            log.warning("the pairing can't be saved: %s", self._store.problem)
        self._syncer = self._fetcher = self._stored = self._stored_alerts = self._notice = None
        self._assignments = AssignmentPoll()
        self._store.owner = (me.player or "") if me else ""
        self._store.turn_to(me.screen if me else None)
        self._poller.reset()
        self.identity = me
        self._changed()

    def _with_signing_key(self, me: Identity) -> Identity:
        """A player that was paired before 0.5.0 has only a token; it makes itself a key for its heartbeats.

        One that can't be written down is not used: after a restart it would be another one, which the server refuses.
        """
        if me.token is None or me.seed is not None or self._store.problem is not None:
            return me
        record, able = identity.made_key(self._record, me, os.urandom(SEED_BYTES))
        if not identity.save(self._store.disk, record):
            return me
        self._record, self.identity = record, able
        return able

    # -- following the screen -----------------------------------------------------------------------------------

    def _follow(self, me: Identity, server: str) -> None:
        """Fetch this screen's bundle again and again, until it is another screen or another server."""
        self._http = http = Http(server)
        self._serial = me.serial
        newest = self._store.newest(me.key or self._store.pinned())
        stored, clock = self.manifest, self._clock
        self._syncer = Syncer(http, self._store, me.screen, me.key, stored, clock, self._changed, newest=newest)
        self._fetcher = AlertFetcher(http, self._store, me.screen, lambda: self.keys, clock, self.alerts, self._alerted)
        self._held = held = HeldRequests(http, me.screen, self._wake.set, self._fetcher)
        held.start(stored.version.serial if stored else None)
        ended = lambda: self._stopped or self.identity is not me or self._doubtful(self._poller.trouble)  # noqa: E731
        try:
            self._poller.run(ended, held.polled)
        finally:
            self._held = None
            held.stop()
            http.close()
        if self.identity is me and self._doubtful(self._poller.trouble):
            self._search.look()

    def round(self) -> Manifest:
        """One round: which screen this is, and what it shows. Raises what `PollTarget.round` does."""
        me, syncer, http = self.identity, self._syncer, self._http
        assert me is not None
        assert syncer is not None
        assert http is not None
        if me.token is not None and syncer.keys:
            assignment = self._assignments.fetch(http, me.player or "", syncer.keys, self._serial)
            if assignment is not None:
                self._remember_server(http.base)
                self._apply_assignment(assignment, replace(me, key=syncer.keys[0]))
            if self.identity is not me:
                raise IdentityChanged
        manifest = syncer.round()
        self._remember_server(http.base)
        self._keep_key(me, syncer.key)
        if self._held is not None and self._fetcher is not None and manifest.alerts > self._fetcher.serial:
            self._held.fetch_alerts()
        return manifest

    def _keep_key(self, me: Identity, key: bytes | None) -> None:
        """The server signs with another key now, which it had announced: write it down with who this player is."""
        known = self._record.identity
        if known is None or known.token is None or known.token != me.token or known.key in (None, key):
            return
        log.info("the server has a new key, %s..., which it had announced", key.hex()[:8] if key else "?")
        self._record = replace(self._record, identity=replace(known, key=key))
        identity.save(self._store.disk, self._record)

    def _apply_assignment(self, assignment: Assignment, me: Identity) -> None:
        if (assignment.screen, assignment.serial) == (me.screen, self._serial):
            return
        record = identity.assigned(self._record, me, assignment)
        self._serial = assignment.serial
        if assignment.screen == me.screen:
            self._record = record
            identity.save(self._store.disk, record)
            return
        if assignment.screen is None:
            log.warning("the server has revoked this player; it must be paired again")
        else:
            log.warning('the server has moved this player to the screen "%s"', assignment.screen)
        self._take_identity(record)

    def _remember_server(self, base: str) -> None:
        """A signature of our own key came from there. A server that was found by itself is remembered."""
        server = base.rstrip("/")
        self.proven_server = server
        if self._options.server is None:
            self._search.proven(server)
            if self._record.server != server:
                self._record = replace(self._record, server=server)
                identity.save(self._store.disk, self._record)


def _kind(error: Exception) -> str:
    """One word for what is wrong, as the display explains it; "fault" for an error of the player's own."""
    return "answer" if isinstance(error, NoPublicKey) else getattr(error, "kind", "fault")
