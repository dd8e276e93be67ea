"""Which alert documents the browser player believes and what it shows of them: the cases of every player."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.bundles import publish
from tests.fixtures.paths import FIXTURES
from tests.fixtures.well import all_well

pytestmark = pytest.mark.browser

VECTORS = json.loads((FIXTURES / "vectors" / "alerts.json").read_bytes())
DOCUMENTS, SHOWN = VECTORS["documents"], VECTORS["shown"]


@pytest.fixture(scope="module")
def rules(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page in which the player's pure functions can be called."""
    folder = tmp_path_factory.mktemp("rules")
    publish(folder, 1)
    with Threaded(make_app(folder, all_well)) as server:
        view = chromium.new_page()
        view.goto(f"http://127.0.0.1:{server.port}/")
        view.evaluate(
            """async () => {
                window.alerts = await import('/alerts.js');
                window.rotation = await import('/rotation.js');
            }"""
        )
        yield view
        view.close()


@pytest.mark.parametrize("vector", DOCUMENTS, ids=[vector["name"] for vector in DOCUMENTS])
def test_the_same_documents_are_refused_as_in_every_other_player(rules: Page, vector: dict[str, Any]) -> None:
    refused = rules.evaluate(
        """async ({signed, zeros, keys, last, screen}) => {
            const file = zeros ? new Uint8Array(zeros) : Uint8Array.from(atob(signed), (c) => c.charCodeAt(0));
            const before = last && {serial: last.serial, fingerprint: last.sha256};
            const verdict = (problem) => problem.kind || String(problem);
            return window.alerts.readAlerts(file, keys, screen, before).then(() => null, verdict);
        }""",
        {**vector, "screen": VECTORS["screen"]},
    )
    assert refused == vector["refused"]


def test_a_document_that_ends_at_any_of_its_bytes_is_refused(rules: Page) -> None:
    kinds = rules.evaluate(
        """async ({signed, keys}) => {
            const file = Uint8Array.from(atob(signed), (c) => c.charCodeAt(0));
            const kinds = {};
            for (let size = 0; size < file.length; size++) {
                const kind = await window.alerts.readAlerts(file.slice(0, size), keys, 'library', null)
                    .then(() => 'taken', (problem) => problem.kind);
                kinds[kind] = (kinds[kind] || 0) + 1;
            }
            return [kinds, file.length];
        }""",
        next(vector for vector in DOCUMENTS if vector["name"] == "no alerts"),
    )
    assert kinds == [{"truncated": 65, "forged": kinds[1] - 65}, kinds[1]]


@pytest.mark.parametrize("vector", SHOWN, ids=[vector["name"] for vector in SHOWN])
def test_the_same_is_shown_at_the_same_instants_as_in_every_other_player(rules: Page, vector: dict[str, Any]) -> None:
    found = rules.evaluate(
        """({manifest, alerts, cases}) => cases.map((c) => {
            const {alertPictures, alertEdges, rotationAt} = window.alerts;
            const now = Date.parse(c.now);
            const trusted = c.clock === 'trusted';
            const ms = c.clock === 'unknown' ? null : now;
            const names = (pages, of) => pages.map((page) => [of(page), page.asset]);
            const turnOf = (pages, edges, of) => {
                const turn = trusted ? window.rotation.turnAmong(pages, edges, now) : null;
                const end = turn && turn.endMs;
                return turn && {shown: names([turn.page], of)[0], until_ms: end === Infinity ? null : end};
            };
            const byAlert = (page) => page.alert.id;
            const byPage = (page) => page.id;
            const takeovers = alertPictures(alerts, 'takeover', ms);
            const turn = (level, pages) => turnOf(pages, alertEdges(alerts, level), byAlert);
            const about = {now: c.now, clock: c.clock};
            if (takeovers.length) {
                return Object.assign(about, {takeovers: names(takeovers, byAlert), banners: [], pages: [],
                    turn: turn('takeover', takeovers), banner_turn: null, display: 'on'});
            }
            const rotation = rotationAt(manifest, alerts, now, trusted, ms, null, {});
            const banners = rotation.closed ? [] : alertPictures(alerts, 'banner', ms);
            return Object.assign(about, {takeovers: [],
                banners: names(banners, byAlert), pages: names(rotation.open, byPage),
                turn: turnOf(rotation.open, rotation.edges, byPage), banner_turn: turn('banner', banners),
                display: rotation.closed ? 'off' : 'on'});
        })""",
        vector,
    )
    assert found == vector["cases"]
