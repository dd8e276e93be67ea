"""The demo's official alert: made up, calm, and the only one there is. No authority is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import signage.app.configuration  # noqa: F401 what may stand in a playlist, and the types of sources
from signage.app.alert_feeds import AlertFeeds
from signage.app.official_alerts import drafts_of
from signage.config.load import parse_config
from signage.demo import DemoPortal, replace_addresses
from signage.storage.store import Store
from tests.fixtures.make import oslo
from tests.fixtures.paths import LAYOUTS, ROOT

NOW = oslo("2026-11-27 13:00")
NVE = '\n[[alert_feeds]]\ntype = "nve"\n'
COMMENTED = '# [[alert_feeds]]\n# type = "met"\n'


def the_sample() -> str:
    """screens.toml with its feed switched on, and one more."""
    sample = (ROOT / "screens.toml").read_text("utf-8")
    assert COMMENTED in sample
    site = sample.replace("[site]\n", '[site]\nmunicipality = "5055"\n', 1)
    return site.replace(COMMENTED, COMMENTED.replace("# ", "") + NVE)


@pytest.mark.parametrize("at", [NOW, oslo("2026-11-28 00:30"), oslo("2026-12-31 23:59")])
def test_the_demo_warns_of_a_gale_that_is_made_up(tmp_path: Path, at: datetime) -> None:
    with DemoPortal(at.date(), now=lambda: at) as portal:
        config = replace_addresses(parse_config(the_sample().encode(), "screens.toml", LAYOUTS), portal)
        assert [(feed.type, feed.address.startswith(portal.wis_url)) for feed in config.alert_feeds] == [("met", True)]
        feeds = AlertFeeds(Store(tmp_path / "state.sqlite"))
        feeds.refresh(config, at)
        (report,) = feeds.reports(config, at)
        assert (report.problem, report.warnings) == (None, ())
        (draft, *others) = drafts_of(feeds.active(config, at), config, at)
        assert others == []
        assert set(draft.screens) == set(config.screens)
        assert (draft.level, draft.warning) == ("page", "yellow")
        assert (draft.sender, draft.credit) == ("Demoen", "Oppdiktet varsel"), "it is nobody's"
        assert all("demo" in text.title for text in draft.texts.values())
        assert "oppdiktet" in draft.texts["nb"].text
        assert at < draft.until <= at + timedelta(days=1)


def test_without_a_feed_in_the_file_the_demo_has_none() -> None:
    with DemoPortal(NOW.date()) as portal:
        config = parse_config((ROOT / "screens.toml").read_bytes(), "screens.toml", LAYOUTS)
        assert replace_addresses(config, portal).alert_feeds == []
