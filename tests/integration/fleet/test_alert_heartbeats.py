"""Alerts in heartbeats, over real HTTP: which screens show one, and what the status says where one is missing."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from signage.domain.alerts import Alert, AlertDelivery, AlertDraft, AlertLevel, AlertText
from signage.fleet.verdict import HealthState
from tests.fixtures import bundles
from tests.fixtures.alerts import LINE, AlertEntry, AlertPage, alert, publish_alerts
from tests.fixtures.desk import Desk
from tests.fixtures.players import Player, showing, thumbnail

WATER = AlertText("Kok drikkevannet")
GREEN, YELLOW, RED = HealthState.GREEN, HealthState.YELLOW, HealthState.RED


@dataclass
class House:
    """The library with one player, and what is published for it."""

    desk: Desk
    manifest: dict[str, Any]
    player: Player
    document: dict[str, Any]

    def send(self, serial: int, *alerts: AlertEntry) -> None:
        self.document = publish_alerts(
            self.desk.published, serial, *alerts, generated=self.desk.now.isoformat(), screen="library"
        )

    def report(self, **changed: Any) -> tuple[HealthState, list[str]]:
        """A heartbeat of the page "a", with this changed; how the screen is then."""
        assert self.beat(self.player, **changed) == 204
        return self.desk.screen().state, self.desk.codes()

    def beat(self, player: Player, **changed: Any) -> int:
        about = self.manifest["pages"][0]
        picture = next((self.desk.published / "assets").glob(f"{about['asset']}.*")).read_bytes()
        return player.beat(**{**showing(self.manifest, about, self.desk.now, picture), **changed})

    def alerts(self, *shown: str, seconds: float = 60.0, serial: int = 0) -> dict[str, Any]:
        """What a player says that has the document."""
        have = [{"id": each["id"], "seconds": seconds} for each in self.document["alerts"]]
        return {"serial": serial or self.document["serial"], "have": have, "shown": list(shown)}

    def takeover(self, number: int = 0) -> dict[str, Any]:
        """The page and the thumbnail of a player that shows this alert alone."""
        entry = self.document["alerts"][number]
        asset = entry["pages"][0]["asset"]
        picture = next((self.desk.published / "assets").glob(f"{asset}.*")).read_bytes()
        page = {"id": f"alert:{entry['id']}", "kind": "alert", "asset": asset}
        return {"page": page, "thumbnail": thumbnail(picture), "alerts": self.alerts(entry["id"])}

    def with_banner(self, number: int = 0) -> str:
        """A thumbnail of the page "a" with this banner over it."""
        base = Image.open(io.BytesIO(bundles.picture("a"))).convert("RGB")
        page = self.document["alerts"][number]["pages"][0]
        data = next((self.desk.published / "assets").glob(f"{page['asset']}.*")).read_bytes()
        base.paste(Image.open(io.BytesIO(data)).convert("RGB"), (page["x"], page["y"]))
        out = io.BytesIO()
        base.save(out, "PNG")
        return thumbnail(out.getvalue())


@pytest.fixture
def house(desk: Desk) -> House:
    manifest = desk.publish(1, bundles.page("a"), bundles.page("b"), bundles.evergreen())
    house = House(desk, manifest, desk.paired(), {"serial": 0, "alerts": []})
    desk.wait(300)
    return house


def lasting(desk: Desk, id: str = "water", level: str = "takeover", minutes: float = 60, **more: Any) -> AlertEntry:
    until = (desk.now + timedelta(minutes=minutes)).isoformat()
    return alert(id, level, from_=desk.now.isoformat(), until=until, title="Kok drikkevannet", **more)


def test_a_takeover_on_the_display_is_green(house: House) -> None:
    house.send(1, lasting(house.desk))
    house.desk.wait(60)
    assert house.report(**house.takeover()) == (GREEN, [])


def test_a_page_in_the_place_of_a_takeover_is_red(house: House) -> None:
    house.send(1, lasting(house.desk))
    house.desk.wait(60)
    assert house.report(alerts=house.alerts("water")) == (RED, ["alert_missing"])
    assert house.report(alerts=house.alerts()) == (RED, ["alert_missing"])
    sentence = house.desk.get("/status").text
    assert "Skjermen viser ikke varselet «Kok drikkevannet»." in sentence


def test_a_takeover_in_words_is_a_fault_but_not_missing(house: House) -> None:
    house.send(1, lasting(house.desk))
    house.desk.wait(60)
    said = {"page": None, "notice": "fault", "thumbnail": None}
    assert house.report(alerts=house.alerts("water"), **said) == (RED, ["no_page"])


def test_another_picture_than_the_takeovers_is_seen(house: House) -> None:
    house.send(1, lasting(house.desk))
    house.desk.wait(60)
    wrong = {**house.takeover(), "thumbnail": thumbnail(bundles.picture("a"))}
    assert house.report(**wrong) == (YELLOW, ["looks_once"])
    house.desk.wait(60)
    assert house.report(**wrong) == (RED, ["looks"])


def test_what_the_player_writes_on_a_takeover_is_left_out(house: House) -> None:
    page = AlertPage(lines=({**LINE, "x": 20, "y": 120, "width": 120, "height": 20},))
    house.send(1, lasting(house.desk, pages=(page,)))
    house.desk.wait(60)
    said = house.takeover()
    data = next((house.desk.published / "assets").glob(f"{said['page']['asset']}.*")).read_bytes()
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.paste((255, 255, 255), (20, 120, 140, 140))
    out = io.BytesIO()
    image.save(out, "PNG")
    assert house.report(**{**said, "thumbnail": thumbnail(out.getvalue())}) == (GREEN, [])
    image.paste((255, 255, 255), (20, 10, 140, 60))
    out = io.BytesIO()
    image.save(out, "PNG")
    house.desk.wait(60)
    assert house.report(**{**said, "thumbnail": thumbnail(out.getvalue())})[1] == ["looks_once"]


@pytest.mark.parametrize(("seconds", "state"), [(5, GREEN), (19, GREEN), (60, YELLOW), (89, YELLOW), (120, RED)])
def test_a_player_that_has_not_fetched_a_takeover_is_given_seconds(
    house: House, seconds: int, state: HealthState
) -> None:
    house.send(4)
    before = house.alerts()
    house.send(5, lasting(house.desk))
    house.desk.wait(seconds)
    assert house.report(alerts=before)[0] is state


@pytest.mark.parametrize(("seconds", "state"), [(15, GREEN), (30, YELLOW), (100, RED)])
def test_that_no_report_came_since_is_seen_without_a_report(house: House, seconds: int, state: HealthState) -> None:
    house.send(4)
    assert house.report(alerts=house.alerts()) == (GREEN, [])
    house.desk.wait(1)
    house.send(5, lasting(house.desk))
    house.desk.wait(seconds)
    assert house.desk.screen().state is state
    assert house.desk.codes() == ([] if state is GREEN else ["alert_unconfirmed"])
    assert house.report(**house.takeover()) == (GREEN, [])


def test_a_takeover_that_is_over_must_not_stay(house: House) -> None:
    house.send(1, lasting(house.desk, minutes=5))
    shown = house.takeover()
    house.desk.wait(4 * 60)
    assert house.report(**shown) == (GREEN, [])
    house.desk.wait(70)  # ten seconds after its end: a clock may be a little late
    assert house.report(**shown) == (GREEN, [])
    house.desk.wait(20)
    assert house.report(**shown) == (RED, ["alert_over"])


def test_a_takeover_that_was_ended_must_not_stay_and_its_player_is_given_seconds(house: House) -> None:
    house.send(1, lasting(house.desk))
    house.desk.wait(60)
    shown = house.takeover()
    assert house.report(**shown) == (GREEN, [])
    house.send(2)
    house.desk.wait(3)
    assert house.report(**shown) == (GREEN, [])
    house.desk.wait(30)
    assert house.report(**shown) == (RED, ["alert_over"])
    assert house.report(alerts=house.alerts()) == (GREEN, [])


def test_a_banner_lies_over_the_page(house: House) -> None:
    house.send(1, lasting(house.desk, level="banner"))
    house.desk.wait(60)
    assert house.report(alerts=house.alerts("water"), thumbnail=house.with_banner()) == (GREEN, [])
    house.desk.wait(60)  # it says that it shows it, and doesn't
    assert house.report(alerts=house.alerts("water")) == (YELLOW, ["looks_once"])
    house.desk.wait(60)
    assert house.report(alerts=house.alerts("water"), thumbnail=house.with_banner()) == (GREEN, [])


def test_a_banner_that_is_not_shown_is_yellow(house: House) -> None:
    house.send(1, lasting(house.desk, level="banner"))
    house.desk.wait(60)
    assert house.report(alerts=house.alerts()) == (YELLOW, ["alert_missing"])


def test_of_two_banners_either_may_be_on_the_display(house: House) -> None:
    house.send(1, lasting(house.desk, level="banner"), lasting(house.desk, "storm", level="banner"))
    for number in (0, 1):
        house.desk.wait(60)
        both = house.alerts("water", "storm")
        assert house.report(alerts=both, thumbnail=house.with_banner(number)) == (GREEN, [])


def test_a_closed_house_shows_no_banner_but_its_takeovers(house: House) -> None:
    off = {"wanted": "off", "state": "off", "by": "cec"}
    house.send(1, lasting(house.desk, level="banner"))
    house.desk.wait(60)
    assert house.report(alerts=house.alerts(), display=off) == (GREEN, [])
    house.send(2, lasting(house.desk, "fire"))
    house.desk.wait(60)
    assert house.report(alerts=house.alerts(), display=off) == (RED, ["alert_missing"])


def test_a_banner_waits_while_there_is_a_takeover(house: House) -> None:
    house.send(1, lasting(house.desk), lasting(house.desk, "storm", level="banner"))
    house.desk.wait(60)
    assert house.report(**house.takeover()) == (GREEN, [])


def test_a_page_of_an_alert_takes_its_turn(house: House) -> None:
    house.send(1, lasting(house.desk, level="page"))
    house.desk.wait(60)
    assert house.report(**house.takeover()) == (GREEN, [])
    assert house.report(alerts=house.alerts("water")) == (GREEN, [])
    assert house.report(alerts=house.alerts()) == (YELLOW, ["alert_missing"])


def test_the_age_of_the_data_is_written_on_an_alerts_page_and_on_no_takeover(house: House) -> None:
    age = {"after_seconds": 3600, "text": "x", "color": "#ffffff", "ground": "#000000", "size": 20.0}
    house.manifest = house.desk.publish(2, bundles.page("a"), bundles.evergreen(), updated=age)
    for serial, level, expected in ((1, "page", []), (2, "takeover", ["looks_once"])):
        house.send(serial, lasting(house.desk, level=level))
        house.desk.wait(60)
        said = house.takeover()
        data = next((house.desk.published / "assets").glob(f"{said['page']['asset']}.*")).read_bytes()
        image = Image.open(io.BytesIO(data)).convert("RGB")
        image.paste((255, 255, 255), (100, 155, 320, 180))
        image.paste((0, 0, 0), (100, 160, 320, 180))
        out = io.BytesIO()
        image.save(out, "PNG")
        assert house.report(**{**said, "thumbnail": thumbnail(out.getvalue())})[1] == expected


def test_pages_for_old_players_are_not_for_those_that_know_alerts(house: House) -> None:
    desk = house.desk
    manifest = desk.publish(2, bundles.page("for-old-players"), bundles.page("a"), bundles.evergreen(), alerts=3)
    path = desk.published / "screens" / "library" / "manifest.json"
    marked = path.read_text().replace('"id":"for-old-players"', '"alert":"water","id":"for-old-players"')
    if marked == path.read_text():
        marked = path.read_text().replace('"id": "for-old-players"', '"alert": "water", "id": "for-old-players"')
    assert marked != path.read_text()
    path.write_text(marked)
    house.manifest = manifest
    house.send(3, lasting(desk, level="page"))
    desk.wait(600)
    assert house.report() == (GREEN, [])  # an old player
    assert house.report(alerts=house.alerts("water")) == (RED, ["wrong_page"])
    assert house.report(alerts={"serial": 2, "have": [], "shown": []})[1] == ["alert_missing"]


def test_a_test_is_neither_shown_nor_missed(house: House) -> None:
    house.send(1, lasting(house.desk, level="test"))
    house.desk.wait(60)
    assert house.report(alerts=house.alerts()) == (GREEN, [])
    house.send(2, lasting(house.desk, "again", level="test"))
    house.desk.wait(120)
    assert house.report(alerts={"serial": 1, "have": [], "shown": []}) == (GREEN, [])


def test_a_document_of_another_server_says_nothing(house: House) -> None:
    house.send(1, lasting(house.desk))
    house.desk.wait(60)
    assert house.report(alerts={"serial": 99, "have": [], "shown": []}) == (GREEN, [])


@pytest.mark.parametrize(
    "broken",
    [
        [],
        {"serial": 1},
        {"serial": -1, "have": [], "shown": []},
        {"serial": 1, "have": [{"id": "x"}], "shown": []},
        {"serial": 1, "have": [{"id": "x", "seconds": -1.0}], "shown": []},
        {"serial": 1, "have": [], "shown": ["x"] * 21},
        {"serial": True, "have": [], "shown": []},
    ],
)
def test_alerts_that_break_the_format_are_refused(house: House, broken: object) -> None:
    assert house.beat(house.player, alerts=broken) == 400


# --- how many show it ---


def sent(at: datetime, *screens: str, id: str = "water", level: AlertLevel = AlertLevel.TAKEOVER) -> Alert:
    return Alert(id, AlertDraft({"nb": WATER}, screens, at + timedelta(hours=1), level), at, "status page")


def delivered(desk: Desk, alert: Alert) -> AlertDelivery:
    return desk.players.deliveries([alert])[alert.id]


def test_screens_are_counted_by_what_their_players_report(house: House) -> None:
    desk = house.desk
    desk.screens |= {"cellar": "Kjelleren", "hall": "Hallen", "tower": "Tårnet", "attic": "Loftet"}
    alone = sent(desk.now, "library", "radhuset", "cellar", "hall", "tower")
    house.send(1, lasting(desk))
    desk.wait(10)
    house.report(**house.takeover())
    assert delivered(desk, alone) == AlertDelivery(shows=("library",), unpaired=("radhuset", "cellar", "hall", "tower"))
    house.report(alerts=house.alerts())
    assert delivered(desk, alone).has == ("library",)
    house.report(alerts={"serial": 0, "have": [], "shown": []})
    assert delivered(desk, alone).lacks == ("library",)
    desk.wait(151)
    assert delivered(desk, alone).silent == ("library",)


def test_a_screen_with_two_players_counts_as_the_worse_of_them(house: House) -> None:
    desk = house.desk
    second = desk.paired(seed="two", code="Q7M4PX2QHB")
    house.send(1, lasting(desk))
    desk.wait(10)
    house.report(**house.takeover())
    assert delivered(desk, sent(desk.now, "library")).silent == ("library",)  # it has never reported
    assert house.beat(second, **house.takeover()) == 204
    assert delivered(desk, sent(desk.now, "library")).shows == ("library",)
    assert house.beat(second, alerts=house.alerts()) == 204
    assert delivered(desk, sent(desk.now, "library")).has == ("library",)


def test_an_old_player_shows_an_alert_as_a_page(house: House) -> None:
    desk = house.desk
    assert house.report() == (GREEN, [])
    manifest = desk.publish(2, bundles.page("alert-water-0-0"), bundles.page("a"), bundles.evergreen())
    path = desk.published / "screens" / "library" / "manifest.json"
    plain = path.read_text()
    path.write_text(plain.replace('"dwell_seconds"', '"alert":"water","dwell_seconds"', 1))
    assert delivered(desk, sent(desk.now, "library")).lacks == ("library",)
    house.manifest = manifest
    house.report()
    assert delivered(desk, sent(desk.now, "library")).shows == ("library",)
    assert delivered(desk, sent(desk.now, "library", id="other")).lacks == ("library",)
    assert delivered(desk, sent(desk.now, "library", level=AlertLevel.TEST)).lacks == ("library",)
