"""Requests that two programs could read differently, or whose heads are too large, are refused and the line closed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from signage.web.loopback import Threaded
from signage.web.request_heads import MAX_FIELDS, MAX_HEAD, MAX_REQUEST_LINE
from tests.fixtures.raw_http import answer_of, ask, connect, rest

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Threaded]:
    async def echo(request: Request) -> Response:
        return PlainTextResponse(b"ECHO " + await request.body())

    async def early(request: Request) -> Response:
        return PlainTextResponse("EARLY")

    routes = [Route("/", echo, methods=["GET", "POST"]), Route("/early", early, methods=["GET", "POST"])]
    with Threaded(Starlette(routes=routes)) as running:
        yield running


def post(*fields: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    return b"\r\n".join((b"POST / " + version, b"Host: x", *fields)) + b"\r\n\r\n" + body


CHUNKED = b"5\r\nhello\r\n0\r\n\r\n"
REFUSED = {
    "length and coding": (400, post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=CHUNKED)),
    "coding and length": (400, post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=CHUNKED)),
    "folded coding": (400, post(b"Content-Length: 5", b"Transfer-Encoding:\r\n chunked", body=CHUNKED)),
    "a folded field": (400, post(b"X-Note: one\r\n two", b"Content-Length: 5", body=b"hello")),
    "two lengths": (400, post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!")),
    "one length twice": (400, post(b"Content-Length: 5", b"content-length: 5", body=b"hello")),
    "a list of lengths": (400, post(b"Content-Length: 5, 5", body=b"hello")),
    "a signed length": (400, post(b"Content-Length: +5", body=b"hello")),
    "a hexadecimal length": (400, post(b"Content-Length: 0x5", body=b"hello")),
    "an empty length": (400, post(b"Content-Length: ", body=b"hello")),
    "5,000 digits": (400, post(b"Content-Length: " + b"9" * 5000, body=b"hello")),
    "space before the colon": (400, post(b"Content-Length : 5", body=b"hello")),
    "space before the coding's colon": (400, post(b"Transfer-Encoding : chunked", body=CHUNKED)),
    "chunked, identity": (400, post(b"Transfer-Encoding: chunked, identity", body=CHUNKED)),
    "identity, chunked": (400, post(b"Transfer-Encoding: identity, chunked", body=CHUNKED)),
    "two codings": (400, post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=CHUNKED)),
    "xchunked": (400, post(b"Transfer-Encoding: xchunked", body=CHUNKED)),
    "gzip": (501, post(b"Transfer-Encoding: gzip", body=CHUNKED)),
    "chunked over HTTP/1.0": (400, post(b"Transfer-Encoding: chunked", body=CHUNKED, version=b"HTTP/1.0")),
    "a bare carriage return": (400, post(b"X-Note: one\rContent-Length: 5", body=b"hello")),
    "a zero byte": (400, post(b"X-Note: one\0two", b"Content-Length: 5", body=b"hello")),
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two hosts": (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    "a long request line": (414, b"GET /" + b"a" * MAX_REQUEST_LINE + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    "a request line without end": (414, b"GET /" + b"a" * (MAX_REQUEST_LINE + 10)),
    "a large head": (431, post(b"X-Note: " + b"a" * MAX_HEAD, b"Content-Length: 0")),
    "a head without end": (431, b"GET / HTTP/1.1\r\nX-Note: " + b"a" * MAX_HEAD),
    "many fields": (431, post(*[b"X-%d: 1" % i for i in range(MAX_FIELDS + 5)], b"Content-Length: 0")),
    "TLS": (400, bytes.fromhex("16030100c8010000c40303") + bytes(range(1, 200))),
    "no HTTP at all": (400, b"\x00\xff\xfe\r\n\r\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_that_is_not_one_clear_request_is_refused_and_the_line_closed(server: Threaded, case: str) -> None:
    status, request = REFUSED[case]
    said = ask(server.port, request + SMUGGLED)
    assert said.startswith(b"HTTP/1.1 %d " % status), said
    assert b"Connection: close" in said
    assert (b"ECHO" in said, said.count(b"HTTP/1.1 ")) == (False, 1)


def test_clear_requests_are_answered_one_after_the_other(server: Threaded) -> None:
    clear = (
        post(b"Content-Length: 5", body=b"hello")
        + post(b"Transfer-Encoding: Chunked", body=CHUNKED)
        + post(b"content-length:5", b"X-Note: a, b", body=b"hello")
        + post(b"Content-Length: 0", b"Connection: close")
    )
    said = ask(server.port, clear)
    assert (said.count(b"HTTP/1.1 200 OK"), said.count(b"ECHO hello")) == (4, 3)


def test_a_request_that_comes_a_byte_at_a_time_is_read_the_same(server: Threaded) -> None:
    with connect(server.port) as raw:
        for byte in post(b"Content-Length: 5", body=b"hello"):
            raw.sendall(bytes([byte]))
        assert answer_of(raw).startswith(b"HTTP/1.1 200")


def test_nonsense_within_a_body_ends_the_connection_and_nothing_else(
    server: Threaded, caplog: pytest.LogCaptureFixture
) -> None:
    nonsense = post(b"Transfer-Encoding: chunked", body=b"not a chunk\r\n")
    assert ask(server.port, nonsense).startswith(b"HTTP/1.1 400")
    # the answer has been sent, and then the body goes wrong: nothing may be said after it
    late = connect(server.port, first=nonsense.replace(b"POST /", b"POST /early").replace(b"not a chunk\r\n", b""))
    with late:
        assert answer_of(late).startswith(b"HTTP/1.1 200")
        late.sendall(b"not a chunk\r\n" + SMUGGLED)
        assert b"HTTP/1.1" not in rest(late).replace(b"EARLY", b"")
    assert ask(server.port, post(b"Content-Length: 0", b"Connection: close")).startswith(b"HTTP/1.1 200")
    assert not [record for record in caplog.records if record.exc_info]


def test_a_thousand_invalid_requests_are_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), Threaded(Starlette()) as server:
        for _, request in list(REFUSED.values()) * 34:
            ask(server.port, request)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert lines == ["the server is refusing what is not a valid HTTP request; more of these are counted, not logged"]
