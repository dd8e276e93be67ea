"""kill -9 at any moment of a sync leaves a whole bundle, the old one or the new one: 360 times.

`SIGNAGE_KILLS=1000` sets another number.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from player.store.store import BundleStore
from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import KEY, evergreen, page, publish

KILLS = int(os.environ.get("SIGNAGE_KILLS", "360"))
BY_STEPS = KILLS * 5 // 6  # kills before a line of player/sync, each as likely as any other
STEPS = 550  # a life in which two new pictures come has 500 lines; a few more, so that some lives come to their end
BY_CLOCK = KILLS - BY_STEPS  # kills from outside, at any moment
QUESTIONS = 8  # a round asks 1 to 6: the kills fall on every part of one or another
LONGEST_SECONDS = 0.01  # after the last question
SEED = 20260914
PUBLIC = KEY.verify_key.encode()


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: what a killed process wrote is there, on a disk or not, only sooner."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="kill-", dir=shared))
    yield folder
    shutil.rmtree(folder)


class Killed:
    """A player that syncs and is killed, again and again: what it had in the end, and whether it was in the midst."""

    def __init__(self, orders: subprocess.Popen[str], store: Path) -> None:
        self.store = store
        self.seen = [0]
        self.interrupted = 0
        self._orders = orders

    def order(self, text: str) -> None:
        assert self._orders.stdin is not None
        self._orders.stdin.write(text + "\n")
        self._orders.stdin.flush()

    def answer(self) -> str:
        assert self._orders.stdout is not None
        return self._orders.stdout.readline().strip()

    def dead(self) -> None:
        """Wait until it is, and look at what it leaves."""
        assert self.answer() == f"dead {signal.SIGKILL.value}"
        self.interrupted += in_the_midst(self.store)
        self.seen.append(whole(self.store))
        assert self.seen[-1] >= self.seen[-2], f"kill {len(self.seen) - 1}, seed {SEED}: the player went back in time"


@contextlib.contextmanager
def killed(server: BundleServer, store: Path) -> Iterator[Killed]:
    command = [sys.executable, "-m", "tests.fixtures.sync_forever", server.url, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Killed(process, store)
        finally:
            process.kill()  # a child that is left ends when it sees that


def in_the_midst(folder: Path) -> bool:
    """Whether a sync was on its way: a download that is not finished, or a picture whose manifest is not in force."""
    if any(folder.rglob("*.part")):
        return True
    store = BundleStore(folder, "library")
    try:
        bundle = store.load(PUBLIC)
        named = {asset.name for asset in bundle.assets.values()} if bundle else set()
        return any(file.name not in named for file in (folder / "assets").glob("*"))
    finally:
        store.close()


def whole(folder: Path) -> int:
    """What a player that starts now would show: the serial, with every picture of it checked. 0: nothing yet."""
    store = BundleStore(folder, "library")
    try:
        bundle = store.load(PUBLIC)
        if bundle is None:
            return 0
        for asset in bundle.assets.values():
            assert store.read(asset) is not None, f"serial {bundle.version.serial} lacks {asset.name}"
        assert store.pinned() == PUBLIC
        return bundle.version.serial
    finally:
        store.close()


def put_out(site: Path, serial: int) -> None:
    """Something new: to fetch, to activate, to delete."""
    publish(site, serial, page(f"x{serial % 7}"), page(f"y{serial % 5}"), page("a"), evergreen())


def test_kills_before_any_line_of_a_sync_leave_a_whole_bundle_each_time(memory: Path) -> None:
    chance = random.Random(SEED)
    with serve(memory / "site") as server, killed(server, memory / "store") as player:
        for serial in range(1, BY_STEPS + 1):
            put_out(memory / "site", serial)
            player.order(f"at {chance.randint(1, STEPS)}")
            player.dead()
    assert len(set(player.seen)) > BY_STEPS / 20, "the syncs got nowhere; this test proves nothing"
    assert player.interrupted > BY_STEPS / 10, "few kills fell into a sync; this test proves little"


def test_kills_at_any_moment_of_a_sync_leave_a_whole_bundle_each_time(memory: Path) -> None:
    chance = random.Random(SEED)
    over = threading.Event()
    put_out(memory / "site", 1)
    with serve(memory / "site") as server, killed(server, memory / "store") as player:

        def publish_forever() -> None:
            """Something new each time that it was asked for twice."""
            serial = 1
            while not over.wait(0.002):
                if sum(path.endswith("/manifest.signed") for path in server.asked) >= 2 * serial:
                    serial += 1
                    put_out(memory / "site", serial)

        publisher = threading.Thread(target=publish_forever, daemon=True)
        publisher.start()
        for _ in range(BY_CLOCK):
            until = len(server.asked) + chance.randint(0, QUESTIONS)
            player.order("forever")
            child = int(player.answer())
            while len(server.asked) < until:  # counted in questions: a busy machine gets as far as an idle one
                os.kill(child, 0)  # raises when it is dead already, by a fault of its own
                over.wait(0.001)
            over.wait(chance.uniform(0, LONGEST_SECONDS))
            os.kill(child, signal.SIGKILL)
            player.dead()
        over.set()
        publisher.join()
    assert len(set(player.seen)) > BY_CLOCK / 10, "the syncs got nowhere; this test proves nothing"
    assert player.interrupted > 0, "no kill fell into a sync; this test proves nothing"
