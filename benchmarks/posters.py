"""500 hostile files in a folder of pictures: each costs only itself, and is named."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image

import signage.app.configuration  # noqa: F401 hands the page kinds and the source types to the configuration
from signage.app.posters import PosterShelf
from signage.config.load import parse_config
from signage.runtime.workers import WorkerPool
from tests.fixtures import hostile_files
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import HEAD

COUNT = 500
NOW = datetime(2026, 11, 24, 15, 42, tzinfo=ZoneInfo("Europe/Oslo"))
MOST_REFRESHES = 60


def posters(say: Callable[..., None], count: int = COUNT) -> None:
    """How many are shown, named, and neither; and what it takes until all have been read."""
    with tempfile.TemporaryDirectory() as name, WorkerPool(2) as workers:
        folder = Path(name) / "plakater"
        folder.mkdir()
        for good in ("000.jpg", "zzz.jpg"):
            Image.new("RGB", (200, 300), "#804020").save(folder / good)
        names = hostile_files.put(folder, count)
        text = HEAD.format(url="https://iheim.no", playlist='{ show = "pictures", folder = "plakater" }', more="")
        config = parse_config(text.encode(), f"{name}/screens.toml", LAYOUTS)
        shelf = PosterShelf(Path(name) / "state", workers, quiet=True)
        begun, longest, refreshes = time.monotonic(), 0.0, 0
        while refreshes < MOST_REFRESHES:
            started = time.monotonic()
            found = shelf.read(config, NOW + timedelta(seconds=refreshes), most_named=10 * count)
            longest, refreshes = max(longest, time.monotonic() - started), refreshes + 1
            if "at the next refresh" not in "".join(found.problems):
                break
        wrong = hostile_files.unnamed(folder, names, found)
        say("hostile files in a folder of pictures", f"{count}")
        say("shown all the same, since they do no harm", f"{len(found.posters[str(folder)]) - 2}")
        say("neither shown nor named with a reason, or another's fault", f"{len(wrong)}", "0")
        say("all read after", f"{time.monotonic() - begun:.1f} s", f"{refreshes} refreshes")
        say("the longest refresh", f"{longest:.1f} s")
        for sentence in wrong[:20]:
            say(f"  {sentence!r}", "")
