"""Kill -9 at random moments during publication: what a reader finds is whole, the old bundle or the new one."""

import hashlib
import json
import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path

from nacl.signing import VerifyKey

from tests.fixtures.paths import ROOT

KILLS = 200


def assert_whole(out: Path) -> None:
    folder = out / "screens" / "bibliotek"
    data = (folder / "manifest.json").read_bytes()
    key = VerifyKey(bytes.fromhex((out / "signage.pub").read_text().strip()))
    key.verify(data, (folder / "manifest.json.sig").read_bytes())
    key.verify((folder / "manifest.signed").read_bytes())
    for sha256, about in json.loads(data)["assets"].items():
        (file,) = (out / "assets").glob(f"{sha256}.*")
        content = file.read_bytes()
        assert len(content) == about["bytes"]
        assert hashlib.sha256(content).hexdigest() == sha256
    phone_pages = [folder / "events.html", *(folder / "e").iterdir()]
    names = phone_pages[0].read_text()
    assert {path.name for path in phone_pages} == {"events.html", f"{names}.html", f"{names}.ics"}
    assert {path.read_text() for path in phone_pages} == {names}


def test_200_kills_leave_a_whole_bundle_each_time(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    command = [sys.executable, "-m", "tests.fixtures.publish_forever"]
    root = ROOT
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as publishers:
        assert publishers.stdin is not None
        assert publishers.stdout is not None
        for number in range(KILLS):
            folder = tmp_path / str(number)
            folder.mkdir()
            publishers.stdin.write(f"{folder}\n")
            publishers.stdin.flush()
            child = int(publishers.stdout.readline())
            # not a wait for anything: the moment of the kill is the point
            select.select([publishers.stdout], [], [], chance.uniform(0.0005, 0.06))
            os.kill(child, signal.SIGKILL)
            assert int(publishers.stdout.readline()) == -signal.SIGKILL
            assert_whole(folder / "out")
        publishers.stdin.close()
