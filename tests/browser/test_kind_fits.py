"""Every page kind's sample pages, with everything that is odd, fit on a lying screen and on a strip."""

from __future__ import annotations

import pytest

from signage.planning.kinds import KINDS, TEMPLATES
from signage.preview import read_sample
from signage.preview.shots import MOST_SPLITS, shoot
from signage.rendering.layouts import load_layout
from tests.fixtures.paths import LAYOUTS

SIZES = ("1920x1080", "1920x540")


@pytest.mark.browser
@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if kind.model])
def test_every_kind_fits(kind: str) -> None:
    folder = LAYOUTS / "fjord"
    layout, sample = load_layout(folder, TEMPLATES), read_sample(folder, stress=True)
    template = KINDS[kind].template or kind
    for size in SIZES:
        splits: dict[str, int] = {}
        for _ in range(MOST_SPLITS):
            pages = {n: spec for n, spec in sample.pages(layout, size, splits=splits).items() if spec.kind == template}
            shots = shoot(pages, {layout.name: layout}, sample.pictures)
            faulty = {name: shot.report.problems for name, shot in shots.items() if shot.report.problems}
            if not faulty:
                break
            splits |= {name: splits.get(name, 0) + 1 for name in faulty}
        assert faulty == {}
        assert set(shots) == set(pages) != set()
