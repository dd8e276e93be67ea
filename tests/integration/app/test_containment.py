"""Failures are thrown into every stage. What is published is whole and true each time, and whole again afterwards.

Seeded: SIGNAGE_FAULT_SEEDS=500 tries so many builds instead of a few.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from nacl.signing import VerifyKey

from signage.app.build_report import BuildReport
from signage.config.load import load
from signage.config.models import Config
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.publishing import open_pages
from signage.runtime.cancel import Cancelled
from signage.runtime.containment import MOST_CULPRITS, Failures, salvage
from tests.fixtures.bundles import VALID
from tests.fixtures.fault_points import FAULTS, POINTS, BadPages, FaultPoint
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import Portal, cut, ok, status
from tests.fixtures.quick import QuickPipeline
from tests.fixtures.site import NOW, listing

SEEDS = range(int(os.environ.get("SIGNAGE_FAULT_SEEDS", "16")))
TITLES = ("Kaffe", "Kino: Vaiana", "Bokprat", "Strikkekafé", "Dugnad", "Konsert")
STARTS = ("11-23 13:00", "11-23 18:00", "11-23 19:30", "11-24 18:00", "11-25 11:00", "11-25 20:00")
WEEK = [listing(title, f"2026-{start}", id=n) for n, (title, start) in enumerate(zip(TITLES, STARTS, strict=True), 1)]
OTHER = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Revy\r\n"
    "DTSTART:20261124T180000Z\r\nDTEND:20261124T200000Z\r\nLOCATION:Hemne bibliotek\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
AREA = """
[site]
name = "Heim kommune"
languages = ["nb"]
calendar = "https://iheim.no"
expiry_hours = 2
address = "https://skjerm.example.org"

[places.bibliotek]
name = "Hemne bibliotek"
town = "Kyrksæterøra"

[[sources]]
id = "iheim"
type = "wis"
url = "{url}"

[[sources]]
id = "kultur"
type = "ical"
url = "{url}/kultur.ics"

[screens.oppe]
place = "bibliotek"
size = "1280x720"
playlist = [{{ show = "today" }}, {{ show = "agenda", days = 4, today = false }}]

[screens.nede]
place = "bibliotek"
size = "1280x720"
playlist = [{{ show = "today" }}, {{ show = "agenda", days = 4, today = false }}, {{ show = "notice", title = "Hei" }}]
"""


class Area:
    """Two screens that show the same events."""

    def __init__(self, folder: Path, portal: Portal) -> None:
        self.folder = folder
        self.portal = portal
        portal.wis(ok(json.dumps(WEEK)))
        portal.paths["/kultur.ics"] = ok(OTHER, "text/calendar")
        (folder / "screens.toml").write_text(AREA.format(url=portal.url), "utf-8")
        self.config: Config = load(folder / "screens.toml", LAYOUTS)

    def build(self, at: datetime, look: BadPages | None = None) -> BuildReport:
        return QuickPipeline(self.folder, look or BadPages("", hung=False)).build(self.config, at)

    def manifest(self, screen: str) -> dict[str, Any] | None:
        path = self.folder / "var" / "published" / "screens" / screen / "manifest.json"
        return json.loads(path.read_bytes()) if path.exists() else None

    def check_bundles(self) -> None:
        """Every published screen: schema, signature, assets, and rule 1."""
        published = self.folder / "var" / "published"
        key = VerifyKey(bytes.fromhex((published / "signage.pub").read_text().strip()))
        for screen in ("oppe", "nede"):
            folder = published / "screens" / screen
            if not folder.exists():
                continue
            body = (folder / "manifest.json").read_bytes()
            key.verify(body, (folder / "manifest.json.sig").read_bytes())
            manifest = json.loads(body)
            VALID.validate(manifest)
            for sha256, about in manifest["assets"].items():
                (file,) = (published / "assets").glob(f"{sha256}.*")
                data = file.read_bytes()
                assert (len(data), hashlib.sha256(data).hexdigest()) == (about["bytes"], sha256)
            assert any(page["fallback"] for page in manifest["pages"])
            for page in manifest["pages"]:
                for event in page["events"]:
                    assert datetime.fromisoformat(page["until"]) <= datetime.fromisoformat(event["end"])

    def titles(self, screen: str, at: datetime) -> set[str]:
        """Every title that the screen shows from the instant `at` on."""
        manifest = self.manifest(screen)
        assert manifest is not None
        return {
            event["title"] for page in manifest["pages"] if page["until"] > at.isoformat() for event in page["events"]
        }


@pytest.fixture
def area(tmp_path: Path) -> Iterator[Area]:
    with Portal() as portal:
        yield Area(tmp_path, portal)


def problems(report: BuildReport) -> str:
    return "\n".join([*report.problems, *(p for screen in report.screens for p in screen.problems)])


def check(area: Area, report: BuildReport, points: list[tuple[FaultPoint, str]], at: datetime) -> None:
    """What is promised of a build in which these points failed for these titles."""
    area.check_bundles()
    lost = {title for point, title in points if point.name not in ("one_screen", "activating") and not point.once}
    assert set(TITLES) - lost <= area.titles("oppe", at), problems(report)
    said = problems(report)
    for point, title in points:
        if point.once:
            continue
        assert report.exit_code == EXIT_PARTIAL
        if point.name in ("one_screen", "activating"):
            assert next(screen for screen in report.screens if screen.screen == "nede").problems
        elif point.name == "judging":
            assert "the judgement on a page" in said
        else:
            assert title in said, (point.name, said)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_fails_the_rest_is_published_and_all_is_well_again_afterwards(
    area: Area, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    at = NOW
    if random.random() < 0.5:  # else it is a new server
        assert area.build(at).exit_code == EXIT_OK
        at += timedelta(minutes=10)
    known = at > NOW
    spoiled = random.random() < 0.5
    if spoiled:
        area.portal.paths["/kultur.ics"] = random.choice(
            (ok(random.randbytes(5000), "text/calendar"), status(500), cut(OTHER), ok("{" * 100_000, "text/calendar"))
        )
    failing = [POINTS[seed % len(POINTS)], *random.sample(POINTS, random.choice((0, 0, 1, 2)))]
    points = [(point, random.choice(TITLES)) for point in dict.fromkeys(failing)]
    with monkeypatch.context() as patch:
        for point, title in points:
            point.install(patch, title, random.choice(FAULTS))
        report = area.build(at)
    check(area, report, points, at)
    assert any(source.problem for source in report.sources) == spoiled
    assert (spoiled and not known) or "Revy" in area.titles("oppe", at)  # its last good events stay
    area.portal.paths["/kultur.ics"] = ok(OTHER, "text/calendar")
    healthy = area.build(at + timedelta(minutes=10))
    area.check_bundles()
    assert healthy.exit_code == EXIT_OK, problems(healthy)
    for screen in ("oppe", "nede"):
        assert area.titles(screen, at) == {*TITLES, "Revy"}


@pytest.mark.parametrize("hung", [True, False])
def test_pages_that_hang_or_kill_the_browser_cost_themselves_and_in_the_end_only_their_event(
    area: Area, hung: bool
) -> None:
    at = NOW
    for _ in range(4):
        report = area.build(at, BadPages("Vaiana", hung=hung))
        area.check_bundles()
        assert "Vaiana" in problems(report)
        assert {"Bokprat" if hung else "Dugnad", "Strikkekafé"} & area.titles("oppe", at)
        at += timedelta(minutes=30)
    assert area.titles("oppe", at) == {*TITLES, "Revy"} - {"Kino: Vaiana"}
    healthy = area.build(at + timedelta(hours=7))
    assert healthy.exit_code == EXIT_OK


def test_a_fault_that_every_page_has_still_leaves_the_fallback_page(
    area: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a new server, with a layout that can't be used for anything."""
    with monkeypatch.context() as patch:
        patch.setattr("signage.rendering.document.Renderer.document", _broken)
        report = area.build(NOW)
    area.check_bundles()
    assert report.exit_code == EXIT_PARTIAL
    for screen in ("oppe", "nede"):
        manifest = area.manifest(screen)
        assert manifest is not None
        (page,) = open_pages(manifest, NOW)
        assert (page["kind"], page["fallback"]) == ("evergreen", True)
        assert "iheim.no" in page["alt"]


def _broken(*_: object) -> None:
    raise RuntimeError("this template is broken")


def test_a_layout_that_can_not_be_read_costs_its_screens_alone(area: Area, tmp_path: Path) -> None:
    layouts = tmp_path / "layouts"
    layouts.mkdir()
    (layouts / "fjord").symlink_to(LAYOUTS / "fjord")
    (layouts / "egen").mkdir()
    path = area.folder / "screens.toml"
    path.write_text(path.read_text("utf-8").replace("[screens.nede]", '[screens.nede]\nlayout = "egen"'), "utf-8")
    (layouts / "egen" / "layout.toml").write_text('based_on = "fjord"\n')
    (layouts / "egen" / "style.css").write_text("")
    config = load(path, layouts)
    (layouts / "egen" / "style.css").unlink()
    report = QuickPipeline(area.folder, layouts=layouts).build(config, NOW)
    area.check_bundles()
    assert area.titles("oppe", NOW) == {*TITLES, "Revy"}
    assert 'the layout "egen" is left out' in problems(report)
    manifest = area.manifest("nede")
    assert manifest is not None
    assert [page["kind"] for page in open_pages(manifest, NOW)] == ["evergreen"]


def test_a_rendered_picture_that_was_damaged_on_disk_is_made_again_before_it_is_published(area: Area) -> None:
    area.build(NOW)
    published = area.folder / "var" / "published"
    manifest = area.manifest("oppe")
    assert manifest is not None
    sha256 = open_pages(manifest, NOW)[0]["asset"]
    (area.folder / "var" / "pictures" / f"{sha256}.webp").unlink()  # the published one is a link to the same bytes
    (area.folder / "var" / "pictures" / f"{sha256}.webp").write_bytes(b"dust")
    (published / "assets" / f"{sha256}.webp").unlink()
    report = area.build(NOW + timedelta(minutes=10))
    area.check_bundles()
    assert report.exit_code == EXIT_OK, problems(report)
    assert area.titles("oppe", NOW) == area.titles("nede", NOW) == {*TITLES, "Revy"}


# --- the mechanism ---


def test_salvaging_finds_every_culprit_and_keeps_the_order() -> None:
    given_up: list[int] = []

    def work(items: Any) -> list[int]:
        if {3, 7} & set(items):
            raise ValueError
        return list(items)

    assert salvage(range(10), work, lambda item, error: given_up.append(item)) == [0, 1, 2, 4, 5, 6, 8, 9]
    assert given_up == [3, 7]


def test_salvaging_parts_two_that_fail_only_together() -> None:
    def work(items: Any) -> list[int]:
        if {2, 6} <= set(items):
            raise ValueError
        return list(items)

    assert salvage(range(8), work, lambda item, error: None) == [0, 1, 2, 3, 4, 5, 7]


def test_what_fails_without_any_item_or_with_nearly_all_is_no_matter_of_items() -> None:
    def never(items: Any) -> None:
        raise ValueError("never")

    with pytest.raises(ValueError, match="never"):
        salvage([1, 2], never, lambda item, error: None)
    calls = []

    def only_nothing(items: Any) -> None:
        calls.append(1)
        if items:
            raise ValueError("all")

    with pytest.raises(ValueError, match="all"):
        salvage(range(100_000), only_nothing, lambda item, error: None)
    assert len(calls) < 2 * MOST_CULPRITS + 100


def test_a_cancellation_is_no_failure_of_a_unit() -> None:
    failures = Failures()
    with pytest.raises(Cancelled), failures.unit("a screen"):
        raise Cancelled
    assert failures.all == ()


def test_a_failure_is_logged_once_and_named_each_time(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        failures = Failures()
        with failures.unit("the record x:1"):
            raise ValueError("no such day")
        assert failures.sentences == ("the record x:1 is left out: ValueError: no such day",)
    assert len(caplog.records) == 1
