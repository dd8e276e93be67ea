"""The server listens on all addresses of the machine, IPv4 and IPv6, and knows a client's address on either."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from signage.cli.service import DEFAULT_HOST
from signage.web.loopback import Threaded
from signage.web.requests import client_address


async def who(request: Request) -> Response:
    return PlainTextResponse(client_address(request))


APP = Starlette(routes=[Route("/", who)])


@pytest.fixture
def everywhere() -> Iterator[Threaded]:
    with Threaded(APP, DEFAULT_HOST) as server:
        yield server


def asked(host: str, port: int, **headers: str) -> str:
    return requests.get(f"http://{host}:{port}/", headers=headers, timeout=10).text


def test_by_default_it_answers_over_both_and_names_an_ipv4_client_as_such(everywhere: Threaded) -> None:
    assert asked("127.0.0.1", everywhere.port) == "127.0.0.1"
    assert asked("[::1]", everywhere.port) == "::1"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_proxy_on_this_machine_is_believed_over_both(everywhere: Threaded, host: str) -> None:
    forwarded = {"X-Forwarded-For": "6.6.6.6, 192.0.2.7"}
    assert asked(host, everywhere.port, **forwarded) == "192.0.2.7"


@pytest.mark.parametrize("stranger", ["198.51.100.4", "10.0.0.5", "2001:db8::7", "::ffff:198.51.100.4"])
def test_a_stranger_is_not_believed(stranger: str) -> None:
    headers = [(b"x-forwarded-for", b"192.0.2.7")]
    request = Request({"type": "http", "headers": headers, "client": (stranger, 40000)})
    assert client_address(request) == stranger.removeprefix("::ffff:")


@pytest.mark.parametrize(("host", "other"), [("0.0.0.0", "::1"), ("127.0.0.1", "::1"), ("::1", "127.0.0.1")])  # noqa: S104
def test_an_address_of_one_kind_is_that_kind_only(host: str, other: str) -> None:
    with Threaded(APP, host) as server, pytest.raises(OSError, match="refused"):
        socket.create_connection((other, server.port), 5)


def test_a_machine_without_ipv6_is_served_over_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "AF_INET6", 99)  # a family that no kernel has
    with Threaded(APP, DEFAULT_HOST) as server:
        assert asked("127.0.0.1", server.port) == "127.0.0.1"
