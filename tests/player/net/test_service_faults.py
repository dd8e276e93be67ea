"""What the display shows when something is wrong with the server, the settings, the card or the pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from player.config.options import StartOptions
from player.config.settings import SettingsProblem
from player.store.identity import Identity
from player.texts import Text
from tests.fixtures.bundle_server import BundleServer, says, send
from tests.fixtures.office import Office
from tests.player.net.test_service import Box, boxes, office, paired, server

__all__ = ["boxes", "office", "server"]  # fixtures


def test_a_folder_that_cant_be_written_means_pairing_after_each_start_and_the_glass_says_so(
    server: BundleServer, office: Office, boxes: Callable[..., Box], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "store"
    box = boxes(StartOptions(server.url, None), folder)
    box.until(lambda: box.code)
    norwegian, english = box.service.notice().text
    assert "på nytt etter hver start" in norwegian
    assert "again after each start" in english
    paired(box, office)
    box.end()
    again = boxes(StartOptions(server.url, None), folder)
    again.until(lambda: again.code)


WRONG: list[tuple[str, Any, str, str]] = [
    ("gone", None, "Får ikke kontakt", "does not answer"),
    ("unknown screen", says(404, b""), "kjenner ikke", "does not know"),
    ("web page", says(200, b"<html>" * 100), "Feil adresse til serveren", "not the info-screen server"),
    ("login page", says(302, b"", Location="http://login.example/"), "innlogging", "login"),
    ("broken", says(500, b""), "Feil adresse til serveren", "not the info-screen server"),
    ("busy", says(503, b""), "opptatt", "busy"),
]


@pytest.mark.parametrize(("name", "answer", "norwegian", "english"), WRONG, ids=[case[0] for case in WRONG])
def test_what_is_wrong_with_the_server_stands_on_the_glass(
    server: BundleServer, boxes: Callable[..., Box], name: str, answer: Any, norwegian: str, english: str
) -> None:
    url = server.url if answer else "http://127.0.0.1:1"
    if answer:
        server.misbehave[""] = answer
    box = boxes(StartOptions(url, Identity("library")))
    box.until(lambda: box.service.notice().kind == "fault")
    notice = box.service.notice()
    assert norwegian in notice.headline[0]
    assert english in notice.headline[1]
    assert notice.address == url
    server.misbehave.clear()
    if answer:
        box.until(lambda: box.serial() == 1)


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("end", [".webp", "manifest.json.sig", "signage.pub"])
def test_a_web_server_that_refuses_a_file_is_told_from_one_that_does_not_know_the_screen(
    server: BundleServer, boxes: Callable[..., Box], status: int, end: str
) -> None:
    server.misbehave[end] = says(status, b"")
    if end == "manifest.json.sig":
        server.misbehave["manifest.signed"] = says(status, b"")
    box = boxes(StartOptions(server.url, Identity("library")))
    box.until(lambda: box.service.notice().kind == "fault")
    notice = box.service.notice()
    assert notice.headline == ("Serveren mangler en fil til skjermen", "The server lacks a file for this screen")
    assert end in notice.text[0]
    assert max(map(len, notice.text[0].split())) < 40, "no word is too long for the display"
    assert box.service.network().kind == "incomplete"
    server.misbehave.clear()
    box.until(lambda: box.serial() == 1)


def test_a_typo_in_the_settings_stands_on_the_glass_when_it_keeps_the_content_away(boxes: Callable[..., Box]) -> None:
    typo = SettingsProblem(
        Path("/boot/firmware/signage-player.txt"), 3, "screen", Text("Slik skrives det.", "Write it so.")
    )
    harmless = SettingsProblem(Path("/boot/firmware/signage-player.txt"), 4, "rotate", Text("Slik.", "So."))
    box = boxes(StartOptions("http://127.0.0.1:1", Identity("library"), (harmless, typo)))
    box.until(lambda: box.service.notice().kind == "fault")
    assert box.service.notice().text == typo.on_display
    box.end()
    box = boxes(StartOptions("http://127.0.0.1:1", Identity("library"), (harmless,)))
    box.until(lambda: box.service.notice().kind == "fault")
    assert "Får ikke kontakt" in box.service.notice().headline[0]


def test_while_the_server_cant_be_reached_the_code_stays_and_says_so(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    server.misbehave["player/pair"] = says(503, b"")
    box = boxes(StartOptions(server.url, None))
    box.until(lambda: "busy" in " ".join(box.service.notice().text))
    code = box.code
    assert code
    server.misbehave["player/pair"] = lambda handler: send(handler, 404, b"")
    box.until(lambda: "not the info-screen server." in box.service.notice().text[1])
    server.misbehave.clear()
    box.until(lambda: office.questions)
    box.until(lambda: "busy" not in " ".join(box.service.notice().text))
    assert box.code == code


def test_pictures_that_cant_be_shown_are_said_once_the_sync_is_done(
    server: BundleServer, boxes: Callable[..., Box]
) -> None:
    box = boxes(StartOptions(server.url, Identity("library")))
    box.until(lambda: box.serial() == 1)
    box.until(lambda: box.service.notice().kind == "fault")
    assert "kan ikke vises" in box.service.notice().headline[0]
