"""The web server is kept up: one that has died or doesn't answer is replaced on the same port."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from signage.app import serving as module
from signage.app.serving import RESTARTS, Serving
from signage.web.server import WebServer
from tests.fixtures.well import all_well

PATIENCE = 60.0


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(lambda port: WebServer(tmp_path, all_well, "127.0.0.1", port))
    serving.start()
    yield serving
    serving.stop()


def status(serving: Serving) -> int:
    return requests.get(f"{serving.server.address}/status.json", timeout=PATIENCE).status_code


def test_a_server_that_answers_is_left_alone(kept: Serving) -> None:
    before = kept.server
    assert kept.check()
    kept.look_after()
    assert kept.server is before
    assert (kept.answers, kept.fatal) == (True, None)


def test_a_server_whose_thread_has_ended_is_replaced_on_the_same_port(
    kept: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    port = kept.server.port
    kept.server.__exit__(None, None, None)
    assert not kept.check()
    kept.look_after()
    assert kept.server.port == port
    assert status(kept) == 200
    assert "the web server has ended; restarting it" in caplog.messages
    kept.look_after()
    assert len(caplog.messages) == 1


def test_a_server_that_cannot_be_kept_up_is_given_up(kept: Serving) -> None:
    """So that a supervisor starts all of the program again."""
    for _ in range(RESTARTS):
        kept.server.__exit__(None, None, None)
        kept.look_after()
    assert kept.fatal is None
    kept.server.__exit__(None, None, None)
    kept.look_after()
    assert kept.fatal is not None
    assert kept.fatal.exit_code == 69


def test_a_server_that_does_not_answer_hangs_only_after_a_while(kept: Serving) -> None:
    def silent_for(seconds: float) -> bool:
        kept._answered = time.monotonic() - seconds
        return not kept.answers

    assert not silent_for(module.SILENT_SECONDS - 1)
    assert not silent_for(module.SILENT_SECONDS + 1), "its event loop turns: it is busy"
    assert silent_for(module.UNANSWERED_SECONDS + 1)
