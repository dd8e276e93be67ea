"""What is read of a request: its body, under a limit of bytes and of time, and where it comes from."""

from __future__ import annotations

import asyncio
import ipaddress

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

SECONDS = 20.0  # for a whole body: 96 KiB over the worst mobile network take ten


async def read_body(request: Request, limit: int) -> bytes:
    """The body. Raises HTTPException: 413 when it is longer than `limit`, 408 when it takes too long."""
    try:
        if int(request.headers.get("content-length", "0")) > limit:
            raise HTTPException(413)
    except ValueError:
        raise HTTPException(400) from None
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > limit:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(body)


def client_address(request: Request) -> str:
    """Where a request comes from. A reverse proxy on this machine writes it in the last entry of X-Forwarded-For; those
    before that are the client's own word.
    """
    peer = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:  # IPv4 on a socket for both
        address = address.ipv4_mapped
        peer = str(address)
    local = address.is_loopback
    forwarded = request.headers.getlist("x-forwarded-for")
    return forwarded[-1].rpartition(",")[2].strip() if local and forwarded else peer
