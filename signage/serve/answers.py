"""HTTP answers with a strong ETag (RFC 9110 section 8.8) that say 304 to who has them already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

ASK_AGAIN = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
NOSNIFF = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def answer(
    request: Request,
    body: bytes,
    media_type: str,
    cache: str = ASK_AGAIN,
    tag: str | None = None,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """`body`, or 304 when the request names its tag. `tag` is a name of the bytes; their hash when left out."""
    etag = f'"{tag or hashlib.sha256(body).hexdigest()[:32]}"'
    common = {**NOSNIFF, **(headers or {}), "ETag": etag, "Cache-Control": cache}
    if status == 200 and _named(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=common)
    return Response(body, status_code=status, media_type=media_type, headers=common)


def _named(header: str, etag: str) -> bool:
    """Does If-None-Match name the tag? Weak comparison, as section 13.1.2 asks: proxies that compress weaken tags."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags
