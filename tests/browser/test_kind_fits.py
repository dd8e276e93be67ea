"""Every page kind's sample pages, with everything that is odd, fit on a lying screen and on a strip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from signage.domain.contrast import BODY_CONTRAST
from signage.domain.model import Excess
from signage.planning.kinds import KINDS, TEMPLATES
from signage.preview import Photographer, Sample, photographer, read_sample
from signage.preview.shots import MOST_SPLITS
from signage.rendering.layouts import Layout, load_layout
from tests.fixtures.make import event
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
def test_a_week_names_the_days_that_are_too_full(layout: Layout, sample: Sample, camera: Photographer) -> None:
    shot = camera.take({"week": sample.pages(layout, SIZES[0])["week"]})["week"]
    assert (shot.picture, [number for number, _ in shot.report.excess.groups]) == (None, [0])


@pytest.mark.browser
def test_the_long_name_of_an_empty_day_costs_the_others_nothing(
    layout: Layout, sample: Sample, camera: Photographer
) -> None:
    thursday = sample.at.date() + timedelta(days=2)
    kept = [each for each in sample.events if each.starts_at.date() != thursday]
    days = [sample.at.date() + timedelta(days=n) for n in (0, 1, 3, 4, 5, 6)]
    more = [replace(event(f"e{day}{n}", f"{day} {20 + n}:00"), title="Quiz") for day in days for n in range(3)]
    pages = replace(sample, events=[*kept, *more]).pages(layout, SIZES[0], "de")
    assert 2 not in dict(camera.take({"week": pages["week"]})["week"].report.excess.groups)


@pytest.mark.browser
def test_a_full_day_shows_six_events_in_a_quiet_week(layout: Layout, camera: Photographer) -> None:
    usual = read_sample(LAYOUTS / "fjord")
    shot = camera.take({"week": usual.pages(layout, SIZES[0])["week"]})["week"]
    assert shot.picture
    assert all(title in shot.report.text for title in ("Utstilling: Lys i gamle hus", "Kaillkaffe", "Voksenfotball"))
    assert " til" not in shot.report.text


@pytest.mark.browser
def test_no_star_is_behind_the_events_of_an_association(layout: Layout, camera: Photographer) -> None:
    usual = read_sample(LAYOUTS / "fjord")
    bare = replace(usual, organisation=replace(usual.organisation, about="", picture=None))
    title = "Kystkulturdager: båtbygging for små hender"
    lengthy = [replace(e, title=f"{title} {n}", organisation="samplet") for n, e in enumerate(usual.events)]
    pages = replace(bare, events=tuple(lengthy)).pages(layout, SIZES[0], season="jul")
    shot = camera.take({"organisation": pages["organisation"]})["organisation"]
    assert shot.picture
    assert min(ratio for _, ratio, _ in shot.report.contrasts) > BODY_CONTRAST


@pytest.mark.browser
@pytest.mark.parametrize("size", ["1920x1080", "1920x540"])
def test_a_table_keeps_its_rows_beside_the_long_words_of_a_poster(
    size: str, layout: Layout, sample: Sample, camera: Photographer
) -> None:
    shot = camera.take({"split": sample.pages(layout, size)["split-table"]})["split"]
    assert not any("told" in problem for problem in shot.report.problems)


@pytest.mark.browser
@pytest.mark.parametrize("kind", [kind.name for kind in KINDS.values() if kind.model])
def test_every_kind_fits(kind: str, layout: Layout, sample: Sample, camera: Photographer) -> None:
    template = KINDS[kind].template or kind
    for size in SIZES:
        splits: dict[str, list[Excess]] = {}
        for _ in range(MOST_SPLITS):
            pages = {n: spec for n, spec in sample.pages(layout, size, splits=splits).items() if spec.kind == template}
            shots = camera.take(pages)
            faulty = {name: shot.report.problems for name, shot in shots.items() if shot.report.problems}
            if not faulty:
                break
            for name in faulty:
                splits.setdefault(name, []).append(shots[name].report.excess)
        assert faulty == {}
        assert set(shots) == set(pages) != set()
