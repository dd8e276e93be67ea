"""Sending and ending alerts: what players find in the published folder, at each instant and after each kill."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from signage.app.alert_desk import AGAIN_SECONDS, TEST_SECONDS, WARM_UP_SECONDS
from signage.app.clock_watch import ClockNotSet
from signage.domain.alerts import AlertLevel, AlertText
from signage.fleet.alert_desk import AlertRefused
from signage.publishing import key_rotation
from tests.fixtures.alert_site import CONFIG, NOW, SCREENS, AlertSite, Time, titles
from tests.fixtures.kill_points import killed_at

STRIDE = 1 if "SIGNAGE_KILLS" in os.environ else 13  # file operations between two kills; each takes a second


@pytest.fixture
def site(tmp_path: Path) -> AlertSite:
    return AlertSite(tmp_path)


def test_an_alert_is_on_its_screens_when_send_returns_and_on_no_others(site: AlertSite) -> None:
    site.desk.look()
    site.published.clear()
    sent = site.desk.send(site.draft(screens=("bibliotek", "hallen")), "status page")
    assert {screen: site.titles(screen) for screen in SCREENS} == {
        "bibliotek": ["Vannet må kokes"],
        "hallen": ["Vannet må kokes"],
        "kino": [],
    }
    assert site.titles("halsahallen") == ["Vannet må kokes"], "by its former id, too"
    assert sorted(site.published) == ["bibliotek", "hallen", "halsahallen"]
    assert [alert.id for alert in site.desk.current()] == [sent.id]
    assert sent.draft.sender == "Heim kommune"


def test_every_screen_has_a_document_before_there_is_any_alert(site: AlertSite) -> None:
    site.desk.look()
    assert all(site.document(screen)["alerts"] == [] for screen in SCREENS)


def test_browsers_for_alerts_start_once_and_leave_the_processor_to_the_first_pages(site: AlertSite) -> None:
    site.desk.warm_up()
    site.time.now += timedelta(seconds=WARM_UP_SECONDS - 1)
    site.desk.warm_up()
    assert site.pictures.warmed == 0
    for _ in range(3):
        site.time.now += timedelta(seconds=1)
        site.desk.warm_up()
    assert site.pictures.warmed == 1


def test_ending_is_as_fast_as_sending_and_is_noted(site: AlertSite) -> None:
    first = site.desk.send(site.draft("En"), "a")
    site.time.now += timedelta(seconds=1)
    second = site.desk.send(site.draft("To"), "a")
    assert site.titles("kino") == ["To", "En"], "the newest first"
    ended = site.desk.end(first.id, "status page")
    assert site.titles("kino") == ["To"]
    assert (ended.ended, ended.ended_by) == (site.time.now, "status page")
    assert site.desk.end(first.id, "somebody else").ended_by == "status page", "it has ended already"
    assert [alert.id for alert in site.desk.recent()] == [second.id, first.id]
    with pytest.raises(AlertRefused, match='There is no alert "nowhere"'):
        site.desk.end("nowhere", "a")


def test_no_alert_is_published_past_its_end(site: AlertSite) -> None:
    site.desk.send(site.draft(until=NOW + timedelta(minutes=30)), "a")
    site.time.now += timedelta(minutes=29, seconds=59)
    site.desk.look()
    assert site.titles("kino") == ["Vannet må kokes"]
    site.time.now += timedelta(seconds=1)
    assert site.titles("kino") == [], "players end it by themselves"
    site.desk.look()
    assert site.document("kino")["alerts"] == []
    assert site.desk.current() == []


@pytest.mark.parametrize("level", [AlertLevel.TAKEOVER, AlertLevel.BANNER, AlertLevel.PAGE])
def test_a_server_whose_clock_is_ahead_keeps_no_alert_back(site: AlertSite, level: AlertLevel) -> None:
    """Players go by their own clocks, which may be right."""
    site.desk.send(site.draft(level=level), "a")
    later = NOW + timedelta(minutes=20)
    site.desk.send(site.draft("Senere", level=level, begin=later), "a")
    assert titles(site.document("kino"), NOW - timedelta(minutes=9)) == ["Vannet må kokes"]
    assert titles(site.document("kino"), later - timedelta(seconds=1)) == ["Vannet må kokes"], "its beginning was named"
    assert sorted(titles(site.document("kino"), later)) == ["Senere", "Vannet må kokes"]


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=1), timedelta(days=400)])
def test_what_was_sent_by_a_clock_that_was_ahead_is_shown_now_and_not_then(site: AlertSite, ahead: timedelta) -> None:
    site.time.now += ahead
    over = site.desk.send(site.draft("Over"), "a")
    site.time.now += timedelta(minutes=1)
    site.desk.end(over.id, "a")
    sent = site.desk.send(site.draft(), "a", "the form")  # for two hours
    site.time.now = NOW + timedelta(minutes=2)
    for _ in range(2):
        site.desk.look()
        assert site.titles("kino") == ["Vannet må kokes"]
        (alert,) = site.desk.current()
        assert alert.id == sent.id
        assert site.desk.send(site.draft(), "a", "the form").id == sent.id
        assert alert.until - site.time.now <= timedelta(hours=5 if ahead < timedelta(days=1) else 2)
        site.start()
    document = site.document("kino")
    assert not any(titles(document, NOW + timedelta(hours=hours)) for hours in range(6, 24 * 401))


def test_takeovers_come_before_banners_and_these_before_pages(site: AlertSite) -> None:
    for level in ("page", "takeover", "banner"):
        site.desk.send(site.draft(level, level=AlertLevel(level)), "a")
    assert site.titles("kino") == ["takeover", "banner", "page"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"until": NOW}, "Its end .* has already passed"),
        ({"until": NOW + timedelta(hours=24, seconds=1)}, "can't last for more than 24 hours"),
        ({"until": NOW + timedelta(seconds=59)}, "for a minute at least"),
        ({"screens": ("bibliotek", "svømmehallen")}, 'no screen "svømmehallen"'),
        ({"screens": ()}, "names no screens"),
        ({"texts": {"nb": AlertText(" \u202e ", "Tekst")}}, "has no title"),
        ({"prepared": "water"}, 'no prepared message "water"'),
    ],
)
def test_what_is_refused_is_neither_written_down_nor_published(
    site: AlertSite, changes: dict[str, object], sentence: str
) -> None:
    site.desk.look()
    with pytest.raises(AlertRefused, match=sentence):
        site.desk.send(site.draft(**changes), "a")
    assert not site.log.path.exists()
    assert site.titles("bibliotek") == []


def test_a_document_has_room_for_nineteen_alerts_and_a_test(site: AlertSite) -> None:
    for number in range(19):
        site.desk.send(site.draft(f"Nummer {number}", level=AlertLevel.BANNER), "a")
    with pytest.raises(AlertRefused, match="has 19 alerts already"):
        site.desk.send(site.draft("En til", level=AlertLevel.PAGE), "a")
    site.desk.test()
    assert len(site.document("kino")["alerts"]) == 20
    site.desk.send(site.draft("Alvor"), "a")
    assert site.titles("kino")[0] == "Alvor", "the least important gives way"
    assert len(site.document("kino")["alerts"]) == 20
    assert "which has too many" in site.desk.problems[0]


def test_documents_stay_as_small_as_players_take_them(site: AlertSite) -> None:
    """The least important alerts are left out, and reported; a document that is too large would lose all of them."""
    text = "Utsatt ferdsel er farlig. " * 22
    for number in range(19):
        texts = {language: AlertText(f"Nummer {number}", text) for language in ("nb", "nn", "en", "de", "uk")}
        site.desk.send(site.draft(texts=texts, level=AlertLevel.PAGE), "a")
    site.write(CONFIG.replace("[screens.kino]", '[screens.kino]\nlanguages = ["nb", "nn", "en", "de", "uk"]'))
    site.desk.send(site.draft("Alvor"), "a")
    assert site.titles("kino")[0] == "Alvor"
    assert 5 < len(site.titles("kino")) < 20
    assert (site.folders.published / "alerts" / "kino.signed").stat().st_size < 64 * 1024
    assert "which has too many" in site.desk.problems[0]


def test_a_form_that_is_sent_twice_is_one_alert(site: AlertSite) -> None:
    first = site.desk.send(site.draft(), "a", "form-1")
    again = site.desk.send(site.draft("Something else"), "a", "form-1")
    assert again == first
    assert site.titles("kino") == ["Vannet må kokes"]
    site.start()
    assert site.desk.send(site.draft(until=NOW), "a", "form-1").id == first.id, "also after a restart, and too late"
    site.time.now += timedelta(days=1)
    assert site.desk.send(site.draft(), "a", "form-1").id != first.id, "a script that always uses the same name"


def test_what_another_process_has_written_is_published(site: AlertSite) -> None:
    site.desk.look()
    other = AlertSite(site.folder)
    sent = other.desk.send(other.draft(), "command line")
    site.desk.look()
    assert site.titles("kino") == ["Vannet må kokes"]
    other.log.ended(sent.id, NOW, "command line")
    site.desk.look()
    assert site.titles("kino") == []


def test_a_test_is_in_all_documents_for_a_minute_and_in_no_log(site: AlertSite) -> None:
    site.desk.test()
    assert [alert["level"] for alert in site.document("kino")["alerts"]] == ["test"]
    assert site.titles("kino") == []
    assert not site.log.path.exists()
    site.time.now += timedelta(seconds=TEST_SECONDS)
    site.desk.look()
    assert site.document("kino")["alerts"] == []


# --- the configuration, the key and the browser


def test_an_edit_of_a_screens_size_gives_it_other_pictures(site: AlertSite) -> None:
    site.desk.send(site.draft(), "a")
    (before,) = site.document("kino")["alerts"][0]["pages"]
    site.write(CONFIG.replace('place = "kino"\nsize = "1280x720"', 'place = "kino"\nsize = "1920x540"'))
    site.desk.look()
    (after,) = site.document("kino")["alerts"][0]["pages"]
    assert (before["width"], after["width"]) == (1280, 1920)


def test_a_screen_that_is_taken_out_of_the_file_has_no_document(site: AlertSite) -> None:
    site.desk.send(site.draft(), "a")
    site.write(CONFIG.partition("[screens.kino]")[0])
    site.desk.look()
    assert sorted(path.name for path in (site.folders.published / "alerts").iterdir()) == [
        f"{name}{suffix}" for name in ("bibliotek", "hallen", "halsahallen") for suffix in (".json", ".signed")
    ]


def test_after_a_restart_without_a_browser_what_is_published_stays(site: AlertSite) -> None:
    site.desk.send(site.draft("Stays"), "a")
    before = site.document("kino")
    site.start()
    site.pictures.broken = True
    site.desk.look()
    assert site.document("kino") == before
    assert 'The alert "Stays" has no pictures' in site.desk.problems[0]
    site.desk.end(before["alerts"][0]["id"], "a")
    assert site.titles("kino") == [], "and can be ended"


def test_an_alert_without_any_picture_costs_only_itself(site: AlertSite) -> None:
    """Players refuse a document with it as a whole, and then nothing could be sent or ended any more."""
    first = site.desk.send(site.draft("Before"), "a")
    site.start()
    site.pictures.broken = True
    AlertSite(site.folder).log.sent(replace(first, id="no-pictures", draft=site.draft("Nothing to see")))
    site.desk.look()
    assert site.titles("kino") == ["Before"]
    assert any("Nothing to see" in problem for problem in site.desk.problems)
    site.desk.end(first.id, "a")
    assert site.titles("kino") == []
    site.pictures.broken = False
    site.time.now += timedelta(seconds=AGAIN_SECONDS)
    site.desk.look()
    assert site.titles("kino") == ["Nothing to see"], "as soon as it can be shown"


def test_a_screen_that_gets_another_id_keeps_its_alerts(site: AlertSite) -> None:
    sent = site.desk.send(site.draft(), "a")
    site.write(CONFIG.replace("[screens.kino]", '[screens.kinosal]\nwas = ["kino"]'))
    site.desk.look()
    assert site.titles("kinosal") == site.titles("kino") == ["Vannet må kokes"]
    assert site.desk.current()[0].draft.screens == ("bibliotek", "hallen", "kinosal")
    site.desk.end(sent.id, "a")
    assert site.titles("kinosal") == site.titles("kino") == []


def test_a_screen_in_a_file_that_cannot_be_read_keeps_its_alerts_and_they_can_be_ended(site: AlertSite) -> None:
    head, _, kino = CONFIG.partition("[screens.kino]")
    (site.folder / "screens.d").mkdir()
    (site.folder / "screens.d" / "kino.toml").write_text(f"[screens.kino]{kino}", "utf-8")
    site.write(head)
    sent = site.desk.send(site.draft(), "a")
    (site.folder / "screens.d" / "kino.toml").write_text(f"[screens.kino]{kino}nonsense = 1\n", "utf-8")
    site.write(head)
    assert "kino" not in site.config.screens
    site.desk.look()
    assert site.titles("kino") == ["Vannet må kokes"]
    site.desk.end(sent.id, "a")
    assert site.titles("kino") == []


def test_players_of_a_screen_that_was_taken_out_are_told_that_its_alerts_are_over(site: AlertSite) -> None:
    site.desk.send(site.draft(), "a")
    (site.folders.published / "screens").mkdir()
    (site.folders.published / "screens" / "kino").symlink_to("nowhere")
    site.write(CONFIG.partition("[screens.kino]")[0])
    site.desk.look()
    assert site.titles("kino") == []
    assert site.titles("bibliotek") == ["Vannet må kokes"]
    assert site.desk.problems == []


def test_what_is_in_the_log_is_sent_though_it_cannot_be_published_now(site: AlertSite) -> None:
    """Else the sender would try again, and two takeovers would take turns."""
    site.desk.look()
    folder = site.folders.published / "alerts"
    aside = folder.rename(folder.with_name("aside"))
    folder.write_text("in the way")
    sent = site.desk.send(site.draft(), "status page")
    assert [alert.id for alert in site.desk.current()] == [sent.id]
    folder.unlink()
    aside.rename(folder)
    site.desk.look()
    assert site.titles("kino") == ["Vannet må kokes"]


def test_a_damaged_file_for_telephones_holds_no_alert_up(site: AlertSite) -> None:
    site.desk.look()
    (site.folders.published / "alerts" / "bibliotek.json").write_bytes(b"{")
    site.desk.send(site.draft(), "a")
    site.desk.look()
    assert b"Vannet" in (site.folders.published / "alerts" / "bibliotek.json").read_bytes()


def test_a_beginning_that_is_past_is_now(site: AlertSite) -> None:
    """Players refuse alerts that last for more than 31 days."""
    sent = site.desk.send(site.draft(begin=NOW - timedelta(days=40)), "a")
    assert sent.begin == NOW
    assert site.titles("kino") == ["Vannet må kokes"]


def test_another_key_signs_them_again(site: AlertSite) -> None:
    site.desk.send(site.draft(), "a")
    first = site.document("kino")
    key_rotation.replace_at_once(site.folders.var)
    site.time.now += timedelta(seconds=30)
    site.desk.look()
    assert site.document("kino")["site"] != first["site"]
    assert site.titles("kino") == ["Vannet må kokes"]


def test_a_server_whose_clock_is_not_set_sends_nothing(site: AlertSite) -> None:
    class NotSet(Time):
        def for_building(self) -> object:  # type: ignore[override]
            raise ClockNotSet("The clock isn't set.")

    site.time = NotSet()
    site.start()
    with pytest.raises(ClockNotSet):
        site.desk.send(site.draft(), "a")
    assert not site.log.path.exists()


# --- kills


def _send(folder: Path) -> None:
    site = AlertSite(folder)
    site.desk.send(site.draft("Ny"), "a", "the form")


def _end(folder: Path) -> None:
    site = AlertSite(folder)
    site.desk.end(site.desk.current()[0].id, "a")


@pytest.mark.parametrize("work", [_send, _end])
def test_a_kill_at_any_file_operation_loses_nothing_and_shows_nothing_twice_as_long(
    tmp_path: Path, work: Callable[[Path], None]
) -> None:
    """At every instant a player finds documents of before or of after; a restart makes them what the log says."""
    for number in itertools.count(0, STRIDE):
        folder = tmp_path / str(number)
        folder.mkdir()
        site = AlertSite(folder)
        site.desk.look()
        if work is _end:
            site.desk.send(site.draft("Ny"), "a")
        before = {screen: site.titles(screen) for screen in SCREENS}
        died = killed_at(number, work, folder)
        assert all(site.titles(screen) in (before[screen], ["Ny"], []) for screen in SCREENS)
        site = AlertSite(folder)
        site.desk.look()
        current = site.desk.current()
        assert all(site.titles(screen) == [alert.title for alert in current] for screen in SCREENS)
        assert all(alert.until == NOW + timedelta(hours=2) for alert in current)
        if work is _send:
            again = site.desk.send(replace(site.draft("Ny")), "a", "the form")  # the sender got no answer
            assert [alert.id for alert in site.desk.current()] == [again.id], "one alert"
        if not died:
            assert before != {screen: site.titles(screen) for screen in SCREENS}
            break
    assert number > 20
