"""What strangers see of the status: no path of the machine, and on a private server only whether all is well."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from signage.app.alarms import raised
from signage.domain.server_status import Message, ServerProblem, ServerStatus
from signage.fleet.registry_file import REGISTRY_FILE
from signage.web.redaction import HIDDEN, Redactor
from tests.fixtures import bundles
from tests.fixtures.desk import NOON, OSLO, Desk, serving
from tests.fixtures.players import PATIENCE, Player
from tests.integration.fleet.test_status import every_state, page

__all__ = ["page"]  # the fixture

SECRET_FOLDER = "Hemmelig prosjekt Ålesund"
EVERYWHERE = ["/", "/status", "/status.json", "/metrics", "/nowhere", "/screen/nothing", "/screens/x/manifest.json"]


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (f"/srv/{SECRET_FOLDER}/screens.toml:14:3: screens.a: no", "screens.toml:14:3: screens.a: no"),
        (f"/srv/{SECRET_FOLDER}/min var/state.sqlite: can't be written", "var/state.sqlite: can't be written"),
        (f"/srv/{SECRET_FOLDER}: can't be made", f"{HIDDEN}: can't be made"),
        (f"/srv/{SECRET_FOLDER}/min var: can't be made", "var: can't be made"),
        (f"It can't be written. The path is /srv/{SECRET_FOLDER}/min var.", "It can't be written. The path is var."),
        (f"The path is /srv/{SECRET_FOLDER}. Hint: x", f"The path is {HIDDEN}. Hint: x"),
        (f"file /srv/{SECRET_FOLDER}/kalender.csv is gone", "file kalender.csv is gone"),
        (f"[Errno 2] No such file: '/srv/{SECRET_FOLDER}/x y/a.png'", "[Errno 2] No such file: 'x y/a.png'"),
        (f"No such file: '/mnt/{SECRET_FOLDER}/a.png'", f"No such file: '{HIDDEN}/a.png'"),
        ("/home/kari/screens.toml is broken", f"{HIDDEN}/screens.toml is broken"),
        ("can't read /etc/shadow-folder.", f"can't read {HIDDEN}."),
        ("x:/home/kari/y (/tmp/z)", f"x:{HIDDEN} ({HIDDEN})"),
        ("file:///home/kari/cal.ics: no", f"{HIDDEN}/cal.ics: no"),
        ("iheim: https://iheim.no/api/events?page=2: answered 503", None),
        ("http://192.0.2.1:8080/screens/a/manifest.json", None),
        ("12/10 and/or a/b, 3 km/h, 50/50", None),
        ("et </script> og <b/>", None),
        (
            "https://calendar.google.com/calendar/ical/x%40y.no/private-0123456789abcdef0123/basic.ics: 404",
            f"https://calendar.google.com/calendar/ical/x%40y.no/{HIDDEN}/basic.ics: 404",
        ),
        ("https://x.no/?token=0123456789abcdef0123456789", f"https://x.no/?token={HIDDEN}"),
    ],
)
def test_a_sentence_loses_its_paths_and_nothing_else(sentence: str, shown: str | None) -> None:
    folders = {Path(f"/srv/{SECRET_FOLDER}"): "", Path(f"/srv/{SECRET_FOLDER}/min var"): "var/"}
    assert Redactor(folders).text(sentence) == (sentence if shown is None else shown)
    assert Redactor(folders).data({"a": [sentence, 1, None, {sentence: True}]}) == {
        "a": [shown or sentence, 1, None, {shown or sentence: True}]
    }


@given(
    st.lists(st.text("abcæøå0-9._-", min_size=1, max_size=12), min_size=2, max_size=6), st.sampled_from(" :,'\"(;=[")
)
def test_no_absolute_path_comes_through(parts: list[str], before: str) -> None:
    parts = [part.strip(".-") or "x" for part in parts]
    path = "/" + "/".join(["folder", *parts])
    said = Redactor({}).text(f"it is{before}{path} now")
    assert "folder" not in said
    assert not any(f"/{part}/" in said for part in parts)


@contextmanager
def in_secret_folder(tmp_path: Path, *problems: str) -> Iterator[Desk]:
    """A desk in a folder whose name must not be seen, and whose server has these problems."""
    with serving(tmp_path / SECRET_FOLDER / "var") as desk:
        found = tuple(ServerProblem(Message("problems.screen", {"screen": each}), each) for each in problems)
        desk.status = replace(desk.status, problems=found, figures={"screens": [{"problems": problems}]})
        yield desk


def texts(desk: Desk) -> str:
    """All that a stranger can read."""
    found = [desk.get(path).text for path in EVERYWHERE]
    for player in desk.registry.everyone() if desk.registry.path.is_file() else ():
        found.append(desk.get(f"/status/{player.id}").text)
    for path in ("/player/pair", "/player/heartbeat", "/status"):
        found.append(requests.post(desk.url + path, json=Player(desk.url).question(), timeout=PATIENCE).text)
    return "\n".join(found)


def test_no_page_names_the_folder_whatever_fails(tmp_path: Path) -> None:
    base = tmp_path / SECRET_FOLDER
    problems = (
        f'{base}/screens.toml:14:1: screens.library.layout: no layout "fjordd"',
        f"{base}/var/state.sqlite: can't be written: the disk is full",
        f"a refresh failed: FileNotFoundError: [Errno 2] No such file or directory: '{base}/var/images/ab.webp'",
        f"{base}: can't be made: Permission denied",
        f"kalender: {base}/kalender.csv: There is no such file.",
    )
    with in_secret_folder(tmp_path, *problems) as desk:
        every_state(desk)
        worried = desk.paired(seed="worried", code="MNPQ2345HB")
        storage = {"free": 1, "written": 1, "problem": f"{base}/store: the disk is full", "kind": "full"}
        assert worried.beat(storage=storage, errors=[f"{base}/store/x.part: no space left"]) == 204
        everything = texts(desk)
        assert SECRET_FOLDER not in everything
        assert str(tmp_path) not in everything
        said = desk.get("/status.json").json()
        assert said["problems"][0].startswith("screens.toml:14:1: screens.library.layout")
        assert "the disk is full" in everything


def test_a_players_list_that_fails_or_is_lost_is_told_without_its_folder(tmp_path: Path) -> None:
    with in_secret_folder(tmp_path) as desk:
        desk.paired()
        for file in desk.var.glob("players.db*"):
            file.unlink()
        said = desk.get("/status.json").json()
        assert said["ok"] is False
        assert any("players.db was deleted while the program was running" in each for each in said["problems"])
        assert "players.db was deleted" in desk.get("/").text
        desk.registry.close()
        for file in desk.var.glob("players.db*"):
            file.unlink()
        (desk.var / REGISTRY_FILE).mkdir()
        answer = desk.get("/status")
        assert answer.status_code == 503
        assert "players.db" in answer.text
        everything = texts(desk)
        assert SECRET_FOLDER not in everything
        assert str(tmp_path) not in everything
        shutil.rmtree(desk.var / REGISTRY_FILE)


# --- a private server


@pytest.fixture
def private(desk: Desk) -> Desk:
    desk.private = True
    every_state(desk)
    problem = ServerProblem(
        Message("problems.source_failing", {"source": "iheim", "reason": "x"}), "iheim: answered 503"
    )
    figures = {"sources": [{"source": "iheim", "problem": "503"}]}
    desk.status = ServerStatus(NOON, OSLO, (raised("not_published", "", NOON),), (problem,), figures)
    return desk


def with_key(desk: Desk, path: str, key: str | None = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {key or desk.admin.load_or_make()}"}
    return requests.get(desk.url + path, headers=headers, timeout=PATIENCE)


REVEALING = (
    "503",
    "publisert",
    "under_voltage",
    "Rådhuset</h3>",
    "Skjermen viser",
    "venter på å bli paret",
    "signage_",
    "Raspberry",
    "virker ikke",
    "1 bør sjekkes",
    "Alt i orden",
)


def test_without_the_key_a_private_server_says_only_whether_all_is_well(private: Desk) -> None:
    player = private.registry.players()[0].id
    answers = {path: private.get(path) for path in (*EVERYWHERE[:4], f"/status/{player}", f"/status/{player}.jpg")}
    statuses = [answer.status_code for answer in answers.values()]
    assert statuses == [200, 200, 200, 401, 401, 401]
    assert answers["/status.json"].json() == {"ok": False}
    assert answers["/metrics"].headers["WWW-Authenticate"].startswith("Bearer")
    for path, answer in answers.items():
        assert [word for word in REVEALING if word in answer.text] == [], path
        assert player not in answer.text
    assert "Noe bør sjekkes." in answers["/status"].text
    assert "Noe bør sjekkes" in re.sub(r"<section[^>]* hidden>.*?</section>", "", answers["/"].text, flags=re.DOTALL)
    for wrong in ("x", "0" * 32, private.admin.load_or_make()[:-1]):
        assert with_key(private, "/status.json", wrong).json() == {"ok": False}
        assert with_key(private, "/metrics", wrong).status_code == 401


def test_a_private_server_that_is_well_says_so(desk: Desk) -> None:
    desk.private = True
    manifest = desk.publish(1)
    player = desk.paired()
    desk.well(player, manifest)
    assert desk.get("/status.json").json() == {"ok": True}
    assert "Alle skjermene er i orden." in desk.get("/status").text
    shown = re.sub(r"<section[^>]* hidden>.*?</section>", "", desk.get("/").text, flags=re.DOTALL)
    assert "sjekkes" not in shown
    desk.wait(200)
    assert desk.get("/status.json").json() == {"ok": False}
    assert "Noe bør sjekkes." in desk.get("/status").text


def test_with_the_key_everything_is_there(private: Desk) -> None:
    player = private.registry.players()[0].id
    assert "Skjermen viser ikke bildet den skal" in with_key(private, "/status").text
    assert 'src="data:image/jpeg;base64,' in with_key(private, "/status").text
    assert len(with_key(private, "/status.json").json()["glass"]) == 4
    assert "signage_screen_state" in with_key(private, "/metrics").text
    assert with_key(private, f"/status/{player}.jpg").headers["Content-Type"] == "image/jpeg"
    assert "De siste 14 dagene" in with_key(private, f"/status/{player}").text
    assert "Alt i orden" in with_key(private, "/").text


def test_the_form_shows_it_without_a_script_and_does_what_it_did(private: Desk) -> None:
    key = private.admin.load_or_make()
    assert "Skjermen viser ikke bildet den skal" in private.post(do="look", key=key).text
    refused = private.post(do="look", key="0" * 32)
    assert (refused.status_code, "Nøkkelen er ikke riktig" in refused.text) == (403, True)
    assert [word for word in REVEALING if word in refused.text] == []
    refused = private.post(do="pair", code="ABCD2349HB", screen="library", key="")
    assert (refused.status_code, "Hemne" in refused.text) == (403, False)
    assert private.post(do="pair", code="ABCD2-349HB", screen="library", key=key).status_code == 303


def test_what_players_and_televisions_need_stays_open(private: Desk) -> None:
    player = Player(private.url, seed="new", code="MNPQ2345HB")
    assert player.ask() == 202
    assert private.get("/screens/library/manifest.json").status_code == 200
    assert private.get("/screen/library").status_code == 200


def test_the_setting_counts_at_once(private: Desk) -> None:
    private.private = False
    assert "glass" in private.get("/status.json").json()
    private.private = True
    assert private.get("/status.json").json() == {"ok": False}


def test_an_open_server_is_as_before(desk: Desk) -> None:
    every_state(desk)
    assert len(desk.get("/status.json").json()["glass"]) == 4
    assert desk.get("/metrics").status_code == 200
    assert "data:image/jpeg" not in desk.get("/status").text


@pytest.mark.browser
def test_the_administrators_link_opens_a_private_page(private: Desk, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    key = private.admin.load_or_make()
    page.goto(f"{private.url}/status#pair=ABCD2-349HB")
    expect(page.get_by_text("Resten er bare for dem som har")).to_be_visible()
    assert page.locator("#library").count() == 0
    page.get_by_label("Administratornøkkel").fill(key)
    page.get_by_role("button", name="Vis").click()
    expect(page.locator("#library .badge")).to_have_text("Alt i orden")
    expect(page.locator(".pairing").get_by_label("Koden på skjermen")).to_have_value("ABCD2-349HB")
    assert page.locator("#library img").evaluate("(image) => image.complete && image.naturalWidth > 0")
    page.locator("#library summary").first.click()
    page.locator("#library").get_by_text("De siste to ukene").click()
    expect(page.get_by_text("Se status nå")).to_be_visible()
    expect(page.locator("table.days")).to_be_visible()
    page.get_by_text("Se status nå").click()
    expect(page.locator("#library .badge")).to_have_text("Alt i orden")
    page.locator(".pairing select").select_option("hallen")
    page.locator(".pairing").get_by_label("Koden på skjermen").fill("ABCD2-349HB")
    page.locator(".pairing").get_by_role("button", name="Par", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("er paret")
    assert not any(key in url.partition("#")[0] for url in asked), "the key is never in an address that is sent"


@pytest.mark.browser
def test_a_private_page_follows_the_server_and_refuses_a_wrong_key(private: Desk, page: Page) -> None:
    page.clock.install()
    page.goto(f"{private.url}/status#key={'0' * 32}")
    expect(page.get_by_label("Administratornøkkel")).to_be_visible()
    page.get_by_label("Administratornøkkel").fill("1" * 32)
    page.get_by_role("button", name="Vis").click()
    expect(page.get_by_role("alert")).to_contain_text("Nøkkelen er ikke riktig")
    page.goto("about:blank")
    page.goto(f"{private.url}/status#key={private.admin.load_or_make()}")
    expect(page.locator("#library .badge")).to_have_text("Alt i orden")
    private.wait(200)
    page.clock.run_for(16_000)
    expect(page.locator("#library .badge")).to_have_text("Virker ikke")


@pytest.mark.browser
def test_the_start_page_of_a_private_server_says_that_something_is_wrong(private: Desk, page: Page) -> None:
    bundles.publish(private.published, 2)
    page.clock.install()
    page.goto(f"{private.url}/")
    box = page.locator("[data-problems]")
    expect(box).to_be_visible()
    page.clock.run_for(25_000)
    expect(box).to_be_visible()
    assert box.locator("li").count() == 0
    assert json.loads(page.evaluate("fetch('/status.json').then((r) => r.text())")) == {"ok": False}
