"""Kill -9 at random moments during publication: what a reader finds is whole, the old bundle or the new one."""

import hashlib
import json
import random
import signal
import subprocess
import sys
from pathlib import Path

from nacl.signing import VerifyKey

KILLS = 200
SIDE_BY_SIDE = 4


def assert_whole(out: Path) -> None:
    folder = out / "screens" / "bibliotek"
    data = (folder / "manifest.json").read_bytes()
    key = VerifyKey(bytes.fromhex((out / "signage.pub").read_text().strip()))
    key.verify(data, (folder / "manifest.json.sig").read_bytes())
    for sha256, about in json.loads(data)["assets"].items():
        (file,) = (out / "assets").glob(f"{sha256}.*")
        content = file.read_bytes()
        assert len(content) == about["bytes"]
        assert hashlib.sha256(content).hexdigest() == sha256


def test_200_kills_leave_a_whole_bundle_each_time(tmp_path: Path) -> None:
    chance = random.Random(20261123)  # noqa: S311 moments, not secrets
    root = Path(__file__).parent.parent
    for round_ in range(KILLS // SIDE_BY_SIDE):
        crew = []
        for n in range(SIDE_BY_SIDE):
            folder = tmp_path / f"{round_}-{n}"
            folder.mkdir()
            command = [sys.executable, "-m", "tests.publish_forever", str(folder)]
            crew.append((folder, subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE)))
        for folder, process in crew:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            try:
                # not a wait for anything: the moment of the kill is the point
                process.wait(timeout=chance.uniform(0.0005, 0.08))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
            process.stdout.close()
            assert_whole(folder / "out")
