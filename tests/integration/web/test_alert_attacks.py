"""Attacks on the way from the administrator's key to an alert on all screens, each by its name. No alert may be sent,
ended or changed by anyone else, nor twice, and none may be kept from being sent.
"""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Dialog

from signage.app.folders import Folders
from signage.cli.alert_client import ATTEMPTS, ServerDesk, ServerSilent
from signage.domain.alerts import Alert, AlertDraft, AlertText
from signage.domain.server_status import ServerStatus
from signage.rendering.browser import find_browser
from signage.web.admin_gate import BURST
from signage.web.server_address import remember_address
from tests.fixtures.alert_form import ALL, CHOICES, TYPED, alerts, command, drafted, post, send, text_of, ticket
from tests.fixtures.desk import Desk, serving
from tests.fixtures.players import PATIENCE
from tests.fixtures.portal import Portal, ok, one_after_the_other, status

WRONG = "0" * 32
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"
MEGABYTE = 1_000_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving(tmp_path, CHOICES) as desk:
        desk.publish(1)
        yield desk


def raw(desk: Desk, path: str = "/status/alert", **headers: str) -> requests.Response:
    """The form with the right key, and these headers."""
    fields = {"key": desk.admin.load_or_make(), **TYPED, **ALL}
    return requests.post(desk.url + path, data=fields, headers=headers, timeout=PATIENCE, allow_redirects=False)


# --- another website ---


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "http://evil.example/"},
    ],
)
def test_csrf_a_form_of_another_site_is_refused_with_the_right_key_and_ticket(
    desk: Desk, headers: dict[str, str]
) -> None:
    assert raw(desk, **headers).status_code == 403
    looked = post(desk, **TYPED, **ALL)
    fields = {"do": "confirm", "ticket": ticket(looked.text)}
    foreign = requests.post(f"{desk.url}/status/alert", data=fields, headers=headers, timeout=PATIENCE)
    assert foreign.status_code == 403
    told = {**headers, "Authorization": f"Bearer {desk.admin.load_or_make()}"}
    said = {"do": "send", "draft": drafted(desk)}
    assert requests.post(f"{desk.url}/alerts", json=said, headers=told, timeout=PATIENCE).status_code == 403
    assert alerts(desk).recent() == []


@pytest.mark.browser
def test_csrf_a_hostile_page_in_a_browser_sends_nothing(desk: Desk, chromium: Browser) -> None:
    key = desk.admin.load_or_make()
    looked = ticket(post(desk, **TYPED, **ALL).text)
    context = chromium.new_context(locale="nb-NO")
    page = context.new_page()
    page.goto(f"{desk.url}/status#key={key}")  # the administrator has it open in another tab
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in {**TYPED, **ALL, "key": key}.items())
    hostile = context.new_page()
    hostile.route(
        "http://evil.example/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"""<form id="look" method="post" action="{desk.url}/status/alert">{inputs}</form>
            <form id="confirm" method="post" action="{desk.url}/status/alert">
            <input name="do" value="confirm"><input name="ticket" value="{looked}"></form>
            <form id="plain" method="post" enctype="text/plain" action="{desk.url}/alerts">
            <input name='{{"do":"end","alert":"a1","x":"' value='"}}'></form>""",
        ),
    )
    for form in ("look", "confirm", "plain"):
        hostile.goto("http://evil.example/")
        with hostile.expect_navigation() as answered:
            hostile.evaluate(f"document.getElementById('{form}').submit()")
        assert answered.value is not None
        assert answered.value.status == 403, form
    hostile.goto("http://evil.example/")
    tried = """async ([url, key, body]) => {
      const failed = [];
      for (const mode of ["cors", "no-cors"]) {
        for (const type of ["application/json", "text/plain"]) {
          const headers = mode === "cors" ? { Authorization: "Bearer " + key, "Content-Type": type } : {};
          try { await fetch(url + "/alerts", { method: "POST", mode, headers, body }); }
          catch (refused) { failed.push(mode + type); }
        }
      }
      return failed;
    }"""
    body = json.dumps({"do": "send", "draft": drafted(desk)})
    assert "corsapplication/json" in hostile.evaluate(tried, [desk.url, key, body])
    assert alerts(desk).recent() == []
    context.close()


@pytest.mark.browser
def test_clickjacking_no_other_site_can_frame_the_form_or_its_second_button(desk: Desk, chromium: Browser) -> None:
    for answer in (desk.get("/status"), post(desk, **TYPED, **ALL)):
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    page = chromium.new_page()
    page.route(
        "http://evil.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<iframe src="{desk.url}/status#key={desk.admin.load_or_make()}"></iframe>'
        ),
    )
    page.goto("http://evil.example/")
    framed = page.frames[1] if len(page.frames) > 1 else None
    assert framed is None or framed.locator("form").count() == 0
    page.close()


@pytest.mark.parametrize("path", ["/status/alert", "/alerts"])
def test_rebinding_another_name_for_this_address_is_not_served(desk: Desk, path: str) -> None:
    port = desk.url.rpartition(":")[2]
    answer = raw(desk, path, Host=f"rebind.example:{port}", Origin=f"http://rebind.example:{port}")
    assert answer.status_code == 421
    assert alerts(desk).recent() == []


@pytest.mark.browser
def test_rebinding_a_hostile_page_in_a_browser_reads_and_sends_nothing(desk: Desk, chromium: Browser) -> None:
    key, port = desk.admin.load_or_make(), desk.url.rpartition(":")[2]
    switches = ["--no-sandbox", "--host-resolver-rules=MAP rebind.example 127.0.0.1"]
    browser = chromium.browser_type.launch(executable_path=find_browser(), args=switches)
    page = browser.new_page()
    evil = f"http://rebind.example:{port}"
    page.goto(evil)  # the same origin as the server, for the browser
    tried = """async (key) => {
      const form = new URLSearchParams({ key, do: "preview", "title-nb": "x", where: "all", lasting: "2" });
      const answers = [await fetch("/status"), await fetch("/status/alert", { method: "POST", body: form })];
      return answers.map((answer) => answer.status);
    }"""
    assert page.evaluate(tried, key) == [421, 421]
    browser.close()


# --- the key ---


def test_the_key_is_in_no_address_no_page_no_referer_and_no_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    key = desk.admin.load_or_make()
    with caplog.at_level(logging.DEBUG):
        looked = post(desk, **TYPED, **ALL)
        name = ticket(looked.text)
        sent = post(desk, key="", do="confirm", ticket=name)
        asked = post(desk, do="end", alert="a1")
        refused = post(desk, **{**TYPED, **ALL, "title-nb": ""})
    for answer in (looked, sent, asked, refused):
        assert key not in answer.text
        assert key not in str(answer.headers)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    assert looked.headers["Referrer-Policy"] == "same-origin"
    assert name not in sent.headers["Location"]
    assert key not in caplog.text
    assert name not in caplog.text
    in_address = requests.post(f"{desk.url}/status/alert?key={key}", data={**TYPED, **ALL}, timeout=PATIENCE)
    assert in_address.status_code == 403
    assert requests.post(f"{desk.url}/alerts?key={key}", json={"do": "list"}, timeout=PATIENCE).status_code == 401


def test_guessing_wrong_keys_are_limited_and_keep_nobody_with_the_right_one_out(desk: Desk) -> None:
    key = desk.admin.load_or_make()
    assert {post(desk, key="", **TYPED, **ALL).status_code for _ in range(BURST + 5)} == {403}  # no guess
    statuses = [post(desk, key=WRONG, **TYPED, **ALL).status_code for _ in range(BURST + 1)]
    assert statuses == [403] * BURST + [429]
    assert post(desk, **TYPED, **ALL).status_code == 200  # somebody else may have the same address, behind a proxy
    assert command(desk, key, do="list").status_code == 200
    assert command(desk, WRONG, do="list").status_code == 429
    assert desk.post(do="look", key=WRONG).status_code == 429
    elsewhere = {"X-Forwarded-For": "192.0.2.8"}
    fields = {"key": WRONG, **TYPED, **ALL}
    other = requests.post(f"{desk.url}/status/alert", data=fields, headers=elsewhere, timeout=PATIENCE)
    assert other.status_code == 403
    desk.wait(6)
    assert post(desk, **TYPED, **ALL).status_code == 200
    assert post(desk, **TYPED, **ALL).status_code == 200  # a right one is no guess
    assert post(desk, key=WRONG, **TYPED, **ALL).status_code == 403
    assert post(desk, key=WRONG, **TYPED, **ALL).status_code == 429


def test_those_who_fill_the_pages_keep_nobody_from_sending_and_ending_alerts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.admin.load_or_make()
    go_on, status = threading.Event(), desk.status

    def slow(desk: Desk) -> ServerStatus:
        go_on.wait(PATIENCE)
        return status

    monkeypatch.setattr(Desk, "status", property(slow), raising=False)
    with ThreadPoolExecutor(60) as crowd:
        asked = [crowd.submit(desk.get, "/metrics") for _ in range(60)]
        try:
            assert next(as_completed(asked)).result().status_code == 503  # all threads are taken, and all that may wait
            assert send(desk).status_code == 303
            assert command(desk, do="send", draft=drafted(desk)).status_code == 200
            (ours, other) = alerts(desk).current()
            assert command(desk, do="end", alert=ours.id).status_code == 200
            ending = ticket(post(desk, do="end", alert=other.id).text)
            assert post(desk, key="", do="confirm", ticket=ending).status_code == 303
            assert command(desk, WRONG, do="list").status_code == 401
        finally:
            go_on.set()
    assert alerts(desk).current() == []


def test_the_command_line_asks_a_busy_server_again(tmp_path: Path) -> None:
    busy, other = status(503, **{"Retry-After": "10"}), status(503)
    answers = one_after_the_other(busy, busy, ok('{"alerts": []}'), other, *[busy] * 9)
    with Portal(alerts=answers) as portal:
        folders = Folders(tmp_path)
        remember_address(folders.state, portal.url)
        client = ServerDesk(folders, pause=0)
        assert client.browsers() == {}
        assert len(portal.asked) == 3
        for asked in (1, ATTEMPTS):  # one that failed isn't asked again
            before = len(portal.asked)
            with pytest.raises(ServerSilent):
                client.browsers()
            assert len(portal.asked) - before == asked


def test_a_key_that_was_taken_away_makes_its_tickets_void(desk: Desk) -> None:
    name = ticket(post(desk, **TYPED, **ALL).text)
    desk.admin.path.unlink()
    desk.admin.load_or_make()
    assert post(desk, key="", do="confirm", ticket=name).status_code == 422
    assert alerts(desk).recent() == []


@pytest.mark.parametrize("name", ["", "0" * 32, "x" * 5000, "../../admin.key"])
def test_a_ticket_that_was_made_up_sends_nothing(desk: Desk, name: str) -> None:
    post(desk, **TYPED, **ALL)
    answer = post(desk, key="", do="confirm", ticket=name)
    assert answer.status_code == 422
    assert "Forhåndsvisningen er for gammel." in answer.text or "Send et varsel" in answer.text
    assert alerts(desk).recent() == []


# --- again ---


def test_a_form_that_is_sent_again_sends_one_alert_also_after_its_end(desk: Desk) -> None:
    name = ticket(post(desk, **TYPED, **ALL).text)
    first = post(desk, key="", do="confirm", ticket=name)
    again = post(desk, key="", do="confirm", ticket=name)
    assert again.headers["Location"] == first.headers["Location"]
    alerts(desk).end("a1", "status page")
    assert post(desk, key="", do="confirm", ticket=name).status_code == 303
    assert len(alerts(desk).recent()) == 1
    assert alerts(desk).current() == []


def test_a_double_click_sends_one_alert(desk: Desk) -> None:
    name = ticket(post(desk, **TYPED, **ALL).text)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(desk, key="", do="confirm", ticket=name), range(8)))
    assert {answer.headers["Location"] for answer in answers} == {"../status?done=alert_sent&alert=a1"}
    assert len(alerts(desk).recent()) == 1


def test_a_form_that_was_left_open_for_a_quarter_of_an_hour_is_looked_at_again(desk: Desk) -> None:
    name = ticket(post(desk, **TYPED, **ALL).text)
    desk.wait(15 * 60)
    answer = post(desk, key="", do="confirm", ticket=name)
    assert (answer.status_code, "Forhåndsvisningen er for gammel." in answer.text) == (422, True)
    assert alerts(desk).recent() == []


def test_a_form_that_is_replayed_after_a_restart_sends_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, CHOICES) as before:
        before.publish(1)
        name = ticket(post(before, **TYPED, **ALL).text)
        post(before, key="", do="confirm", ticket=name)
        alerts(before).end("a1", "status page")
    with serving(tmp_path, CHOICES) as after:
        assert post(after, key="", do="confirm", ticket=name).status_code == 422
        assert len(alerts(after).recent()) == 1
        assert alerts(after).current() == []


# --- too much ---


def test_a_megabyte_is_refused_before_it_is_read(desk: Desk) -> None:
    large = "x" * MEGABYTE
    assert post(desk, **{**TYPED, **ALL, "text-nb": large}).status_code == 413
    assert command(desk, do="send", draft=drafted(desk, texts={"nb": {"title": large}})).status_code == 413
    host, port = desk.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as wire:  # it doesn't say how long it is
        head = f"POST /status/alert HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
        wire.sendall(head.encode())
        part = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        try:
            for _ in range(40):
                wire.sendall(part)
        except OSError:
            return  # it hung up
        assert wire.recv(20).startswith(b"HTTP/1.1 413")


def test_thousands_of_fields_and_screens_are_refused_or_cost_little(desk: Desk) -> None:
    many = {f"field{number}": "x" for number in range(2500)}
    assert post(desk, **{**TYPED, **ALL, **many}).status_code == 400
    began = time.monotonic()
    screens = ["library"] * 1500
    assert post(desk, **TYPED, where="screens", lasting="2", screens=screens).status_code == 200
    assert alerts(desk).previewed[-1].screens == ("library",)
    assert time.monotonic() - began < 5


def test_a_thousand_alerts_leave_a_page_that_can_be_read(desk: Desk) -> None:
    for number in range(1000):
        until = desk.now + timedelta(hours=1)
        draft = AlertDraft({"nb": AlertText(f"Varsel {number}")}, ("library",), until)
        alerts(desk).log.sent(Alert(f"n{number}", draft, desk.now, "command line"))
    began = time.monotonic()
    page = desk.get("/status").text
    assert time.monotonic() - began < 5
    assert page.count("Avslutt varselet<span") == 40
    assert "og 960 til" in page
    assert len(command(desk, do="list").json()["alerts"]) == 1000


# --- what is in it ---


@pytest.mark.browser
def test_markup_is_text_in_the_preview_and_on_the_status_page(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(locale="nb-NO")
    page = context.new_page()
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.goto(f"{desk.url}/status#key={desk.admin.load_or_make()}")
    page.get_by_text("Send et varsel").click()
    form = page.locator(".alerting form")
    form.locator("[name=title-nb]").fill(NASTY)
    form.locator("[name=text-nb]").fill(f"</textarea>{NASTY}")
    form.get_by_role("button", name="Se hvordan det blir").click()
    assert page.locator(".draft h2").inner_text() == NASTY
    assert page.locator(".draft script, .draft img").count() == 0
    page.get_by_role("button", name="Endre").click()
    assert form.locator("[name=text-nb]").input_value() == f"</textarea>{NASTY}"
    form.get_by_role("button", name="Se hvordan det blir").click()
    page.get_by_role("button", name="Send varselet nå").click()
    assert page.locator(".alerts h3").inner_text() == NASTY
    assert "49" not in page.locator(".alerts").inner_text().replace("{{ 7*7 }}", "")
    assert dialogs == []
    context.close()


def test_characters_that_turn_or_hide_text_are_not_sent(desk: Desk) -> None:
    send(desk, **{"title-nb": "Kok\u202evannet\x07\u2066", "text-nb": "En\r\nto\x1b[2J\u200b"})
    sent = alerts(desk).current()[0].draft.texts["nb"]
    assert (sent.title, sent.text) == ("Kok vannet", "En\nto [2J")


def test_names_that_are_no_screens_groups_or_messages_are_only_repeated(desk: Desk) -> None:
    for fields in ({"where": f"group:{NASTY}"}, {"where": f"place:{NASTY}"}, {"message": NASTY}):
        answer = post(desk, **{**TYPED, **ALL, **fields})
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text
        assert "<script>alert" in text_of(answer)
    lasting = post(desk, **{**TYPED, **ALL, "lasting": "until", "until": f"{NASTY}"})
    assert (lasting.status_code, re.search("<script>alert", lasting.text)) == (422, None)
