"""Prepared alerts are in every bundle: made by builds, kept while they are needed, and not made again when sent."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from signage.app.alert_choices import choices_of
from signage.app.prepared_alerts import prepared_draft
from signage.config.models import Config
from signage.domain.alerts import AlertDraft
from signage.domain.model import PageSpec, Rendered
from signage.errors import SignageError
from signage.fleet.alert_desk import tidy
from signage.publishing.manifest import asset_name
from tests.fixtures.unrendered_pipeline import UnrenderedPipeline, UnrenderedPool

NOW = datetime(2026, 11, 27, 14, 5, tzinfo=UTC)
WATER = {"title": {"nb": "Vannet må kokes", "nn": "Vatnet må kokast"}, "text": {"nb": "Kok alt vann."}}
POWER = {"title": "Strømmen er borte", "level": "banner"}


def site(prepared: Mapping[str, Any], **screens: Any) -> Config:
    shown = screens or {"hall": {}, "tall": {"size": "1080x1920", "languages": ["nb", "nn"]}}
    return Config.model_validate(
        {
            "site": {"name": "Heim kommune", "calendar": "https://iheim.no", "languages": ["nb", "nn"]},
            "sources": [{"id": "iheim", "type": "wis", "url": "https://iheim.no"}],
            "places": {"p": {"name": "Hemne bibliotek"}},
            "prepared_alerts": dict(prepared),
            "screens": {n: {"place": "p", "playlist": [{"show": "evergreen"}], **s} for n, s in shown.items()},
        }
    )


class Office:
    """Builds one site again and again."""

    def __init__(self, folder: Path) -> None:
        self.pipeline = UnrenderedPipeline(folder)
        self.published = self.pipeline.folders.published

    def build(self, config: Config, minutes: float = 0) -> tuple[str, ...]:
        """Gives what failed."""
        return self.pipeline.build(config, NOW + timedelta(minutes=minutes), offline=True).problems

    def manifest(self, screen: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.published / "screens" / screen / "manifest.json").read_bytes())
        return found

    def pictures(self, screen: str) -> set[str]:
        assets = self.manifest(screen).get("alert_assets", {})
        return {sha256 for sha256, about in assets.items() if about["media_type"] != "font/ttf"}

    def sent(self, config: Config, prepared: str) -> dict[str, set[str]]:
        """The pictures that an alert needs that is sent now, by screen."""
        draft = prepared_draft(config, prepared, list(config.screens), NOW + timedelta(hours=1))
        made = self.pipeline.alert_pictures.make(draft, config, NOW)
        return {name: {page.sha256 for page in shown.pages} for name, shown in made.screens.items()}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_every_bundle_has_the_pictures_and_sending_needs_no_other(office: Office) -> None:
    config = site({"water": WATER, "power": POWER})
    assert office.build(config) == ()
    rendered = UnrenderedPool.pages
    water, power = office.sent(config, "water"), office.sent(config, "power")
    assert UnrenderedPool.pages == rendered
    assert (len(water["hall"]), len(water["tall"])) == (1, 2)
    for screen in config.screens:
        assert office.pictures(screen) == water[screen] | power[screen]
        for sha256, about in office.manifest(screen)["alert_assets"].items():
            file = office.published / "assets" / asset_name(sha256, about["media_type"])
            assert file.stat().st_size == about["bytes"]


def test_what_people_send_is_what_was_prepared(office: Office) -> None:
    """Also where the file has spaces and empty lines that an alert doesn't have."""
    config = site({"water": {"title": " Vannet  må kokes ", "text": "\nKok alt vann. \n\n\n\nDusj\tsom før.\n"}})
    office.build(config)
    rendered, choices = UnrenderedPool.pages, choices_of(config)
    message = choices.prepared["water"]
    sent = AlertDraft(
        message.texts, ("hall",), NOW + timedelta(hours=1), message.level, sender=choices.sender, prepared="water"
    )
    (page,) = office.pipeline.alert_pictures.make(tidy(sent), config, NOW).screens["hall"].pages
    assert office.pictures("hall") == {page.sha256}
    assert UnrenderedPool.pages == rendered


def test_an_alert_for_some_screens_needs_the_same_pictures(office: Office) -> None:
    """Also where another screen of the same size needs larger letters."""
    config = site({"water": WATER}, near={"distance": 1}, far={"distance": 9}, other={"size": "1080x1920"})
    office.build(config)
    for name in config.screens:
        draft = prepared_draft(config, "water", [name], NOW)
        (page,) = office.pipeline.alert_pictures.make(draft, config, NOW).screens[name].pages
        assert office.pictures(name) == {page.sha256}


def test_a_second_build_publishes_no_more_than_the_time(office: Office) -> None:
    config = site({"water": WATER})
    office.build(config)
    first, rendered = office.manifest("hall"), UnrenderedPool.pages
    office.build(config, minutes=40)
    assert UnrenderedPool.pages == rendered
    assert office.manifest("hall")["alert_assets"] == first["alert_assets"]


def test_what_is_no_longer_prepared_leaves_the_bundles(office: Office) -> None:
    office.build(site({"water": WATER, "power": POWER}))
    config = site({"power": {**POWER, "title": "Strømmen er på igjen"}})
    office.build(config, minutes=10)
    assert office.pictures("hall") == office.sent(config, "power")["hall"]
    office.build(site({}), minutes=20)
    assert "alert_assets" not in office.manifest("hall")


def test_the_pictures_outlast_the_day_on_which_unused_assets_go(office: Office) -> None:
    config = site({"water": WATER})
    office.build(config)
    old = (NOW - timedelta(days=3)).timestamp()
    for file in (office.published / "assets").iterdir():
        os.utime(file, (old, old))
    office.build(config, minutes=90)
    named = office.manifest("hall")["alert_assets"]
    kept = {asset_name(sha256, about["media_type"]) for sha256, about in named.items()}
    assert named
    assert kept <= {file.name for file in (office.published / "assets").iterdir()}


def test_they_are_kept_by_the_server_while_they_are_prepared_and_forgotten_later(office: Office) -> None:
    config, folder = site({"water": WATER}), office.pipeline.folders.state / "alert-pictures"
    office.build(config)
    made = set(folder.glob("*.webp"))
    office.build(config, minutes=60 * 24 * 39)
    office.build(config, minutes=60 * 24 * 78)
    assert set(folder.glob("*.webp")) == made != set()
    office.build(site({}), minutes=60 * 24 * 120)
    assert set(folder.glob("*.webp")) == set()


def test_a_lost_picture_is_made_again(office: Office) -> None:
    config = site({"water": WATER})
    office.build(config)
    named = office.manifest("hall")["alert_assets"]
    for sha256, about in named.items():
        name = asset_name(sha256, about["media_type"])
        for file in (office.published / "assets" / name, office.pipeline.folders.state / "alert-pictures" / name):
            file.unlink(missing_ok=True)
    assert office.build(config, minutes=90) == ()
    assert office.manifest("hall")["alert_assets"] == named
    assert all((office.published / "assets" / asset_name(s, a["media_type"])).is_file() for s, a in named.items())


def test_a_former_name_has_them_too(office: Office) -> None:
    config = site({"water": WATER}, hall={"was": "saal"})
    office.build(config)
    assert office.pictures("saal") == office.pictures("hall") != set()


def test_one_that_fails_costs_only_itself(office: Office) -> None:
    class Failing(UnrenderedPool):
        def _made(self, key: str, spec: PageSpec) -> Rendered:
            if spec.context["title"] == "Strømmen er borte":
                raise SignageError("This page hangs.")
            return super()._made(key, spec)

    office.pipeline.alert_pictures.pool_type = Failing
    config = site({"power": POWER, "water": WATER})
    problems = office.build(config)
    assert {'the prepared alert "power" on hall' in problem for problem in problems[:1]} == {True}
    assert office.pictures("hall") == office.sent(config, "water")["hall"]
