"""A server before 0.6: the manifest and its signature are two files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from player.net.http import Unreachable
from tests.fixtures.bundle_server import endless, says, send, serve
from tests.fixtures.bundles import OTHER_KEY, evergreen, page, publish
from tests.player.net.test_sync import Rig


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Rig]:
    folder = tmp_path / "old site"
    publish(folder, 1, page("a"), evergreen(), before_0_6=True)
    with serve(folder) as server:
        rig = Rig(server, tmp_path / "store of old")
        rig.syncer.round()
        rig.syncer.round()
        rig.site.asked.clear()
        yield rig
        rig.close()


def test_an_old_server_is_polled_with_one_question(old: Rig) -> None:
    assert old.holds() == 1
    old.site.answered.clear()
    for _ in range(3):
        old.syncer.round()
    assert old.site.asked == ["/screens/library/manifest.json"] * 3
    assert old.site.answered == [("/screens/library/manifest.json", 304)] * 3


def test_a_publication_between_two_questions_is_no_attack(old: Rig) -> None:
    first = (old.site.folder / "screens/library/manifest.json").read_bytes()
    publish(old.site.folder, 2, page("c"), evergreen(), before_0_6=True)
    answers = [first + b" "]  # once, the manifest of before comes with the signature of after

    def late(handler: Any) -> None:
        body = answers.pop() if answers else (old.site.folder / "screens/library/manifest.json").read_bytes()
        send(handler, 200, body, ETag="x")

    old.site.misbehave["manifest.json"] = late
    assert old.syncer.round().version.serial == 2
    assert old.holds() == 2


@pytest.mark.parametrize("end", ["manifest.json", "manifest.json.sig"])
def test_an_endless_body_of_an_old_server_is_cut_off(old: Rig, end: str) -> None:
    publish(old.site.folder, 2, page("c"), evergreen(), before_0_6=True)
    old.site.misbehave[end] = endless
    assert old.refused() == "too-large"
    assert old.holds() == 1


def test_the_one_file_is_taken_once_the_server_is_a_new_one(old: Rig) -> None:
    publish(old.site.folder, 2, page("c"), evergreen())
    old.syncer.round()
    old.syncer.round()
    old.site.answered.clear()
    old.syncer.round()
    assert old.site.answered == [("/screens/library/manifest.signed", 304)]


@pytest.mark.parametrize("status", [403, 410])
def test_a_server_that_refuses_what_it_lacks_is_an_old_one(old: Rig, status: int, tmp_path: Path) -> None:
    old.site.misbehave["manifest.signed"] = says(status, b"<Error>AccessDenied</Error>")
    again = Rig(old.site, tmp_path / "second store")
    assert again.syncer.round().version.serial == 1
    again.close()


def test_a_server_that_has_a_page_for_everything_is_an_old_one(old: Rig, tmp_path: Path) -> None:
    for body in (b"<html>", b"<html>" * 100):
        old.site.misbehave["manifest.signed"] = says(200, body, ETag='"page"')
        again = Rig(old.site, tmp_path / str(len(body)))
        assert again.syncer.round().version.serial == 1
        again.syncer.round()
        old.site.asked.clear()
        again.syncer.round()
        assert old.site.asked == ["/screens/library/manifest.json"]
        again.close()


def test_a_server_that_is_replaced_by_an_old_one_is_followed(old: Rig) -> None:
    publish(old.site.folder, 2, page("b"), evergreen())
    assert old.syncer.round().version.serial == 2
    publish(old.site.folder, 3, page("c"), evergreen(), before_0_6=True)
    assert old.syncer.round().version.serial == 3


def test_a_manifest_in_one_file_is_enough(old: Rig) -> None:
    publish(old.site.folder, 2, page("c"), evergreen())
    for name in ("manifest.json", "manifest.json.sig"):
        (old.site.folder / "screens/library" / name).unlink()
    with pytest.raises(Unreachable):  # it had two files the last time
        old.syncer.round()
    assert old.syncer.round().version.serial == 2
    publish(old.site.folder, 3, page("c"), evergreen(), key=OTHER_KEY)
    for name in ("manifest.json", "manifest.json.sig"):
        (old.site.folder / "screens/library" / name).unlink()
    assert old.refused() == "wrong-key"
