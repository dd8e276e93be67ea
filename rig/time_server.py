"""A time server (SNTP, RFC 4330) on the host, for the machine's own systemd-timesyncd to ask."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

PORT = 123  # timesyncd knows no other; only root may take it
SINCE_1900 = 2_208_988_800  # seconds from the protocol's epoch to that of Unix


@dataclass
class TimeServer:
    """`ahead`: seconds by which it is wrong on purpose. `silent`: it answers nobody. `asked`: how often it was."""

    ahead: float = 0.0
    silent: bool = False
    asked: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def answer(self, question: bytes) -> bytes:
        """A stratum 1 server's answer, or nothing."""
        self.asked += 1
        if self.silent or len(question) < 48:
            return b""
        now = _stamp(time.time() + self.ahead)
        version = question[0] >> 3 & 7
        head = struct.pack(">BBbb", version << 3 | 4, 1, 4, -20) + struct.pack(">II4s", 0, 0, b"RIG\0")
        return head + now + question[40:48] + now + now


def _stamp(seconds: float) -> bytes:
    whole = int(seconds)
    return struct.pack(">II", whole + SINCE_1900 & 0xFFFFFFFF, int((seconds - whole) * 2**32))


@contextlib.contextmanager
def time_server() -> Iterator[TimeServer]:
    """Serve on loopback, which a machine sees as 10.0.2.2. Raises OSError when something else has the port."""
    state = TimeServer()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", PORT))
        line.settimeout(0.2)

        def run() -> None:
            while not state._over.is_set():
                with contextlib.suppress(TimeoutError):
                    question, who = line.recvfrom(512)
                    if answer := state.answer(question):
                        line.sendto(answer, who)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield state
        state._over.set()
        thread.join()
