"""What the head of a request must not be: what two programs could read as two different requests, or too much.

h11 reads heads as RFC 9112 allows, and joins or drops what is doubled. A server behind a proxy must not be
lenient: where the two disagree about a body's length, a stranger's body becomes the next client's request
(RFC 9112 sections 6.1, 6.3 and 11.2). Everything here is looked at in the bytes as they came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import h11

MAX_REQUEST_LINE = 8 * 1024  # bytes; RFC 9112 section 3 requires at least 8000, our longest is 200
MAX_HEAD = 16 * 1024  # bytes of request line and headers together
MAX_FIELDS = 100  # header lines; a browser behind two proxies sends 30

_END = re.compile(rb"\n\r?\n")
_FOLDED = re.compile(rb"\n[ \t]")
_BARE_CR = re.compile(rb"\r(?!\n)")
_LENGTH = re.compile(rb"\ncontent-length[ \t]*:([^\n]*)", re.IGNORECASE)
_CODING = re.compile(rb"\ntransfer-encoding[ \t]*:([^\n]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HeadFault:
    """Why a request is refused: the status to answer, and a sentence."""

    status: int
    reason: str


def fault_of(received: bytes) -> HeadFault | None:
    """What is wrong with the head that `received` begins with, which may be incomplete; None when nothing is."""
    end = _END.search(received)
    head = received[: end.end()] if end else received
    line, _, _ = head.partition(b"\n")
    if len(line) > MAX_REQUEST_LINE:
        return HeadFault(414, "The request line is too long.")
    if len(head) > MAX_HEAD or head.count(b"\n") > MAX_FIELDS + 2:
        return HeadFault(431, "The header fields are too large or too many.")
    return _ambiguous(head, line) if end else None


def _ambiguous(head: bytes, line: bytes) -> HeadFault | None:
    if _FOLDED.search(head):
        return HeadFault(400, "A header field is folded over lines.")
    if _BARE_CR.search(head) or b"\0" in head:
        return HeadFault(400, "The header fields contain a control character.")
    lengths = [value.strip() for value in _LENGTH.findall(head)]
    codings = [value.strip().lower() for value in _CODING.findall(head)]
    if len(lengths) > 1 or any(not length.isdigit() for length in lengths):
        return HeadFault(400, "Content-Length is not one number.")
    if not codings:
        return None
    if lengths or len(codings) > 1 or not line.rstrip().endswith(b"HTTP/1.1"):
        return HeadFault(400, "Transfer-Encoding can't be combined with that.")
    if codings[0] != b"chunked":
        return HeadFault(400 if b"chunked" in codings[0] else 501, "Transfer-Encoding may only be chunked.")
    return None


class StrictConnection(h11.Connection):
    """h11's server side, which also refuses what `fault_of` finds. `fault` is what the last refused request did."""

    fault: HeadFault | None = None

    def next_event(self) -> Any:
        """As h11's; raises RemoteProtocolError."""
        if self.their_state is h11.IDLE:
            received, _ = self.trailing_data
            self.fault = fault_of(received) if received else None
            if self.fault:
                raise h11.RemoteProtocolError(self.fault.reason, self.fault.status)
        try:
            return super().next_event()
        except h11.RemoteProtocolError as error:
            self.fault = HeadFault(error.error_status_hint, "That is not an HTTP request.")
            raise
