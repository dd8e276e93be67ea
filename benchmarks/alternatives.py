"""What rendering costs beside what one would use instead, on the same documents: a row of `make bench`.

Each way runs in a process of its own, with as many browsers as there are cores, and is measured from the start of its
browsers until the last picture. Processor time is that of all its processes. The ways take turns, so that a machine
with other work is as unkind to all.
"""

from __future__ import annotations

import asyncio
import ctypes
import io
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import psutil
import yaml
from PIL import Image
from playwright.async_api import Browser, async_playwright

from benchmarks.machines import layouts, pool, specs
from signage.domain.model import PageSpec, Rendered
from signage.rendering.browser import arguments, browser_version, find_browser
from signage.rendering.document import Renderer

Say = Callable[[str, str, str], None]
DOCUMENTS = 120
ROUNDS = 2
LOADED = 6  # pages that each browser holds for its limit
TRIALS = 3  # of shot-scraper: until it has named each file that it looks for
INSTALL_SECONDS = 600
_MISSING = re.compile(r"Executable doesn't exist at (\S+)")
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
Document = tuple[int, int, str]  # width, height, HTML


def run(say: Say, count: int = DOCUMENTS) -> None:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = specs(count)
        (folder / "specs").write_bytes(pickle.dumps(pages))
        (folder / "documents").write_bytes(pickle.dumps(documents(pages)))
        ways = dict(WAYS)
        if problem := prepare_shot_scraper(folder):
            say("shot-scraper multi", "-", problem)
            del ways["shot-scraper multi"]
        best: dict[str, tuple[float, float]] = {}
        for _ in range(ROUNDS):
            for what in ways:
                seconds, processor = measured(what, folder)
                before = best.get(what, (seconds, processor))
                best[what] = min(before[0], seconds), min(before[1], processor)
        cores = len(os.sched_getaffinity(0))
        say("the browser of all ways", browser_version(find_browser()), str(find_browser()))
        for what, (seconds, processor) in best.items():
            cost = f"{len(pages) / seconds:.1f} /s; {1000 * processor / len(pages):.0f} ms"
            say(f"{what}: pictures per second; CPU-ms each", cost, f"{len(pages)} documents, {cores} browsers")
        ours = best["ours, until it is published"]
        for what, other in best.items():
            if not what.startswith("ours"):
                say(f"processor time, ours until it is published to {what}", f"{ours[1] / other[1]:.2f}", "")


def documents(pages: Sequence[PageSpec]) -> list[Document]:
    """The HTML of pages, as the browser gets it before it is fitted."""
    renderers = {name: Renderer(layout) for name, layout in layouts().items()}
    return [(spec.width, spec.height, renderers[spec.layout].document(spec).html) for spec in pages]


def measured(what: str, folder: Path) -> tuple[float, float]:
    """Seconds, and processor seconds."""
    command = [sys.executable, "-m", "benchmarks.alternatives", what, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    seconds, processor = json.loads(done.stdout)
    return float(seconds), float(processor)


# --- the ways, each in a process of its own ---


def processor() -> float:
    """Processor seconds of this process and those that it started, also of those that have ended."""
    me = psutil.Process()
    every = (process.cpu_times() for process in [me, *me.children(recursive=True)])
    return float(sum(t.user + t.system + t.children_user + t.children_system for t in every))


class Clock:
    """From when it is made until `stop`."""

    def __init__(self) -> None:
        self._processor, self._began = processor(), time.monotonic()

    def stop(self) -> tuple[float, float]:
        return time.monotonic() - self._began, processor() - self._processor


def ours(folder: Path, *, quick: bool) -> tuple[float, float]:
    """Fit, measure, shrink, capture, check the contrasts, and store: each page as it is published."""
    pages: list[PageSpec] = pickle.loads((folder / "specs").read_bytes())  # noqa: S301 - our own
    with tempfile.TemporaryDirectory() as made, pool(Path(made) / "pool", None) as renderers:
        keyed = {renderers.key(spec): spec for spec in pages}
        clock = Clock()
        found = renderers.render(keyed, quick=quick)
        taken = clock.stop()
        assert len(found) == len(pages)
        assert all(isinstance(one, Rendered) for one in found.values()), found
        return taken


@asynccontextmanager
async def browsers() -> Iterator[list[Browser]]:  # type: ignore[misc]
    async with async_playwright() as playwright:
        yield [
            await playwright.chromium.launch(executable_path=find_browser(), args=arguments())
            for _ in os.sched_getaffinity(0)
        ]


async def bare_loop(given: Sequence[Document]) -> tuple[float, float]:
    """Set the size and the content, and take the picture. Nothing is fitted, measured or stored."""
    clock, waiting = Clock(), iter(given)

    async def work(browser: Browser) -> None:
        page = await browser.new_page()
        for width, height, html in waiting:
            await page.set_viewport_size({"width": width, "height": height})
            await page.set_content(html)
            check(await page.screenshot(), width, height)

    async with browsers() as found:
        await asyncio.gather(*map(work, found))
        return clock.stop()


async def limit(given: Sequence[Document]) -> tuple[float, float]:
    """Take pictures of pages that are loaded already, and do nothing with them."""
    async with browsers() as found:
        shares = [given[number :: len(found)] for number in range(len(found))]
        loaded = []
        for browser, share in zip(found, shares, strict=True):
            sessions = []
            for width, height, html in share[:: max(1, len(share) // LOADED)][:LOADED]:
                context = await browser.new_context(viewport={"width": width, "height": height})
                page = await context.new_page()
                await page.set_content(html)
                await page.screenshot()
                sessions.append(await context.new_cdp_session(page))
            loaded.append((sessions, len(share)))

        async def work(sessions: Sequence, times: int) -> None:  # type: ignore[type-arg]
            for number in range(times):
                how = {"format": "png", "optimizeForSpeed": True}
                await sessions[number % len(sessions)].send("Page.captureScreenshot", how)

        clock = Clock()
        await asyncio.gather(*(work(*each) for each in loaded))
        return clock.stop()


def shot_scraper(folder: Path, given: Sequence[Document]) -> tuple[float, float]:
    """`shot-scraper multi` over files of the documents; one for each core."""
    # What its browsers leave behind becomes a child of this process, so that its processor time is counted.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as made:
        where = Path(made)
        commands = [shots(folder, where / str(core), given[core::cores]) for core in range(cores)]
        clock = Clock()
        running = [subprocess.Popen(command, **more) for command, more in commands]
        assert all(process.wait() == 0 for process in running)
        seconds, _ = clock.stop()
        try:
            while True:
                os.wait()
        except ChildProcessError:
            pass
        _, used = clock.stop()
        for core in range(cores):
            for number, (width, height, _) in enumerate(given[core::cores]):
                check((where / str(core) / f"{number}.png").read_bytes(), width, height)
        return seconds, used


def shots(folder: Path, where: Path, given: Sequence[Document]) -> tuple[list[str], dict]:  # type: ignore[type-arg]
    """The command for these documents, whose pictures will be in the folder `where`, and how to start it."""
    where.mkdir()
    listed = []
    for number, (width, height, html) in enumerate(given):
        (where / f"{number}.html").write_text(html, "utf-8")
        one = {"url": f"{number}.html", "output": f"{number}.png", "width": width, "height": height}
        listed.append(one)
    (where / "shots.yml").write_text(yaml.safe_dump(listed), "utf-8")
    program = (folder / "shot-scraper").read_text()
    switches = [part for switch in arguments() for part in ("--browser-arg", switch)]
    environment = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(folder / "browsers")}
    return [program, "multi", "shots.yml", "--silent", "--fail", *switches], {"cwd": where, "env": environment}


def prepare_shot_scraper(folder: Path) -> str:
    """Find shot-scraper on the PATH, or install it in a folder of its own, and have it use our browser. Why it can't be
    used, in a sentence; else nothing.
    """
    program = shutil.which("shot-scraper")
    if program is None:
        try:
            subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, capture_output=True)
            pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "shot-scraper"]
            pip.append(f"playwright=={version('playwright')}")
            subprocess.run(pip, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        except (subprocess.SubprocessError, OSError) as error:
            return f"It is not on the PATH and can't be installed: {error}"
        program = str(folder / "venv" / "bin" / "shot-scraper")
    (folder / "shot-scraper").write_text(program)
    (folder / "browsers").mkdir()
    for number in range(TRIALS):
        command, more = shots(folder, folder / f"trial{number}", [(400, 300, "<!doctype html>")])
        done = subprocess.run(command, **more, capture_output=True, text=True)
        if done.returncode == 0:
            return ""
        missing = _MISSING.search(done.stderr + done.stdout)
        if missing is None or not Path(missing[1]).is_relative_to(folder):
            break
        Path(missing[1]).parent.mkdir(parents=True)
        Path(missing[1]).symlink_to(find_browser())
    return f"It can't be used: {(done.stderr or done.stdout).strip()[-300:]}"


def check(png: bytes, width: int, height: int) -> None:
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.size == (width, height)


WAYS: dict[str, Callable[[Path, Sequence[Document]], tuple[float, float]]] = {
    "ours, until it is published": lambda folder, _: ours(folder, quick=True),
    "ours, with the small file": lambda folder, _: ours(folder, quick=False),
    "shot-scraper multi": shot_scraper,
    "bare Playwright loop": lambda _, given: asyncio.run(bare_loop(given)),
    "Chromium's limit (capture only)": lambda _, given: asyncio.run(limit(given)),
}


if __name__ == "__main__":
    inside = Path(sys.argv[2])
    print(json.dumps(WAYS[sys.argv[1]](inside, pickle.loads((inside / "documents").read_bytes()))))  # noqa: S301
