"""Departures in a real browser, which stays warm from minute to minute."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from PIL import Image

from signage.app.live_pages import LivePages
from signage.app.live_refresh import LiveRefresh, fetching
from signage.runtime.cancel import CancelToken
from tests.fixtures.entur import MINUTE, call
from tests.fixtures.hostile_texts import anything
from tests.fixtures.live_pages import LINE, Server
from tests.fixtures.site import NOW, Site

LONG = "Kyrksæterøra skysstasjon og hurtigbåtkai via Vinjeøra, Valsøybotn og Betna ferjekai"


@pytest.mark.browser
def test_what_does_not_fit_is_left_out_and_the_browser_is_kept(site: Site) -> None:
    server = Server(site, more="", playlist=f'{{ show = "today" }}, {LINE.replace(" }", ", count = 12 }")}')
    pipe = server.pipeline
    pages = LivePages(pipe.folders, pipe.live_screens, pipe.ledger, pipe.lock)
    refresh = LiveRefresh(
        pages, pipe.live_screens, lambda: server.config, server.clock, CancelToken(), fetching(pipe.store)
    )
    try:
        server.leave(*(call(NOW + (5 + n) * MINUTE, f"{310 + n}", LONG, late=1) for n in range(20)))
        server.build()
        refresh.look()
        assert not refresh.problems
        (page,) = (page for page in server.manifest()["pages"] if page["kind"] == "departures")
        assert "310" in page["alt"]
        assert "321" not in page["alt"]
        assert page["clock"]
        (path,) = (pipe.folders.published / "assets").glob(f"{page['asset']}.*")
        with Image.open(path) as picture:
            assert picture.size == (1280, 720)
        made, workers = pages.renderings, list(pages._browsers.workers)
        assert made > 1
        server.clock.passes(MINUTE)
        server.leave(*(call(NOW + (9 + n) * MINUTE, f"{310 + n}", LONG, late=1) for n in range(20)))
        refresh.look()
        assert pages.renderings == made + 1, "it is known by now how many fit"
        assert pages._browsers.workers == workers
        server.clock.passes(timedelta(minutes=1))
        texts = [anything(Random(seed), 80) or "x" for seed in range(12)]
        server.leave(*(call(server.clock.at + (9 + n) * MINUTE, text[:9], text) for n, text in enumerate(texts)))
        refresh.look()
        assert not refresh.problems
        assert server.board()
    finally:
        pages.close_browsers()
        pipe.close_browsers()
