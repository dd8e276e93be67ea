"""The whole renderer, with a clock that was once a year ahead: the next build is as if it had never been."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from typing import Any

import pytest

from player.store.manifest import Version, verify
from signage.publishing import open_pages
from tests.fixtures import portal as answers
from tests.fixtures.site import NOW, Site

pytestmark = pytest.mark.browser
YEAR = timedelta(days=365)


def said(manifest: dict[str, Any], at: datetime) -> set[str]:
    """The titles that a player with a right clock shows."""
    return {event["title"] for page in open_pages(manifest, at) for event in page["events"]}


def taken(site: Site, last: Version | None) -> Version:
    """What a player that has seen everything so far makes of it: the player's own code raises when it refuses."""
    published = site.folder / "var" / "published"
    folder = published / "screens" / "bibliotek"
    key = bytes.fromhex((published / "signage.pub").read_text().strip())
    data, signature = (folder / "manifest.json").read_bytes(), (folder / "manifest.json.sig").read_bytes()
    return verify(data, signature, key, "bibliotek", last).version


def test_the_next_build_after_the_clock_was_put_right_is_as_if_it_had_never_been_wrong(site: Site) -> None:
    site.build(NOW)
    version = taken(site, None)
    before = site.manifest()
    site.build(NOW + YEAR)
    version = taken(site, version)
    assert said(site.manifest(), NOW) == set()
    shutil.rmtree(site.folder / "var" / "published")  # as the README allows
    after = NOW + timedelta(minutes=10)
    site.build(after)
    taken(site, version)
    manifest = site.manifest()
    assert datetime.fromisoformat(manifest["generated"]) == after
    assert datetime.fromisoformat(manifest["data_as_of"]) == after
    assert datetime.fromisoformat(manifest["horizon"]) == after + timedelta(days=14)
    for hours in range(0, 72, 3):
        at = after + timedelta(hours=hours)
        assert said(manifest, at) == said(before, at)


def test_a_source_that_fails_after_the_correction_does_not_make_the_data_younger_than_it_is(site: Site) -> None:
    site.build(NOW + YEAR)
    site.portal.wis(answers.status(503))
    site.build_again(NOW)
    manifest = site.manifest()
    assert datetime.fromisoformat(manifest["data_as_of"]) <= NOW
    site.build_again(NOW + timedelta(hours=8))
    assert datetime.fromisoformat(site.manifest()["data_as_of"]) <= NOW  # and it ages from there
    assert json.dumps(site.manifest()["horizon"]).startswith('"2026-12-07')
