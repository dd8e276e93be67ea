"""Raw connections to a server on loopback, for what no client library would send."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Callable

PATIENCE = 20.0  # seconds; the machine may be busy


def connect(port: int, source: str = "", first: bytes = b"") -> socket.socket:
    """A connection, from the address `source` of this machine (all of 127.0.0.0/8 is), that has sent `first`."""
    raw = socket.socket()
    raw.settimeout(PATIENCE)
    if source:
        raw.bind((source, 0))
    raw.connect(("127.0.0.1", port))
    raw.sendall(first)
    return raw


def rest(raw: socket.socket) -> bytes:
    """All that the server says until it closes the connection; fails when it doesn't."""
    said = bytearray()
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while part := raw.recv(65536):
            said += part
    return bytes(said)


def ask(port: int, request: bytes, source: str = "") -> bytes:
    """What is answered to `request`, until the server closes the connection."""
    with contextlib.closing(connect(port, source, request)) as raw:
        return rest(raw)


def answer_of(raw: socket.socket) -> bytes:
    """One whole answer, with its Content-Length, on a connection that stays open."""
    said = bytearray()
    while b"\r\n\r\n" not in said or len(said.partition(b"\r\n\r\n")[2]) < _length(said):
        part = raw.recv(65536)
        if not part:
            raise AssertionError(f"closed after {bytes(said)!r}")
        said += part
    return bytes(said)


def _length(said: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", said, re.IGNORECASE)
    return int(found[1]) if found else 0


def closed(raw: socket.socket) -> bool:
    """Has the server closed it, as far as can be seen now?"""
    raw.setblocking(False)
    try:
        return raw.recv(65536) == b""
    except BlockingIOError:
        return False
    except (ConnectionResetError, BrokenPipeError):
        return True
    finally:
        raw.settimeout(PATIENCE)


def drip(raw: socket.socket, seconds: float) -> float:
    """Send a byte every 50 ms until the server closes; gives how long that took. Fails after `seconds`."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            raw.sendall(b"x")
        except OSError:
            return time.monotonic() - began
        raw.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            try:
                if raw.recv(65536) == b"":
                    return time.monotonic() - began
            except ConnectionResetError:
                return time.monotonic() - began
    raise AssertionError(f"still open after {seconds} s of single bytes")


def until(condition: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so; fails loudly when it never is."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}")
        time.sleep(0.01)


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with contextlib.closing(socket.socket()) as raw:
        raw.bind(("127.0.0.1", 0))
        return int(raw.getsockname()[1])
