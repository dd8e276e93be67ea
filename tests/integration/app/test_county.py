"""Twenty screens in ten houses: what a refresh does is counted, and grows with what has changed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks import county_config
from signage.app import render_order, screen_build
from signage.app.build_report import BuildReport
from signage.app.configuration import find_warnings, load, read
from signage.app.phases import DAY, MINUTE, Phase
from signage.publishing import Bundle
from signage.storage.store import Store
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import NOW
from tests.fixtures.unrendered_pipeline import UnrenderedPipeline, UnrenderedPool

SCREENS, PLACES, EVENTS = 20, 12, 2  # in two municipalities, and so few that it is quick


class County:
    """Builds a county, and counts what is done for it. `planned`: the screens that were, in the last build."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.done: Counter[str] = Counter()
        self.planned: set[str] = set()
        county_config.write(folder, SCREENS, PLACES, today=NOW.date(), events=EVENTS)
        self.config = load(folder / "screens.toml", LAYOUTS)
        self.pipeline = UnrenderedPipeline(folder)
        two_days = timedelta(days=2)  # instead of fourteen
        monkeypatch.setattr(render_order, "HORIZON", two_days)
        monkeypatch.setattr(render_order, "PHASES", (Phase(MINUTE, DAY), Phase(two_days, two_days)))
        plan = screen_build.plan_screen

        def planning(config: Any, screen_id: str, *rest: Any) -> Any:
            self.planned.add(screen_id)
            return plan(config, screen_id, *rest)

        monkeypatch.setattr(screen_build, "plan_screen", planning)
        for owner, name in (
            (screen_build, "pocket_files"),
            (Bundle, "manifest"),
            (UnrenderedPool, "render"),
            (UnrenderedPool, "look_up"),
            (UnrenderedPool, "key"),
            (UnrenderedPool, "sweep"),
            (Store, "rendered_get"),
        ):
            monkeypatch.setattr(owner, name, self._counted(name, getattr(owner, name)))

    def _counted(self, name: str, original: Any) -> Any:
        def call(*given: Any, **more: Any) -> Any:
            self.done[name] += 1
            return original(*given, **more)

        return call

    def build(self, minutes: int) -> BuildReport:
        self.done.clear()
        self.planned.clear()
        return self.pipeline.build(self.config, NOW + timedelta(minutes=minutes))

    def screens_with(self, uid: str) -> set[str]:
        """The screens that may show an event, as their pages for telephones say."""
        folder = self.folder / "var" / "published" / "screens"
        return {
            screen for screen in self.config.screens if uid in (folder / screen / "calendar.ics").read_text("utf-8")
        }


def test_a_refresh_plans_renders_and_reads_what_has_changed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = County(tmp_path, monkeypatch)
    assert county.build(0).warnings == ()
    assert county.planned == set(county.config.screens)
    assert county.done["render"]

    report = county.build(10)
    assert county.planned == set()
    assert county.done == Counter()
    assert {(screen.rendered, screen.problems) for screen in report.screens} == {(0, ())}

    calendar = county.folder / "calendars" / "kommune-01.ics"
    calendar.write_text(calendar.read_text("utf-8").replace("SUMMARY:", "SUMMARY:Ny ", 1), "utf-8")
    before = county.screens_with("bibliotek-001-0@")
    county.build(20)
    assert county.planned == before | county.screens_with("bibliotek-001-0@")
    assert 0 < len(county.planned) < SCREENS / 2
    assert county.done["sweep"] == 0


def test_the_generated_county_is_the_same_each_time_and_nothing_in_it_is_doubtful(tmp_path: Path) -> None:
    written = []
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        path = county_config.write(tmp_path / name, 40, 25, today=NOW.date(), seed=seed)
        config = load(path, LAYOUTS)
        assert (len(config.screens), len(config.places), len(config.sources)) == (40, 25, 3)
        assert find_warnings(read(path), str(path), config, NOW) == []
        written.append({file.name: file.read_bytes() for file in (tmp_path / name).rglob("*") if file.is_file()})
    assert written[0] == written[1]
    assert written[0].keys() == written[2].keys()
    assert all(written[0][name] != written[2][name] for name in written[0])
