"""A renderer that publishes to an object store and is killed a thousand times: does a reader find a whole bundle?

The store is moto's, over real HTTP. Each life of the renderer ends at a request that is drawn by lot, which is applied
or not, and knows nothing of the life before. The reader knows nothing of the writer: it verifies the signature and the
serial with the player's code, and the hash of every asset. Time goes on by hours, so old assets are deleted, too.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from signage.publishing import object_store
from tests.fixtures.mirrored import SCREEN, Renderer
from tests.fixtures.object_stores import KEYS, keys_of, moto_server

KILLS = 1000
SEED = 20261129
MOST_REQUESTS = 36  # of one life; a whole one has some 35
SCREENS = (SCREEN, "hall")


def run(say: Callable[[str, str, str], None], kills: int = KILLS) -> None:
    """Prints the figures; an AssertionError or ManifestRefused is what must not happen."""
    os.environ.update(KEYS)
    object_store.ATTEMPTS = 1
    chance, found = random.Random(SEED), Counter[str]()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, moto_server() as moto:
        moto.make_bucket("kills")
        renderer = Renderer(Path(folder) / "renderer", moto.url, "kills", moto)
        for screen in SCREENS:
            renderer.publish("first", screen=screen)
        renderer.mirror_all()
        readers = [renderer.reader(screen) for screen in SCREENS]
        life = 0
        while found["kills"] < kills:
            life += 1
            renderer.now += timedelta(hours=chance.choice((0, 1, 13)))
            for screen in SCREENS:
                if chance.random() < 0.7:
                    renderer.publish(*(f"{life % 17} {chance.randrange(20)}" for _ in range(3)), screen=screen)
            killed = renderer.killed_at(chance.randrange(MOST_REQUESTS), applied=chance.random() < 0.5, sweep=True)
            found["kills" if killed else "lives to the end"] += 1
            for reader in readers:
                newest = reader.read()
                found["whole bundles"] += 1
                old = reader.read_as_before_0_6(known=newest)
                found["whole pairs" if old else "misfits"] += 1
        renderer.started_again()
        renderer.mirror_all()
        for reader in readers:
            assert reader.read() == reader.read_as_before_0_6()
            reader.close()
        assets = sum("/assets/" in key for key in keys_of(renderer.bucket_url))
    say("kills at a request to an object store", f"{found['kills']}", f"{time.monotonic() - began:.0f} s")
    say("whole bundles that readers found after them", f"{found['whole bundles']}", f"of {life * len(SCREENS)}")
    say("the same, by players before 0.6", f"{found['whole pairs']}")
    say("where the two files did not fit, so they keep what they have", f"{found['misfits']}")
    say("assets in the store in the end", f"{assets}")
