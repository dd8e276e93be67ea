"""A card that rots, loses files or is full: always a whole bundle, the evergreen page or "waiting", never a crash.

2,500 times a store is damaged and a player started from it, with a real glass. `SIGNAGE_DAMAGES=10000` sets another
number. Each failure names the seed of its round: `SIGNAGE_DAMAGES=1 SIGNAGE_SEED=...` repeats it alone.
"""

from __future__ import annotations

import logging
import os
import random
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from player.clock import Anchor
from player.display.display_options import DisplayOptions
from player.display.glass import Glass
from player.loop import Loop
from player.net.http import Http
from player.net.sync import Syncer
from player.rotation import Moment, open_pages
from player.store import identity
from player.store.manifest import Manifest, ManifestPage, ManifestRefused
from player.store.pinned_key import PINNED
from player.store.store import BundleStore
from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import CLOCK, KEY, evergreen, page, publish
from tests.fixtures.player_parts import LoopSurroundings, SettableClock
from tests.fixtures.xvfb import xvfb

DAMAGES = int(os.environ.get("SIGNAGE_DAMAGES", "2500"))
SEED = int(os.environ.get("SIGNAGE_SEED", "20261125"))
FULL_EVERY = 40  # rounds; in one of so many the disk is full, too, while a new bundle arrives
MEND_EVERY = 100  # rounds; after one of so many the server is asked, and everything must be whole again
LOOKS_EVERY = 10  # rounds; in one of so many the pixels are compared, too
PUBLIC = KEY.verify_key.encode()
NOON = "2026-06-01T12:00:00+02:00"
# windows that make each page the first one at some moment
MORNING = page("morning", until=NOON, clock=CLOCK)
AFTERNOON = page("afternoon", from_=NOON)
MOMENTS = (
    Moment(datetime(2026, 6, 1, 6, tzinfo=UTC), 100.0, True),
    Moment(datetime(2026, 6, 1, 14, tzinfo=UTC), 100.0, True),
    Moment(datetime(2027, 6, 1, 14, tzinfo=UTC), 100.0, True),  # past the horizon
    Moment(datetime(2025, 1, 1, tzinfo=UTC), 100.0, False),
)

pytestmark = pytest.mark.window

# -- damages: each takes a file, or the folder, and the dice ----------------------------------------------------------


def cut_short(file: Path, dice: random.Random) -> None:
    os.truncate(file, dice.randrange(file.stat().st_size))


def flip_bits(file: Path, dice: random.Random) -> None:
    data = bytearray(file.read_bytes())
    for _ in range(dice.choice((1, 1, 2, 8))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    file.write_bytes(data)


def lose_a_block(file: Path, dice: random.Random) -> None:
    """Zeroes, or what somebody else wrote there, as a card that mixes up its blocks."""
    size = file.stat().st_size
    start = dice.randrange(size)
    with file.open("r+b") as out:
        out.seek(start)
        count = min(512, size - start)
        out.write(bytes(count) if dice.random() < 0.5 else dice.randbytes(count))


def delete(file: Path, dice: random.Random) -> None:
    file.unlink()


def empty(file: Path, dice: random.Random) -> None:
    file.write_bytes(b"")


def lengthen(file: Path, dice: random.Random) -> None:
    with file.open("ab") as out:
        out.write(dice.randbytes(dice.randint(1, 5000)))


def become_a_folder(file: Path, dice: random.Random) -> None:
    file.unlink()
    (file / "lost+found").mkdir(parents=True)


def swap(file: Path, dice: random.Random) -> None:
    """Two files have each other's content."""
    other = dice.choice([path for path in sorted(file.parent.iterdir()) if path.is_file() and path != file] or [file])
    mine, its = file.read_bytes(), other.read_bytes()
    file.write_bytes(its)
    other.write_bytes(mine)


def lose_all_pictures(file: Path, dice: random.Random) -> None:
    store = file.parent.parent if file.parent.name == "assets" else file.parent
    shutil.rmtree(store / "assets", ignore_errors=True)
    if dice.random() < 0.5 and not (store / "assets").exists():
        (store / "assets").write_bytes(b"no folder")


COMMON: tuple[Callable[[Path, random.Random], None], ...] = (
    cut_short, flip_bits, lose_a_block, delete, empty, lengthen, swap,
)  # fmt: skip
RARE = (become_a_folder, lose_all_pictures)


def filled(store: Path) -> list[Path]:
    """The files that have any content, in a fixed order."""
    found = (os.path.join(folder, name) for folder, _, names in os.walk(store) for name in names)  # noqa: PTH118 faster
    return sorted(Path(file) for file in found if os.stat(file).st_size)  # noqa: PTH116


def damage(store: Path, dice: random.Random) -> list[str]:
    """One to four damages; gives what was done, in words."""
    done = []
    for _ in range(dice.choice((1, 1, 2, 4))):
        files = filled(store)
        if not files:
            break
        file = dice.choice(files)
        how = dice.choice(RARE) if dice.random() < 0.05 else dice.choice(COMMON)
        how(file, dice)
        done.append(f"{how.__name__} {file.name[:12]}")
    return done


# -- the player -------------------------------------------------------------------------------------------------------


@dataclass
class Bench:
    """A whole store to take copies of, with two bundles in it, and a server that has a third."""

    folder: Path
    server: BundleServer
    glass: Glass
    first: dict[str, bytes] = field(default_factory=dict)  # path in the store -> content, with the second bundle
    whole: dict[str, bytes] = field(default_factory=dict)  # the same, just before it is damaged
    frames: dict[str, str] = field(default_factory=dict)  # page without a clock -> hash of its frame

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def restore(self) -> None:
        """Everything as it was; what is left whole stays. To write it all again takes longer than the round itself."""
        for folder, _, names in os.walk(self.store, topdown=False):
            for name in names:
                path = Path(folder, name)
                meant = self.first.get(path.relative_to(self.store).as_posix())
                if meant is None or path.read_bytes() != meant:
                    path.unlink()
            if Path(folder) not in (self.store, self.store / "assets"):
                Path(folder).rmdir()
        (self.store / "assets").mkdir(parents=True, exist_ok=True)
        for name, data in self.first.items():
            if not (self.store / name).exists():
                (self.store / name).write_bytes(data)
        self.whole = self.first

    def contents(self) -> dict[str, bytes]:
        return {path.relative_to(self.store).as_posix(): path.read_bytes() for path in filled(self.store)}

    def intact(self, name: str) -> bool:
        file = self.store / name
        return file.is_file() and file.read_bytes() == self.whole.get(name)

    def meant(self, manifest: Manifest | None, moment: Moment) -> ManifestPage | None:
        """The page that this store should come to show first; None: it waits for content."""
        if manifest is None:
            return None
        lost = frozenset(name for name in manifest.assets if not self.intact(f"assets/{name}"))
        shown = open_pages(manifest, moment.wall, moment.trusted, lost)
        return shown[0] if shown else None


@dataclass
class Started:
    """A player that was started from the store, without its threads."""

    store: BundleStore
    manifest: Manifest | None
    key: bytes | None

    def syncer(self, http: Http) -> Syncer:
        now = MOMENTS[0].wall
        newest = self.store.newest(self.key)
        return Syncer(http, self.store, "library", self.key, self.manifest, SettableClock(lambda: now), newest=newest)


def start(folder: Path, key: bytes | None) -> Started:
    """As the player's own start does: everything that is read from the store is read."""
    store = BundleStore(folder, "library")
    identity.load(store.disk)
    store.anchor()
    known = key or store.pinned()
    try:
        return Started(store, store.load(known), known)
    except ManifestRefused:
        return Started(store, None, known)


def settle(loop: Loop) -> None:
    """Turn the loop until it would sleep. A step that skips an unreadable picture asks for another at once."""
    for _ in range(12):
        if loop.step():
            return
    raise AssertionError("the loop never comes to rest")


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb(320, 180) as name:
        yield name


@pytest.fixture
def bench(tmp_path: Path, display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    folder = Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else tmp_path))
    glass = Glass(DisplayOptions(output="window", fullscreen=False, size=(320, 180)))
    site = folder / "site"
    try:
        with serve(site) as server:
            publish(site, 1, MORNING, page("old"), evergreen())
            store = BundleStore(folder / "store", "library", ticks=iter(range(0, 10**9, 10**6)).__next__)
            http = Http(server.url)
            syncer = Syncer(http, store, "library", None, None, SettableClock(lambda: MOMENTS[0].wall))
            syncer.round()
            publish(site, 2, MORNING, AFTERNOON, page("old"), evergreen())
            syncer.round()
            store.remember(Anchor("this boot", 12.5))
            identity.save(store.disk, identity.IdentityRecord(identity.Identity("library", PUBLIC, bytes(32))))
            store.close()
            http.close()
            publish(site, 3, MORNING, page("new"), AFTERNOON, evergreen("evergreen2"))
            bench = Bench(folder, server, glass)
            bench.first = bench.contents()
            assert {"library.bundle", "library.last"} <= set(bench.first)
            yield bench
    finally:
        glass.close()
        shutil.rmtree(folder)


def test_a_damaged_store_shows_a_whole_bundle_or_waits(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "player")  # it complains each time, as it should
    http = Http(bench.server.url)
    seen: dict[str, int] = {}
    for number in range(DAMAGES):
        seed = SEED + number
        dice = random.Random(seed)
        bench.restore()
        story = f"SIGNAGE_SEED={seed}"
        try:
            if dice.randrange(FULL_EVERY) == 0:
                story += ": the disk is full"
                fill(bench, http, dice)
            done = damage(bench.store, dice)
            story += f": {', '.join(done)}"
            what = one_start(bench, http, dice)
        except Exception as fault:
            raise AssertionError(f"{story}: {fault}") from fault
        seen[what] = seen.get(what, 0) + 1
    http.close()
    print(f"\n{DAMAGES} damages from seed {SEED}: {dict(sorted(seen.items()))}")
    if DAMAGES >= 1000:
        assert {"morning", "afternoon", "old", "evergreen", "waiting"} <= set(seen), "this test proves little"


def one_start(bench: Bench, http: Http, dice: random.Random) -> str:
    """Start from what is left, look at the glass, sometimes ask the server; gives what was shown."""
    moment = dice.choice(MOMENTS)
    key = PUBLIC if dice.random() < 0.7 else None  # None: the one that was pinned when it was first seen
    known = key is not None or any(map(bench.intact, PINNED))  # with another key nothing can be verified
    sound = [kind for kind in ("bundle", "last") if known and bench.intact(f"library.{kind}")]
    player = start(bench.store, key)
    try:
        manifest = player.manifest
        if sound:
            assert manifest is not None, f"the sound {sound[0]} is not used"
        serials = {"bundle": (2, 3), "last": (1, 2, 3)}
        assert manifest is None or manifest.version.serial in serials[sound[0] if sound else "last"]
        meant = bench.meant(manifest, moment)
        loop = Loop(bench.glass, player.store, LoopSurroundings(lambda: manifest, lambda: moment))
        settle(loop)
        check_glass(bench, loop, meant, look=dice.randrange(LOOKS_EVERY) == 0)
        if known and dice.randrange(MEND_EVERY) == 0:
            mend(bench, player, http)
        return meant.id if meant else "waiting"
    finally:
        player.store.close()


def check_glass(bench: Bench, loop: Loop, meant: ManifestPage | None, look: bool) -> None:
    """The page that is meant, with its own pixels; or the player waits for content."""
    if meant is None:
        assert loop.page is None, f"{loop.page} is shown, which should not be"
        assert loop.notice is not None
        assert loop.notice.kind == "waiting"
        return
    assert loop.page is not None, f"{meant.id} should be shown"
    assert loop.page.id == meant.id
    if look and meant.clock is None:
        frame = bench.glass.snapshot()
        assert frame is not None
        assert frame.sha256 == bench.frames.setdefault(meant.id, frame.sha256)
        assert len(set(bench.frames.values())) == len(bench.frames), "two pages look the same"


def mend(bench: Bench, player: Started, http: Http) -> None:
    """The server is there: everything becomes whole, on the disk or, where that is broken, in memory.

    Damage within a file is only seen when it is read; so one may come in the round after.
    """
    syncer = player.syncer(http)
    manifest = syncer.round()
    assert manifest.version.serial == 3
    if None in [player.store.read(asset) for asset in manifest.assets.values()]:
        syncer.round()
    for asset in manifest.assets.values():
        assert player.store.read(asset) is not None, f"{asset.name} did not come back"


def fill(bench: Bench, http: Http, dice: random.Random) -> None:
    """A new bundle arrives, and at some size the disk takes no more. What is left is whole: the old one or the new."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    player = start(bench.store, PUBLIC)
    resource.setrlimit(resource.RLIMIT_FSIZE, (dice.choice((0, 50, 100, 300, 700, 2000)), before[1]))
    try:
        manifest = player.syncer(http).round()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert manifest.version.serial == 3
    assert all(player.store.read(asset) for asset in manifest.assets.values()), "not even in memory"
    player.store.close()
    again = start(bench.store, PUBLIC)
    assert again.manifest is not None
    assert all(again.store.read(asset) for asset in again.manifest.assets.values()), "the old bundle is not whole"
    again.store.close()
    bench.whole = bench.contents()
