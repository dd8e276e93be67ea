"""For test_kill_publish.py: for each folder named on standard input, a child that publishes two bundles in turn.

Each child publishes as fast as it can until it is killed. Its process id is printed when its first bundle is out. They
are forked from one process, so that 200 of them don't each import the renderer anew.
"""

import os
import sys
from itertools import count
from pathlib import Path

from tests.test_bundle import NOW, Desk


def publish_forever(folder: Path) -> None:
    desk = Desk(folder)
    for number in count():
        names = "abcde" if number % 2 else "fghij"
        desk.publish(*[desk.page(f"{name}{number % 7}", 0, 2) for name in names])
        desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, NOW)
        if number == 0:
            print(os.getpid(), flush=True)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        publish_forever(Path(line.strip()))
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
