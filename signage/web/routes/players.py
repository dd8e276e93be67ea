"""What players send and fetch: questions, heartbeats and assignments (docs/pairing.md, docs/heartbeat.md)."""

from __future__ import annotations

import re

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from signage.fleet.heartbeats import SCHEME, NotSigned, Players, Signed, TooOften, UnknownPlayer
from signage.fleet.messages import MAX_BEAT, MAX_QUESTION, HeartbeatMessage, PairingRequest
from signage.web.pages import NO_STORE
from signage.web.pools import Pools
from signage.web.requests import client_address, read_body
from signage.web.responses import answer

PLAYER = re.compile(r"[0-9a-f]{16}")


class PlayerRoutes:
    """For the players themselves."""

    def __init__(self, players: Players, pools: Pools) -> None:
        self._players = players
        self._pools = pools

    def routes(self) -> list[Route]:
        from_players = self._pools.players.handler
        return [
            Route("/player/pair", self.pair, methods=["POST"]),
            Route("/player/heartbeat", self.heartbeat, methods=["POST"]),
            Route("/player/{player}/assignment.json", from_players(self.assignment)),
            Route("/player/{player}/assignment.json.sig", from_players(self.signature)),
        ]

    async def pair(self, request: Request) -> Response:
        body = await read_body(request, MAX_QUESTION)
        try:
            question = PairingRequest.model_validate_json(body)
        except ValidationError:
            raise HTTPException(400) from None
        given = await self._pools.pairing.run(self._players.request_pairing, question, client_address(request))
        if given is None:
            phone = self._players.site().phone
            return JSONResponse({"phone": phone} if phone else {}, 202, headers=NO_STORE)
        return JSONResponse({"grant": given.grant, "mac": given.mac}, headers=NO_STORE)

    async def heartbeat(self, request: Request) -> Response:
        """Taken with 204, and a nonce for the next one. 401 with a nonce: the player signs that and sends it again."""
        scheme, _, parameters = request.headers.get("authorization", "").partition(" ")
        headers = dict(NO_STORE)
        try:
            if scheme.lower() == SCHEME.lower():
                signed = _signed(parameters)
                player = await self._pools.players.run(self._players.signer, signed)
                body = await read_body(request, MAX_BEAT)
                player = await self._pools.players.run(self._players.signed_by, player, signed, body)
                headers["Signage-Nonce"] = self._players.nonce(player)
            elif scheme.lower() == "bearer":
                player = await self._pools.players.run(self._players.token_owner, parameters.strip())
                body = await read_body(request, MAX_BEAT)
            else:
                raise UnknownPlayer
            beat = HeartbeatMessage.model_validate_json(body)
            await self._pools.players.run(
                self._players.record_heartbeat, player, beat, signed="Signage-Nonce" in headers
            )
        except UnknownPlayer:
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


def _signed(parameters: str) -> Signed:
    """The parameters of an Authorization header (RFC 9110, section 11.4): name=value, with commas between."""
    found = dict(part.strip().partition("=")[::2] for part in parameters.split(",")[:10])
    return Signed(**{name: found.get(name, "").strip('"') for name in Signed.__dataclass_fields__})
