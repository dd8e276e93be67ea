"""A player as the server sees it, written from docs/pairing.md and docs/heartbeat.md alone: it shares no code with
`signage.players`, and speaks real HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import requests
from nacl.signing import SigningKey, VerifyKey
from PIL import Image

Json = dict[str, Any]
PATIENCE = 20.0  # seconds; a machine under load


@dataclass
class Player:
    """One box. `code` is on its display until it is paired; `key` is pinned by the grant.

    With a code of eight letters it is one of version 0.4.0, which knows format 1 and sends its token.
    """

    server: str
    code: str = "K7M4PX2QHB"
    seed: str = "one"
    about: str = '{"version": "0.4.0", "model": "Raspberry Pi 3 Model B Rev 1.2", "panel": "1920x1080"}'
    screen: str | None = None
    key: str = ""
    serial: int = 0
    token: bytes = b""
    nonce: bytes = b""
    signing: SigningKey = field(default_factory=lambda: SigningKey(bytes(32)))
    challenge: str = ""  # to sign next
    wire: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.token = self.token or hashlib.sha256(f"token {self.seed}".encode()).digest()
        self.nonce = self.nonce or hashlib.sha256(f"nonce {self.seed}".encode()).digest()[:16]
        self.signing = SigningKey(hashlib.sha256(b"signing" + self.token).digest())

    @property
    def old(self) -> bool:
        return len(self.code) == 8

    @property
    def public(self) -> str:
        """What the server verifies its heartbeats with."""
        return self.signing.verify_key.encode().hex()

    @property
    def id(self) -> str:
        return hashlib.sha256(self.token).hexdigest()[:16]

    def secret(self) -> tuple[bytes, bytes]:
        return _secret(self.code, self.nonce)

    def question(self) -> Json:
        check, seal = self.secret()
        digest = hashlib.sha256(self.token).hexdigest()
        if not self.old:
            return {
                "format": 2,
                "handle": self.code[:2],
                "nonce": self.nonce.hex(),
                "check": check.hex(),
                "token_sha256": digest,
                "key": self.public,
                "about": self.about,
                "mac": _mac(seal, f"{digest}\n{self.public}\n{self.about}"),
            }
        return {
            "format": 1,
            "nonce": self.nonce.hex(),
            "check": check.hex(),
            "token_sha256": digest,
            "about": self.about,
            "mac": _mac(seal, f"{digest}\n{self.about}"),
        }

    def ask(self, **changed: Any) -> int:
        """Ask once; take the grant if there is one and it is sealed with the code. Gives the status."""
        answer = self.wire.post(f"{self.server}/player/pair", json={**self.question(), **changed}, timeout=PATIENCE)
        if answer.status_code == 200:
            said = answer.json()
            assert hmac.compare_digest(_mac(self.secret()[1], "grant\n" + said["grant"]), said["mac"])
            grant = json.loads(said["grant"])
            self.screen, self.key, self.serial = grant["screen"], grant["key"], grant["serial"]
        return answer.status_code

    def poll(self) -> None:
        """Look which screen it belongs to; what is not signed, or older, changes nothing."""
        address = f"{self.server}/player/{self.id}/assignment.json"
        body = self.wire.get(address, timeout=PATIENCE)
        if body.status_code == 404:
            return
        signature = self.wire.get(f"{address}.sig", timeout=PATIENCE).content
        VerifyKey(bytes.fromhex(self.key)).verify(body.content, signature)
        said = body.json()
        assert (said["format"], said["player"]) == (1, self.id)
        assert said["serial"] >= self.serial
        self.screen, self.serial = said["screen"], said["serial"]

    def beat(self, **changed: Any) -> int:
        """Tell how it is; gives the status."""
        return self.send(json.dumps({**beat(self.screen or ""), **changed}).encode()).status_code

    def send(self, body: bytes, token: str | None = None) -> requests.Response:
        """Signed, once more when the server wants another nonce signed; with the token only when it is an old one."""
        if self.old or token is not None:
            return self.post(body, f"Bearer {token or self.token.hex()}")
        answer = None
        for _ in range(2):
            if not self.challenge:
                answer = self.post(b"", f"Signage player={self.id}")
                if not self.challenge:
                    return answer
            answer = self.post(body, self.signature(body, self.challenge))
            if answer.status_code != 401:
                break
        assert answer is not None
        return answer

    def signature(self, body: bytes, nonce: str) -> str:
        """The Authorization header of a signed heartbeat."""
        message = f"signage-heartbeat-1\n{self.id}\n{nonce}\n".encode() + body
        return f"Signage player={self.id}, nonce={nonce}, signature={self.signing.sign(message).signature.hex()}"

    def post(self, body: bytes, authorization: str) -> requests.Response:
        headers = {"Authorization": authorization}
        answer = self.wire.post(f"{self.server}/player/heartbeat", data=body, headers=headers, timeout=PATIENCE)
        offered = re.search(r'nonce="([0-9a-f]+)"', answer.headers.get("WWW-Authenticate", ""))
        self.challenge = answer.headers.get("Signage-Nonce", offered[1] if offered else "")
        return answer


def beat(screen: str, **changed: Any) -> Json:
    """A heartbeat of a player that is well. `page`, `serial` and the like are changed to what it shows."""
    return {
        "format": 1,
        "at": None,
        "age": 0.0,
        "uptime": 86400.0,
        "running": 86000.0,
        "version": "0.4.0",
        "fallback_from": None,
        "model": "Raspberry Pi 3 Model B Rev 1.2",
        "output": "kms",
        "panel": "1920x1080@60",
        "screen": screen,
        "serial": None,
        "generated": None,
        "data_as_of": None,
        "horizon": None,
        "page": None,
        "notice": None,
        "rotate": 0,
        "frame": None,
        "thumbnail": None,
        "clock": {"trusted": True, "why": "the system says that it is synchronised"},
        "display": {"wanted": "on", "state": "on", "by": "cec"},
        "temperature": 52.1,
        "under_voltage": False,
        "memory": {"pss": 48_000_000, "available": 210_000_000},
        "storage": {"free": 9_000_000_000, "written": 1_200_000, "problem": None},
        "network": {"failing_since": None, "problem": None},
        "errors": [],
        "earlier": [],
        **changed,
    }


def showing(manifest: Json, page: Json, now: datetime, picture: bytes | None = None, **changed: Any) -> Json:
    """What a player that shows `page` of this manifest says besides; `picture`: what its thumbnail is made of."""
    known = {key: manifest[key] for key in ("serial", "generated", "data_as_of", "horizon", "rotate")}
    return {
        **known,
        "at": now.astimezone(UTC).isoformat(),
        "page": {key: page[key] for key in ("id", "kind", "asset")},
        "frame": {"sha256": "ab" * 32, "expected": "ab" * 32, "matches": True},
        "thumbnail": None if picture is None else thumbnail(picture, manifest["rotate"]),
        **changed,
    }


def earlier(report: Json, age: float) -> Json:
    """The same report, as it is sent when it could not be sent then."""
    left_out = ("thumbnail", "errors", "earlier")
    return {**{key: value for key, value in report.items() if key not in left_out}, "age": age}


def thumbnail(picture: bytes, rotate: int = 0) -> str:
    """A picture as the panel shows it, small, as a JPEG in base64."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").rotate(-rotate, expand=True)
    image.thumbnail((240, 240), Image.Resampling.BOX)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=75)
    return base64.b64encode(out.getvalue()).decode()


@cache
def _secret(code: str, nonce: bytes) -> tuple[bytes, bytes]:
    salt = b"signage-pair-1" if len(code) == 8 else b"signage-pair-2"
    made = hashlib.scrypt(code.encode(), salt=salt + nonce, n=16384, r=8, p=1, dklen=48)
    return made[:16], made[16:]


def _mac(seal: bytes, text: str) -> str:
    return hmac.new(seal, text.encode(), hashlib.sha256).hexdigest()
