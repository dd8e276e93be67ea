"""How soon an edit of screens.toml is published while the demo's first build goes on: a row of `make bench`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.first_pages import Server
from signage.config.built_in import DEMO_CONFIG, built_in

Say = Callable[[str, str, str], None]
EDITS = 20
BETWEEN_SECONDS = 5.0  # the first build takes some three minutes
LOOK_SECONDS = 0.02
MOST_SECONDS = 60.0
TITLE = '"Legg inn arrangementet ditt på iheim.no", text = "Det du legger'  # of a notice in the file
SHOWN = "Legg inn arrangementet"


def run(say: Say, edits: int = EDITS) -> None:
    """Edit the title of a notice again and again, from when all screens show something."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / DEMO_CONFIG
        before = built_in(DEMO_CONFIG).read_text("utf-8")
        assert TITLE in before
        config.write_text(before, "utf-8")
        (folder / "var").mkdir()
        published = folder / "var" / "demo" / "published"
        server = Server(folder / "var", published, "--demo", "--config", str(config))
        try:
            _wait_for(server, SHOWN)
            took = []
            for number in range(edits):
                time.sleep(BETWEEN_SECONDS)
                assert server.runs
                word = f"Endring {number}"
                _save(config, before.replace(TITLE, TITLE.replace("arrangementet", word)))
                took.append(_wait_for(server, word))
            building = not server.logged(r"screens? published")
        finally:
            server.close()
    took.sort()
    when = "all of them during the first build" if building else "the last ones after the first build"
    say(f"{edits} edits, {when}: half of them are published within", f"{took[len(took) // 2]:.1f} s", "")
    say("the slowest one", f"{took[-1]:.1f} s", "at most 2 s")


def _save(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)


def _wait_for(server: Server, word: str) -> float:
    """Seconds until a screen's manifest has the word."""
    began = time.monotonic()
    while time.monotonic() - began < MOST_SECONDS:
        for publication in server.publications().values():
            with suppress(OSError):
                if word in (server.screens / publication / "manifest.json").read_text("utf-8"):
                    return time.monotonic() - began
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"{word} was not published within {MOST_SECONDS:.0f} s")
