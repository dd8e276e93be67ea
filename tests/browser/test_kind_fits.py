"""Every page kind's sample pages, with everything that is odd, fit on a lying screen and on a strip."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signage.planning.kinds import KINDS, TEMPLATES
from signage.preview import Photographer, Sample, photographer, read_sample
from signage.preview.shots import MOST_SPLITS
from signage.rendering.layouts import Layout, load_layout
from tests.fixtures.paths import LAYOUTS

SIZES = ("1920x1080", "1920x540")


@pytest.fixture(scope="module")
def layout() -> Layout:
    return load_layout(LAYOUTS / "fjord", TEMPLATES)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return read_sample(LAYOUTS / "fjord", stress=True)


@pytest.fixture(scope="module")
def camera(layout: Layout, sample: Sample) -> Iterator[Photographer]:
    with photographer({layout.name: layout}, sample.pictures) as made:
        yield made


@pytest.mark.browser
@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if kind.model])
def test_every_kind_fits(kind: str, layout: Layout, sample: Sample, camera: Photographer) -> None:
    template = KINDS[kind].template or kind
    for size in SIZES:
        splits: dict[str, int] = {}
        for _ in range(MOST_SPLITS):
            pages = {n: spec for n, spec in sample.pages(layout, size, splits=splits).items() if spec.kind == template}
            shots = camera.take(pages)
            faulty = {name: shot.report.problems for name, shot in shots.items() if shot.report.problems}
            if not faulty:
                break
            splits |= {name: splits.get(name, 0) + 1 for name in faulty}
        assert faulty == {}
        assert set(shots) == set(pages) != set()
