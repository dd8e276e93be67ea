"""The thread that mirrors: it holds nothing up, does the newest first, and tries again what failed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from signage.publishing import background_mirror, mirror, object_store
from signage.publishing.background_mirror import BackgroundMirror
from signage.publishing.mirror_notes import MirrorNotes
from tests.fixtures.mirrored import SCREEN, Renderer
from tests.fixtures.object_stores import KEYS, MotoServer, error, keys_of, moto_server

PATIENCE = 30  # seconds


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoServer]:
    with moto_server() as server:
        yield server


@pytest.fixture
def renderer(moto: MotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Renderer:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(object_store, "ATTEMPTS", 1)
    bucket = f"b{abs(hash(tmp_path))}"
    moto.make_bucket(bucket)
    moto.refuse = lambda request: None
    moto.written.clear()
    made = Renderer(tmp_path / "renderer", moto.url, bucket, moto)
    return made


@pytest.fixture
def background(renderer: Renderer) -> Iterator[BackgroundMirror]:
    notes = MirrorNotes(renderer.folder / "notes.json", renderer.store.address)
    made = BackgroundMirror(renderer.desk.out, renderer.store, notes, lambda: renderer.ticks)
    yield made
    made.close(PATIENCE)


def test_a_store_that_is_down_costs_a_sentence_and_is_tried_again(
    renderer: Renderer, background: BackgroundMirror, caplog: pytest.LogCaptureFixture
) -> None:
    moto = renderer.moto
    assert moto is not None
    moto.refuse = lambda request: error("SlowDown", "503 Slow Down")
    with caplog.at_level(logging.INFO):
        for name in ("a", "b"):
            serial = renderer.publish(name)
            background.changed(SCREEN, renderer.now)
            assert background.wait(PATIENCE)
            assert len(background.problems) == 1
            assert "is overloaded" in background.problems[0]
        moto.refuse = lambda request: None
        background.finished(renderer.now, sweep=True)
        assert background.wait(PATIENCE)
    assert background.problems == []
    messages = [record.message for record in caplog.records if "object store" in record.message]
    assert len(messages) == 2, "said once, and that it is over"
    assert "up to date again" in messages[1]
    reader = renderer.reader()
    assert reader.read().version.serial == serial
    reader.close()


def test_a_store_that_was_away_is_tried_again_though_nothing_is_published(
    renderer: Renderer, background: BackgroundMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alert must not wait for the next refresh."""
    monkeypatch.setattr(background_mirror, "FIRST_PAUSE", 0.02)
    moto, again = renderer.moto, threading.Event()
    assert moto is not None
    refusals = iter([error("SlowDown", "503 Slow Down")] * 3)

    def refuse(request: str) -> tuple[str, bytes] | None:
        refused = next(refusals, None)
        if refused is None and request.startswith("PUT") and request.endswith("manifest.json"):
            again.set()
        return refused

    moto.refuse = refuse
    renderer.publish("a")
    background.changed(SCREEN, renderer.now)
    assert again.wait(PATIENCE)
    assert background.wait(PATIENCE)
    assert background.problems == []


def hang(moto: MotoServer, *parts: str) -> tuple[threading.Event, threading.Event]:
    """Requests with all those parts get no answer. Gives the event that one has come, and the one that ends it."""
    asked, go_on = threading.Event(), threading.Event()

    def stuck(request: str) -> None:
        if all(part in request for part in parts):
            asked.set()
            go_on.wait(PATIENCE)

    moto.refuse = stuck  # type: ignore[assignment]
    return asked, go_on


def test_a_store_that_never_answers_holds_nothing_up_and_gets_the_newest(
    renderer: Renderer, background: BackgroundMirror
) -> None:
    moto = renderer.moto
    assert moto is not None
    asked, go_on = hang(moto)
    renderer.publish("a")
    background.changed(SCREEN, renderer.now)
    assert asked.wait(PATIENCE)
    for name in "bcd":
        serial = renderer.publish(name)
        background.changed(SCREEN, renderer.now)
    assert not background.wait(0)
    go_on.set()
    assert background.wait(PATIENCE)
    written = [each for each in moto.written if each.startswith("PUT") and each.endswith("manifest.signed")]
    assert len(written) == 1, "what was replaced meanwhile is left out"
    reader = renderer.reader()
    assert reader.read().version.serial == serial
    reader.close()


def test_a_screen_with_little_to_write_does_not_wait_for_one_with_much(
    renderer: Renderer, background: BackgroundMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto = renderer.moto
    assert moto is not None
    monkeypatch.setattr(mirror, "UPLOADS_AT_ONCE", 4)
    first = threading.Event()

    def published_meanwhile(request: str) -> None:
        if "/assets/" in request and not first.is_set():
            first.set()
            renderer.publish("urgent", screen="hall")
            background.changed("hall", renderer.now)

    moto.refuse = published_meanwhile  # type: ignore[assignment]
    renderer.publish(*(f"page {number}" for number in range(12)))
    background.changed(SCREEN, renderer.now)
    assert background.wait(PATIENCE)
    signed = [each.split("/")[-2] for each in moto.written if each.startswith("PUT") and each.endswith(".signed")]
    assert signed == ["hall", SCREEN]


def test_what_somebody_deleted_in_the_store_is_there_again_after_an_hour(
    renderer: Renderer, background: BackgroundMirror
) -> None:
    moto = renderer.moto
    assert moto is not None
    renderer.publish("a")
    background.finished(renderer.now, sweep=True)
    assert background.wait(PATIENCE)
    before = keys_of(renderer.bucket_url)
    renderer.store.delete([key.partition("/")[2] for key in before])
    background.finished(renderer.now, sweep=True)
    assert background.wait(PATIENCE)
    assert keys_of(renderer.bucket_url) == set()
    renderer.ticks += 3601
    background.finished(renderer.now, sweep=True)
    assert background.wait(PATIENCE)
    assert keys_of(renderer.bucket_url) == before
    moto.written.clear()
    background.finished(renderer.now, sweep=True)
    assert background.wait(PATIENCE)
    assert moto.written == [], "a refresh with nothing new asks nothing"


def test_a_store_that_is_full_is_cleared_before_anything_is_written(
    renderer: Renderer, background: BackgroundMirror
) -> None:
    moto = renderer.moto
    assert moto is not None

    def refresh(*names: str, days: int = 0) -> None:
        renderer.publish(*names)
        renderer.ticks += 3601
        background.finished(renderer.now + timedelta(days=days), sweep=True)
        assert background.wait(PATIENCE)

    full = error("XMinioStorageFull", "507 Insufficient Storage")
    refresh("old")
    refresh("new", days=3)
    moto.refuse = lambda request: full if request.startswith("PUT") else None
    refresh("newer", days=5)
    assert "The object store is full." in background.problems[0]
    assert not any(each.startswith("DELETE") for each in moto.written)
    refresh("newest", days=5)
    picture = renderer.desk.page("old", 0, 2).rendered.sha256
    assert any(each.startswith("DELETE") and picture in each for each in moto.written)
    reader = renderer.reader()
    reader.read()
    reader.close()


def test_the_end_of_the_program_does_not_wait_for_a_store_that_hangs(
    renderer: Renderer, background: BackgroundMirror
) -> None:
    moto = renderer.moto
    assert moto is not None
    asked, go_on = hang(moto, "PUT", "/assets/")
    renderer.publish("a")
    background.changed(SCREEN, renderer.now)
    assert asked.wait(PATIENCE)
    background.close(PATIENCE)
    assert background.wait(0), "its thread has ended"
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("upload"))
    go_on.set()
    assert not any(each.endswith("manifest.signed") for each in moto.written)
