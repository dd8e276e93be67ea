"""The loop with alerts: no fade, the display on in a closed house, gone at the second; and what is reported of them."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from player.display import glass as glass_module
from player.display.pictures import LabelStyles, Slide, UnreadablePicture
from player.display.slim_pygame import pygame
from player.net.heartbeat_report import report, reported
from player.player import LATEST, SOONEST, AlertReports
from player.store.alerts import in_force, verify_alerts
from player.store.manifest import Asset, verify
from signage.fleet.messages import ReportedAlerts
from tests.fixtures.alerts import AlertEntry, AlertPage, alert, alert_document, signed
from tests.fixtures.bundles import KEY, evergreen, manifest, page
from tests.player.display.test_panel import Evening, Panel
from tests.player.net.test_heartbeat import ABOUT, BOX, SCENE

PUBLIC = KEY.verify_key.encode()
START = "2026-06-01T12:16:40+00:00"  # of `Evening`, at 1000 ticks
BLACK = io.BytesIO()
Image.new("RGB", (320, 180)).save(BLACK, "PNG")


@pytest.fixture
def panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    yield Panel(tmp_path, monkeypatch)
    pygame.display.quit()


class AlertEvening(Evening):
    """An evening whose pictures are those of what was published; `powers`: whether the display should be on."""

    def __init__(self, panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(panel)
        self.files: dict[str, bytes] = {}
        self.powers: list[tuple[float, bool]] = []
        self.faded: list[float] = []
        self.loop._store = self  # type: ignore[assignment]
        monkeypatch.setattr(glass_module, "cross_fade", self._fade)
        self.glass.power = self._power  # type: ignore[method-assign]

    def read(self, asset: Asset) -> bytes | None:
        return self.files.get(asset.name)

    def has(self, asset: Asset) -> bool:
        return asset.name in self.files

    def _fade(self, *_: object) -> tuple[int, float]:
        self.faded.append(self.ticks)
        return 1, 0.0

    def _power(self, on: bool, ticks: float) -> None:
        self.powers.append((ticks, on))

    def publish(self, *pages: Any, **more: Any) -> None:
        made, files = manifest(1, *pages, **more)
        self.files |= files
        data = json.dumps(made).encode()
        self.manifest = verify(data, KEY.sign(data).signature, PUBLIC, "library")

    def send(self, serial: int, *alerts: AlertEntry) -> None:
        made, files = alert_document(serial, *alerts)
        self.files |= files
        self.alerts = verify_alerts(signed(made), (PUBLIC,), "library")  # type: ignore[assignment]

    @property
    def shown(self) -> str | None:
        return self.loop.page.id if self.loop.page else None

    @property
    def awake(self) -> bool:
        return self.powers[-1][1]


@pytest.fixture
def evening(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> Iterator[AlertEvening]:
    made = AlertEvening(panel, monkeypatch)
    yield made
    made.glass.close()


def until(seconds: int) -> str:
    """So many ticks."""
    return f"2026-06-01T12:{seconds // 60:02d}:{seconds % 60:02d}+00:00"


def window(first: int, last: int) -> dict[str, str]:
    return {"from_": until(first), "until": until(last)}


def test_it_comes_and_goes_without_a_fade_and_at_the_second(evening: AlertEvening) -> None:
    evening.publish(page("a", dwell_seconds=3000), evergreen())
    evening.go(2)
    evening.send(1, alert("water", **window(1010, 1020)))
    seen = {}
    for _ in range(30):
        evening.go(1)
        seen[evening.ticks] = evening.shown
    assert {ticks for ticks, shown in seen.items() if shown == "alert:water"} == set(map(float, range(1010, 1020)))
    assert evening.faded == []
    assert evening.loop.alerts_shown == ()


def test_the_display_wakes_before_a_takeover_that_is_known_and_sleeps_after_it(evening: AlertEvening) -> None:
    evening.publish(page("dark", kind="dark", picture=BLACK.getvalue()), evergreen())
    evening.go(2)
    assert not evening.awake
    evening.send(
        1, alert("water", **window(1030, 1040)), alert("storm", "banner", **window(1000, 1100)),
        alert("road", "page", **window(1000, 1100)),
    )  # fmt: skip
    evening.go(70)
    on = [ticks for ticks, awake in evening.powers if awake and ticks > 1000]
    assert (on[0], on[-1]) == (1020.0, 1039.0)
    assert evening.shown == "dark"
    assert evening.loop.alerts_shown == ()


def test_what_is_on_the_display_is_reported_while_it_is(evening: AlertEvening) -> None:
    evening.publish(page("a", dwell_seconds=3000), evergreen())
    evening.send(1, alert("storm", "banner", **window(1000, 1100)), alert("road", "page", **window(1000, 1100)))
    evening.go(2)
    assert evening.loop.alerts_shown == ("road", "storm")
    evening.send(2, alert("water", **window(1000, 1100)), alert("storm", "banner", **window(1000, 1100)))
    evening.go(1)
    assert evening.loop.alerts_shown == ("water",)
    assert evening.shown == "alert:water"
    evening.panel.unplug()
    evening.go(1)
    assert evening.loop.alerts_shown == ()


def test_an_unreadable_banner_is_neither_shown_nor_reported(evening: AlertEvening) -> None:
    evening.publish(page("a", dwell_seconds=3000), evergreen())
    evening.send(1, alert("storm", "banner", **window(1000, 1100), pages=(AlertPage(picture=b"RIFF"),)))
    evening.go(3)
    assert evening.shown == "a"
    assert evening.loop.alerts_shown == ()


def test_an_unreadable_takeover_is_shown_in_words_that_begin_with_its_title(evening: AlertEvening) -> None:
    evening.publish(page("a", dwell_seconds=3000), evergreen())
    words = "Heim kommune\nViktig melding\nVannet må kokes\nKok alt vann."
    broken = AlertPage(picture=b"RIFF", alt=words)
    evening.send(1, alert("water", **window(1000, 1100), title="Vannet må kokes", pages=(broken,)))
    evening.go(3)
    notice = evening.loop.notice
    assert notice is not None
    assert (notice.kind, notice.headline[0]) == ("fault", "Vannet må kokes")
    assert notice.text[0] == "Heim kommune Viktig melding Kok alt vann."
    assert evening.loop.alerts_shown == ("water",)
    assert evening.awake
    evening.go(100)
    assert evening.shown == "a"


def test_a_picture_that_comes_without_a_wake_is_shown_within_a_second(evening: AlertEvening) -> None:
    evening.publish(page("a", dwell_seconds=3000), evergreen())
    evening.send(1, alert("water", **window(1000, 1100)))
    assert evening.alerts is not None
    name, data = next((name, data) for name, data in evening.files.items() if name in evening.alerts.assets)
    del evening.files[name]
    evening.go(3)
    assert evening.loop.notice is not None
    evening.files[name] = data
    evening.go(1)
    assert evening.shown == "alert:water"


def test_a_picture_that_comes_while_it_is_read_is_not_left_out(
    evening: AlertEvening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that fetches has it tried again just before the loop leaves it out."""
    evening.publish(page("a", dwell_seconds=3000), evergreen())
    evening.send(1, alert("water", **window(1000, 1100)))
    assert evening.alerts is not None
    name, data = next((name, data) for name, data in evening.files.items() if name in evening.alerts.assets)
    del evening.files[name]

    def comes(asset: Asset) -> bytes | None:
        found = evening.files.get(asset.name)
        if found is None:
            evening.files[name] = data
            evening.loop.retry_unreadable()
        return found

    monkeypatch.setattr(evening, "read", comes)
    evening.go(1)
    assert evening.shown == "alert:water"


def test_a_picture_of_an_alert_that_could_not_be_read_is_tried_again_each_minute(
    evening: AlertEvening, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    prepare = evening.glass.prepare
    tried: list[float] = []

    def full(data: bytes, styles: LabelStyles) -> Slide:
        if data == broken:
            tried.append(evening.ticks)
            raise UnreadablePicture("out of memory")
        return prepare(data, styles)

    evening.publish(page("a", dwell_seconds=3000), evergreen())
    evening.send(1, alert("water", **window(1000, 1300)))
    assert evening.alerts is not None
    broken = next(data for name, data in evening.files.items() if name in evening.alerts.assets)
    monkeypatch.setattr(evening.glass, "prepare", full)
    evening.go(150)
    assert [later - first for first, later in itertools.pairwise(tried[1:])] == [60.0] * (len(tried) - 2)
    assert len(tried) in (3, 4)
    assert caplog.text.count("is left out") == 1
    broken = b""
    evening.go(60)
    assert evening.shown == "alert:water"


@pytest.mark.parametrize(("level", "written"), [("takeover", False), ("page", True)])
def test_the_line_on_old_data_is_not_on_a_takeover(evening: AlertEvening, level: str, written: bool) -> None:
    updated = {"after_seconds": 60, "text": "Oppdatert %d.%m.", "color": "#000000", "ground": "#ffffff", "size": 20}
    evening.publish(page("a", dwell_seconds=0.1), evergreen(), updated=updated)
    evening.send(1, alert("water", level, **window(1000, 1100), pages=(AlertPage(seconds=3000.0),)))
    evening.go(2)
    shown = evening.loop.page
    assert shown is not None
    assert shown.id == "alert:water"
    plain = Image.open(io.BytesIO(evening.files[shown.picture.name])).convert("RGB")
    low = (170, 150, 318, 178)
    seen = evening.panel.seen().resize((320, 180), Image.Resampling.NEAREST).crop(low)
    assert (ImageChops.difference(seen, plain.crop(low)).getbbox() is not None) == written


# -- a bundle that says how pictures lie ------------------------------------------------------------------------------


def upright(evening: AlertEvening, turned: int) -> Image.Image:
    """What the panel shows, as somebody sees it who has hung it up so that it is `turned` degrees clockwise."""
    return evening.panel.seen().rotate(turned, expand=True)


def test_a_page_that_hangs_upside_down_is_turned_as_soon_as_the_bundle_says_so(evening: AlertEvening) -> None:
    shape = {"width": 180, "height": 320}
    evening.publish(page("a", dwell_seconds=3000), evergreen(), rotate=90, **shape)
    evening.go(2)
    before = upright(evening, 90)
    evening.publish(page("a", dwell_seconds=3000), evergreen(), rotate=270, **shape)
    evening.go(1)
    assert evening.shown == "a"
    assert ImageChops.difference(upright(evening, 270), before).getbbox() is None


@pytest.mark.parametrize("data", [None, b"RIFF"], ids=["a picture", "in words"])
def test_a_takeover_before_the_first_bundle_is_turned_when_that_comes(
    evening: AlertEvening, data: bytes | None
) -> None:
    pages = (AlertPage(picture=data, box=(0, 0, 180, 320)),)
    evening.send(1, alert("water", **window(1000, 1100), pages=pages))
    evening.go(2)
    evening.publish(page("a", dwell_seconds=3000), evergreen(), rotate=90, width=180, height=320)
    evening.go(1)
    turned = upright(evening, 90)
    evening.panel.unplug()
    evening.go(1)
    evening.panel.size = (640, 360)
    evening.go(2)
    assert evening.loop.alerts_shown == ("water",)
    assert ImageChops.difference(upright(evening, 90), turned).getbbox() is None, "as on a display that comes later"


# -- reports ----------------------------------------------------------------------------------------------------------


def test_each_document_is_reported_once_within_three_seconds_and_not_by_all_at_once() -> None:
    first, second = (_force(serial, alert(str(serial))) for serial in (1, 2))
    for chance in (0.0, 0.5, 0.999):
        reports = AlertReports(first, partial(float, chance))
        assert not reports.due(first, 100.0)
        assert not reports.due(second, 100.0)
        due = [t / 10 for t in range(1000, 1100) if reports.due(second, t / 10)]
        assert len(due) == 1
        assert due[0] - 100.0 == pytest.approx(SOONEST + (LATEST - SOONEST) * chance, abs=0.11)


def _force(serial: int, *alerts: AlertEntry) -> Any:
    document = verify_alerts(signed(alert_document(serial, *alerts)[0]), (PUBLIC,), "library")
    return in_force(document, None, 100.0)


def test_an_alert_that_stays_keeps_its_time() -> None:
    first = _force(1, alert("a"), alert("b"))
    document = verify_alerts(signed(alert_document(2, alert("b"), alert("c"))[0]), (PUBLIC,), "library")
    assert in_force(document, first, 130.0).since == {"b": 100.0, "c": 130.0}


def test_the_server_takes_what_is_reported() -> None:
    found = reported(_force(7, alert("water"), alert("t", "test")), ("water",), 108.4)
    said = report(replace(SCENE, alerts=found), ABOUT, BOX)["alerts"]
    assert said == {
        "serial": 7,
        "have": [{"id": "water", "seconds": 8}, {"id": "t", "seconds": 8}],
        "shown": ["water"],
    }
    assert ReportedAlerts.model_validate(said).seconds("water") == 8
    none = report(SCENE, ABOUT, BOX)["alerts"]
    assert none == {"serial": None, "have": [], "shown": []}
    assert ReportedAlerts.model_validate(none).serial is None
