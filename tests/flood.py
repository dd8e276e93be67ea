"""Fake pairing requests, as a script on the network sends them: real HTTP from many addresses of loopback."""

from __future__ import annotations

import http.client
import itertools
import json
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 30.0  # seconds; a machine under load


def fake(**changed: Any) -> dict[str, Any]:
    """A request that no code fits."""
    handle = "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(2))
    made = {
        "format": 2,
        "handle": handle,
        "nonce": secrets.token_hex(16),
        "check": secrets.token_hex(16),
        "token_sha256": secrets.token_hex(32),
        "key": secrets.token_hex(32),
        "about": '{"model": "nobody"}',
        "mac": secrets.token_hex(32),
        **changed,
    }
    return {key: value for key, value in made.items() if value is not None}


OLD: dict[str, Any] = {"format": 1, "handle": None, "key": None}  # as players before 0.5.0 ask


def addresses(number: int, first: int = 2) -> list[str]:
    """So many addresses of this machine, all of which Linux takes for its own."""
    return [f"127.0.{n // 250}.{n % 250 + 1}" for n in range(first, first + number)]


class Flooder:
    """One connection from one address."""

    def __init__(self, url: str, address: str) -> None:
        parts = urlsplit(url)
        self._wire = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=PATIENCE, source_address=(address, 0)
        )

    def ask(self, question: dict[str, Any]) -> int:
        body = json.dumps(question)
        try:
            self._wire.request("POST", "/player/pair", body, {"Content-Type": "application/json"})
            answer = self._wire.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._wire.close()
            return 0
        return answer.status

    def close(self) -> None:
        self._wire.close()


def flood(url: str, number: int, sources: Sequence[str], **changed: Any) -> None:
    """So many requests, each source in turn."""
    wires = [Flooder(url, address) for address in sources]
    for _, wire in zip(range(number), itertools.cycle(wires), strict=False):
        wire.ask(fake(**changed))
    for wire in wires:
        wire.close()


@contextmanager
def flooding(url: str, sources: Sequence[str], **changed: Any) -> Iterator[list[int]]:
    """Requests without a pause from two threads, until the end of the block; gives how many were sent so far."""
    ended = threading.Event()
    sent = [0, 0]

    def send(half: int) -> None:
        wires = [Flooder(url, address) for address in sources[half::2] or sources]
        for wire in itertools.cycle(wires):
            if ended.is_set():
                break
            sent[half] += wire.ask(fake(**changed)) == 202
        for wire in wires:
            wire.close()

    threads = [threading.Thread(target=send, args=(half,), daemon=True) for half in (0, 1)]
    for thread in threads:
        thread.start()
    try:
        yield sent
    finally:
        ended.set()
        for thread in threads:
            thread.join(PATIENCE)
