"""HTTP answers with a strong ETag (RFC 9110 section 8.8) that answer 304 to clients that have them already.

Files are sent in parts: of a manifest of 4 MB that a client does not take, only one part is held in memory. What was
fetched last is kept in memory once for all clients: a publication brings a thousand of them in the same second.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from signage.web.pools import WebPool

ASK_AGAIN = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
NOSNIFF = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
PART = 128 * 1024  # bytes: most pictures are smaller, and 1,000 clients that take nothing hold 128 MB
MAX_HASHES = 2000  # files whose hash is remembered, 200 bytes each
MAX_KEPT = 16 * 1024 * 1024  # bytes of files that are kept in memory: the new pictures and manifests of some screens
LARGEST_KEPT = 1024 * 1024  # bytes; a manifest of 14 days, and any picture of text
FRESH_SECONDS = 30.0  # since a file was written
RANGE = re.compile(r"bytes=(?!-$)([0-9]{0,15})-([0-9]{0,15})")

Identity = tuple[int, int, int, int]


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


@dataclass(frozen=True, slots=True)
class _Kept:
    hash: str
    body: bytes


class Files:
    """Answers from the disk. Their hashes are remembered: fifty players fetch the same manifest every minute."""

    def __init__(self, pool: WebPool) -> None:
        self._pool = pool
        self._hashes: OrderedDict[Identity, str] = OrderedDict()
        self._kept: OrderedDict[Identity, _Kept] = OrderedDict()
        self._reading: dict[Identity, asyncio.Task[_Kept | None]] = {}
        self._lock = threading.Lock()

    async def recent(
        self, request: Request, path: Path, media_type: str, cache: str = ASK_AGAIN, tag: str | None = None
    ) -> Response:
        """As `answer`, in the event loop. A thousand clients that fetch the same file are one that reads it.

        None waits for a thread that way, nor for the turns of a busy loop in which one begins and ends. What was
        written a moment ago is still in the system's memory, so even the first needs no thread for it.
        """
        unchanged = self.unchanged(request, path, cache, tag)
        if unchanged is not None:
            return unchanged
        about = _about(path)
        which = _identity(about)
        kept = None
        if about.st_size <= LARGEST_KEPT and request.method != "HEAD":
            fresh = stat.S_ISREG(about.st_mode) and abs(time.time() - about.st_mtime) < FRESH_SECONDS
            kept = self._kept.get(which) or (self._read(path, which) if fresh else await self._read_once(path, which))
        if kept is None:
            return await self._pool.run(self.answer, request, path, media_type, cache, tag)
        etag = f'"{tag or kept.hash}"'
        headers = {**NOSNIFF, "ETag": etag, "Cache-Control": cache}
        if _named(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        if len(kept.body) > PART:
            return _InParts(io.BytesIO(kept.body), len(kept.body), None, media_type, headers)
        return Response(kept.body, media_type=media_type, headers=headers)

    async def _read_once(self, path: Path, which: Identity) -> _Kept | None:
        """The file, read by the first that wants it; None when it is another file by now."""
        reading = self._reading.get(which)
        if reading is None:
            reading = self._reading[which] = asyncio.create_task(self._pool.run(self._read, path, which))
            reading.add_done_callback(lambda _: self._reading.pop(which, None))
        return await asyncio.shield(reading)

    def _read(self, path: Path, which: Identity) -> _Kept | None:
        with _open(path) as file:
            about = os.fstat(file.fileno())
            if _identity(about) != which:
                return None
            kept = _Kept(self._hash(file, about), file.read())
        with self._lock:
            self._kept[which] = kept
            while sum(len(each.body) for each in self._kept.values()) > MAX_KEPT:
                self._kept.popitem(last=False)
        return kept

    def answer(
        self, request: Request, path: Path, media_type: str, cache: str = ASK_AGAIN, tag: str | None = None
    ) -> Response:
        """As `answer`, of a file that nobody writes to; 404 when it isn't there. To be called in a thread."""
        file = _open(path)
        try:
            about = os.fstat(file.fileno())
            etag = f'"{tag or self._hash(file, about)}"'
            headers = {**NOSNIFF, "ETag": etag, "Cache-Control": cache}
            if _named(request.headers.get("if-none-match", ""), etag):
                file.close()
                return Response(status_code=304, headers=headers)
            if about.st_size > PART and request.method != "HEAD":
                return _InParts(file, about.st_size, self._pool, media_type, headers)
            body = file.read() if request.method != "HEAD" else b""
            file.close()
            length = {"Content-Length": str(about.st_size)}
            return Response(body, media_type=media_type, headers={**headers, **length})
        except BaseException:
            file.close()
            raise

    def part(self, request: Request, path: Path, media_type: str, cache: str, tag: str) -> Response:
        """As `answer`, or the range that the request names (RFC 9110 section 14): browsers play films so."""
        wanted = RANGE.fullmatch(request.headers.get("range", ""))
        condition = request.headers.get("if-range", f'"{tag}"')
        if wanted is None or request.method != "GET" or condition != f'"{tag}"':
            response = self.answer(request, path, media_type, cache, tag)
            response.headers["Accept-Ranges"] = "bytes"
            return response
        file = _open(path)
        size = os.fstat(file.fileno()).st_size
        first = int(wanted[1]) if wanted[1] else max(0, size - int(wanted[2] or 0))
        last = min(int(wanted[2]) if wanted[1] and wanted[2] else size - 1, size - 1)
        headers = {**NOSNIFF, "ETag": f'"{tag}"', "Cache-Control": cache, "Accept-Ranges": "bytes"}
        if first > last:
            file.close()
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        file.seek(first)
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        return _InParts(file, last - first + 1, self._pool, media_type, headers, status=206)

    def unchanged(
        self, request: Request, path: Path, cache: str = ASK_AGAIN, tag: str | None = None
    ) -> Response | None:
        """304, when the file's hash is known and the request names it; None: use `answer`.

        To be called in the event loop: it looks up one file, which takes microseconds. A player's usual
        poll then needs no thread, and no turn of the scheduler on a machine that renders.
        """
        named = request.headers.get("if-none-match")
        if not named:
            return None
        try:
            about = path.stat()
        except OSError:
            return None
        with self._lock:
            known = self._hashes.get(_identity(about))
        known = tag or known
        if known is None or not _named(named, f'"{known}"'):
            return None
        return Response(status_code=304, headers={**NOSNIFF, "ETag": f'"{known}"', "Cache-Control": cache})

    def _hash(self, file: BufferedReader, about: os.stat_result) -> str:
        """Of a file's bytes, 32 digits. It is the same file, and unchanged, as long as these four are the same."""
        identity = _identity(about)
        with self._lock:
            known = self._hashes.get(identity)
            if known is not None:
                self._hashes.move_to_end(identity)
                return known
        found = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        file.seek(0)
        with self._lock:
            self._hashes[identity] = found
            if len(self._hashes) > MAX_HASHES:
                self._hashes.popitem(last=False)
        return found


class _InParts(Response):
    """An open file, from its beginning. The next part is read once the client has taken most of the one before.

    Without a pool, the file is in memory.
    """

    def __init__(
        self,
        file: BufferedReader | io.BytesIO,
        size: int,
        pool: WebPool | None,
        media_type: str,
        headers: Mapping[str, str],
        status: int = 200,
    ) -> None:
        super().__init__(None, status, {**headers, "Content-Length": str(size)}, media_type)
        self._read: Callable[[int], bytes] = file.read
        self._file = file
        self._size = size
        self._pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            left = self._size
            while left:
                size = min(PART, left)
                part = await self._pool.go_on(self._read, size) if self._pool else self._read(size)
                if not part:
                    return  # it was shortened; the connection is closed, and the client tries again
                left -= len(part)
                await send({"type": "http.response.body", "body": part, "more_body": left > 0})


def _about(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError:
        raise HTTPException(404) from None


def _identity(about: os.stat_result) -> tuple[int, int, int, int]:
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def _open(path: Path) -> BufferedReader:
    """Followed through the screen's link in one go; 404 when it isn't there, or isn't a file."""
    try:
        return path.open("rb")
    except OSError:
        raise HTTPException(404) from None


def _named(header: str, etag: str) -> bool:
    """Does If-None-Match name the tag? Weak comparison, as in section 13.1.2: proxies that compress weaken tags."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags
