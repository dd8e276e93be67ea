"""A player's service thread against a real server: paired, moved, revoked, lied to, and left alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from player.clock import Timekeeper
from player.config.options import StartOptions
from player.net.pairing import phone_in
from player.net.service import Service
from player.store import identity
from player.store.identity import Identity
from player.store.store import BundleStore
from tests.fixtures.bundle_server import BundleServer, says, serve
from tests.fixtures.bundles import KEY, OTHER_KEY, evergreen, page, publish
from tests.fixtures.office import Office, files_of, seals

PATIENCE = 60.0  # seconds; the machine may be busy
PUBLIC = KEY.verify_key.encode()


class Box:
    """A player without its glass. `now` true again is waited for, never slept for."""

    def __init__(self, folder: Path, told: StartOptions) -> None:
        self.folder = folder
        self.store = BundleStore(folder, None)
        record = identity.load(self.store.disk)
        me = identity.who(told.identity, record)
        self.store.screen = me.screen if me else None
        self.stored = self.store.load((me.key or self.store.pinned()) if me else None)
        self.turned = threading.Event()
        self.alerted = threading.Event()
        clock = Timekeeper(self.store, vouched=True)
        about = json.dumps({"version": "0", "model": None, "panel": "1920x1080"})
        self.service = Service(
            told, record, self.store, self.stored, clock, self.turned.set, lambda: about, alerted=self.alerted.set
        )
        self.service.start()

    def until(self, true: Callable[[], Any]) -> None:
        """Wait until it is true, asking the server again and again meanwhile."""
        over = threading.Event()
        for _ in range(int(PATIENCE / 0.02)):
            if true():
                return
            self.service.poll_now()
            over.wait(0.02)
        notice = self.service.notice()
        raise AssertionError(f"it never came so far; the display shows {notice.headline} {notice.text}")

    @property
    def code(self) -> str:
        return self.service.notice().code if self.service.identity is None else ""

    def serial(self) -> int:
        manifest = self.service.manifest
        return manifest.version.serial if manifest else 0

    def end(self) -> None:
        self.service.stop(PATIENCE)
        self.store.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BundleServer]:
    folder = tmp_path / "site"
    publish(folder, 1, page("a"), evergreen())
    publish(folder, 1, page("b"), evergreen(), screen="radhuset")
    with serve(folder) as server:
        yield server


@pytest.fixture
def office(server: BundleServer) -> Office:
    return Office(server)


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    made: list[Box] = []

    def start(told: StartOptions, folder: Path = tmp_path / "store") -> Box:
        made.append(Box(folder, told))
        return made[-1]

    yield start
    for box in made:
        box.end()


def screen_of(box: Box) -> str | None:
    return box.service.identity.screen if box.service.identity else None


def paired(box: Box, office: Office, screen: str = "library") -> str:
    box.until(lambda: box.code and office.questions)
    player = office.pair(box.code, screen)
    box.until(lambda: box.serial())
    return player


def test_from_a_code_on_the_glass_to_the_screens_content(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    box = boxes(StartOptions(server.url, None))
    box.until(lambda: box.code and office.questions)
    notice = box.service.notice()
    assert notice.kind == "pairing"
    assert notice.address == server.url
    office.pair(box.code.lower().replace("-", "").upper(), "library")
    box.until(lambda: box.serial() == 1)
    assert box.service.manifest is not None
    assert box.service.manifest.screen == "library"
    [question] = office.questions.values()
    me = box.service.identity
    assert me is not None
    assert (me.screen, me.key, me.serial, me.player) == ("library", PUBLIC, 1, question["token_sha256"][:16])
    assert box.service.proven_server == server.url


def test_the_display_says_to_whom_the_code_is_read(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    office.waiting = b'{"phone": "+47 72 46 00 00"}'
    box = boxes(StartOptions(server.url, None))
    box.until(lambda: "72" in box.service.notice().text[0])
    norwegian, english = box.service.notice().text
    number = "+47 72 46 00 00".replace(" ", "\u00a0")
    assert norwegian == f"Les koden for den som har ansvar for skjermene, telefon\u00a0{number}."
    assert english == f"Read the code to the person who is responsible for the screens, telephone\u00a0{number}."
    code = box.code
    office.waiting = b"{}"
    box.until(lambda: box.service.notice().text[0] == "Les koden for den som har ansvar for skjermene.")
    assert box.code == code
    office.pair(code, "library")
    box.until(lambda: box.serial() == 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[" * 4000,
        b'["72 46 00 00"]',
        b'{"phone": 72460000}',
        b'{"phone": "http://evil.example"}',
        b'{"phone": "72 46 00 00\\n72"}',
        '{"phone": "٧٢ ٤٦ ٠٠ ٠٠"}'.encode(),
        b'{"phone": "' + b"1" * 50 + b'"}',
    ],
)
def test_of_an_answer_that_nobody_vouches_for_only_a_telephone_number_is_taken(answer: bytes) -> None:
    assert phone_in(answer) == ""


def test_a_qr_code_leads_to_the_status_page(server: BundleServer, office: Office, boxes: Callable[..., Box]) -> None:
    import io

    import zxingcpp
    from PIL import Image

    box = boxes(StartOptions(server.url, None))
    box.until(lambda: box.code and box.service.notice().qr)
    rows = box.service.notice().qr
    assert rows is not None
    image = Image.new("L", (len(rows) + 8, len(rows) + 8), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            image.putpixel((x + 4, y + 4), 0 if dark else 255)
    image.resize((image.width * 8, image.height * 8), Image.Resampling.NEAREST).save(out := io.BytesIO(), "PNG")
    [found] = zxingcpp.read_barcodes(Image.open(out))
    assert found.text == f"{server.url}/status#pair={box.code}"


def test_after_a_restart_it_is_still_paired_without_a_server(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    first = boxes(StartOptions(server.url, None))
    paired(first, office)
    first.end()
    again = boxes(StartOptions("http://127.0.0.1:1", None))
    assert screen_of(again) == "library"
    assert again.stored is not None
    assert again.code == ""


def test_moved_to_another_screen_it_goes_there_and_sweeps_what_it_had(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    box = boxes(StartOptions(server.url, None))
    player = paired(box, office)
    assert "library.bundle" in files_of(box.folder)
    office.assign(player, "radhuset", 2)
    box.until(lambda: box.service.manifest and box.service.manifest.screen == "radhuset")
    manifest = box.service.manifest
    assert manifest is not None
    box.until(lambda: set(box.store.have()) == set(manifest.assets))
    assert not any(name.startswith("library.") for name in files_of(box.folder))
    box.end()
    again = boxes(StartOptions("http://127.0.0.1:1", None))
    assert screen_of(again) == "radhuset"


def test_revoked_it_forgets_everything_and_shows_another_code(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    box = boxes(StartOptions(server.url, None))
    player = paired(box, office)
    token = box.service.identity
    office.assign(player, None, 2)
    box.until(lambda: box.code)
    assert box.service.manifest is None
    assert box.store.have() == {}
    assert files_of(box.folder) == set(identity.FILES)
    kept = b"".join((box.folder / name).read_bytes() for name in identity.FILES)
    assert token is not None
    assert token.token is not None
    assert token.token.hex().encode() not in kept
    assert PUBLIC.hex().encode() not in kept
    # and it can be paired anew, as somebody else
    box.until(lambda: len(office.questions) == 2)
    assert office.pair(box.code, "radhuset") != player
    box.until(lambda: screen_of(box) == "radhuset" and box.serial())


def test_prepared_by_file_it_is_paired_from_its_first_start_until_it_is_revoked(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    told = StartOptions(server.url, Identity("library", PUBLIC, bytes(range(32)), seed=bytes(32), known=True))
    box = boxes(told)
    box.until(lambda: box.serial() == 1)
    player = box.service.identity.player if box.service.identity else None
    assert player
    assert files_of(box.folder).isdisjoint(identity.FILES), "the file says it all; nothing needs writing"
    office.assign(player, "radhuset", 1_796_000_000)
    box.until(lambda: screen_of(box) == "radhuset" and box.serial())
    box.end()
    box = boxes(told)
    assert screen_of(box) == "radhuset", "the file still says library"
    office.assign(player, None, 1_796_000_001)
    box.until(lambda: box.code)
    box.end()
    box = boxes(told)
    box.until(lambda: box.code)
    assert box.service.identity is None, "the file's token was revoked"


# -- lies -------------------------------------------------------------------------------------------------------------


def test_a_forged_grant_is_not_believed_and_the_code_stays(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    """Somebody on the guest network answers instead of the server: he doesn't know the code."""
    box = boxes(StartOptions(server.url, None))
    box.until(lambda: box.code and office.questions)
    code = box.code
    grant = json.dumps({"format": 1, "screen": "library", "key": OTHER_KEY.verify_key.encode().hex(), "serial": 1})
    for seal in (bytes(32), seals("AAAA-AAAA", next(iter(office.questions)))[1]):
        import hashlib
        import hmac

        forged = {"grant": grant, "mac": hmac.new(seal, f"grant\n{grant}".encode(), hashlib.sha256).hexdigest()}
        server.misbehave["player/pair"] = says(200, json.dumps(forged).encode())
        box.until(lambda: "not made with the code" in (box.service.network().problem or ""))
    assert box.code == code
    assert not (box.folder / "identity.json").exists()
    server.misbehave.clear()
    office.pair(code, "library")
    box.until(lambda: box.serial() == 1)


def test_a_replayed_assignment_moves_nobody_back(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    box = boxes(StartOptions(server.url, None))
    player = paired(box, office)
    old = {file.name: file.read_bytes() for file in (server.folder / "player" / player).iterdir()}
    office.assign(player, "radhuset", 2)
    box.until(lambda: screen_of(box) == "radhuset" and box.serial())
    for name, data in old.items():
        (server.folder / "player" / player / name).write_bytes(data)
    _polls(box, server, player)
    assert screen_of(box) == "radhuset"
    box.end()
    again = boxes(StartOptions(server.url, None))
    _polls(again, server, player)
    assert screen_of(again) == "radhuset"


@pytest.mark.parametrize("lie", ["another key", "another player", "rubbish", "endless"])
def test_an_assignment_that_is_not_ours_is_as_if_there_were_none(
    server: BundleServer, office: Office, boxes: Callable[..., Box], lie: str
) -> None:
    box = boxes(StartOptions(server.url, None))
    player = paired(box, office)
    folder = server.folder / "player" / player
    if lie == "another key":
        office.assign(player, "radhuset", 9, OTHER_KEY)
    elif lie == "another player":
        office.assign("0" * 16, "radhuset", 9)
        for file in (server.folder / "player" / ("0" * 16)).iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
    elif lie == "rubbish":
        (folder / "assignment.json").write_bytes(b"<html>")
    else:
        (folder / "assignment.json").write_bytes(b" " * 1_000_000)
    publish(server.folder, 2, page("c"), evergreen())
    _polls(box, server, player)
    assert screen_of(box) == "library"
    box.until(lambda: box.serial() == 2)


def _polls(box: Box, server: BundleServer, player: str, times: int = 3) -> None:
    """Wait for so many questions about the assignment, each answered in full."""
    before = server.asked.count(f"/player/{player}/assignment.json")
    box.until(lambda: server.asked.count(f"/player/{player}/assignment.json") > before + times)


def test_a_server_with_another_key_is_not_followed(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    box = boxes(StartOptions(server.url, None))
    player = paired(box, office)
    box.end()
    publish(server.folder, 7, page("x"), evergreen(), key=OTHER_KEY)
    office.assign(player, "radhuset", 9, OTHER_KEY)
    box = boxes(StartOptions(server.url, None))
    box.until(lambda: box.service.network().problem)
    assert "different key" in (box.service.network().problem or "")
    assert (screen_of(box), box.serial()) == ("library", 1)
    assert box.service.proven_server is None, "so the token is not sent there either"
