"""What becomes of pages when no worker can render them, without a browser: they are rendered here."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from signage.cli.main import main
from signage.config.rendering import Rendering
from signage.domain.model import PageSpec, RenderReport
from signage.errors import EXIT_UNAVAILABLE, EXIT_USAGE
from signage.rendering import cluster
from signage.rendering.browsers import Browsers
from signage.rendering.choice import make_browsers
from signage.rendering.document import Document
from signage.rendering.render_worker import Capture, Shell
from signage.runtime.extras import install_command
from tests.fixtures.authority import Authority
from tests.fixtures.machines import MachineWorker, Scheduler
from tests.fixtures.paths import ROOT
from tests.fixtures.raw_http import free_port

TAKEN = Capture(RenderReport(overflow=True, smallest_px=0.0, scale=1.0, shortened=0, text=""), None, ())


class Here:
    """A local browser that only counts."""

    def __init__(self) -> None:
        self.captured = 0

    def holds(self, shell: Shell) -> bool:
        return False

    async def warm_up(self, shell: Shell) -> None: ...

    async def capture(self, document: Any, spec: PageSpec, limits: Any = None, *, quick: bool = False) -> Capture:
        self.captured += 1
        return TAKEN

    async def close(self, patience: float = 0.0) -> None: ...
    def kill(self) -> None: ...


def capture(browsers: Browsers, here: Here, count: int = 3) -> list[Capture]:
    """So many pages, as the renderer pool has them captured."""
    browsers.grow(1, lambda: here)
    document, spec = Document("nb", "<style></style>", "<main></main>"), PageSpec("today", "fjord", 320, 180, "nb")

    async def work() -> list[Capture]:
        return [await browsers.workers[0].capture(document, spec) for _ in range(count)]

    return browsers.start(work).result()


def test_an_unreachable_scheduler_is_reported_once_and_pages_are_rendered_here(
    caplog: pytest.LogCaptureFixture,
) -> None:
    address, here = f"tcp://127.0.0.1:{free_port()}", Here()
    browsers = make_browsers(Rendering(scheduler=address))
    for _ in range(2):  # builds
        assert capture(browsers, here) == [TAKEN] * 3
        browsers.close()
    assert here.captured == 6
    (message,) = (record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING)
    assert message.startswith(f"The scheduler at {address} doesn't answer (ConnectionRefusedError")
    assert message.endswith("pages are rendered here. Hint: start it with: dask scheduler")


def test_a_scheduler_that_accepts_and_never_answers_holds_nothing_up(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.2)  # three, outside of tests
    with socket.create_server(("127.0.0.1", 0)) as mute:
        browsers, here = make_browsers(Rendering(scheduler=f"tcp://127.0.0.1:{mute.getsockname()[1]}")), Here()
        begun = time.monotonic()
        assert capture(browsers, here) == [TAKEN] * 3
        took = time.monotonic() - begun
        browsers.close()
    assert took < 2
    assert "doesn't answer" in caplog.text


def test_without_the_extra_a_sentence_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    browsers, here = make_browsers(Rendering(scheduler="tcp://127.0.0.1:8786")), Here()
    assert capture(browsers, here) == [TAKEN] * 3
    browsers.close()
    assert install_command("workers") in caplog.text
    assert main(["worker", "tcp://127.0.0.1:8786"]) == EXIT_UNAVAILABLE
    assert install_command("workers") in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["10.0.0.5:8786"], 'did you mean "tcp://10.0.0.5:8786"?'),
        (["tls://10.0.0.5:8786"], "A tls:// address needs --tls-ca-file, --tls-cert, --tls-key."),
        (["tcp://10.0.0.5:8786", "--tls-key", "x"], "--tls-key has no effect without a tls:// address."),
    ],
)
def test_mistakes_on_the_command_line(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker", *words]) == EXIT_USAGE
    assert sentence in capsys.readouterr().err


def test_without_the_setting_dask_is_not_loaded() -> None:
    program = (
        "import sys, signage.rendering.renderer_pool; from signage.config.rendering import Rendering; "
        "from signage.rendering.choice import make_browsers; make_browsers(Rendering()); "
        "print({'dask', 'distributed', 'signage.rendering.remote_browsers'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"


@pytest.fixture
def certificates(tmp_path: Path) -> dict[str, str]:
    """The three files, for a machine on loopback."""
    authority = Authority(tmp_path / "ca")
    authority.server("machine")
    return {
        "tls_ca_file": str(authority.certificate),
        "tls_cert": str(tmp_path / "ca" / "machine.pem"),
        "tls_key": str(tmp_path / "ca" / "machine.key"),
    }


def test_a_worker_with_another_browser_is_refused_and_both_sides_say_why(
    certificates: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Over TLS: the sentences have come through certificates that were checked."""
    other = tmp_path / "other-browser"
    other.write_text("#!/bin/sh\necho Chromium 1.2.3\n")
    other.chmod(0o755)
    ca_file, cert, key = certificates.values()
    files = ["--tls-ca-file", ca_file, "--tls-cert", cert, "--tls-key", key]
    scheduler = Scheduler(tmp_path, "tls", files)
    worker = MachineWorker(tmp_path / "log", scheduler.address, files, SIGNAGE_BROWSER=str(other))
    try:
        worker.wait()
        listening = [each.laddr.ip for each in psutil.Process(worker.process.pid).net_connections() if not each.raddr]
        assert {*listening} == {"127.0.0.1"}  # a scheduler on loopback has workers that nobody else reaches
        browsers, here = make_browsers(Rendering(scheduler=scheduler.address, **certificates)), Here()
        assert capture(browsers, here) == [TAKEN] * 3
        worker.wait_for("A renderer doesn't use this worker. It has the browser Chromium 1.2.3 instead of ")
        browsers.close()
        assert "is not used. It has the browser Chromium 1.2.3 instead of " in caplog.text
        assert "has no worker that can be used; pages are rendered here." in caplog.text
        assert worker.end() == 0
    finally:
        worker.kill()
        scheduler.kill()


def test_files_for_tls_that_are_none_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], certificates: dict[str, str]
) -> None:
    cert, key = certificates["tls_cert"], certificates["tls_key"]
    wrong = ["--tls-ca-file", str(tmp_path / "missing"), "--tls-cert", cert, "--tls-key", key]
    assert main(["worker", "tls://127.0.0.1:1", *wrong]) != 0
    assert f"The files for TLS can't be used: No such file or directory. They are {tmp_path}" in capsys.readouterr().err
