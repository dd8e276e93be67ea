"""Publishes two bundles in turn, as fast as it can, until it is killed. For test_kill_publish.py."""

import sys
from itertools import count
from pathlib import Path

from tests.test_bundle import NOW, Desk

desk = Desk(Path(sys.argv[1]))
for number in count():
    names = "abcde" if number % 2 else "fghij"
    desk.publish(*[desk.page(f"{name}{number % 7}", 0, 2) for name in names])
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, NOW)
    if number == 0:
        print("ready", flush=True)
