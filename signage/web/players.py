"""What players ask of the server (docs/pairing.md, docs/heartbeat.md), and the status of all of them for people.

Only the form on the status page acts, and only with the administrator's key in its body: there is no cookie that
another site could ride on. No address of a person is kept or logged.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from signage.errors import NotWritable
from signage.fleet.admin_key import AdminKey
from signage.fleet.grants import GrantRefused
from signage.fleet.heartbeats import SCHEME, NotSigned, Players, Signed, TooOften, Unknown
from signage.fleet.messages import MAX_BEAT, MAX_QUESTION, HeartbeatMessage, PairingRequest
from signage.fleet.overview import PlayerState, ScreenState, as_data
from signage.fleet.verdict import HealthState, PlayerProblem
from signage.web import history_page
from signage.web.answers import NOSNIFF, answer
from signage.web.bodies import read_body
from signage.web.hosts import foreign_form
from signage.web.metrics import CONTENT_TYPE, Figures
from signage.web.pages import policy
from signage.web.pools import Pools
from signage.web.private_status import Discretion
from signage.web.status_page import Said, locked_page, page

log = logging.getLogger(__name__)

PLAYER = re.compile(r"[0-9a-f]{16}")
MAX_FORM = 2 * 1024  # bytes: a key, a code and two names
HTML = "text/html; charset=utf-8"
NO_STORE = {**NOSNIFF, "Cache-Control": "no-store"}
WITH_KEY = {**NO_STORE, "WWW-Authenticate": 'Bearer realm="signage"'}
# with "no-referrer" browsers would send the forms with "Origin: null" (Fetch, "append a request Origin header")
OWN_REFERRER = {"Referrer-Policy": "same-origin"}


class PlayerRoutes:
    """The routes, for `make_app`. `status` gives what `/status.json` says of sources and builds."""

    def __init__(
        self,
        players: Players,
        admin: AdminKey,
        status: Callable[[], dict[str, Any]],
        pools: Pools,
        discretion: Discretion,
    ) -> None:
        self._players = players
        self._pools = pools
        self._discretion = discretion
        self._admin = admin
        self._status = status
        self._figures = Figures(players, status)
        static = files("signage.web").joinpath("static")
        self._style = static.joinpath("status.css").read_bytes()
        self._script = static.joinpath("status.js").read_bytes()

    def routes(self) -> list[Route]:
        """Where they are."""
        from_players, people = self._pools.players.handler, self._pools.people.handler
        return [
            Route("/player/pair", self.pair, methods=["POST"]),
            Route("/player/heartbeat", self.heartbeat, methods=["POST"]),
            Route("/player/{player}/assignment.json", from_players(self.assignment)),
            Route("/player/{player}/assignment.json.sig", from_players(self.signature)),
            Route("/status", people(self.look)),
            Route("/status", self.act, methods=["POST"]),
            Route("/status/{player}.jpg", people(self.thumbnail)),
            Route("/status/{player}", people(self.history)),
            Route("/status.css", lambda request: answer(request, self._style, "text/css; charset=utf-8")),
            Route("/status.js", lambda request: answer(request, self._script, "text/javascript; charset=utf-8")),
            Route("/metrics", people(self.metrics)),
        ]

    def glass(self) -> list[dict[str, Any]]:
        """For `/status.json`: every screen with its players."""
        states = as_data(self._players.overview(), self._players.site().zone, self._players.clock())
        return [self._discretion.data(state) for state in states]

    def may_see(self, request: Request) -> bool:
        """May who asks see more than whether all is well? Everybody may, where `status` in screens.toml is "open"."""
        if not self._players.site().private:
            return True
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._admin.fits(key)

    def well(self) -> bool:
        """Is every screen well? Not when the server has a problem, or doesn't know."""
        try:
            screens = self._players.overview()
        except NotWritable as error:
            log.warning("%s", error)
            return False
        fine = all(screen.state in (HealthState.GREEN, HealthState.GREY) for screen in screens)
        return fine and bool(self._status().get("ok", True))

    # --- for players ---

    async def pair(self, request: Request) -> Response:
        body = await read_body(request, MAX_QUESTION)
        try:
            question = PairingRequest.model_validate_json(body)
        except ValidationError:
            raise HTTPException(400) from None
        given = await self._pools.pairing.run(self._players.ask, question, client_address(request))
        if given is None:
            return JSONResponse({}, 202, headers=NO_STORE)
        return JSONResponse({"grant": given.grant, "mac": given.mac}, headers=NO_STORE)

    async def heartbeat(self, request: Request) -> Response:
        """Taken with 204, and a nonce for the next one. 401 with a nonce: the player signs that and sends it again."""
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        headers = dict(NO_STORE)
        try:
            if scheme.lower() == SCHEME.lower():
                signed = _signed(said)
                player = await self._pools.players.run(self._players.signer, signed)
                body = await read_body(request, MAX_BEAT)
                player = await self._pools.players.run(self._players.signed_by, player, signed, body)
                headers["Signage-Nonce"] = self._players.nonce(player)
            elif scheme.lower() == "bearer":
                player = await self._pools.players.run(self._players.whose, said.strip())
                body = await read_body(request, MAX_BEAT)
            else:
                raise Unknown
            beat = HeartbeatMessage.model_validate_json(body)
            await self._pools.players.run(
                self._players.record_heartbeat, player, beat, signed="Signage-Nonce" in headers
            )
        except Unknown:
            return Response(status_code=401, headers={**headers, "WWW-Authenticate": SCHEME})
        except NotSigned as refused:
            if refused.challenge is None:
                return Response(status_code=403, headers=headers)
            return Response(status_code=401, headers={**headers, "WWW-Authenticate": refused.challenge})
        except TooOften:
            return Response(status_code=429, headers={**headers, "Retry-After": "60"})
        except ValidationError:
            return Response(status_code=400, headers=headers)
        return Response(status_code=204, headers=headers)

    def assignment(self, request: Request) -> Response:
        return answer(request, self._signed(request)[0], "application/json")

    def signature(self, request: Request) -> Response:
        return answer(request, self._signed(request)[1], "application/octet-stream")

    def _signed(self, request: Request) -> tuple[bytes, bytes]:
        player: str = request.path_params["player"]
        signed = self._players.assignment(player) if PLAYER.fullmatch(player) else None
        if signed is None:
            raise HTTPException(404)
        return signed

    # --- for people ---

    def look(self, request: Request) -> Response:
        """The status of every screen."""
        done, screen = (request.query_params.get(name, "") for name in ("done", "screen"))
        if not self.may_see(request):
            return self._locked()
        return self._page(Said(done=done, screen=screen))

    async def act(self, request: Request) -> Response:
        """Pair, move or revoke, with the administrator's key, from a page of this server."""
        if refusal := foreign_form(request, self._players.site().hosts):
            return refusal
        body = await read_body(request, MAX_FORM)
        try:
            fields = {name: values[-1] for name, values in parse_qs(body.decode(), max_num_fields=8).items()}
        except ValueError:
            raise HTTPException(400) from None
        return await self._pools.people.run(self._act, fields)

    def _act(self, fields: dict[str, str]) -> Response:
        doing, code, screen, player = (fields.get(name, "") for name in ("do", "code", "screen", "player"))
        if not self._admin.fits(fields.get("key", "")):
            if self._players.site().private:
                return self._locked(403, wrong_key=True)
            return self._page(Said(fault="key", code=code, screen=screen), 403)
        if doing == "look":
            return self._page(Said())
        try:
            if doing == "pair":
                self._players.pair(code, screen)
            elif doing == "move":
                self._players.move(player, screen)
            elif doing == "revoke":
                known = self._players.registry.known(player)
                self._players.revoke(player)
                screen = (known.screen if known else None) or ""
            else:
                raise HTTPException(400)
        except GrantRefused as refused:
            return self._page(Said(fault=refused.norwegian, code=code, screen=screen), 422)
        # after a redirect, the browser's "reload" asks for the page and not for the deed
        return RedirectResponse(f"/status?done={doing}&screen={screen}", 303, headers=NO_STORE)

    def thumbnail(self, request: Request) -> Response:
        player: str = request.path_params["player"]
        if not self.may_see(request):
            return Response(status_code=401, headers=WITH_KEY)
        body = self._players.thumbnail(player) if PLAYER.fullmatch(player) else None
        if body is None:
            raise HTTPException(404)
        return answer(request, body, "image/jpeg")

    def history(self, request: Request) -> Response:
        player: str = request.path_params["player"]
        if not self.may_see(request):
            return self._locked(401)
        known = self._players.registry.known(player) if PLAYER.fullmatch(player) else None
        if known is None or known.screen is None:
            raise HTTPException(404)
        name = self._players.site().screens.get(known.screen, known.screen)
        body = history_page.page(name, known.id, known.screen, self._players.history(known.id))
        return Response(body, headers={**policy(framed=False), **NO_STORE}, media_type=HTML)

    def metrics(self, request: Request) -> Response:
        if not self.may_see(request):
            return Response(status_code=401, headers=WITH_KEY)
        figures = self._discretion.text(self._figures.text().decode())
        return Response(figures, headers={**NO_STORE, "Content-Type": CONTENT_TYPE})

    def _locked(self, status: int = 200, wrong_key: bool = False) -> Response:
        """What strangers see of a private server's status."""
        body = locked_page(self.well(), wrong_key)
        return Response(body, status, {**policy(framed=False, forms=True), **NO_STORE, **OWN_REFERRER}, HTML)

    def _page(self, said: Said, status: int = 200) -> Response:
        site = self._players.site()
        alarms = [str(alarm["nb"]) for alarm in self._status().get("alarms") or []]
        states = [self._discreet(screen) for screen in self._players.overview()]
        body = page(states, self._players.waiting(), site, self._players.clock(), said, alarms)
        return Response(body, status, {**policy(framed=False, forms=True), **NO_STORE, **OWN_REFERRER}, HTML)

    def _discreet(self, screen: ScreenState) -> ScreenState:
        """A screen without paths in what its players report."""
        clean = self._discretion

        def reason(each: PlayerProblem) -> PlayerProblem:
            return replace(each, about=clean.data(each.about))

        def player(each: PlayerState) -> PlayerState:
            heard = each.heard and replace(each.heard, errors=tuple(clean.texts(each.heard.errors)))
            return replace(each, heard=heard, reasons=tuple(map(reason, each.reasons)))

        return replace(screen, players=tuple(map(player, screen.players)))


def client_address(request: Request) -> str:
    """Where a request comes from. A reverse proxy on this machine says it in the last entry of X-Forwarded-For; those
    before that are the client's own word.
    """
    peer = request.client.host if request.client else ""
    try:
        local = ipaddress.ip_address(peer).is_loopback
    except ValueError:
        local = False
    forwarded = request.headers.getlist("x-forwarded-for")
    return forwarded[-1].rpartition(",")[2].strip() if local and forwarded else peer


def _signed(said: str) -> Signed:
    """The parameters of an Authorization header (RFC 9110, section 11.4): name=value, with commas between."""
    found = dict(part.strip().partition("=")[::2] for part in said.split(",")[:10])
    return Signed(**{name: found.get(name, "").strip('"') for name in Signed.__dataclass_fields__})
