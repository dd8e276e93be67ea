"""A card has damaged pictures of alerts since they were made, or a folder was emptied: no other alert is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from signage.app.alert_pictures import FOLDER
from tests.fixtures.alert_site import SCREENS, AlertSite


@pytest.fixture
def site(tmp_path: Path) -> AlertSite:
    return AlertSite(tmp_path)


def pictures(site: AlertSite) -> list[Path]:
    """The files that were made, but not published."""
    published = {path.name for path in (site.folders.published / "assets").glob("*")}
    return [path for path in (site.folders.state / FOLDER).glob("*.webp") if path.name not in published]


def cut(path: Path) -> None:
    path.write_bytes(b"")


def rot(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.parametrize("damage", [cut, rot, Path.unlink])
def test_a_picture_that_was_damaged_since_it_was_made_is_made_again(
    site: AlertSite, damage: Callable[[Path], None]
) -> None:
    """`site.document` compares the pictures with what the document says of them."""
    site.desk.preview(site.draft())
    site.start()
    assert pictures(site)
    for path in pictures(site):
        damage(path)
    site.desk.send(site.draft(), "a")
    assert all(site.titles(screen) == ["Vannet må kokes"] for screen in SCREENS)
    assert site.desk.problems == []


def test_pictures_that_vanish_while_their_alert_holds_are_made_again_for_its_next_document(site: AlertSite) -> None:
    site.desk.send(site.draft(screens=("kino",)), "a")
    for folder in (site.folders.state / FOLDER, site.folders.published / "assets"):
        for path in folder.glob("*"):
            path.unlink()
    other = site.desk.send(site.draft("Brann"), "a")
    assert sorted(site.titles("kino")) == ["Brann", "Vannet må kokes"]
    site.desk.end(other.id, "a")
    assert site.titles("kino") == ["Vannet må kokes"]


def test_an_alert_whose_pictures_are_gone_for_good_keeps_no_other_from_being_sent_and_ended(site: AlertSite) -> None:
    """A published alert lost its picture, and no other can be made: there is no browser any more."""
    site.desk.send(site.draft("Gone"), "a")
    there = site.desk.send(site.draft("There", screens=("hallen",)), "a")
    for entry in site.document("kino")["assets"]:
        for path in (site.folders.published / "assets").glob(f"{entry}.webp"):
            path.unlink()
    site.start()
    site.pictures.broken = True
    site.desk.end(there.id, "a")
    assert site.titles("hallen") == ["Gone"], "its own picture is there"
    assert site.titles("kino") == []
    assert any('"Gone"' in problem for problem in site.desk.problems)
