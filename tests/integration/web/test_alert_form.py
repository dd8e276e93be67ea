"""Alerts on the status page: sent and ended by the form, and by `POST /alerts`. Over real HTTP, and in a browser."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from signage.domain.alerts import AlertLevel, AlertText
from signage.errors import NotWritable
from tests.fixtures.alert_form import (
    ALL,
    CHOICES,
    PREPARED,
    TYPED,
    alerts,
    command,
    drafted,
    post,
    send,
    text_of,
    ticket,
)
from tests.fixtures.desk import OSLO, Desk, serving


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with serving(tmp_path, CHOICES) as desk:
        desk.publish(1)
        yield desk


# --- sending ---


def test_an_alert_is_looked_at_and_sent_with_a_second_button(desk: Desk) -> None:
    looked = post(desk, **TYPED, **ALL)
    assert looked.status_code == 200
    assert "Send varselet?" in looked.text
    pictures = re.findall(r'src="data:image/webp;base64,([^"]+)" width="(\d+)" height="(\d+)"', looked.text)
    assert [(width, height) for _, width, height in pictures] == [("1920", "1080"), ("1080", "1920")]
    assert base64.b64decode(pictures[0][0])[:4] == b"RIFF"
    words = text_of(looked)
    for said in (
        "Vannet må kokes",
        "Gjelder hele Heim.",
        "Hele skjermen",
        "Alle skjermene (3)",
        "Heim kommune",
        "kl.\u00a014.00",
    ):
        assert said.replace("\u00a0", " ") in words
    assert alerts(desk).current() == []
    sent = post(desk, key="", do="confirm", ticket=ticket(looked.text))
    (alert,) = alerts(desk).current()
    assert (sent.status_code, sent.headers["Location"]) == (303, f"../status?done=alert_sent&alert={alert.id}")
    assert alert.draft.texts == {"nb": AlertText("Vannet må kokes", "Gjelder hele Heim.")}
    assert (alert.draft.screens, alert.draft.level, alert.by) == (tuple(CHOICES.screens), "takeover", "status page")
    assert alert.until == desk.now + timedelta(hours=2)
    status = desk.get(f"/status?done=alert_sent&alert={alert.id}")
    assert "Varselet er sendt." in status.text
    assert "Varsler på skjermene" in status.text
    assert "Vises på 0 av 3 skjermer." in status.text
    assert "3 har ingen spiller: Hemne bibliotek, Rådhuset, Heimhallen & basseng <3." in text_of(status)
    assert "Varselet er sendt." not in desk.get("/status?done=alert_sent&alert=made-up").text


def test_a_prepared_message_needs_nothing_typed(desk: Desk) -> None:
    send(desk, message="water", **{"title-nb": "", "text-nb": ""})
    send(desk, message="power", level="page")
    takeover, banner = alerts(desk).current()
    assert (takeover.draft.prepared, takeover.draft.texts) == ("water", PREPARED["water"].texts)
    assert (banner.draft.prepared, banner.draft.level) == ("power", AlertLevel.BANNER)


@pytest.mark.parametrize(
    ("where", "screens"),
    [
        ({"where": "all"}, ("library", "radhuset", "hallen")),
        ({"where": "group:kultur"}, ("library", "hallen")),
        ({"where": "place:sentrum"}, ("library", "radhuset")),
        ({"where": "screens", "screens": ["hallen", "library", "attic"]}, ("library", "hallen")),
    ],
)
def test_where_it_is_shown(desk: Desk, where: dict[str, Any], screens: tuple[str, ...]) -> None:
    send(desk, **where)
    assert alerts(desk).current()[0].draft.screens == screens


def test_until_a_time_and_in_two_languages(desk: Desk) -> None:
    send(
        desk,
        lasting="until",
        until="2026-09-15T08:30",
        level="banner",
        **{"title-nn": "Kok vatnet", "text-nn": "I dag."},
    )
    draft = alerts(desk).current()[0].draft
    assert draft.until.astimezone(OSLO).isoformat() == "2026-09-15T08:30:00+02:00"
    assert list(draft.texts) == ["nb", "nn"]
    assert draft.texts["nn"] == AlertText("Kok vatnet", "I dag.")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title-nb": " "}, "Varselet mangler en tittel."),
        ({"title-nb": "x" * 101}, "Tittelen har 101 tegn."),
        ({"text-nb": "x" * 1001}, "Teksten har 1001 tegn."),
        ({"title-nn": "", "text-nn": "Berre tekst"}, "Varselet mangler en tittel."),
        ({"where": ""}, "Velg hvor varselet skal vises."),
        ({"where": "screens"}, "Velg hvor varselet skal vises."),
        ({"where": "group:attic"}, "Gruppen «attic» finnes ikke"),
        ({"where": "place:attic"}, "Stedet «attic» finnes ikke"),
        ({"message": "attic"}, "Den ferdige meldingen «attic» finnes ikke"),
        ({"level": "test"}, "Velg hvordan varselet skal vises."),
        ({"lasting": "0"}, "Skriv når varselet skal ta slutt."),
        ({"lasting": ""}, "Skriv når varselet skal ta slutt."),
        ({"lasting": "999"}, "Varselet kan ikke vare i mer enn 24 timer."),
        ({"lasting": "until", "until": ""}, "Skriv når varselet skal ta slutt."),
        ({"lasting": "until", "until": "2026-09-14T11:00"}, "er allerede passert."),
        ({"lasting": "until", "until": "2026-10-24T12:00"}, "Varselet kan ikke vare i mer enn 24 timer."),
        ({"lasting": "until", "until": "snart"}, "«snart» er ikke et klokkeslett"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(desk: Desk, fields: dict[str, str], sentence: str) -> None:
    answer = post(desk, **{**TYPED, **ALL, "text-nb": "Det jeg skrev", **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert fields.get("text-nb", "Det jeg skrev") in answer.text
    assert 'class="alerting" id="alert" open' in answer.text
    assert alerts(desk).recent() == []


def test_an_hour_that_the_clock_leaves_out_is_refused(desk: Desk) -> None:
    desk.now = desk.now.replace(month=3, day=28, hour=20)
    answer = post(desk, **{**TYPED, "where": "all", "lasting": "until", "until": "2026-03-29T02:30"})
    assert (answer.status_code, "Klokka stilles fram" in answer.text) == (422, True)


def test_a_text_that_does_not_fit_is_named_before_it_is_sent(desk: Desk) -> None:
    looked = post(desk, **{**TYPED, **ALL, "text-nb": "x" * 310})
    assert "Sjekk dette før varselet sendes:" in looked.text
    assert "Teksten er 10 tegn for lang for 1920x1080." in looked.text
    assert "Send varselet slik det er" in looked.text
    changed = post(desk, key="", do="change", ticket=ticket(looked.text))
    assert (changed.status_code, "x" * 310 in changed.text) == (200, True)
    assert alerts(desk).recent() == []


def test_a_log_that_cannot_be_written_is_said(desk: Desk) -> None:
    looked = post(desk, **TYPED, **ALL)
    alerts(desk).fault = NotWritable("The log of alerts can't be written: No space left on device.")
    answer = post(desk, key="", do="confirm", ticket=ticket(looked.text))
    assert answer.status_code == 503
    assert "No space left on device." in answer.text
    assert "Serveren kan ikke lese varslene nå." in desk.get("/status").text
    alerts(desk).fault = None
    assert alerts(desk).recent() == []


# --- ending ---


def test_an_alert_is_ended_with_a_second_button(desk: Desk) -> None:
    send(desk)
    asked = post(desk, do="end", alert="a1")
    assert "Avslutt varselet?" in asked.text
    assert len(alerts(desk).current()) == 1
    left = post(desk, key="", do="change", ticket=ticket(asked.text))
    assert (left.status_code, len(alerts(desk).current())) == (200, 1)
    desk.wait(60)
    done = post(desk, key="", do="confirm", ticket=ticket(asked.text))
    assert done.headers["Location"] == "../status?done=alert_ended&alert=a1"
    assert alerts(desk).current() == []
    (alert,) = alerts(desk).recent()
    assert (alert.ended, alert.ended_by) == (desk.now, "status page")
    status = text_of(desk.get("/status"))
    assert "De siste varslene" in status
    assert "Sendt kl. 12.00 fra statussiden. Avsluttet kl. 12.01 fra statussiden." in status
    assert post(desk, do="end", alert="a1").status_code == 422
    assert post(desk, do="end", alert="made-up").status_code == 422


def test_who_may_not_see_the_status_sees_no_alert(desk: Desk) -> None:
    send(desk)
    desk.private = True
    page = desk.get("/status").text
    assert "Vannet" not in page
    assert "Send et varsel" not in page
    assert "Vannet" not in post(desk, key="0" * 32, **TYPED, **ALL).text
    shown = desk.post(do="look", key=desk.admin.load_or_make()).text
    assert "Vannet må kokes" in shown
    assert "Send et varsel" in shown


# --- the command line ---


def test_the_command_line_sends_lists_and_ends(desk: Desk) -> None:
    previews = command(desk, do="preview", draft=drafted(desk)).json()["previews"]
    assert [(each["width"], each["height"]) for each in previews] == [(1920, 1080), (1080, 1920)]
    sent = command(desk, do="send", draft=drafted(desk), request="one").json()["alert"]
    assert (sent["id"], sent["by"], sent["level"], sent["screens"]) == ("a1", "command line", "takeover", ["library"])
    assert command(desk, do="send", draft=drafted(desk), request="one").json()["alert"]["id"] == "a1"
    (listed,) = command(desk, do="list").json()["alerts"]
    assert listed["delivery"] == {
        "shows": [],
        "has": [],
        "lacks": [],
        "silent": [],
        "unpaired": ["library"],
        "browsers": {},
    }
    assert command(desk, do="end", alert="a1").json()["alert"]["ended_by"] == "command line"
    said = command(desk, do="list").json()
    assert (said["alerts"], [each["id"] for each in said["recent"]]) == ([], ["a1"])


def test_the_command_line_is_told_what_is_wrong(desk: Desk) -> None:
    past = command(desk, do="send", draft=drafted(desk, until="2026-09-14T09:00:00Z"))
    assert (past.status_code, past.json()["refused"]["reason"]) == (422, "past")
    assert command(desk, do="send").json()["refused"]["reason"] == "no_title"
    for broken in (
        {"do": "dance"},
        {"do": "send", "draft": drafted(desk, level="test")},
        {"do": "send", "draft": drafted(desk, until="later")},
        {"do": "send", "draft": drafted(desk, until="2026-09-14T19:00:00")},
        {"do": "send", "draft": drafted(desk, source="met")},
        {"do": "send", "draft": drafted(desk, texts={"../nb": {"title": "x"}})},
        {"do": "send", "draft": drafted(desk, texts={})},
    ):
        assert command(desk, **broken).status_code == 400, broken
    alerts(desk).fault = NotWritable("The disk is full.")
    failed = command(desk, do="list")
    assert (failed.status_code, failed.json()["refused"]["message"]) == (503, "The disk is full.")


def test_a_server_without_alerts_has_no_form(tmp_path: Path) -> None:
    with serving(tmp_path / "plain") as plain:
        assert "Send et varsel" not in plain.get("/status").text
        assert post(plain, **TYPED, **ALL).status_code == 404 or post(plain, **TYPED, **ALL).status_code == 405
        assert command(plain, do="list").status_code == 404


def test_the_longest_choice_is_the_setting(desk: Desk) -> None:
    alerts(desk).known = replace(CHOICES, longest=timedelta(hours=3))
    form = desk.get("/status").text
    assert re.findall(r'<option value="(\d+)"[^>]*>\d+ time', form) == ["1", "2", "3"]
