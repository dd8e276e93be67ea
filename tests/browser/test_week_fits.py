"""How many of a week's rows there is room for: found at once, and as many as by trying one row less after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from signage.domain.model import Event, Excess
from signage.planning.catalog import Catalog
from signage.planning.kinds import TEMPLATES, split_page
from signage.planning.kinds.week import week, week_page
from signage.planning.page_contexts import PageContextBuilder
from signage.preview import Photographer, Sample, photographer, read_sample
from signage.rendering.layouts import Layout, load_layout
from signage.wording.languages import load
from tests.fixtures.make import event
from tests.fixtures.paths import LAYOUTS

WORDS = ["konsert", "med", "korpset", "gjester", "fra", "hele", "kommunen", "ved", "fjorden", "kulturhuset"]
MOST_TRIES, STACKED_TRIES = 5, 3


@pytest.fixture(scope="module")
def layout() -> Layout:
    return load_layout(LAYOUTS / "fjord", TEMPLATES)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return read_sample(LAYOUTS / "fjord", stress=False)


@pytest.fixture(scope="module")
def camera(layout: Layout, sample: Sample) -> Iterator[Photographer]:
    with photographer({layout.name: layout}, sample.pictures) as made:
        yield made


def busy(sample: Sample, seed: int, rows: Sequence[tuple[int, int]]) -> list[Event]:
    """A week with a number of events on each day, between these."""
    random = Random(seed)
    made = []
    for ahead, (fewest, most) in enumerate(rows):
        day = sample.at.date() + timedelta(days=ahead)
        for number in range(random.randint(fewest, most)):
            title = " ".join(random.sample(WORDS, random.randint(1, 9)))
            hour = max(sample.at.hour + 1, 10) + number
            one = event(f"e{ahead}-{number}", f"{day} {min(hour, 22)}:{10 + number}")
            made.append(replace(one, title=title))
    return made


class Week:
    """A page with these events. `rows`: those of each day that are shown in the end; `tried`: how many pages that took;
    `one_more_fits`: whether a page that was tried had one row less than there was room for with all titles whole.

    `slowly`: each page that is tried has one row less, wherever there are too many.
    """

    def __init__(
        self, camera: Photographer, sample: Sample, layout: Layout, size: str, events: list[Event], *, slowly: bool
    ) -> None:
        config = sample.config(size, layout.name, "nb")
        screen = config.screens["s"]
        first = sample.at.date()
        contexts = PageContextBuilder(config, "s", load("nb"), Catalog.of(events, [], [], {}))
        programme = week(events, first, config.zone_of("s"))
        capacity = layout.capacity(screen.width, screen.height)
        plan = week_page(programme, first, sample.at, capacity, elsewhere=False)[0]
        self.tried = 1
        self.one_more_fits = False
        while (report := camera.take({"week": contexts.spec(plan)})["week"].report).overflow:
            one_less = Excess(tuple((number, 99) for number, _ in report.excess.groups))
            fuller, (plan,) = plan, split_page(plan, one_less if slowly else report.excess)
            if not slowly and report.excess.rows > 1:
                (fuller,) = split_page(fuller, replace(report.excess, rows=report.excess.rows - 1))
                less = camera.take({"week": contexts.spec(fuller)})["week"].report
                self.one_more_fits |= not less.overflow and not less.shortened
            self.tried += 1
        self.rows = [len(group.rows) for group in plan.groups]


@pytest.mark.browser
@pytest.mark.parametrize("seed", [1, 2])
def test_columns_have_as_many_rows_as_one_less_after_the_other_finds(
    seed: int, layout: Layout, sample: Sample, camera: Photographer
) -> None:
    events = busy(sample, seed, [(3, 9)] * 7)
    slowly, at_once = (Week(camera, sample, layout, "1920x1080", events, slowly=slowly) for slowly in (True, False))
    assert at_once.rows == slowly.rows
    assert at_once.tried <= MOST_TRIES
    assert at_once.tried < slowly.tried


@pytest.mark.browser
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_days_below_each_other_have_no_fewer_rows_and_the_first_ones_have_more(
    seed: int, layout: Layout, sample: Sample, camera: Photographer
) -> None:
    events = busy(sample, seed, [(3, 9)] * 7)
    slowly, at_once = (Week(camera, sample, layout, "1080x1920", events, slowly=slowly) for slowly in (True, False))
    assert sum(at_once.rows) > sum(slowly.rows)
    assert at_once.rows == sorted(at_once.rows, reverse=True)
    assert at_once.tried <= STACKED_TRIES
    assert not at_once.one_more_fits


@pytest.mark.browser
def test_a_day_with_one_thing_left_costs_the_others_no_rows(
    layout: Layout, sample: Sample, camera: Photographer
) -> None:
    """Its column has room for a time from a to b, however full the others are."""
    day = sample.at.date()
    last = event("Øving", f"{day} 19:30", f"{day} 21:20")
    events = [last, *busy(sample, 3, [(0, 0), *[(8, 8)] * 6])]
    rows = Week(camera, sample, layout, "1920x1080", events, slowly=False).rows
    assert rows[0] == 1
    assert min(rows[1:]) >= 2
