"""The alerts that a player keeps: there after a power cut, on a damaged card and a full disk, and never older ones."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from player.store.alert_store import AlertStore
from player.store.alerts import AlertDocument, verify_alerts
from player.store.manifest import Asset
from player.store.store import ALERT_ROOM, BundleStore
from tests.fixtures.alerts import AlertEntry, alert, alert_document, signed
from tests.fixtures.bundles import KEY
from tests.fixtures.paths import ROOT
from tests.player.store.test_store import full_disk

PUBLIC = KEY.verify_key.encode()


def document(serial: int, *alerts: AlertEntry, **more: Any) -> tuple[AlertDocument, bytes, dict[str, bytes]]:
    made, files = alert_document(serial, *alerts, **more)
    data = signed(made)
    return verify_alerts(data, (PUBLIC,), "library"), data, files


def keep(store: BundleStore, serial: int, *alerts: AlertEntry) -> AlertDocument:
    found, data, files = document(serial, *alerts)
    store.hold(found.assets)
    for name, asset in found.assets.items():
        store.put(asset, files[name])
    kept = AlertStore(store)
    kept.activate(found, data)
    kept.retry()  # with the next poll
    return found


def loaded(folder: Path) -> AlertDocument | None:
    store = BundleStore(folder, "library")
    try:
        return AlertStore(store).load(PUBLIC)
    finally:
        store.close()


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = BundleStore(tmp_path / "store", "library")
    yield store
    store.close()


def test_it_is_there_after_a_restart_with_its_pictures(store: BundleStore) -> None:
    kept = keep(store, 7, alert("water"))
    store.close()
    again = BundleStore(store.folder, "library")
    assert AlertStore(again).load(PUBLIC) == kept
    assert all(again.read(asset) for asset in kept.assets.values())
    again.close()


@pytest.mark.parametrize("which", ["alerts", "alerts-copy"])
def test_a_damaged_file_does_no_harm(store: BundleStore, which: str) -> None:
    kept = keep(store, 7, alert("water"))
    store.close()
    file, dice = store.folder / f"library.{which}", random.Random(5)
    whole = file.read_bytes()
    for _ in range(30):
        damaged = bytearray(whole[: dice.randrange(len(whole) + 1)])
        if damaged:
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        file.write_bytes(damaged)
        assert loaded(store.folder) == kept
    file.unlink()
    assert loaded(store.folder) == kept


def test_after_a_kill_between_its_two_files_the_newer_one_counts(store: BundleStore) -> None:
    keep(store, 7, alert("water"))
    old = (store.folder / "library.alerts-copy").read_bytes()
    keep(store, 8)
    (store.folder / "library.alerts-copy").write_bytes(old)
    store.close()
    found = loaded(store.folder)
    assert found is not None
    assert found.version.serial == 8


def test_two_damaged_files_are_no_alerts_and_no_error(store: BundleStore) -> None:
    keep(store, 7, alert("water"))
    store.close()
    for which in ("alerts", "alerts-copy"):
        (store.folder / f"library.{which}").write_bytes(b"\0" * 300)
    assert loaded(store.folder) is None


def test_what_is_stored_is_verified_again(store: BundleStore) -> None:
    """Someone writes the files of another site, or of another screen, onto the card."""
    for made in (alert_document(9, alert("water"), screen="hall")[0], json.loads(b'{"serial": 9}')):
        for which in ("alerts", "alerts-copy"):
            (store.folder / f"library.{which}").write_bytes(signed(made))
        assert AlertStore(store).load(PUBLIC) is None


def test_no_bundle_takes_the_pictures_of_an_alert_away(store: BundleStore) -> None:
    kept = keep(store, 7, alert("water"))
    store.delete(sorted(store.have()))
    assert set(store.have()) == set(kept.assets)
    keep(store, 8)
    store.delete(sorted(store.have()))
    assert not store.have()


def test_another_screen_starts_without_them(store: BundleStore) -> None:
    keep(store, 7, alert("water"))
    store.turn_to("hall")
    assert AlertStore(store).load(PUBLIC) is None
    assert not list(store.folder.glob("*.alerts*"))


def test_on_a_full_disk_it_takes_the_place_of_the_one_before(store: BundleStore) -> None:
    keep(store, 7, alert("water"))
    ended, data, _ = document(8)
    with full_disk():
        AlertStore(store).activate(ended, data)
    store.close()
    found = loaded(store.folder)
    assert found is None or found.version.serial == 8, "what was ended doesn't come back"


def test_what_could_not_be_written_is_written_later(store: BundleStore) -> None:
    kept, data, _ = document(8, alert("water"))
    alerts = AlertStore(store)
    with full_disk():
        alerts.activate(kept, data)
        assert store.problem is not None
    alerts.retry()
    store.close()
    found = loaded(store.folder)
    assert found is not None
    assert found.version.serial == 8


def test_in_memory_pictures_of_alerts_have_room_of_their_own(store: BundleStore) -> None:
    big = bytes(2 * 1024 * 1024 - 100)
    with full_disk():
        asset = Asset(_sha(b"p"), 1, "image/webp")
        store.put(asset, b"p")
        for number in range(6):
            data = big + bytes([number])
            store.put(Asset(_sha(data), len(data), "image/webp"), data)
        ours = b"alert"
        held = Asset(_sha(ours), len(ours), "image/webp")
        store.hold([held.name])
        store.put(held, ours)
        assert store.read(held) == ours
    assert ALERT_ROOM == 4 * 1024 * 1024


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


FOREVER = """
import sys
from pathlib import Path
from tests.player.store.test_alert_store import keep
from player.store.store import BundleStore
from tests.fixtures.alerts import alert
store = BundleStore(Path(sys.argv[1]), "library")
for serial in range(int(sys.argv[2]), 10**9):
    keep(store, serial, alert(f"water {serial % 3}"))
    print(serial, flush=True)
"""


def test_killed_at_any_moment_it_has_what_it_showed_or_something_newer(tmp_path: Path) -> None:
    dice, serial = random.Random(17), 1
    for _ in range(4):
        command = [sys.executable, "-c", FOREVER, str(tmp_path), str(serial)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            for _ in range(dice.randrange(1, 30)):
                serial = int(process.stdout.readline())
            process.kill()
            serial = max([serial, *map(int, process.stdout.read().split())])
        found = loaded(tmp_path)
        assert found is not None
        assert found.version.serial in (serial, serial + 1)
        store = BundleStore(tmp_path, "library")
        assert all(store.read(asset) for asset in found.assets.values())
        store.close()
        serial = found.version.serial + 1
