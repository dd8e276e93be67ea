"""The arithmetic of pairing (docs/pairing.md): from a code to the secrets that are made of it. Pure.

`tests/fixtures/vectors/pairing.json` holds examples that the player must agree with.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from nacl.signing import SigningKey

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10
HANDLE = 2  # of these, the first two: they are not secret, and name the request that a code belongs to
LENGTH_BEFORE = 8  # of players before 0.5.0: all of it is secret
NONCE_BYTES = 16
PLAYER_DIGITS = 16
SALTS = {LENGTH_BEFORE: b"signage-pair-1", LENGTH: b"signage-pair-2"}
_TOKEN = re.compile(r"[0-9a-f]{64}")
# What people put between the letters: spaces and the hyphens and dashes of their keyboard or telephone.
_BETWEEN = " \t\r\n\u00a0\u2009\u202f-\u2010\u2011\u2012\u2013\u2014\u2212_."


class BadCode(ValueError):
    """What was typed can't be a code; `str` is what is wrong with it."""


@dataclass(frozen=True, slots=True)
class CodeSecret:
    """What a code and a nonce give: `check` finds the question on the server, `seal` is the key of HMAC-SHA256."""

    check: bytes
    seal: bytes


def normal(typed: str) -> str:
    """ "k7m4 px2q" -> "K7M4PX2Q". Raises BadCode with a sentence about the letters that can't be right."""
    code = "".join(letter for letter in typed if letter not in _BETWEEN).upper()
    if strange := sorted({letter for letter in code if letter not in ALPHABET}):
        letters = " or ".join([", ".join(strange[:-1]), strange[-1]] if len(strange) > 1 else strange)
        raise BadCode(f'"{typed.strip()}" can\'t be a code. Codes never contain {letters}.')
    if len(code) not in SALTS:
        raise BadCode(f'"{typed.strip()}" can\'t be a code. It has {len(code)} letters and digits.')
    return code


def shown(code: str) -> str:
    """ "K7M4PX2QHB" -> "K7M4P-X2QHB", as the display shows it."""
    return f"{code[: len(code) // 2]}-{code[len(code) // 2 :]}"


def handle(code: str) -> str:
    """Which requests a `normal` code may belong to: its first two letters; "" for a code of players before 0.5.0."""
    return code[:HANDLE] if len(code) == LENGTH else ""


def secret(code: str, nonce: bytes) -> CodeSecret:
    """From a `normal` code. Costs 16 MiB of memory and some 50 ms: nobody can try all 31^8 of a handle."""
    made = hashlib.scrypt(code.encode("ascii"), salt=SALTS[len(code)] + nonce, n=16384, r=8, p=1, dklen=48)
    return CodeSecret(made[:16], made[16:])


def token_digest(token: str) -> str:
    """sha256 over the token's bytes (it is written as 64 hexadecimal digits). Raises ValueError for anything else."""
    if not _TOKEN.fullmatch(token):
        raise ValueError("a token is 64 hexadecimal digits")
    return hashlib.sha256(bytes.fromhex(token)).hexdigest()


def player_id(token_sha256: str) -> str:
    """By which a player and the server call it: the first 16 digits."""
    return token_sha256[:PLAYER_DIGITS]


def public_key(secret: str) -> str:
    """The Ed25519 public key of a player's private one (RFC 8032); 64 hexadecimal digits each."""
    return SigningKey(bytes.fromhex(secret)).verify_key.encode().hex()


def question_mac(seal: bytes, token_sha256: str, about: str, key: str | None = None) -> str:
    """Of a player's question, in hexadecimal. `key` is in those of format 2."""
    return _mac(seal, f"{token_sha256}\n{about}" if key is None else f"{token_sha256}\n{key}\n{about}")


def grant_mac(seal: bytes, grant: str) -> str:
    """Of the server's grant, in hexadecimal."""
    return _mac(seal, f"grant\n{grant}")


def same(one: str | bytes, other: str | bytes) -> bool:
    """Compare secrets in constant time."""
    first, second = (each.encode() if isinstance(each, str) else each for each in (one, other))
    return hmac.compare_digest(first, second)


def _mac(seal: bytes, text: str) -> str:
    return hmac.new(seal, text.encode(), hashlib.sha256).hexdigest()
