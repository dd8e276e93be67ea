"""The server answers to its own names only, and takes forms only from its own pages."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

import ifaddr
import pytest
import requests
from playwright.sync_api import Page, expect
from pydantic import ValidationError

from player.net.http import Http, Unreachable
from signage.config.models import Site as SiteSettings
from signage.web import make_app
from signage.web.dns_sd import addresses_in_the_house
from signage.web.hosts import Machine, host_in, normal
from signage.web.loopback import Threaded
from tests.fixtures import bundles
from tests.fixtures.desk import Desk
from tests.fixtures.players import PATIENCE, Player
from tests.fixtures.well import all_well
from tests.integration.fleet.test_status import page

__all__ = ["page"]  # the fixture

PATHS = ["/", "/status", "/status.json", "/metrics", "/screen/library", "/screens/library/manifest.json", "/player.js"]
NAME = socket.gethostname().lower()


@pytest.fixture
def port(desk: Desk) -> int:
    desk.publish(1)
    return int(desk.url.rsplit(":", 1)[1])


def answered(port: int, *hosts: str, path: str = "/status.json", version: str = "1.1") -> tuple[int, str]:
    """Status and body of a request with these Host headers."""
    lines = [f"GET {path} HTTP/{version}", *(f"Host: {host}" for host in hosts), "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as wire:
        wire.sendall("\r\n".join(lines).encode())
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost.",
        "localhost:8080",
        "localhost:",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.9.9.9",
        "[::1]",
        "[::1]:65535",
        "[::ffff:127.0.0.1]",
        NAME,
        f"{NAME.upper()}:8080",
        f"{NAME.partition('.')[0]}.local",
    ],
)
def test_its_own_names_and_addresses_with_any_port(port: int, host: str) -> None:
    assert answered(port, host)[0] == 200


def test_every_address_of_every_interface_and_its_announced_name(port: int) -> None:
    found = [ip.ip if isinstance(ip.ip, str) else f"[{ip.ip[0]}]" for a in ifaddr.get_adapters() for ip in a.ips]
    assert found
    for address in found:
        assert answered(port, address)[0] == 200, address
    for address in addresses_in_the_house():
        assert answered(port, f"signage-{address.replace('.', '-')}-{port}.local")[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.localhost.example",
        "192.0.2.99",
        "[2001:db8::99]",
        "signage-192-0-2-99-8080.local",
        f"{NAME}.evil.example",
        "local",
        "8.8.8.8:80",
        "0.0.0.0",  # noqa: S104 - nobody binds to it here
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_any_other_name_is_answered_with_421(port: int, host: str, path: str) -> None:
    status, body = answered(port, host, path=path)
    assert status == 421
    assert "Hemne bibliotek" not in body
    assert body.count(f'hosts = ["{host_in(host)}"]') == 2
    assert "svarer ikke på adressen" in body
    assert "doesn't answer to the address" in body


def test_a_refused_name_is_logged_once_and_a_flood_of_names_does_not_fill_the_log(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(30):
        answered(port, f"name-{number}.example")
    answered(port, "name-0.example")
    lines = [record.getMessage() for record in caplog.records if record.name == "signage.web.hosts"]
    assert len(lines) == 20
    assert 'hosts = ["name-0.example"]' in lines[0]
    assert sum('"name-0.example"' in line for line in lines) == 1


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("",),
        (" ",),
        ("localhost", "localhost"),
        ("localhost", "evil.example"),
        ("local host",),
        ("localhost:x",),
        ("localhost:123456",),
        ("user@localhost",),
        ("localhost/path",),
        ("http://localhost",),
        ("localhost,evil.example",),
        ("[::1",),
        ("::1",),
        ("[::1]evil",),
        ("<script>",),
        ("l\u00f8calhost",),
        ("a" * 300,),
        ("[fe80::1%25" + "x" * 50 + "]",),
    ],
    ids=ascii,
)
def test_a_host_that_is_missing_doubled_or_no_host_is_400(port: int, hosts: tuple[str, ...]) -> None:
    assert answered(port, *hosts)[0] == 400
    assert answered(port, *hosts, version="1.0")[0] == 400


def test_forms_and_messages_are_held_to_it_as_well(desk: Desk) -> None:
    player = Player(desk.url)
    for path in ("/player/pair", "/player/heartbeat", "/status"):
        answer = requests.post(
            desk.url + path, json=player.question(), headers={"Host": "evil.example"}, timeout=PATIENCE
        )
        assert answer.status_code == 421
    assert desk.players.waiting() == []


def test_the_names_of_screens_toml_count_at_once(desk: Desk, port: int) -> None:
    assert answered(port, "skjermer.heim.no")[0] == 421
    desk.hosts |= {"skjermer.heim.no", "192.0.2.50"}
    for host in ("skjermer.heim.no", "Skjermer.Heim.NO.:443", "192.0.2.50:8080"):
        assert answered(port, host)[0] == 200
    assert answered(port, "x.skjermer.heim.no")[0] == 421
    desk.hosts.clear()
    assert answered(port, "skjermer.heim.no")[0] == 421


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("skjermer.heim.no", "skjermer.heim.no"),
        ("Skjermer.Heim.no.", "skjermer.heim.no"),
        ("skjerm", "skjerm"),
        ("blåbær.no", "xn--blbr-roah.no"),
        ("192.0.2.10", "192.0.2.10"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
    ],
)
def test_a_name_is_kept_as_browsers_send_it(written: str, kept: str) -> None:
    settings = SiteSettings.model_validate({"name": "Heim", "calendar": "https://iheim.no", "hosts": [written]})
    assert settings.hosts == [kept]
    assert host_in(f"[{kept}]" if ":" in kept else kept) == kept


@pytest.mark.parametrize(
    "written", ["https://skjermer.heim.no", "skjermer.heim.no:8080", "a/b", "", "-a.no", "a..no", "*.heim.no", "a b"]
)
def test_what_is_no_name_is_explained(written: str) -> None:
    with pytest.raises(ValidationError, match="leave out"):
        SiteSettings.model_validate({"name": "Heim", "calendar": "https://iheim.no", "hosts": [written]})


def test_a_new_address_of_the_machine_is_known_within_ten_seconds() -> None:
    now = 0.0
    machine = Machine(lambda: now)
    assert machine.has(NAME)
    machine._known = frozenset()  # as if everything had changed since
    assert not machine.has(NAME)
    now = 10.0
    assert machine.has(NAME)


def test_an_address_written_in_another_way_is_the_same() -> None:
    assert normal("2001:0DB8::0:1") == normal("2001:db8::1") == "2001:db8::1"
    assert normal("::ffff:192.0.2.1") == "192.0.2.1"
    assert host_in("[fe80::1%25eth0]:80") == "fe80::1"


def test_a_player_is_told_why(tmp_path: Path) -> None:
    with Threaded(make_app(tmp_path, all_well)) as server:
        http = Http(f"http://127.0.0.1:{server.port}")
        http._session.headers["Host"] = "skjermer.heim.no"
        with pytest.raises(Unreachable) as caught:
            http.get("screens/library/manifest.json", 1000)
        http.close()
    assert caught.value.kind == "host"


# --- forms


@pytest.fixture
def form(desk: Desk) -> dict[str, str]:
    player = Player(desk.url)
    player.ask()
    return {"do": "pair", "code": player.code, "screen": "library", "key": desk.admin.load_or_make()}


def sent(desk: Desk, form: dict[str, str], **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = requests.post(f"{desk.url}/status", data=form, headers=named, timeout=PATIENCE, allow_redirects=False)
    if answer.status_code == 403:
        assert "Skjemaet ble sendt fra et annet nettsted" in answer.text
        assert desk.registry.players() == []
    return answer.status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "ftp://{host}"},
        {"Origin": "{host}"},
        {"Origin": "http://{host}.evil.example"},
        {"Origin": "http://[::1"},
        {"Origin": "http://evil.example", "Referer": "http://{host}/status", "Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", "Referer": "http://{host}/status"},
        {"Referer": "http://evil.example/status"},
        {"Referer": "http://evil.example/http://{host}/status"},
        {"Referer": "about:blank"},
    ],
    ids=str,
)
def test_another_sites_form_is_refused_also_with_the_key(
    desk: Desk, form: dict[str, str], headers: dict[str, str]
) -> None:
    host = desk.url.removeprefix("http://")
    assert sent(desk, form, **{name: value.format(host=host) for name, value in headers.items()}) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://{host}"},
        {"Origin": "HTTP://{host}"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "none"},
        {"Referer": "http://{host}/status"},
        {"Origin": "https://skjermer.heim.no"},  # a proxy that does TLS, and passes on a Host of its own
        {},  # no browser: a script with the key
    ],
    ids=str,
)
def test_a_form_of_its_own_page_is_taken(desk: Desk, form: dict[str, str], headers: dict[str, str]) -> None:
    desk.hosts.add("skjermer.heim.no")
    host = desk.url.removeprefix("http://")
    assert sent(desk, form, **{name: value.format(host=host) for name, value in headers.items()}) == 303


def test_an_origin_is_compared_with_the_name_that_was_asked_for(desk: Desk, form: dict[str, str]) -> None:
    desk.hosts.add("skjermer.heim.no")
    assert sent(desk, form, Host="skjermer.heim.no:8080", Origin="http://skjermer.heim.no:9090") == 403
    assert sent(desk, form, Host="skjermer.heim.no:8080", Origin="http://skjermer.heim.no:8080") == 303


@pytest.mark.browser
def test_a_browser_says_where_the_form_stood(desk: Desk, page: Page, tmp_path: Path) -> None:
    """A page of another site posts the right key and code; then the administrator does, on the server's own."""
    bundles.publish(desk.published, 1)
    player = Player(desk.url)
    player.ask()
    key = desk.admin.load_or_make()
    fields = {"do": "pair", "code": player.code, "screen": "library", "key": key}
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    page.route(
        "http://evil.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{desk.url}/status">{inputs}<button>Gratis is</button></form>',
        ),
    )
    page.goto("http://evil.example/")
    page.get_by_role("button").click()
    expect(page.locator("body")).to_contain_text("Skjemaet ble sendt fra et annet nettsted")
    assert player.ask() == 202
    page.goto(f"{desk.url}/")  # "reload" would send the form again
    page.goto(f"{desk.url}/status#key={key}")
    page.locator(".pairing").get_by_label("Koden på skjermen").fill(player.code)
    page.locator(".pairing select").select_option("library")
    page.locator(".pairing").get_by_role("button", name="Par", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("er paret")
    assert player.ask() == 200
