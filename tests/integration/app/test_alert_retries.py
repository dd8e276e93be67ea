"""Alerts whose pictures could not be made, for a moment: they come by themselves, and hold no others up."""

from __future__ import annotations

from pathlib import Path

import pytest

from signage.domain.alerts import AlertText
from signage.domain.model import PageSpec
from signage.fleet.alert_desk import AlertRefused
from signage.rendering.page_faults import RenderFault
from tests.fixtures.alert_site import AlertSite

LONG = AlertText("Vannet må kokes", "\n\n".join(f"Avsnitt {number}." for number in range(8)))


@pytest.fixture
def site(tmp_path: Path) -> AlertSite:
    return AlertSite(tmp_path)


def hang(spec: PageSpec) -> None:
    """The browser takes too long for every page."""
    raise RenderFault("no answer within 60 s", hung=True)


def test_after_pages_that_hung_the_next_alert_is_tried_as_if_nothing_had_been(site: AlertSite) -> None:
    """A disk that stalled, or a machine that was asleep, is no fault of what is sent later."""
    site.pictures.look = hang
    with pytest.raises(AlertRefused, match=r": pages like it took too long\."):
        site.desk.send(site.draft(texts={"nb": LONG}, screens=("kino",)), "a")
    site.pictures.look = lambda spec: None
    site.desk.send(site.draft(screens=("kino",)), "a")
    assert site.titles("kino") == ["Vannet må kokes"]
