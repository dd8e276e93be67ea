"""Who has the administrator's key: each form and program sends it along, and wrong ones are limited.

The key has 128 bits, so nobody guesses it. The limit keeps a program that tries from costing a page each time, and one
line in the log says that somebody does. The right key is always let through: wrong ones from the same network, or from
behind the same proxy, must not keep anybody from sending an alert.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request

from signage.fleet.admin_key import AdminKey
from signage.fleet.rate_limiter import RateLimiter
from signage.fleet.waiting_players import origin_of
from signage.web.pages import NO_STORE
from signage.web.requests import client_address

log = logging.getLogger(__name__)

BURST = 10  # wrong keys at once from one place: people who paste the wrong line
EARN = timedelta(seconds=6)  # until it may try another


class AdminGate:
    """Checks keys of requests. `clock` gives the present time."""

    def __init__(self, admin: AdminKey, clock: Callable[[], datetime]) -> None:
        self._admin = admin
        self._clock = clock
        self._limit = RateLimiter(BURST, EARN)
        self._secret = os.urandom(32)
        self._logged = False

    def fits(self, request: Request, key: str) -> bool:
        """Is it the key? Raises HTTPException(429) for a wrong one after too many from there.

        An empty one is not a guess: that of a page that was opened without the key.
        """
        if not key.strip():
            return False
        if self._admin.fits(key):
            return True
        origin = origin_of(client_address(request), self._secret)
        now = self._clock()
        if not self._limit.has_left(origin, now):
            if not self._logged:
                self._logged = True
                log.warning("many wrong administrator's keys from one address; further ones are refused for a while")
            raise HTTPException(429, headers={**NO_STORE, "Retry-After": str(round(EARN.total_seconds()))})
        self._limit.spend(origin, now)
        return False

    def bearer(self, request: Request) -> bool:
        """Does the Authorization header (RFC 6750) have the key? Raises as `fits`."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.fits(request, key)

    def still_fits(self, key: str) -> bool:
        """Is it the key, also now? For one that has been checked before."""
        return self._admin.fits(key)
