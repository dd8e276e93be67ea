"""Failure is not emptiness: what the screens get when a source fails, lies, or falls silent."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from signage.errors import NotWritable
from signage.sources.collect import Refresh, collect
from signage.storage.store import Store
from signage.storage.stored_values import StoredRecords
from tests.fixtures import portal as answers
from tests.fixtures.make_records import config
from tests.fixtures.portal import Answer, Portal
from tests.fixtures.source_office import NOON, Office, items

MINUTE = timedelta(minutes=1)
CALENDAR = "BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office.opened(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (answers.status(500), "The server answered with status 500."),
        (answers.html, "The answer is HTML instead of JSON."),
        (answers.ok(items()[:200]), "The JSON stops in the middle."),
        (answers.cut(items()), "The answer stopped in the middle."),
        (answers.endless, "The answer is larger than 1 MB."),
        (answers.silent, "No answer came within 0.3 s."),
        (answers.ok('{"items": []}'), "The answer is an object instead of a list."),
        (answers.ok(items(startDate="soon")), "None of its 4 events can be read"),
        (answers.ok("[]"), "It has no events now, but had 4."),
        (answers.redirect("http://127.0.0.1:9/"), "The address leads to a private network."),
    ],
)
def test_the_last_good_events_stay(answer: Answer, problem: str, office: Office) -> None:
    good = office.collect(answers.ok(items()))
    assert len(good.records) == 4
    later = NOON + 10 * MINUTE
    failed = office.collect(answer, later)
    (status,) = failed.statuses
    assert failed.records == good.records
    assert status.problem is not None
    assert status.problem.startswith(problem)
    assert not status.ok
    assert (status.events, status.last_good_at, status.outcome) == (4, NOON, "kept")
    assert failed.data_as_of == NOON


def test_they_stay_after_a_restart(office: Office) -> None:
    good = office.collect(answers.ok(items()))
    office.store.close()
    office.store = Store(office.folder / "state.sqlite")
    assert office.collect(answers.status(500)).records == good.records


def test_they_age(office: Office) -> None:
    office.collect(answers.ok(items()))
    two_days_later = office.collect(answers.status(500), NOON + timedelta(days=2))
    assert [record.uid for record in two_days_later.records] == ["1", "2", "3"]


def test_it_recovers_by_itself_and_both_are_said_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "signage")
    office.collect(answers.ok(items()))
    for minutes in (2, 12, 22):
        office.collect(answers.status(503), NOON + minutes * MINUTE)
    fine = office.collect(answers.ok(items(5)), NOON + 43 * MINUTE)
    assert fine.statuses[0].ok
    assert len(fine.records) == 5
    assert caplog.messages == [
        "iheim is down. The server answered with status 503. Its events of 12:00 are shown.",
        "iheim is back after 41 min.",
    ]


def test_a_source_that_never_answered_has_nothing(office: Office) -> None:
    never = office.collect(answers.status(500))
    assert never.records == ()
    assert never.data_as_of is None
    assert never.statuses[0].last_good_at is None


def test_emptiness_is_believed_after_a_day_of_it(office: Office) -> None:
    office.collect(answers.ok(items(9)))
    first = NOON + timedelta(hours=1)
    assert len(office.collect(answers.ok("[]"), first).records) == 9
    assert len(office.collect(answers.ok("[]"), first + timedelta(hours=23, minutes=59)).records) > 0
    believed = office.collect(answers.ok("[]"), first + timedelta(hours=24))
    assert believed.records == ()
    assert believed.statuses[0].ok


def test_a_full_answer_in_between_starts_the_day_anew(office: Office) -> None:
    office.collect(answers.ok(items(9)))
    office.collect(answers.ok("[]"), NOON + timedelta(hours=1))
    office.collect(answers.ok(items(9)), NOON + timedelta(hours=2))
    assert len(office.collect(answers.ok("[]"), NOON + timedelta(hours=26)).records) > 0


def test_few_events_may_go_at_once(office: Office) -> None:
    office.collect(answers.ok(items(2)))
    assert office.collect(answers.ok("[]"), NOON + MINUTE).records == ()


def test_events_that_ran_out_are_not_missed(office: Office) -> None:
    office.collect(answers.ok(items(4)))
    over = office.collect(answers.ok("[]"), NOON + timedelta(days=10))
    assert over.statuses[0].ok


def test_a_sudden_drop_to_a_few_is_said(office: Office) -> None:
    office.collect(answers.ok(items(40)))
    (status,) = office.collect(answers.ok(items(2)), NOON + MINUTE).statuses
    assert "It has only 2 events now, but had 40." in status.warnings


def test_unchanged_is_said_and_costs_no_body(office: Office) -> None:
    office.collect(answers.ok(items(), etag='"1"'))
    again = office.collect(now=NOON + MINUTE)
    assert again.statuses[0].outcome == "unchanged"
    assert len(again.records) == 4
    assert again.data_as_of == NOON + MINUTE


def test_one_bad_record_costs_that_record(office: Office) -> None:
    rows = [*json.loads(items()), {"id": 77, "title": "X", "startDate": "2026-13-45"}]
    (status,) = office.collect(answers.ok(json.dumps(rows))).statuses
    assert status.ok
    assert status.events == 4
    assert any("event 77" in warning for warning in status.warnings)


def test_one_bad_source_costs_that_source_and_they_are_asked_at_once(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    event = "BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Kor\r\nDTSTART:20260915T160000Z\r\nEND:VEVENT\r\n"
    with Portal() as portal:
        portal.wis(answers.silent)
        portal.paths["/kultur.ics"] = answers.ok(CALENDAR.format(event), "text/calendar")
        portal.paths["/frivillig.ics"] = answers.ok(CALENDAR.format(""), "text/calendar")
        store = Store(tmp_path / "state.sqlite")
        found = collect(
            config(portal.url),
            Refresh(store=store, images=tmp_path, now=NOON, limits=Office.limits, progress=lambda *a: told.append(a)),
        )
        store.close()
    assert [record.source for record in found.records] == ["kultur"]
    assert [status.ok for status in found.statuses] == [False, True, True]
    assert [done for _, done, _ in told] == [0, 1, 2, 3]
    assert found.data_as_of == NOON


def test_a_source_of_another_address_starts_empty(office: Office) -> None:
    office.collect(answers.ok(items()))
    source = office.config.sources[0].model_copy(update={"url": f"{office.portal.url}/other"})
    office.config = office.config.model_copy(update={"sources": [source]})
    assert office.collect(answers.status(500)).records == ()


def test_the_configuration_fills_in(office: Office) -> None:
    source = office.config.sources[0].model_copy(update={"venue": "Kirka", "categories": ["Sang"]})
    office.config = office.config.model_copy(update={"sources": [source]})
    found = office.collect(answers.ok(items(1, location="", activityNames="Kor")))
    assert found.records[0].venue == "Kirka"
    assert found.records[0].categories == ("Kor", "Sang")


def test_offline_asks_nobody(office: Office) -> None:
    good = office.collect(answers.ok(items()))
    office.portal.asked.clear()
    still = office.collect(now=NOON + MINUTE, offline=True)
    assert still.records == good.records
    assert still.data_as_of == NOON
    assert office.portal.asked == []


def test_state_of_another_version_is_no_reason_to_fail(office: Office) -> None:
    office.collect(answers.ok(items()))
    state = office.store.source_get("iheim")
    old = StoredRecords('[{"title": "old"}]')
    office.store.source_put(replace(state, records_hash=old.hash), old)
    assert office.collect(answers.status(500)).records == ()
    assert len(office.collect(answers.ok(items())).records) == 4


def test_the_address_is_the_contracts(office: Office) -> None:
    office.collect(answers.ok(items()))
    assert office.portal.asked[0][0] == ("/wwdok/37199-0.html?type=items&datefrom=14.08.2026&dateto=20.11.2026")


# --- pictures ---


def test_pictures_are_fetched_once_and_encoded_anew(office: Office) -> None:
    office.portal.paths["/irisimage/7/7.jpg"] = answers.ok(answers.picture(), "image/jpeg", etag='"p"')
    found = office.collect(answers.ok(items(imageId=7)))
    picture = found.records[0].picture
    assert picture is not None
    assert (picture.width, picture.height) == (400, 300)
    assert (office.folder / "images" / f"{picture.sha256}.jpg").is_file()
    again = office.collect(now=NOON + MINUTE)
    assert again.records == found.records
    office.collect(now=NOON + timedelta(hours=25))
    pictures = [headers for path, headers in office.portal.asked if path.startswith("/irisimage")]
    assert len(pictures) == 2
    assert pictures[1]["If-None-Match"] == '"p"'


@pytest.mark.parametrize(
    "answer", [answers.status(404), answers.html, answers.endless, answers.ok(answers.picture()[:300], "image/jpeg")]
)
def test_a_failed_picture_costs_only_the_picture(answer: Answer, office: Office) -> None:
    office.portal.paths["/irisimage/7/7.jpg"] = answer
    found = office.collect(answers.ok(items(imageId=7)))
    assert found.statuses[0].ok
    assert [record.picture for record in found.records] == [None] * 4
    asked = len(office.portal.asked)
    office.collect(now=NOON + MINUTE)
    assert len(office.portal.asked) == asked + 1, "it is not asked for again at once"
    office.portal.paths["/irisimage/7/7.jpg"] = answers.ok(answers.picture(), "image/jpeg")
    assert office.collect(now=NOON + timedelta(hours=1)).records[0].picture is not None


def test_a_picture_server_that_is_down_is_not_asked_for_every_picture(office: Office) -> None:
    rows = [{**row, "imageId": row["id"]} for row in json.loads(items(30))]
    for row in rows:
        office.portal.paths[f"/irisimage/{row['id']}/{row['id']}.jpg"] = answers.status(503)
    found = office.collect(answers.ok(json.dumps(rows)))
    assert found.statuses[0].ok
    assert len(found.records) == 30
    asked = [path for path, _ in office.portal.asked if path.startswith("/irisimage")]
    assert 3 <= len(asked) <= 6


def test_a_picture_stays_when_its_server_fails_later(office: Office) -> None:
    office.portal.paths["/irisimage/7/7.jpg"] = answers.ok(answers.picture(), "image/jpeg")
    found = office.collect(answers.ok(items(imageId=7)))
    office.portal.paths["/irisimage/7/7.jpg"] = answers.status(500)
    later = office.collect(now=NOON + timedelta(hours=25))
    assert later.records[0].picture == found.records[0].picture is not None


def test_a_lost_picture_file_is_fetched_again(office: Office) -> None:
    office.portal.paths["/irisimage/7/7.jpg"] = answers.ok(answers.picture(), "image/jpeg", etag='"p"')
    office.collect(answers.ok(items(imageId=7)))
    shutil.rmtree(office.folder / "images")
    assert office.collect(now=NOON + MINUTE).records[0].picture is not None


def test_a_picture_in_a_private_network_is_not_asked_for(tmp_path: Path) -> None:
    image = "IMAGE;VALUE=URI:{}/secret.jpg\r\n"
    with Portal() as inside, Portal() as outside:
        inside.paths["/secret.jpg"] = answers.ok(answers.picture(), "image/jpeg")
        event = "BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Kor\r\nDTSTART:20260915T160000Z\r\n{}END:VEVENT\r\n"
        body = CALENDAR.format(event.format(image.format(inside.url)))
        outside.paths["/kultur.ics"] = answers.ok(body, "text/calendar")
        whole = config(outside.url)
        store = Store(tmp_path / "state.sqlite")
        found = collect(
            whole.model_copy(update={"sources": whole.sources[1:2]}),
            Refresh(store=store, images=tmp_path / "i", now=NOON, limits=Office.limits),
        )
        store.close()
        assert inside.asked == []
    assert found.statuses[0].ok
    assert found.records[0].picture is None


def test_a_folder_that_cant_be_made_is_said(office: Office) -> None:
    (office.folder / "images").write_text("in the way")
    office.portal.paths["/irisimage/7/7.jpg"] = answers.ok(answers.picture(), "image/jpeg")
    with pytest.raises(NotWritable, match="images"):
        office.collect(answers.ok(items(imageId=7)))
