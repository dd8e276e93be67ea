"""Sources behind a municipality's proxy and with its own certificate authority: real servers, proxy and TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from signage.errors import SourceError
from signage.sources.base import Login
from signage.sources.net.address_guard import PrivateAddress, WebOrigin
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.net.network import Network
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.authority import Authority
from tests.fixtures.outbound_proxy import OutboundProxy
from tests.fixtures.portal import Portal

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
QUICK = FetchLimits(connect_seconds=2, read_seconds=2, total_seconds=5, attempts=1, backoff_seconds=0.001)
# names that no name server knows (RFC 6761): only the proxy can resolve them, as in many a municipality
SITE, PICTURES = "kalender.heim.invalid", "bilder.heim.invalid"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "state.sqlite")
    yield store
    store.close()


def fetcher(store: Store, address: str, network: Network, page: bool = False) -> CachingFetcher:
    return CachingFetcher("iheim", address, FetchSession(store, NOW, limits=QUICK, network=network), page)


def test_feeds_pages_robots_txt_and_pictures_go_through_the_proxy_of_the_environment(store: Store) -> None:
    served = {"a.ics": answers.ok("A"), "robots.txt": answers.status(404), "b.png": answers.ok("B")}
    with Portal(**served) as portal, OutboundProxy({SITE: portal.port, PICTURES: portal.port}) as proxy:
        network = Network(environment={"HTTP_PROXY": f"http://{proxy.address}"})
        here = fetcher(store, f"http://{SITE}", network, page=True)
        assert here.feed(f"http://{SITE}/a.ics", "*/*").read(bytes) == b"A"
        assert here.picture(f"http://{PICTURES}/b.png").body == b"B"
    assert proxy.asked == [
        f"GET http://{SITE}:80/robots.txt",
        f"GET http://{SITE}/a.ics",
        f"GET http://{PICTURES}/b.png",
    ]


def test_https_goes_through_a_tunnel_and_an_own_authority_is_trusted(store: Store, authority: Authority) -> None:
    with (
        Portal(a=answers.ok("A")).use_tls(authority.server(SITE)) as portal,
        OutboundProxy({SITE: portal.port}, login="kari:sommer 1") as proxy,
    ):
        network = Network(f"http://kari:sommer%201@{proxy.address}", str(authority.certificate), {})
        assert fetcher(store, f"https://{SITE}", network).get(f"https://{SITE}/a", "*/*", 9).body == b"A"
        (asked,) = portal.asked
    assert proxy.asked == [f"CONNECT {SITE}:443"]
    assert "proxy-authorization" not in {name.lower() for name in asked[1]}


def test_the_password_of_the_proxy_is_in_no_message(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with OutboundProxy({}, login="kari:right") as proxy:
        for scheme in ("http", "https"):
            network = Network(f"http://kari:sommer@{proxy.address}", "", {})
            with pytest.raises(SourceError) as caught:
                fetcher(store, f"{scheme}://{SITE}", network).get(f"{scheme}://{SITE}/a", "*/*", 9)
            assert caught.value.message == f"The proxy {proxy.address} wants a user name and a password."
            assert caught.value.fault == "proxy"
            assert "sommer" not in f"{caught.value} {caught.value.url} {caplog.text}"
        network = Network(f"http://kari:right@{proxy.address}", "", {})
        with pytest.raises(SourceError, match=f"The proxy {proxy.address} refused the connection with status 502."):
            fetcher(store, f"https://{SITE}", network).get(f"https://{SITE}/a", "*/*", 9)
    with pytest.raises(SourceError, match=f"The proxy {proxy.address} can't be reached.") as caught:
        fetcher(store, f"https://{SITE}", network).get(f"https://{SITE}/a", "*/*", 9)
    assert caught.value.unreachable
    with pytest.raises(
        SourceError, match=r"The proxy p:1 can't be used: its address doesn't begin with http://\."
    ) as caught:
        fetcher(store, "http://x.no", Network("socks5://kari:sommer@p:1", "", {})).get("http://x.no/", "*/*", 9)
    assert "sommer" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    [
        *("10.0.0.1", "[fd00::1]", "[::ffff:192.168.1.1]", "169.254.169.254", "2130706433", "127.1", "0x7f.0.0.1"),
        *("skriver", "nas.local", "kalender.internal", "wiki.intranet", "ruter.lan", "fil.heim.corp", "x.home.arpa"),
        *("x.localhost", "localhost", "fil.local.", "%31%30.0.0.1", "１０.0.0.1"),
    ],
)
def test_a_proxy_is_asked_for_nothing_private_because_of_an_event(host: str, store: Store) -> None:
    with Portal() as portal, OutboundProxy(dict.fromkeys(("10.0.0.1", host.strip("[].")), portal.port)) as proxy:
        here = fetcher(store, f"http://{SITE}", Network(proxy.address, "", {}))
        for scheme in ("http", "https"):
            with pytest.raises(SourceError) as caught:
                here.picture(f"{scheme}://{host}/a.png")
            assert caught.value.fault in ("private_network", "bad_address", "unreachable")
    assert proxy.asked == []


def test_a_name_that_resolves_here_is_checked_here() -> None:
    network = Network("http://proxy.heim.no:3128", "", {})
    with pytest.raises(PrivateAddress):
        network.check_for_proxy("127.1")  # getaddrinfo answers 127.0.0.1, as a name server might
    network.check_for_proxy("93.184.216.34")
    network.check_for_proxy(SITE)
    assert network._unresolvable == {SITE}


def test_each_redirect_is_checked_before_the_proxy_gets_it(store: Store) -> None:
    with Portal() as portal, OutboundProxy({PICTURES: portal.port, "10.0.0.1": portal.port}) as proxy:
        portal.paths = {"/a": answers.redirect("/b"), "/b": answers.redirect("http://10.0.0.1/c")}
        here = fetcher(store, f"http://{SITE}", Network(proxy.address, "", {}))
        with pytest.raises(SourceError) as caught:
            here.picture(f"http://{PICTURES}/a")
    assert caught.value.fault == "private_network"
    assert proxy.asked == [f"GET http://{PICTURES}/a", f"GET http://{PICTURES}/b"]


def test_the_administrators_own_address_may_be_private(store: Store) -> None:
    with Portal(a=answers.ok("A")) as portal, OutboundProxy({"kalender": portal.port}) as proxy:
        here = fetcher(store, "http://kalender", Network(proxy.address, "", {}))
        assert here.get("http://kalender/a", "*/*", 9).body == b"A"


@pytest.mark.parametrize(
    ("url", "no_proxy", "proxied"),
    [
        ("https://iheim.no/x", "", True),
        ("https://iheim.no/x", "iheim.no", False),
        ("https://www.iheim.no/x", ".iheim.no", False),
        ("https://www.iheim.no/x", "heim.no, *.iheim.no", False),
        ("https://altiheim.no/x", "iheim.no", True),
        ("https://iheim.no/x", "iheim.no:8443", True),
        ("https://iheim.no:8443/x", "iheim.no:8443", False),
        ("https://iheim.no/x", "*", False),
        ("http://10.1.2.3/x", "10.0.0.0/8", False),
        ("http://11.1.2.3/x", "10.0.0.0/8", True),
        ("http://[fd00::1]/x", "fd00::/8", False),
        ("http://127.0.0.1:8000/x", "", False),
        ("http://localhost/x", "", False),
    ],
)
def test_no_proxy_lists_what_is_fetched_without_it(url: str, no_proxy: str, proxied: bool) -> None:
    environment = {"https_proxy": "proxy.heim.no:3128", "HTTP_PROXY": "http://proxy.heim.no:3128"}
    chosen = "http://proxy.heim.no:3128" if proxied else ""
    assert Network(environment={**environment, "NO_PROXY": no_proxy}).proxy_for(url) == chosen
    assert Network("http://proxy.heim.no:3128", "", {"no_proxy": no_proxy}).proxy_for(url) == chosen


def test_only_an_authority_that_is_named_is_trusted(store: Store, authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "Another CA")
    empty = tmp_path / "tom.pem"
    empty.write_text("ingenting")
    wrong = {"": "", str(other.certificate): "", str(tmp_path / "x"): f" There is no file {tmp_path / 'x'}."}
    wrong[str(empty)] = f" {empty} holds no certificate that can be read."
    with Portal(a=answers.ok("A")).use_tls(authority.server("localhost")) as portal:
        for file, why in wrong.items():
            with pytest.raises(SourceError) as caught:
                fetcher(store, portal.url, Network("", file, {})).get(f"{portal.url}/a", "*/*", 9)
            hint = "correct ca_file under [site]." if why else "if your own authority issued it, name the authority's"
            assert caught.value.reason.startswith(f"The server's certificate can't be trusted.{why} Hint: {hint}")
            assert caught.value.fault == "certificate"
        network = Network("", str(authority.certificate), {})
        assert fetcher(store, portal.url, network).get(f"{portal.url}/a", "*/*", 9).body == b"A"
        with pytest.raises(SourceError):
            fetcher(store, portal.url, network).get(f"https://localhost.localdomain:{portal.port}/a", "*/*", 9)


@pytest.mark.parametrize(
    ("host", "days", "message", "fault"),
    [
        ("localhost", -1, "The server's certificate has expired.", "certificate_expired"),
        ("iheim.no", 365, "The server's certificate is for another name.", "certificate_name"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    store: Store, authority: Authority, host: str, days: int, message: str, fault: str
) -> None:
    with Portal(a=answers.ok("A")).use_tls(authority.server(host, days)) as portal:
        network = Network("", str(authority.certificate), {})
        address = f"https://localhost:{portal.port}"
        with pytest.raises(SourceError) as caught:
            fetcher(store, address, network).get(f"{address}/a", "*/*", 9)
    assert (caught.value.message, caught.value.fault) == (message, fault)
    assert caught.value.hint


def test_a_certificate_of_tomorrow_leads_to_the_clock() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = 9  # X509_V_ERR_CERT_NOT_YET_VALID
    failure = Network().tls_failure(requests.exceptions.SSLError(error))
    assert (failure.message, failure.hint) == (
        "The server's certificate isn't valid yet.",
        "is this machine's clock right?",
    )


def test_the_public_authorities_are_trusted_as_well_as_the_own(authority: Authority) -> None:
    tls = Network("", str(authority.certificate), {}).tls
    assert tls is not None
    assert len(tls.get_ca_certs()) > 50


@pytest.mark.parametrize("between", ["\\@", "\\.", ":80\\@"])
def test_a_backslash_in_a_host_takes_the_login_to_nobody_else(between: str, store: Store) -> None:
    """urlsplit reads the host behind it, requests the one before it: a stranger's, who got the password."""
    trick, faults = f"http://{PICTURES}{between}{SITE}/x.png", []
    with Portal() as site, Portal() as stranger:
        site.paths |= {"/a.ics": answers.ok("A"), "/moved.ics": answers.redirect(trick)}
        stranger.paths["/a.png"] = answers.redirect(trick)
        with OutboundProxy({SITE: site.port, PICTURES: stranger.port}) as proxy:
            here = fetcher(store, f"http://{SITE}", Network(proxy.address, "", {}))
            here.login = Login("kari", "sommer")
            assert here.get(f"http://{SITE}/a.ics", "*/*", 9).body == b"A"
            for address in (f"http://{PICTURES}/a.png", f"http://{SITE}/moved.ics", trick):
                with pytest.raises(SourceError) as caught:
                    here.picture(address)
                faults.append(caught.value.fault)
    assert [headers["Authorization"][:6] for _, headers in site.asked] == ["Basic "] * 2
    assert [(path, headers.get("Authorization")) for path, headers in stranger.asked] == [("/a.png", None)]
    assert faults == ["redirects", "redirects", "bad_address"]


def test_the_host_that_is_trusted_is_the_one_that_is_connected_to() -> None:
    for address in (rf"http://{PICTURES}\@{SITE}/x", f"http://{SITE}@{PICTURES}/x", f"HTTP://{PICTURES.upper()}:80/"):
        prepared = requests.Request("GET", address).prepare().url or ""
        assert WebOrigin.of(address) == WebOrigin.of(prepared) == WebOrigin("http", PICTURES, 80)
    assert WebOrigin.of("https://[FD00::1]/x") == WebOrigin("https", "fd00::1", 443)
