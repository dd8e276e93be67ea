"""Ways in which an answer comes damaged, made by a seeded die. Each is an answer of the test server."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.portal import Answer, Handler, ok

TOKENS = (
    b"<![ ", b"<!--", b"]]>", b"<a ", b"&#x110000;", b"&#0;", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b'"', b"\\", b"\\ud83d", b"{", b"[", b"[" * 2000, b'{"a":' * 500, b"}" * 50, b"\r\n" * 40, b"\r\n ", b"\n" * 3000,
    b"BEGIN:VEVENT\r\n", b"END:VCALENDAR\r\n", b"RRULE:FREQ=SECONDLY\r\n", b"DTSTART:99999999T999999Z\r\n",
    b"EXDATE:", b"TZID=", b"9" * 400, b"-1", b"1e999", b"NaN", b"null", b"true", b"<script>", b"</script>",
    b"<x " * 300,
    b"\x1b]0;x\x07\x1b[31m", "\u202e\u200d".encode(), b"%00", b"picture:" + b"ab" * 32, b"0000-00-00", b"2026-13-45",
    b"<?xml version='1.0' encoding='utf-32'?>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b";" * 500, b'"' * 501, b"\t" * 200,
)  # fmt: skip
MEDIA_TYPES = (
    "text/calendar",
    "application/json",
    "text/html",
    "image/png",
    "",
    "a/b; charset=\x7f",
    "text/csv; charset=x",
)
CHARSETS = ("utf-16", "utf-7", "latin-1", "idna", "rot13", "unknown-8bit", "koi8-r", "zlib", "x" * 200)
STATUSES = (204, 206, 301, 302, 400, 401, 403, 404, 410, 418, 429, 500, 503, 599, 999)
ENCODINGS = ("gzip", "deflate", "br", "identity", "gzip, gzip", "x" * 100)

Damage = Callable[[bytes, random.Random], bytes]


def flip_bits(body: bytes, dice: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(dice.choice((1, 1, 3, 10, 100))):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def cut(body: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] if dice.random() < 0.7 else body[at:]


def splice(body: bytes, dice: random.Random) -> bytes:
    """A piece of it again, somewhere else."""
    begin = dice.randrange(len(body) + 1)
    piece = body[begin : begin + dice.randrange(1, 400)] * dice.choice((1, 1, 2, 50))
    at = dice.randrange(len(body) + 1)
    return body[:at] + piece + body[at:]


def drop(body: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + body[at + dice.randrange(1, 300) :]


def insert(body: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(body) + 1)
        body = body[:at] + dice.choice(TOKENS) + body[at:]
    return body


def swap_words(body: bytes, dice: random.Random) -> bytes:
    """One of its own words in the place of another."""
    words = body.split(b'"')
    if len(words) < 4:
        words = body.split(b"\n")
        return b"\n".join(_swapped(words, dice))
    return b'"'.join(_swapped(words, dice))


def _swapped(words: list[bytes], dice: random.Random) -> list[bytes]:
    one, other = dice.randrange(len(words)), dice.randrange(len(words))
    words[one], words[other] = words[other], words[one]
    return words


def noise(body: bytes, dice: random.Random) -> bytes:
    return dice.randbytes(dice.choice((0, 1, 10, 1000, 20_000)))


def other_encoding(body: bytes, dice: random.Random) -> bytes:
    return body.decode("utf-8", "replace").encode(
        dice.choice(("utf-16", "utf-32", "utf-7", "cp037", "latin-1")), "replace"
    )


DAMAGES: tuple[Damage, ...] = (flip_bits, cut, splice, drop, insert, insert, swap_words, noise, other_encoding)


def damaged(body: bytes, media_type: str, others: Sequence[bytes], dice: random.Random) -> tuple[str, Answer]:
    """A name for what was done, and the answer. `others`: bodies of other formats, which may come in its place."""
    kind = dice.choice(
        ("body", "body", "body", "body", "body", "twice", "other", "header", "status", "length", "encoding")
    )
    if kind == "body":
        damage = dice.choice(DAMAGES)
        return damage.__name__, ok(damage(body, dice), media_type)
    if kind == "twice":
        return "several", ok(dice.choice(DAMAGES)(dice.choice(DAMAGES)(body, dice), dice), media_type)
    if kind == "other":
        return "another format", ok(dice.choice((*others, b"")), media_type)
    if kind == "header":
        charset = f"{media_type.partition(';')[0]}; charset={dice.choice(CHARSETS)}"
        declared = dice.choice((*MEDIA_TYPES, charset, charset))
        return "header", ok(body if dice.random() < 0.5 else dice.choice(DAMAGES)(body, dice), declared)
    if kind == "status":
        return "status", _odd(dice.choice(STATUSES), body, {"Content-Type": media_type, "Location": "/nowhere"})
    if kind == "length":
        length = dice.choice(("0", "-1", "9" * 30, "x", str(len(body) + 50), str(max(0, len(body) - 50)), "1, 2", ""))
        return "length", _odd(200, body, {"Content-Type": media_type, "Content-Length": length})
    return "encoding", _odd(200, body, {"Content-Type": media_type, "Content-Encoding": dice.choice(ENCODINGS)})


def _odd(code: int, body: bytes, headers: dict[str, str]) -> Answer:
    def answer(handler: Handler) -> None:
        given = {"Content-Length": str(len(body)), **headers}
        handler.head(code, given)
        handler.wfile.write(body)
        handler.close_connection = True

    return answer
