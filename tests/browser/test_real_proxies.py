"""The recipes for nginx and Caddy, with the real programs: TLS, a path, and what players and people do through them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from playwright.sync_api import Browser

from player.net.http import Http
from signage.fleet.messages import MAX_BEAT
from signage.fleet.pairing_codes import ALPHABET
from tests.fixtures.alerts import publish_alerts
from tests.fixtures.bundles import evergreen, page
from tests.fixtures.desk import SCREENS, Desk, serving
from tests.fixtures.paths import ROOT
from tests.fixtures.players import PATIENCE, Player
from tests.fixtures.raw_http import until
from tests.fixtures.recipes import NAME, PATH, RECIPES, Proxy, behind

LARGE = b"RIFF" + bytes(range(256)) * 8000  # 2 MB, which the server sends in parts
STRANGER, OTHER = "127.0.0.2", "127.0.0.3"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with serving(tmp_path_factory.mktemp("town")) as desk:
        desk.hosts.add(NAME)
        for screen in SCREENS:
            publish_alerts(desk.published, 1, screen=screen)  # a server has one for each, from its start on
        desk.publish(
            1,
            page("a", dwell_seconds=600),
            page("large", picture=LARGE, until="2026-01-02T00:00:00+01:00"),
            evergreen(),
        )
        yield desk


@pytest.fixture(scope="module", params=sorted(RECIPES))
def proxy(request: pytest.FixtureRequest, town: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with behind(request.param, town.url, tmp_path_factory.mktemp(request.param)) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: Proxy) -> requests.Session:
    return proxy.client()


def new_player(proxy: Proxy, seed: str, client: requests.Session | None = None) -> Player:
    """One that waits to be paired, with a code of its own."""
    digest = hashlib.sha256(f"{seed} {proxy.name}".encode()).digest()
    code = "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:10])
    player = Player(proxy.url, code, seed=f"{seed} {proxy.name}", wire=client or proxy.client())
    assert player.ask() == 202
    return player


def manifest_of(town: Desk) -> bytes:
    return (town.published / "screens" / "library" / "manifest.json").read_bytes()


def test_the_docs_show_the_recipes_that_are_tested() -> None:
    shown = (ROOT / "docs" / "reverse-proxy.md").read_text("utf-8")
    for recipe in RECIPES.values():
        assert f"\n{recipe.read_text('utf-8')}```\n" in shown, f"docs/reverse-proxy.md shows another {recipe.name}"


@pytest.mark.browser
def test_the_pages_and_the_browser_player_find_everything(chromium: Browser, proxy: Proxy) -> None:
    with chromium.new_context(
        ignore_https_errors=True, locale="nb-NO", viewport={"width": 1280, "height": 800}
    ) as context:
        view = context.new_page()
        lost: list[str] = []
        view.on("response", lambda answer: lost.append(answer.url) if answer.status >= 400 else None)
        view.goto(f"{proxy.url}/")
        view.wait_for_selector('[data-screen="library"] [data-page="a"]', timeout=20_000)
        assert view.inner_text('[data-screen="library"] .type code') == f"{proxy.url}/screen/library"
        view.click('a[href$="status"]')
        view.wait_for_selector("#library", timeout=20_000)
        assert view.url == f"{proxy.url}/status"
        view.goto(f"{proxy.url}/screen/library?rotate=0")
        view.wait_for_selector('body[data-page="a"]', timeout=20_000)
        assert lost == []


def test_the_path_without_its_slash_leads_to_the_start_page(client: requests.Session, proxy: Proxy) -> None:
    assert client.get(proxy.url, timeout=PATIENCE).url == f"{proxy.url}/"
    assert client.get(f"{proxy.url}/status/", timeout=PATIENCE).url == f"{proxy.url}/status"


def test_what_is_outside_of_the_path_is_not_the_servers(client: requests.Session, proxy: Proxy) -> None:
    inside = client.get(f"{proxy.url}/status.json", timeout=PATIENCE)
    outside = client.get(f"https://localhost:{proxy.port}/status.json", timeout=PATIENCE)
    assert inside.json()
    assert outside.text != inside.text


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)  # Caddy does it by itself, on port 80 only
def test_without_tls_people_are_sent_to_the_address_with_it(proxy: Proxy) -> None:
    plain = requests.get(
        f"http://127.0.0.1:{proxy.plain}{PATH}/status?x=1",
        headers={"Host": NAME},
        allow_redirects=False,
        timeout=PATIENCE,
    )
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{NAME}{PATH}/status?x=1")


def test_a_player_gets_its_bundle_and_asks_again_cheaply(
    proxy: Proxy, town: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.certificate))
    http = Http(proxy.url)
    try:
        first = http.get("screens/library/manifest.json", 10**6)
        assert first.body == manifest_of(town)
        assert http.get("screens/library/manifest.json", 10**6, first.etag).body is None
        assert http.get(f"assets/{large(town)}", len(LARGE)).body == LARGE
    finally:
        http.close()


def test_a_held_request_waits_through_the_proxy_and_ends_with_its_client(
    client: requests.Session, proxy: Proxy, town: Desk
) -> None:
    def hold() -> int:
        got = client.get(f"{proxy.url}/screens/radhuset/next?after=1", timeout=PATIENCE)
        assert (got.status_code, got.headers["Cache-Control"]) == (200, "no-store")
        return int(got.json()["serial"])

    def waiting() -> int:
        return len(town.publications._waiting.get("radhuset", {}))

    town.publish(1, page("a"), evergreen(), screen="radhuset")
    with ThreadPoolExecutor(1) as other:
        held = other.submit(hold)
        until(lambda: waiting() == 1, "it is held")
        town.publish(2, page("b"), evergreen(), screen="radhuset")
        town.publications.published("radhuset")
        assert held.result(PATIENCE) == 2
    with pytest.raises(requests.Timeout):
        client.get(f"{proxy.url}/screens/radhuset/next?after=2", timeout=(PATIENCE, 0.3))
    client.close()
    until(lambda: waiting() == 0, "the server knows that the client has gone")


def large(town: Desk) -> str:
    return next(file.name for file in (town.published / "assets").iterdir() if file.stat().st_size == len(LARGE))


@pytest.mark.parametrize("encoding", ["identity", "gzip, br, zstd"])
def test_what_may_be_kept_is_what_the_server_says(
    client: requests.Session, proxy: Proxy, town: Desk, encoding: str
) -> None:
    for path, cache in {
        f"/assets/{large(town)}": "public, max-age=31536000, immutable",
        "/screens/library/manifest.json": "no-cache",
        "/": "no-cache",
        "/status": "no-store",
        "/metrics": "no-store",
    }.items():
        got = client.get(proxy.url + path, headers={"Accept-Encoding": encoding}, timeout=PATIENCE)
        direct = requests.get(town.url + path, timeout=PATIENCE)
        assert (got.status_code, got.headers["Cache-Control"]) == (200, cache), path
        assert got.headers.get("Content-Security-Policy") == direct.headers.get("Content-Security-Policy")
        if "no-store" not in cache:
            again = client.get(
                proxy.url + path,
                headers={"Accept-Encoding": encoding, "If-None-Match": got.headers["ETag"]},
                timeout=PATIENCE,
            )
            assert again.status_code == 304, path


def test_a_player_is_paired_and_reports(proxy: Proxy, town: Desk) -> None:
    player = new_player(proxy, "report")
    town.players.pair(player.code, "library")
    assert player.ask() == 200
    assert player.screen == "library"
    assert player.beat() == 204
    player.poll()
    town.players.revoke(player.id)


def test_the_largest_report_reaches_the_server_and_a_larger_one_is_refused(proxy: Proxy, town: Desk) -> None:
    player = new_player(proxy, "large")
    town.players.pair(player.code, "library")
    assert player.ask() == 200
    assert player.send(b"x" * MAX_BEAT).status_code == 400  # signed and read, but no report
    assert player.send(b"x" * (MAX_BEAT + 1)).status_code == 413
    # Caddy may still be sending when the server has answered and closed the connection, and then answers 502.
    refused = (413, 502) if proxy.name == "caddy" else (413,)
    assert player.send(b"x" * 2 * 1024 * 1024).status_code in refused
    town.players.revoke(player.id)


def test_the_server_sees_each_client_and_believes_no_client_about_that(proxy: Proxy, town: Desk) -> None:
    """What is kept of a request names its origin (`signage.fleet.waiting_players.origin_of`)."""

    def origin(seed: str, source: str, **headers: str) -> str:
        player = new_player(proxy, seed, proxy.client(source, **headers))
        newest = [each for each in town.registry.waiting(town.now) if each.question.nonce == player.nonce.hex()]
        return newest[0].origin

    one, other = origin("one", STRANGER), origin("other", OTHER)
    assert one != other
    assert origin("liar", STRANGER, **{"X-Forwarded-For": "6.6.6.6"}) == one
    assert origin("twice", STRANGER, **{"X-Forwarded-For": f"6.6.6.6, {OTHER}"}) == one


def test_forms_are_taken_from_the_servers_own_pages_only(client: requests.Session, proxy: Proxy, town: Desk) -> None:
    fields = {"do": "look", "key": town.admin.load_or_make()}

    def send(**headers: str) -> int:
        return client.post(f"{proxy.url}/status", data=fields, headers=headers, timeout=PATIENCE).status_code

    assert send(Origin=f"https://localhost:{proxy.port}") == 200
    assert send(Origin="https://evil.example") == 403


def test_a_form_leads_back_to_the_page_under_the_path(client: requests.Session, proxy: Proxy, town: Desk) -> None:
    player = new_player(proxy, "form")
    fields = {"do": "pair", "key": town.admin.load_or_make(), "code": player.code, "screen": "library"}
    answer = client.post(f"{proxy.url}/status", data=fields, timeout=PATIENCE)
    assert (answer.status_code, answer.url) == (200, f"{proxy.url}/status?done=pair&screen=library")
    town.players.revoke(player.id)


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)  # Caddy passes on the name of its own site only
def test_the_server_sees_the_name_that_was_asked_for(client: requests.Session, proxy: Proxy) -> None:
    answer = {
        name: client.get(f"{proxy.url}/", headers={"Host": name}, timeout=PATIENCE).status_code
        for name in (NAME, "evil.example")
    }
    assert answer == {NAME: 200, "evil.example": 421}
