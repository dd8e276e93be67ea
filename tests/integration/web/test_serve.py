"""What the built-in server answers: the bundle with its cache rules, pages for people, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from signage.domain.server_status import Message, ScreenProgress, ServerProblem, ServerStatus, Stage
from signage.errors import AddressInUse
from signage.web import WebServer, make_app
from signage.web.loopback import Threaded
from tests.fixtures import bundles
from tests.fixtures.well import WELL, all_well


@dataclass
class ServedFolder:
    """A served folder. `status` is the server's status."""

    folder: Path
    url: str = ""
    status: ServerStatus = WELL

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.url + path, headers=headers, timeout=5)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[ServedFolder]:
    web = ServedFolder(tmp_path / "published")
    with Threaded(
        make_app(web.folder, lambda: web.status, lambda: "192.0.2.7:8080", names=["signage.heim.example"])
    ) as server:
        web.url = f"http://127.0.0.1:{server.port}"
        yield web


FILES = {
    "/screens/library/manifest.signed": "application/octet-stream",
    "/screens/library/manifest.json": "application/json",
    "/screens/library/manifest.json.sig": "application/octet-stream",
    "/screens/index.json": "application/json",
    "/signage.pub": "text/plain; charset=utf-8",
}


@pytest.mark.parametrize("path", FILES)
def test_what_changes_is_asked_for_anew_each_time_and_sent_only_when_it_is_new(web: ServedFolder, path: str) -> None:
    bundles.publish(web.folder, 1)
    first = web.get(path)
    assert first.content == (web.folder / path[1:]).read_bytes()
    assert first.headers["Content-Type"] == FILES[path]
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = web.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert web.get(path, **{"If-None-Match": f'"other", W/{tag}'}).status_code == 304
    head = requests.head(web.url + path, timeout=5)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(first.content)))


def test_a_new_publication_is_seen_through_the_link(web: ServedFolder) -> None:
    bundles.publish(web.folder, 1)
    tag = web.get("/screens/library/manifest.json").headers["ETag"]
    bundles.publish(web.folder, 2)
    fresh = web.get("/screens/library/manifest.json", **{"If-None-Match": tag})
    assert (fresh.status_code, fresh.json()["serial"]) == (200, 2)


def test_assets_may_be_kept_for_ever(web: ServedFolder) -> None:
    made = bundles.publish(web.folder, 1, bundles.page("a", clock=bundles.CLOCK), bundles.evergreen())
    for sha256, about in made["assets"].items():
        suffix = {"image/webp": "webp", "font/ttf": "ttf"}[about["media_type"]]
        answered = web.get(f"/assets/{sha256}.{suffix}")
        assert hashlib.sha256(answered.content).hexdigest() == sha256
        assert answered.headers["Content-Type"] == about["media_type"]
        assert answered.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answered.headers["ETag"] == f'"{sha256}"'


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../signage.key",
        "/assets/..%2fsignage.key",
        "/assets/%2e%2e/signage.key",
        "/assets/signage.key",
        "/screens/../signage.key",
        "/screens/..%2f..%2fkeys/manifest.json",
        "/screens/.library.1/manifest.json",
        "/screens/library/other.json",
        "/screens/library/",
        "/static/../app.py",
        "/assets/" + "0" * 64 + ".webp",
    ],
)
def test_nothing_else_of_the_disk_is_handed_out(web: ServedFolder, path: str) -> None:
    bundles.publish(web.folder, 1)
    (web.folder / "signage.key").write_text("secret")
    (web.folder.parent / "keys").mkdir()
    (web.folder.parent / "keys" / "manifest.json").write_text("secret")
    port = int(web.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:  # requests would tidy the path
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answered = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answered.startswith(b"HTTP/1.1 404")
    assert b"secret" not in answered


def test_each_screen_without_a_picture_shows_how_far_it_is(web: ServedFolder) -> None:
    assert web.get("/").status_code == 200
    stages: list[tuple[Stage, int, int]] = [("waiting", 0, 0), ("fetching", 1, 3), ("planning", 0, 0)]
    waiting = [ScreenProgress(f"s{n}", f"Skjerm <{n}>", 1920, 1080, 0, *each) for n, each in enumerate(stages)]
    library = ScreenProgress("library", "Biblioteket", 320, 180, 0, "rendering", 2, 5)
    web.status = replace(WELL, screens=(*waiting, library))
    page = web.get("/").text
    assert re.findall(r'<p id="progress-.*?>(.*?)</p>', page) == [
        "Venter",
        "Henter kalendere: 1\u00a0av\u00a03",
        "Planlegger sidene",
        "Lager sider: 2\u00a0av\u00a05",
    ]
    assert re.findall(r"<progress [^>]*?( value=.*?)?>", page) == ["", ' value="1" max="3"', "", ' value="2" max="5"']
    assert "Skjerm &lt;0&gt;" in page
    assert page.count("data-making") == 4
    assert "Making pages: 2\u00a0of\u00a05" in web.get("/", **{"Accept-Language": "en"}).text

    bundles.publish(web.folder, 1)
    (web.folder / "screens" / "index.json").unlink()  # which is written after the last screen
    page = web.get("/").text
    assert page.count("data-making") == 3
    assert "data-making" not in page[page.index('data-screen="library"') :]


def test_screens_have_an_address_before_they_are_published(web: ServedFolder) -> None:
    assert web.get("/screen/library").status_code == 200
    assert web.get("/screens/library/manifest.json").status_code == 404


def test_the_start_page_has_every_screen_with_its_addresses(web: ServedFolder) -> None:
    bundles.publish(web.folder, 1)
    bundles.publish(web.folder, 1, screen="radhuset", name="Rådhuset <b>", width=180, height=320, rotate=90)
    page = web.get("/").text
    assert "refresh" not in page
    assert 'href="./screen/library?rotate=0"' in page
    assert "http://192.0.2.7:8080</span><wbr><span>/screen/radhuset" in page
    assert "Rådhuset &lt;b&gt;" in page
    assert "180 × 320, stående" in page
    elsewhere = web.get("/", Host="signage.heim.example:81").text
    assert "http://signage.heim.example:81</span><wbr><span>/screen/library" in elsewhere


def test_a_problem_is_said_on_the_start_page_and_in_the_status(web: ServedFolder) -> None:
    bundles.publish(web.folder, 1)
    failing = ServerProblem(
        Message("problems.source_failing", {"source": "<b>", "reason": "x"}), "iheim: answered 503 <script>"
    )
    web.status = replace(WELL, problems=(failing,))
    page = web.get("/").text
    assert "iheim: answered 503 &lt;script&gt;" in page
    assert "data-problems hidden" not in page
    assert "Kilden «&lt;b&gt;» kan ikke hentes nå." in page
    data = {"ok": False, "problems": ["iheim: answered 503 <script>"], "alarms": []}
    assert web.get("/status.json").json() == data
    web.status = WELL
    assert "data-problems hidden" in web.get("/").text


def test_a_mistyped_screen_is_told_kindly_and_what_there_is_instead(web: ServedFolder) -> None:
    bundles.publish(web.folder, 1)
    for wrong in ("librayr", "Library", "<b>"):
        page = web.get(f"/screen/{wrong}")
        assert page.status_code == 404
        assert "Hemne bibliotek" in page.text
        assert "<b>" not in page.text
    lost = web.get("/nowhere")
    assert (lost.status_code, "Alle skjermene" in lost.text) == (404, True)


def test_html_runs_no_scripts_but_the_servers_own(web: ServedFolder) -> None:
    bundles.publish(web.folder, 1)
    for path, framed in (("/", False), ("/screen/library", True), ("/nowhere", False)):
        rules = web.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in rules
        assert "script-src 'self';" in rules
        assert "unsafe" not in rules
        assert ("frame-ancestors" in rules) is not framed


def test_the_start_page_brings_its_own_typefaces(web: ServedFolder) -> None:
    for path in re.findall(r'url\("([^"]+)"\)', web.get("/start.css").text):
        font = web.get(f"/{path}")
        assert (font.status_code, font.headers["Content-Type"]) == (200, "font/woff2")
    assert web.get("/static/screen.html").status_code == 404


def test_a_broken_index_is_no_more_than_a_missing_one(web: ServedFolder) -> None:
    bundles.publish(web.folder, 1)
    (web.folder / "screens" / "index.json").write_text('{"screens": [{"name": 1')
    assert web.get("/").status_code == 200
    assert web.get("/screen/library").status_code == 200


def test_the_page_that_plays_a_screen_has_a_plain_script(web: ServedFolder) -> None:
    plain = web.get("/screen.js")
    assert plain.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert not re.search(r"^(export|import) ", plain.text, re.MULTILINE)
    assert "openPages" in plain.text
    assert len(plain.content) < 78_000  # bytes; alerts are a third of it
    assert '<script src="../screen.js">' in web.get("/screen/library").text


@pytest.mark.parametrize(
    ("path", "root"), [("/", "./"), ("/screen/nowhere", "../"), ("/nowhere", "./"), ("/a//%2F/b", "../../../")]
)
def test_all_addresses_in_pages_are_relative(web: ServedFolder, path: str, root: str) -> None:
    bundles.publish(web.folder, 1)
    page = web.get(path).text
    assert not re.search(r'(href|src|action)="/', page)
    assert f'href="{root}start.css"' in page
    assert f'href="{root}screen/library' in page


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/screen/library/", "../library"),
        ("/screen/library//?rotate=90", "../../library?rotate=90"),
        ("/status/", "../status"),
    ],
)
def test_a_slash_too_many_leads_to_the_page_under_any_path(web: ServedFolder, path: str, to: str) -> None:
    answered = requests.get(web.url + path, timeout=5, allow_redirects=False)
    assert (answered.status_code, answered.headers["Location"]) == (307, to)


def test_a_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with WebServer(tmp_path, all_well, "127.0.0.1", 0) as first:
        assert first.address == f"http://127.0.0.1:{first.port}"
        with (
            pytest.raises(AddressInUse, match=f"Port {first.port} is used .* --port"),
            WebServer(tmp_path, all_well, "127.0.0.1", first.port),
        ):
            pass


def test_it_ends_within_a_second_while_a_client_stays_connected(tmp_path: Path) -> None:
    with WebServer(tmp_path, all_well, "127.0.0.1", 0) as server:
        client = socket.create_connection(("127.0.0.1", server.port))
        began = time.monotonic()
    client.close()
    assert time.monotonic() - began < 1.5


def test_status_is_json_even_before_anything_is_known(web: ServedFolder) -> None:
    assert json.loads(web.get("/status.json").content) == {"ok": True, "problems": [], "alarms": []}
    assert web.get("/").status_code == 200
