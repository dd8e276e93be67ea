"""Pairing, seen from the player: docs/pairing.md. Pure: chance and time are handed in; it knows no socket and no file.

`tests/fixtures/vectors/pairing.json` holds examples that the server must agree with.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from player.store.identity import Assignment, Grant
from player.store.manifest import MAX_SIGNATURE, SCREEN, ManifestRefused, is_format

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without what is mistaken for one another: 0 O, 1 I L
CODE_LENGTH = 10
HANDLE_LENGTH = 2  # of these: no secret, and sent along, so that the server knows which request a code belongs to
CODE_LENGTH_BEFORE = 8  # for servers before 0.5.0
OLD_SECONDS = 3600.0  # for this long, a server that did not understand format 2 gets format 1
NONCE_BYTES, TOKEN_BYTES, SEED_BYTES = 16, 32, 32
REPEAT_SECONDS = 3.0
RENEW_SECONDS = 15 * 60.0  # a code that somebody saw this morning is worth nothing now
BUSY_SECONDS = 15.0  # after 429: fifty others are waiting at a server before 0.5.0
MAX_ANSWER = 4096  # bytes; a grant has some 300
MAX_ASSIGNMENT = 4096  # bytes; it has some 90
_HEX_64 = re.compile(r"[0-9a-f]{64}")
_PHONE = re.compile(r"[+(]{0,2}[0-9][0-9 ()/-]{1,37}", re.ASCII)


class BadGrant(Exception):
    """An answer that isn't a grant; a phrase for the log. `kind` is one word, as of `Unreachable`."""

    def __init__(self, message: str, kind: str = "shape") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class PairingRequest:
    """One code, and everything that hangs on it. `body` is sent, always in the same words; the rest is secret.

    `seed`: the 32 bytes of the private key that heartbeats are signed with; None in format 1.
    """

    code: str = field(repr=False)
    token: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    body: bytes
    since: float
    seed: bytes | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """As it is on the display: K7M4P-X2QHB."""
        half = len(self.code) // 2
        return f"{self.code[:half]}-{self.code[half:]}"


def secret(code: str, nonce: bytes) -> tuple[bytes, bytes]:
    """(check, seal), 16 and 32 bytes. Costs 16 MiB and half a second on a Pi Zero: nobody can try them all."""
    salt = b"signage-pair-2" if len(code) == CODE_LENGTH else b"signage-pair-1"
    made = hashlib.scrypt(code.encode("ascii"), salt=salt + nonce, n=16384, r=8, p=1, dklen=48)
    return made[:16], made[16:]


def new_request(chance: Callable[[int], bytes], about: str, now: float, old: bool = False) -> PairingRequest:
    """A new code with a new nonce, token and signing key. `chance` gives that many random bytes, fit for secrets.

    `old`: in format 1, for a server before 0.5.0.
    """
    code = _code(chance, CODE_LENGTH_BEFORE if old else CODE_LENGTH)
    nonce, token = chance(NONCE_BYTES), chance(TOKEN_BYTES)
    seed = None if old else chance(SEED_BYTES)
    check, seal = secret(code, nonce)
    digest = hashlib.sha256(token).hexdigest()
    fields = {"format": 1, "nonce": nonce.hex(), "check": check.hex(), "token_sha256": digest, "about": about}
    if seed is None:
        fields["mac"] = seal_of(seal, f"{digest}\n{about}")
    else:
        key = public_key(seed)
        fields |= {"format": 2, "handle": code[:HANDLE_LENGTH], "key": key}
        fields["mac"] = seal_of(seal, f"{digest}\n{key}\n{about}")
    return PairingRequest(code, token, seal, json.dumps(fields).encode(), now, seed)


def public_key(seed: bytes) -> str:
    """The Ed25519 public key of a private one of 32 bytes, in 64 hexadecimal digits (RFC 8032)."""
    return SigningKey(seed).verify_key.encode().hex()


def _code(chance: Callable[[int], bytes], length: int = CODE_LENGTH) -> str:
    """That many letters, each equally likely: bytes beyond the last whole multiple of the alphabet are drawn again."""
    code = ""
    fair = 256 - 256 % len(ALPHABET)
    while len(code) < length:
        code += "".join(ALPHABET[byte % len(ALPHABET)] for byte in chance(length) if byte < fair)
    return code[:length]


def seal_of(seal: bytes, text: str) -> str:
    """HMAC-SHA256 over the text in UTF-8, in hexadecimal."""
    return hmac.new(seal, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def open_grant(seal: bytes, answer: bytes) -> Grant:
    """Read the body of a 200. Raises BadGrant unless it was made with the code on this display."""
    sealed = _object(answer, "the answer")
    grant, mac = sealed.get("grant"), sealed.get("mac")
    if not isinstance(grant, str) or not isinstance(mac, str):
        raise BadGrant("the answer is not a pairing grant. Check that this is the right server")
    if not hmac.compare_digest(seal_of(seal, f"grant\n{grant}").encode(), mac.encode("utf-8", "surrogatepass")):
        raise BadGrant("the answer was not made with the code on this display", "forged")
    granted = _object(grant.encode("utf-8", "surrogatepass"), "the grant")
    screen, key, serial = granted.get("screen"), granted.get("key"), granted.get("serial")
    if not is_format(granted.get("format")):
        raise BadGrant(
            f"the grant has format {granted.get('format')!r}, this player reads 1: update the player", "format"
        )
    if not isinstance(screen, str) or not SCREEN.fullmatch(screen):
        raise BadGrant("the grant names no screen")
    if not isinstance(key, str) or not _HEX_64.fullmatch(key):
        raise BadGrant("the grant names no key")
    if not isinstance(serial, int) or isinstance(serial, bool) or serial < 0:
        raise BadGrant("the grant has no serial")
    return Grant(screen, bytes.fromhex(key), serial)


def _object(data: bytes, what: str) -> dict[str, object]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadGrant(f"{what} is not a JSON object. Check that this is the right server")
    return value


def phone_in(answer: bytes) -> str:
    """The telephone number in the body of a 202; "" where there is none. Nobody vouches for it: only digits, and what
    people put between them, come to the display.
    """
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    phone = said.get("phone") if isinstance(said, dict) else None
    return phone if isinstance(phone, str) and _PHONE.fullmatch(phone) else ""


class Pairing:
    """Which code is on the display, and when to send the request again. `now` are seconds that never jump."""

    def __init__(self, chance: Callable[[int], bytes], about: Callable[[], str]) -> None:
        self._chance = chance
        self._about = about
        self._request: PairingRequest | None = None
        self._old_until = float("-inf")

    def current_request(self, now: float) -> PairingRequest:
        """The request to send now; a new one, with a new code, when the last one is too old."""
        if self._request is None or now - self._request.since >= RENEW_SECONDS:
            self._request = new_request(self._chance, self._about(), now, old=now < self._old_until)
        return self._request

    def forget(self) -> None:
        """The request was answered; the next one has a new code."""
        self._request = None

    def answered(self, request: PairingRequest, status: int, body: bytes) -> Grant | float:
        """The grant, or the seconds until the next request. After a BadGrant, go on too."""
        if status == 200:
            return open_grant(request.seal, body)
        if status == 429:
            return BUSY_SECONDS
        if status == 202:
            return REPEAT_SECONDS
        if status == 400 and request.seed is not None:
            # a server before 0.5.0: the next request, with a new code, is in the format that it knows
            self._old_until = request.since + OLD_SECONDS
            self._request = None
            return 0.0
        if status == 421:
            raise BadGrant("the server does not answer under this name or address", "host")
        if status == 404:
            raise BadGrant("players can't be paired there: it is another program, or an old version")
        raise BadGrant(f"the server answered {status}", "busy" if status == 503 else "answer")


def read_assignment_with(keys: Sequence[bytes], data: bytes, signature: bytes, player: str, known: int) -> Assignment:
    """As `read_assignment`, with the first of the trusted keys that fits. Raises ManifestRefused."""
    for key in keys[:-1]:
        try:
            return read_assignment(data, signature, key, player, known)
        except ManifestRefused as refusal:
            if refusal.kind != "forged":
                raise
    return read_assignment(data, signature, keys[-1], player, known)


def read_assignment(data: bytes, signature: bytes, key: bytes, player: str, known: int) -> Assignment:
    """Check an assignment in full. `player` is the 16 digits of this one, `known` the serial that it knows.

    Raises ManifestRefused: as if there were no answer.
    """
    try:
        if len(signature) != MAX_SIGNATURE:
            raise ValueError
        VerifyKey(key).verify(data, signature)
    except (CryptoError, ValueError):
        raise ManifestRefused("forged", "the assignment's signature does not match") from None
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise ManifestRefused("not-json", "the assignment's signature is valid, but it isn't a JSON object")
    if not is_format(raw.get("format")):
        raise ManifestRefused("format", f"the assignment has format {raw.get('format')!r}, this player reads 1")
    if raw.get("player") != player:
        raise ManifestRefused("other-player", "the assignment is another player's")
    serial, screen = raw.get("serial"), raw.get("screen", "")
    if not isinstance(serial, int) or isinstance(serial, bool):
        raise ManifestRefused("shape", "the assignment has no serial")
    if screen is not None and (not isinstance(screen, str) or not SCREEN.fullmatch(screen)):
        raise ManifestRefused("shape", "the assignment names no screen")
    if serial < known:
        raise ManifestRefused(
            "rolled-back", f"the server offers assignment {serial} after {known}: that is older content"
        )
    return Assignment(screen, serial)
