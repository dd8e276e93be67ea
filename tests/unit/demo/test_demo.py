"""The demo portal answers as the real ones do, with a believable month, and the same one every time."""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import recurring_ical_events
import requests
from icalendar import Calendar
from PIL import Image

from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from signage.config.models import Config
from signage.demo import DemoPortal, last_addresses, replace_addresses
from signage.demo.calendar import fold
from signage.demo.departures import stop_place
from signage.demo.motifs import MOTIFS
from signage.demo.programme import day_of, programme
from signage.sources.live.entur import Entur

MONDAY = date(2026, 11, 23)
DAYS = [MONDAY + timedelta(days=number) for number in range(7)]


@pytest.fixture(scope="module")
def portal() -> Iterator[DemoPortal]:
    with DemoPortal(MONDAY) as portal:
        yield portal


def items(portal: DemoPortal, first: date, last: date) -> requests.Response:
    window = {"type": "items", "datefrom": f"{first:%d.%m.%Y}", "dateto": f"{last:%d.%m.%Y}"}
    return requests.get(f"{portal.wis_url}/wwdok/37199-0.html", params=window, timeout=5)


def test_a_listing_has_every_field_of_the_contract(portal: DemoPortal) -> None:
    contract = (
        "id title startDate endDate startTime endTime location organizer organizerId organizerTypeId organizerUrlText",
        "regionId regionName typeId typeName targetIds targetNames activityId activityNames imageId imageMeta",
        "urlText url description details",
    )
    answered = items(portal, MONDAY, MONDAY + timedelta(days=30)).json()
    assert isinstance(answered, list)
    assert all(" ".join(listing) == " ".join(contract) for listing in answered)


def test_only_what_goes_on_between_the_two_days_is_listed(portal: DemoPortal) -> None:
    festival = day_of("fri 2", MONDAY)
    second_day = items(portal, festival + timedelta(days=1), festival + timedelta(days=1)).json()
    assert any(listing["title"] == "Kystkulturdager" for listing in second_day)
    assert not any(listing["title"] == "Mandagsgolf" for listing in second_day)


def test_a_wrong_question_is_refused(portal: DemoPortal) -> None:
    for query in ("", "?type=items&datefrom=2026-11-23&dateto=2026-11-24", "?datefrom=23.11.2026&dateto=24.11.2026"):
        assert requests.get(f"{portal.wis_url}/wwdok/37199-0.html{query}", timeout=5).status_code == 400


@pytest.mark.parametrize(
    "address", ["/kalender.ics", "/wwdok/37199-0.html?type=items&datefrom=23.11.2026&dateto=24.11.2026"]
)
def test_what_has_not_changed_is_not_sent_again(portal: DemoPortal, address: str) -> None:
    first = requests.get(portal.wis_url + address, timeout=5)
    again = requests.get(portal.wis_url + address, headers={"If-None-Match": first.headers["ETag"]}, timeout=5)
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_the_same_day_gives_the_same_bytes(portal: DemoPortal) -> None:
    with DemoPortal(MONDAY) as other:
        assert other.wis_url != portal.wis_url
        assert items(other, MONDAY, DAYS[-1]).content == items(portal, MONDAY, DAYS[-1]).content
        assert requests.get(other.ical_url, timeout=5).content == requests.get(portal.ical_url, timeout=5).content


@pytest.mark.parametrize("today", DAYS)
def test_on_any_weekday_a_screen_has_something_now_tonight_and_late(today: date) -> None:
    on_today = [listing for listing in programme(today) if listing["startDate"] == today.isoformat()]
    for clock in ("09:30", "14:00", "18:15", "20:30"):
        assert any(e["startTime"] <= clock < e["endTime"] for e in on_today), clock
    assert any(listing["endTime"] == "23:30" for listing in on_today)


@pytest.mark.parametrize("today", DAYS)
def test_the_month_is_believable_on_any_weekday(today: date) -> None:
    month = programme(today)
    assert len({listing["id"] for listing in month}) == len(month)
    per_day = Counter(listing["startDate"] for listing in month)
    ahead = [per_day[(today + timedelta(days=number)).isoformat()] for number in range(31)]
    assert min(ahead) >= 3
    assert max(ahead) >= 9
    titles = [listing["title"] for listing in month]
    assert "AVLYST: Onsdagsgolf" in titles
    assert "Stengt: Svømmehallen Liabø" in titles
    assert any("&oslash;" in title for title in titles)
    assert max(map(len, titles)) > 150
    assert any(e["startTime"] > e["endTime"] > "" for e in month), "an event past midnight"
    assert any(e["startTime"] and not e["endTime"] for e in month), "an event without an end"
    assert any(not e["startTime"] for e in month), "an all-day event"
    assert any(e["typeName"] == "Billettsalg" and " kr" in e["description"] for e in month)
    festival = next(e for e in month if e["title"] == "Kystkulturdager")
    assert date.fromisoformat(festival["endDate"]) - date.fromisoformat(festival["startDate"]) == timedelta(days=2)


def test_about_half_of_the_special_events_have_a_picture_and_no_weekly_activity_has() -> None:
    month = programme(MONDAY)
    assert all(e["imageId"] is None for e in month if e["title"] in ("Mandagsgolf", "Sittedans", "Kaillkaffe"))
    assert len({e["title"] for e in month if e["imageId"]}) >= 15


def test_every_picture_that_is_named_can_be_fetched(portal: DemoPortal) -> None:
    for number in sorted({e["imageId"] for e in portal.listings if e["imageId"]}):
        answered = requests.get(
            f"{portal.wis_url}/irisimage/{number}/{number}.jpg?maxheight=720&quality=85", timeout=30
        )
        assert answered.headers["Content-Type"] == "image/jpeg"
        with Image.open(io.BytesIO(answered.content)) as image:
            assert image.size == (1280, 720)
    assert requests.get(f"{portal.wis_url}/irisimage/7/7.jpg", timeout=5).status_code == 404


def test_every_motif_is_used() -> None:
    assert len({e["imageId"] for day in DAYS for e in programme(day) if e["imageId"]}) == len(MOTIFS)


def test_each_event_has_a_page_for_people(portal: DemoPortal) -> None:
    festival = next(e for e in portal.listings if e["title"] == "Kystkulturdager")
    page = requests.get(f"{portal.wis_url}/hendelse?Id={festival['id']}", timeout=5)
    assert page.status_code == 200
    assert "Kystkulturdager" in page.text
    assert requests.get(f"{portal.wis_url}/hendelse?Id=1", timeout=5).status_code == 404


def test_the_calendar_has_series_an_exception_a_cancellation_and_a_twin_of_a_portal_event(portal: DemoPortal) -> None:
    content = requests.get(portal.ical_url, timeout=5).content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    parsed = Calendar.from_ical(content)
    month = recurring_ical_events.of(parsed).between(MONDAY, MONDAY + timedelta(days=31))
    summaries = Counter(str(event["SUMMARY"]) for event in month)
    assert summaries["Barnekoret øver"] >= 3
    assert summaries["Barnekoret øver – åpen øvelse for foreldre"] == 1
    assert sum(1 for event in month if event["STATUS"] == "CANCELLED") == 1
    twin = next(e for e in portal.listings if e["title"] == "Kulturskolens huskonsert")
    mine = next(event for event in month if event["SUMMARY"] == twin["title"])
    assert f"{mine.start:%Y-%m-%d %H:%M}" == f"{twin['startDate']} {twin['startTime']}"


def test_long_lines_are_folded_between_letters() -> None:
    folded = fold("SUMMARY:" + "ø" * 100)
    assert folded.replace("\r\n ", "") == "SUMMARY:" + "ø" * 100 + "\r\n"


def test_only_the_addresses_of_the_sources_are_replaced(portal: DemoPortal) -> None:
    raw = {
        "site": {"name": "Heim", "calendar": "https://iheim.no"},
        "sources": [
            {"id": "iheim", "type": "wis", "url": "https://iheim.no", "name": "iheim.no"},
            {"id": "skole", "type": "ical", "url": "https://example.org/a.ics", "categories": ["Kulturskole"]},
        ],
        "places": {"hus": {"name": "Hus"}},
        "screens": {"hus": {"place": "hus", "playlist": [{"show": "today"}]}},
    }
    before = Config.model_validate(raw)
    after = replace_addresses(before, portal)
    assert [source.url for source in after.sources] == [portal.wis_url, portal.ical_url]
    assert after.services == portal.services
    assert after.site.contact  # the weather is only given to those who say who they are
    left_out: Any = {"services": True, "site": {"contact"}}
    was, now = (json.loads(c.model_dump_json(exclude=left_out)) for c in (before, after))
    for source in (*was["sources"], *now["sources"]):
        del source["url"]
    assert was == now


def test_its_sources_can_be_told_of_when_it_is_over_though_its_port_was_any(tmp_path: Path) -> None:
    folders = Folders(tmp_path, None, demo=True)
    raw = {
        "site": {"name": "Heim", "calendar": "https://iheim.no"},
        "sources": [{"id": "iheim", "type": "wis", "url": "https://iheim.no"}],
        "places": {"hus": {"name": "Hus"}},
        "screens": {"hus": {"place": "hus", "playlist": [{"show": "today"}]}},
    }
    config, noon = Config.model_validate(raw), datetime(2026, 11, 23, 12, tzinfo=UTC)
    with DemoPortal(MONDAY) as portal:
        asked = Pipeline(folders, Path("layouts")).gather(replace_addresses(config, portal), noon)
    pipeline = Pipeline(folders, Path("layouts"))
    known = last_addresses(config, lambda source: pipeline.store.source_get(source).address)
    (told,) = pipeline.gather(known, noon, offline=True).sources
    assert told.events == asked.sources[0].events > 100
    assert last_addresses(config, lambda source: "").sources == config.sources


def test_it_ends_within_a_second_even_when_a_client_keeps_its_connection(portal: DemoPortal) -> None:
    with requests.Session() as client:
        with DemoPortal(MONDAY) as short:
            client.get(short.ical_url, timeout=5)
            began = time.monotonic()
        assert time.monotonic() - began < 1.5
        with pytest.raises(requests.ConnectionError):
            client.get(short.ical_url, timeout=5)


def test_it_answers_as_entur_does_at_any_minute_of_the_day() -> None:
    for hour in range(24):
        now = datetime(2026, 11, 24, hour, 42, tzinfo=UTC)
        found = Entur().parse(json.dumps({"data": {"stopPlace": stop_place(now, 7200, 30)}}).encode(), "NSR:1", now)
        assert found.calls
        assert all(now <= call.expected for call in found.calls)
    assert any(call.cancelled for call in found.calls)
    assert any(call.realtime for call in found.calls)


def test_departures_are_asked_for_by_post() -> None:
    with DemoPortal(date(2026, 11, 24)) as portal:
        answer = requests.post(portal.departures_url, json={"variables": {"seconds": 7200, "number": 4}}, timeout=10)
        assert len(answer.json()["data"]["stopPlace"]["estimatedCalls"]) == 4
        assert "errors" in requests.post(portal.departures_url, data=b"x", timeout=10).json()
