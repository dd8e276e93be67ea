"""At every instant, pages are in the order of the playlist, and then of the plan."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.planning.catalog import Catalog
from signage.planning.kinds import ScreenContext, content
from signage.planning.screen_plan import plan_screen
from tests.fixtures import unrendered
from tests.fixtures.order_oracle import HALF_HOUR, wrong_half_hours
from tests.fixtures.unrendered import CAPACITY, HORIZON, PLAYLISTS, config_of, manifest

CALENDARS = (2, 3)  # benchmarks/order.py takes 200


@pytest.mark.parametrize("playlist", PLAYLISTS)
@pytest.mark.parametrize("seed", CALENDARS)
def test_no_half_hour_of_a_fortnight_is_out_of_order(seed: int, playlist: str) -> None:
    start, events = unrendered.calendar(seed)
    assert next(wrong_half_hours(manifest(config_of(playlist), events, start)), None) is None


@settings(max_examples=10, deadline=None)
@given(st.integers(1000, 2000), st.sampled_from(["one agenda", "posters between lists", "one activity at a time"]))
def test_a_plan_has_each_lines_pages_in_the_order_in_which_the_line_has_them(seed: int, playlist: str) -> None:
    start, events = unrendered.calendar(seed)
    config, catalog = config_of(playlist), Catalog.of(events)
    plan = plan_screen(config, "s", catalog, start, start + HORIZON, CAPACITY, {})
    context = ScreenContext(config, "s", catalog, CAPACITY, start, start + HORIZON)
    lines = [content(entry, (number, ""), context) for number, entry in enumerate(config.screens["s"].playlist)]
    at = start + timedelta(minutes=seed % 30)
    while at < start + HORIZON:
        shown = [page.plan for page in plan.pages if page.start <= at < page.until]
        assert shown == [page for line in lines for page in line.pages(at)]
        at += 7 * HALF_HOUR
