"""Sends the heartbeat, in a separate thread, so that neither a slow server nor a slow download holds it up."""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from nacl.signing import SigningKey

from player.net.heartbeat_queue import Queue
from player.net.heartbeat_report import MOST_EARLIER, PlayerState, body, for_later
from player.net.http import Http, Reply, Unreachable
from player.net.pairing import public_key
from player.store.identity import player_id
from player.store.manifest import ManifestRefused

SPREAD_SECONDS = 10.0  # over which the first heartbeats of boxes are sent that got their power back together
SIGNED_AS = "signage-heartbeat-1"  # what is signed begins so: the signature is good for nothing else
_NONCE = re.compile(r'nonce="?([0-9a-f]{16,200})(?![0-9a-f])')
MAX_ANSWER = 1024  # bytes; the answer is empty, and nothing in it is read
# Nobody there takes this player's heartbeats: its token is unknown, or plain files are served. Then what could not be
# sent earlier stays here, for it would be sent in vain each minute, 60 MB a day, on somebody's mobile network.
UNWANTED = (401, 403, 404, 405, 501)

log = logging.getLogger("player")


@dataclass(frozen=True, slots=True)
class HeartbeatTarget:
    """Where heartbeats go, and with which secrets (32 bytes each). `proven`: the server has shown that it is ours.

    `seed` is the private key to sign with, None: it has none. `known`: the server got its public key with the pairing,
    so nobody needs the token.
    """

    server: str
    token: bytes
    proven: bool
    seed: bytes | None = None
    known: bool = False


def signature(seed: bytes, player: str, nonce: str, data: bytes) -> str:
    """Ed25519 over a heartbeat's exact bytes and the server's nonce, in hexadecimal digits (docs/heartbeat.md)."""
    message = f"{SIGNED_AS}\n{player}\n{nonce}\n".encode() + data
    return SigningKey(seed).sign(message).signature.hex()


class HeartbeatSource(Protocol):
    """The player, as this thread needs it. Both are called by this thread."""

    def target(self) -> HeartbeatTarget | None:
        """Where reports go; None: it is not paired."""

    def report(self, state: PlayerState) -> Mapping[str, object]:
        """The report of this state, with what is read of the box now."""


class HeartbeatThread:
    """The main thread hands over a `PlayerState` about once a minute; the rest is done here."""

    def __init__(
        self,
        source: HeartbeatSource,
        since_boot: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._source = source
        self._since_boot = since_boot
        self._chance = chance
        self._state: PlayerState | None = None
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._http: Http | None = None
        self._logged = ""
        self._wanted = True  # according to the last answer
        self._nonce = ""  # that the next heartbeat should sign, from the last answer
        self._introduce = False  # the server wants the public key
        self.queue = Queue()

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End the thread, waiting at most so long."""
        self._stopped = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def submit(self, state: PlayerState) -> None:
        """From the main thread; returns at once. A state that nobody came to take makes way for the newer one."""
        self._state = state
        self._wake.set()

    def _run(self) -> None:
        first = True
        while not self._stopped:
            self._wake.wait()
            self._wake.clear()
            if first:
                first = False
                self._nap(SPREAD_SECONDS * self._chance())
            state, self._state = self._state, None
            if state is None or self._stopped:
                continue
            try:
                self.send(state)
            except Exception:
                # the edge of the loop that must go on: this report is given up
                log.exception("internal error in the player: this heartbeat is skipped")

    def _nap(self, seconds: float) -> None:
        if not self._stopped:
            self._wake.wait(seconds)

    def send(self, state: PlayerState) -> None:
        """Send a report and what is left of earlier ones; what does not arrive is kept, as far as it is of use."""
        where = self._source.target()
        if where is None:
            return
        newest = self._source.report(state)
        if not where.proven:
            # the secret goes to nobody who has not shown that he is ours
            self.queue.add(state.since_boot, for_later(newest))
            return
        waiting = self.queue.oldest(MOST_EARLIER) if self._wanted else []
        now = self._since_boot()
        data, number = body(
            {**newest, "age": round(max(0.0, now - state.since_boot))}, [kept.report(now) for kept in waiting]
        )
        try:
            status = self._deliver(where, data)
        except (Unreachable, ManifestRefused) as error:
            log.debug("the heartbeat was not accepted: %s", error)  # the sync logs a warning about it
            status = 0
        self._wanted = status not in UNWANTED
        if status in (204, 400, 413):
            self.queue.sent(waiting[:number])
        else:
            self.queue.add(state.since_boot, for_later(newest))
        self._log_status(status)

    def _deliver(self, where: HeartbeatTarget, data: bytes) -> int:
        """Send a heartbeat, signed where that is possible; gives the status. Raises Unreachable or ManifestRefused.

        The signature is over a nonce of the server, which takes each once. Without one that is still good the server
        answers 401 with another, and the heartbeat is sent again at once. A server before 0.5.0 knows only tokens; it
        gets none that it has not had from the beginning.
        """
        http = self._server(where.server)
        bearer = f"Bearer {where.token.hex()}"
        if where.seed is None:
            return self._post(http, data, bearer).status
        player = player_id(where.token)
        if not self._nonce:
            reply = self._post(http, b"", f"Signage player={player}")
            if reply.status == 401 and reply.challenge.lower().startswith("bearer") and not where.known:
                return self._post(http, data, bearer).status
            if not self._nonce:
                return reply.status
        for _ in range(2):
            signed = signature(where.seed, player, self._nonce, data)
            authorization = f"Signage player={player}, nonce={self._nonce}, signature={signed}"
            if self._introduce and not where.known:
                authorization += f", key={public_key(where.seed)}, token={where.token.hex()}"
            reply = self._post(http, data, authorization)
            if reply.status != 401 or not self._nonce:
                break
        return reply.status

    def _post(self, http: Http, data: bytes, authorization: str) -> Reply:
        """Send it, and remember what to sign next."""
        self._nonce, before = "", self._nonce
        reply = http.post("player/heartbeat", data, MAX_ANSWER, authorization)
        offered = f'nonce="{reply.nonce}"' if reply.nonce else reply.challenge if reply.status == 401 else ""
        found = _NONCE.search(offered)
        self._nonce = found[1] if found and found[1] != before else ""
        if reply.status == 401:
            self._introduce = "wanted" in reply.challenge
        elif reply.status == 204:
            self._introduce = False
        return reply

    def _server(self, base: str) -> Http:
        if self._http is None or self._http.base != base.rstrip("/") + "/":
            if self._http is not None:
                self._http.close()
            self._http = Http(base)
            self._nonce, self._introduce = "", False
        return self._http

    def _log_status(self, status: int) -> None:
        """What the administrator should know, once."""
        sentence = {
            401: "the server does not know this player and shows it as missing; pair it again",
            403: "the server knows another key for this player and rejects its reports; pair it again",
            400: "the server does not understand the heartbeat; update the older of the two",
            413: "the server rejects the heartbeat as too large; update the older of the two",
        }.get(status, "")
        if sentence and sentence != self._logged:
            log.warning("%s", sentence)
        if status == 204 and self._logged:
            log.info("the server accepts heartbeats again")
        if sentence or status == 204:
            self._logged = sentence
