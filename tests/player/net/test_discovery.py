"""Finding the server on the network, and what is made of what is found."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.display import qr
from player.net.discovery import (
    DOUBT_SECONDS,
    LONGEST_SECONDS,
    SERVICE,
    FoundServer,
    ServerSearch,
    address,
    describe,
    read,
)
from player.net.helper_process import HelperProcess
from tests.fixtures.paths import ROOT


@pytest.mark.parametrize(
    ("host", "port", "path", "secure", "base"),
    [
        ("192.0.2.7", 8000, "/", False, "http://192.0.2.7:8000"),
        ("192.0.2.7", 443, "/skjerm/", True, "https://192.0.2.7:443/skjerm"),
        ("2001:db8::7", 8000, "", False, "http://[2001:db8::7]:8000"),
        ("192.0.2.7", 8000, "/../@evil.example/", False, "http://192.0.2.7:8000"),
        ("192.0.2.7", 0, "/", False, None),
        ("224.0.0.251", 8000, "/", False, None),
        ("0.0.0.0", 8000, "/", False, None),  # noqa: S104 - what must not be believed
        ("skjerm.example", 8000, "/", False, None),
    ],
)
def test_an_address_is_made_of_what_a_server_says_of_itself(
    host: str, port: int, path: str, secure: bool, base: str | None
) -> None:
    assert address(host, port, path, secure) == base


@given(st.one_of(st.none(), st.binary(max_size=100), st.sampled_from([b"{}", b"null", b"[1]", b'[{"name": 1}]'])))
def test_whatever_else_the_helper_prints_is_nobody(printed: bytes | None) -> None:
    assert read(printed) == ()


def test_servers_are_ordered_by_name_whoever_answers_first() -> None:
    listed = [{"name": "b", "base": "http://192.0.2.1:1"}, {"name": "a", "base": "http://192.0.2.9:1"}]
    expected = (FoundServer("a", "http://192.0.2.9:1"), FoundServer("b", "http://192.0.2.1:1"))
    assert read(json.dumps(listed).encode()) == read(json.dumps(listed[::-1]).encode()) == expected


def test_a_real_server_on_this_machine_is_found() -> None:
    """Through the network's own multicast, by the helper as the player starts it."""
    from zeroconf import ServiceInfo, Zeroconf

    try:
        zeroconf = Zeroconf(interfaces=_own_address())
    except OSError:
        pytest.skip("this machine has no network that lets multicast through")
    name = f"Heim test {socket.gethostname()[:20]}.{SERVICE}"
    info = ServiceInfo(SERVICE, name, addresses=[socket.inet_aton("192.0.2.33")], port=8123, properties={"path": "/x/"})
    assert describe(info) == {"name": name.removesuffix(f".{SERVICE}"), "base": "http://192.0.2.33:8123/x"}
    try:
        zeroconf.register_service(info)
        apart = HelperProcess()
        found = read(apart.run("player.net.discovery", seconds=60))
        if not found:
            pytest.skip("multicast does not come back on this machine")
        assert FoundServer(name.removesuffix(f".{SERVICE}"), "http://192.0.2.33:8123/x") in found
    finally:
        zeroconf.close()


def test_of_several_addresses_the_one_that_answers_is_taken() -> None:
    from zeroconf import ServiceInfo

    hosts = [socket.inet_aton(host) for host in ("172.17.0.1", "192.0.2.33")]
    info = ServiceInfo(SERVICE, f"a.{SERVICE}", addresses=hosts, port=8000)
    assert describe(info, lambda host, port: host.startswith("192")) == {"name": "a", "base": "http://192.0.2.33:8000"}
    assert describe(info, lambda host, port: False) == {"name": "a", "base": "http://172.17.0.1:8000"}


def _own_address() -> Any:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return [probe.getsockname()[0]]
        except OSError:
            return ["127.0.0.1"]


@pytest.mark.parametrize("module", ["player.net.discovery", "player.display.qr"])
def test_without_the_library_a_helper_says_so_and_prints_nothing(module: str) -> None:
    hide = "import sys, runpy; sys.modules['zeroconf'] = sys.modules['segno'] = None; sys.argv = ['x', 'y']; "
    code = f"{hide}runpy.run_module('{module}', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (69, b"")


def test_the_player_itself_never_loads_them() -> None:
    code = (
        "import sys, player.main, player.player, player.net.service, player.net.heartbeat; print(sorted(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True).stdout.decode()
    assert "'player.net.service'" in loaded
    assert "'zeroconf'" not in loaded
    assert "'segno'" not in loaded


def test_a_helper_that_hangs_is_ended() -> None:
    assert HelperProcess().run("http.server", "0", "--bind", "127.0.0.1", seconds=0.5) is None
    stopped = HelperProcess()
    stopped.stop()
    assert stopped.run("player.display.qr", "x", seconds=10) is None


def test_a_helper_loads_nothing_that_the_player_itself_would_not() -> None:
    code = (
        "from player.net.helper_process import HelperProcess\n"
        "print(HelperProcess().run('tests.fixtures.flags', seconds=30).decode())"
    )
    for flags in (["-P", "-s"], []):
        told = subprocess.run(
            [sys.executable, *flags, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            timeout=60,
            check=True,
        )
        assert told.stdout.split() == [str(bool(flags)).encode()] * 2


def test_a_qr_code_is_a_square_or_nothing() -> None:
    assert qr.read(b"101\n010\n111\n") == ((True, False, True), (False, True, False), (True, True, True))
    for printed in (None, b"", b"10\n1\n", b"12\n21\n", b"\xff\xff\n\xff\xff\n", b"1" * 300):
        assert qr.read(printed) in (None, ((True,),))


# -- which one --------------------------------------------------------------------------------------------------------


class Network:
    """Who answers; and a clock in the test's hand."""

    def __init__(self, *bases: str) -> None:
        self.bases = bases
        self.now = 1000.0
        self.looks = 0

    def look(self) -> bytes:
        self.looks += 1
        return json.dumps([{"name": base, "base": base} for base in self.bases]).encode()

    def search(self, known: str | None = None) -> ServerSearch:
        return ServerSearch(HelperProcess(), known, lambda: self.now, self.look)


ONE, TWO = "http://192.0.2.1:8000", "http://192.0.2.2:8000"


def test_the_one_of_last_time_is_tried_without_looking() -> None:
    network = Network(TWO)
    assert network.search(ONE).server == ONE
    assert network.looks == 0


def test_nobody_there_means_the_one_of_last_time_or_none() -> None:
    assert Network().search().look() is None
    assert Network().search(ONE).look() == ONE


def test_one_that_proves_to_be_anothers_makes_way_for_the_next() -> None:
    search = Network(ONE, TWO).search()
    assert [search.look() for _ in range(3)] == [ONE, TWO, ONE]
    search.proven(TWO)
    assert search.server == TWO
    assert search.look() == ONE


def test_a_silent_server_is_looked_for_again_less_and_less_often() -> None:
    network = Network()
    search = network.search(ONE)
    failing = network.now
    waits = []
    for _ in range(8):
        begun = network.now
        while not search.doubtful(failing):
            network.now += 1
        waits.append(network.now - begun)
        search.look()
    assert DOUBT_SECONDS <= waits[0] <= DOUBT_SECONDS + 1
    assert waits == sorted(waits)
    assert waits[-1] <= LONGEST_SECONDS + 1
    assert not search.doubtful(None)
    assert search.pause() <= LONGEST_SECONDS
    search.proven(ONE)
    assert search.pause() < 60
