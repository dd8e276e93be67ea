"""Invented sequences of CAP files, fetched over HTTP and kept on disk: what is shown is as the oracle says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from signage.app.alert_feeds import AlertFeeds
from signage.config.load import parse_config
from signage.config.models import Config
from signage.storage.store import Store
from tests.fixtures.alert_office import LIMITS, LIST, XML
from tests.fixtures.cap_oracle import Oracle
from tests.fixtures.cap_sequences import BEGIN, Sequences
from tests.fixtures.official_alerts import rss
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import Portal, ok


def configuration(made: Sequences, url: str) -> Config:
    text = (
        '[site]\nname = "Heim"\ncalendar = "https://iheim.no"\n'
        '[[sources]]\nid = "iheim"\ntype = "wis"\nurl = "https://iheim.no"\n'
        f'[[alert_feeds]]\ntype = "cap"\nname = "Fylket"\nurl = "{url}{LIST}"\n'
        '[screens.one]\nplace = "p0"\nplaylist = [{ show = "evergreen" }]\n'
    )
    for place in made.places:
        text += f'[places.{place.name}]\nname = "{place.name}"\nmunicipality = "{place.municipality}"\n'
        if place.at is not None:
            text += f"position = [{place.at[0] / 1e4:.4f}, {place.at[1] / 1e4:.4f}]\n"
    return parse_config(text.encode(), "screens.toml", LAYOUTS)


@pytest.mark.parametrize("seed", [1003, 1017, 1042, 1077])
def test_what_is_fetched_is_shown_as_the_oracle_says(tmp_path: Path, seed: int) -> None:
    made = Sequences(seed)
    oracle = Oracle(made.files)
    with Portal() as portal:
        portal.paths[LIST] = ok(rss(*(f"/{number}" for number in range(len(made.files)))), XML)
        portal.paths |= {f"/{number}": ok(file, XML) for number, file in enumerate(made.files)}
        config = configuration(made, portal.url)
        AlertFeeds(Store(tmp_path / "state.sqlite"), limits=LIMITS).refresh(config, BEGIN + timedelta(days=2))
        feeds = AlertFeeds(Store(tmp_path / "state.sqlite"), limits=LIMITS)  # after a restart
        assert len(portal.asked) == len(made.files) + 1
        shown = 0
        for at in oracle.instants()[::2]:
            expected = oracle.shown(at, made.places, "nb")
            for name, active in feeds.active(config, at).items():
                assert sorted(each.alert.text_in("nb").headline for each in active) == expected[name], (at, name)
                shown += len(active)
        assert shown > 20
        assert len(portal.asked) == len(made.files) + 1
