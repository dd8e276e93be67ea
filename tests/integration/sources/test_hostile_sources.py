"""Whatever a source sends, the other sources' events are there: a sample of `make bench ARGS="hostile"`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hostile_sources import NOON, SEED, WELL, town
from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from tests.fixtures.paths import LAYOUTS

SAMPLE = 300


def test_damaged_answers_of_every_type_cost_no_other_source_its_events(tmp_path: Path) -> None:
    with town(tmp_path, SEED + 1) as made:
        while made.counts.corruptions < SAMPLE:
            made.round()
    assert made.counts.lost == []
    assert made.counts.faults == {}
    refused = sum(count for outcome, count in made.counts.outcomes.items() if "refused" in outcome)
    assert SAMPLE * 0.2 < refused < SAMPLE * 0.95, "the damage is too small, or hits everything"


@pytest.mark.browser
def test_the_other_sources_events_are_on_the_published_screen(tmp_path: Path) -> None:
    """As above, as far as the manifest that players get."""
    with town(tmp_path / "first", SEED + 2) as made:
        made.damage()
        pipeline = Pipeline(Folders(tmp_path / "var"), LAYOUTS)
        report = pipeline.build(made.with_agenda(), NOON)
    pipeline.store.close()
    shown = {event["title"] for page in _pages(tmp_path / "var") for event in page["events"]}
    assert {f"Bokkafé {name}" for name in WELL} <= shown
    assert any(source.problem for source in report.sources)


def _pages(state: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((state / "published/screens/b/manifest.json").read_bytes())["pages"]
    return found
