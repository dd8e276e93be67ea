"""Whatever a source sends, the other sources' events are there: a sample of `make bench ARGS="hostile"`."""

from __future__ import annotations

from pathlib import Path

from tests.bench_hostile import SEED, town

SAMPLE = 300


def test_damaged_answers_of_every_type_cost_no_other_source_its_events(tmp_path: Path) -> None:
    with town(tmp_path, SEED + 1) as made:
        while made.counts.corruptions < SAMPLE:
            made.round()
    assert made.counts.lost == []
    assert made.counts.faults == {}
    refused = sum(count for outcome, count in made.counts.outcomes.items() if "refused" in outcome)
    assert SAMPLE * 0.2 < refused < SAMPLE * 0.95, "the damage is too small, or hits everything"
