"""kill -9 at any moment of a sync leaves a whole bundle: the old one or the new one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

from player.sync.store import Store
from tests.bundle_server import serve
from tests.bundles import KEY, evergreen, page, publish

KILLS = 200
QUESTIONS = 8  # a round asks 1 to 6: the kills fall on every part of one or another
LONGEST_SECONDS = 0.01  # after the last question
PUBLIC = KEY.verify_key.encode()


def in_the_midst(folder: Path) -> bool:
    """Whether a sync was on its way: a download that is not finished, or a picture whose manifest is not in force."""
    if any(folder.rglob("*.part")):
        return True
    store = Store(folder, "library")
    try:
        bundle = store.load(PUBLIC)
        named = {asset.name for asset in bundle.assets.values()} if bundle else set()
        return any(file.name not in named for file in (folder / "assets").glob("*"))
    finally:
        store.close()


def whole(folder: Path) -> int:
    """What a player that starts now would show: the serial, with every picture of it checked. 0: nothing yet."""
    store = Store(folder, "library")
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


def test_200_kills_in_the_midst_of_a_sync_leave_a_whole_bundle_each_time(tmp_path: Path) -> None:
    site, folder = tmp_path / "site", tmp_path / "store"
    chance = random.Random(20260914)
    over = threading.Event()
    publish(site, 1, page("a"), evergreen())
    seen, interrupted = [0], 0

    with serve(site) as server:

        def publish_forever() -> None:
            """Something new each time that it was asked for twice: to fetch, to activate, to delete."""
            serial = 1
            while not over.wait(0.002):
                if sum(path.endswith("/manifest.json") for path in server.asked) >= 2 * serial:
                    serial += 1
                    publish(site, serial, page(f"x{serial % 7}"), page(f"y{serial % 5}"), page("a"), evergreen())

        publisher = threading.Thread(target=publish_forever, daemon=True)
        publisher.start()
        command = [sys.executable, "-m", "tests.sync_forever", server.url, str(folder)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdin is not None
            assert parent.stdout is not None
            for _ in range(KILLS):
                until = len(server.asked) + chance.randint(0, QUESTIONS)
                parent.stdin.write("go\n")
                parent.stdin.flush()
                child = int(parent.stdout.readline())
                while (
                    len(server.asked) < until
                ):  # counted in questions, so that a busy machine gets as far as an idle one
                    over.wait(0.001)
                over.wait(chance.uniform(0, LONGEST_SECONDS))
                os.kill(child, signal.SIGKILL)
                assert parent.stdout.readline() == "dead\n"
                interrupted += in_the_midst(folder)
                seen.append(whole(folder))
                assert seen[-1] >= seen[-2], "the player went back in time"
            parent.stdin.close()
        over.set()
        publisher.join()
    assert len(set(seen)) > KILLS / 10, "the syncs got nowhere; this test proves nothing"
    assert interrupted > 0, "no kill fell into a sync; this test proves nothing"
