"""From what the feeds say to what players show: drafts, the desk, and documents."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from signage.app.official_alerts import drafts_of
from signage.domain.alerts import AlertText
from signage.domain.official_alert import ActiveAlert, OfficialAlert
from signage.domain.official_alert import AlertText as OfficialText
from signage.errors import NotWritable
from signage.fleet.alert_desk import LONGEST_OF_FEEDS, MOST_OF_A_FEED
from tests.fixtures.alert_site import CONFIG, NOW, SCREENS, AlertSite, titles

HOUR = timedelta(hours=1)
GALE = OfficialAlert(
    id="gale",
    identifier="2.49.0.1.578.0.1",
    expires=NOW + 6 * HOUR,
    level="yellow",
    texts=(
        OfficialText("nb", "Kuling, gult nivå, Fosen", "Kuling", "Sterk kuling.", "Sikre løse ting.", "", "Fosen"),
        OfficialText("en", "Gale, yellow level, Fosen", "Gale", "A near gale.", "Secure loose objects.", "", "Fosen"),
    ),
    feed="met",
    source="Meteorologisk institutt",
    sent=NOW - HOUR,
    starts=NOW - HOUR,
    credit="Varsel fra MET",
)


@pytest.fixture
def site(tmp_path: Path) -> AlertSite:
    return AlertSite(tmp_path)


def follow(site: AlertSite, **active: list[ActiveAlert]) -> None:
    """The feeds say this, by place."""
    site.desk.follow_feeds(drafts_of(active, site.config, site.time.now), {"met"})


def test_an_alert_is_on_the_screens_of_the_places_that_it_concerns_and_no_others(site: AlertSite) -> None:
    follow(site, bibliotek=[ActiveAlert(GALE, "page")], kino=[ActiveAlert(GALE, "page")])
    assert {screen: site.titles(screen) for screen in SCREENS} == {
        "bibliotek": ["Kuling"],
        "hallen": [],
        "kino": ["Kuling"],
    }
    (alert,) = site.desk.current()
    assert alert.by == "met"
    draft = alert.draft
    assert (draft.sender, draft.credit, draft.warning) == ("Meteorologisk institutt", "Varsel fra MET", "yellow")
    paragraphs = "Kuling, gult nivå, Fosen\n\nSikre løse ting.\n\nSterk kuling.\n\nFosen"
    assert draft.texts == {"nb": AlertText("Kuling", paragraphs)}


def test_each_screen_has_its_own_language_or_one_that_is_understood_there(site: AlertSite) -> None:
    site.write(CONFIG.replace("[screens.kino]", '[screens.kino]\nlanguages = ["en", "nn"]'))
    follow(site, bibliotek=[ActiveAlert(GALE, "page")], kino=[ActiveAlert(GALE, "page")])
    draft = site.desk.current()[0].draft
    assert {language: text.title for language, text in draft.texts.items()} == {
        "nb": "Kuling",
        "en": "Gale",
        "nn": "Kuling",
    }
    spoken = {
        screen: [page["language"] for page in site.document(screen)["alerts"][0]["pages"]]
        for screen in ("bibliotek", "kino")
    }
    assert spoken == {"bibliotek": ["nb"], "kino": ["en", "nn"]}


def test_red_takes_over_and_comes_first_and_nothing_is_left_out(site: AlertSite) -> None:
    red = replace(GALE, id="storm", level="red", texts=(OfficialText("nb", event="Storm"),))
    orange = replace(GALE, id="flood", level="orange", texts=(OfficialText("nb", event="Flom"),))
    follow(site, kino=[ActiveAlert(GALE, "page"), ActiveAlert(orange, "banner"), ActiveAlert(red, "takeover")])
    found = [(alert["level"], alert["title"]) for alert in site.document("kino")["alerts"]]
    assert found == [("takeover", "Storm"), ("banner", "Flom"), ("page", "Kuling")]


def test_what_says_the_same_is_neither_sent_nor_written_down_again(site: AlertSite) -> None:
    follow(site, kino=[ActiveAlert(GALE, "page")])
    before, log = site.document("kino"), site.log.path.read_bytes()
    site.time.now += timedelta(minutes=10)
    follow(site, kino=[ActiveAlert(GALE, "page")])
    site.start()
    follow(site, kino=[ActiveAlert(GALE, "page")])
    assert site.log.path.read_bytes() == log
    assert site.document("kino") == before


def lines(site: AlertSite, screen: str) -> tuple[str, list[str]]:
    """The alert of a screen, and what players write on it."""
    (alert,) = site.document(screen)["alerts"]
    (page,) = alert["pages"]
    return alert["id"], [line["text"] for line in page["lines"]]


def test_it_says_when_its_authority_sent_it_and_not_when_it_came(site: AlertSite) -> None:
    follow(site, kino=[ActiveAlert(GALE, "page")])
    first, said = lines(site, "kino")
    assert said == ["Sendt 27. nov. kl. 15.55", "Gjelder til kl. 22.55"]
    site.time.now += HOUR
    again = replace(GALE, sent=NOW - timedelta(minutes=5))
    for _ in range(2):
        follow(site, kino=[ActiveAlert(again, "page")])
        assert lines(site, "kino") == (first, ["Sendt 27. nov. kl. 16.50", "Gjelder til kl. 22.55"]), "the same alert"
        site.start()
    texts = json.loads((site.folders.published / "alerts" / "kino.json").read_bytes())
    assert texts["alerts"][0]["texts"][0]["sent"] == "Sendt 27. nov. kl. 16.50", "for telephones, too"
    assert len(site.log.path.read_bytes().splitlines()) == 2
    undated = replace(GALE, sent=None)
    follow(site, kino=[ActiveAlert(undated, "page")])
    assert lines(site, "kino")[1][0] == "Sendt 27. nov. kl. 16.55", "when it came, where it doesn't say"


def test_an_update_takes_the_place_of_what_it_updates(site: AlertSite) -> None:
    follow(site, kino=[ActiveAlert(GALE, "page")])
    later = replace(GALE, texts=(OfficialText("nb", event="Sterk kuling"),), expires=NOW + 9 * HOUR)
    follow(site, kino=[ActiveAlert(later, "banner")])
    assert site.titles("kino") == ["Sterk kuling"]
    assert [alert.ended is None for alert in site.log.alerts()] == [False, True]


def test_a_cancelled_alert_is_gone_and_those_by_hand_stay(site: AlertSite) -> None:
    site.desk.send(site.draft(), "status page")
    follow(site, kino=[ActiveAlert(GALE, "page")])
    assert site.titles("kino") == ["Vannet må kokes", "Kuling"]
    follow(site)
    assert site.titles("kino") == ["Vannet må kokes"]


def test_what_a_person_has_ended_stays_ended_until_it_comes_with_another_level(site: AlertSite) -> None:
    follow(site, kino=[ActiveAlert(GALE, "page")])
    site.desk.end(site.desk.current()[0].id, "status page")
    site.time.now += timedelta(minutes=10)
    longer = replace(GALE, texts=(OfficialText("nb", event="Kuling"),), expires=NOW + 9 * HOUR)
    for _ in range(2):
        follow(site, kino=[ActiveAlert(GALE, "page")])
        follow(site, kino=[ActiveAlert(longer, "page")])
        assert site.titles("kino") == []
        site.start()
    graver = replace(longer, level="orange")
    follow(site, kino=[ActiveAlert(graver, "banner")])
    assert site.titles("kino") == ["Kuling"]
    follow(site)
    follow(site, kino=[ActiveAlert(graver, "banner")])
    assert site.titles("kino") == ["Kuling"], "what its feed had ended may come back"


def test_an_update_that_cannot_be_written_down_leaves_what_it_updates(
    site: AlertSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(site, kino=[ActiveAlert(GALE, "page")])
    later = replace(GALE, texts=(OfficialText("nb", event="Sterk kuling"),))

    def full(alert: object) -> None:
        raise NotWritable("The disk is full.")

    monkeypatch.setattr(site.log, "sent", full)
    with pytest.raises(NotWritable):
        follow(site, kino=[ActiveAlert(later, "page")])
    site.start()
    site.desk.look()
    assert site.titles("kino") == ["Kuling"]
    follow(site, kino=[ActiveAlert(later, "page")])
    assert site.titles("kino") == ["Sterk kuling"]


def test_an_update_needs_no_room_beside_what_it_updates(site: AlertSite) -> None:
    gales = [replace(GALE, id=f"gale {number}", feed=f"met {number % 3}") for number in range(19)]
    follow(site, kino=[ActiveAlert(each, "page") for each in gales])
    later = [replace(each, texts=(OfficialText("nb", event="Sterk kuling"),)) for each in gales]
    follow(site, kino=[ActiveAlert(each, "page") for each in later])
    assert site.titles("kino") == ["Sterk kuling"] * 19
    assert site.desk.problems == []


def test_alerts_of_a_feed_that_has_not_answered_stay_until_their_end(site: AlertSite) -> None:
    about = 'name = "Heim kommune"\ncontact = "post@heim.kommune.no"\nmunicipality = "5055"'
    site.write(CONFIG.replace('name = "Heim kommune"', about) + '\n[[alert_feeds]]\ntype = "met"\n')
    follow(site, kino=[ActiveAlert(GALE, "page")])
    site.start()
    site.desk.follow_feeds([], known=set())
    assert site.titles("kino") == ["Kuling"]
    later = replace(GALE, texts=(OfficialText("nb", event="Storm"),))
    active = {"kino": [ActiveAlert(later, "page")]}
    site.desk.follow_feeds(drafts_of(active, site.config, site.time.now), known=set())
    assert site.titles("kino") == ["Storm"], "what it does say is changed"
    site.desk.follow_feeds([], known={"met"})
    assert site.titles("kino") == []


def test_alerts_of_a_feed_that_was_taken_out_end(site: AlertSite) -> None:
    follow(site, kino=[ActiveAlert(GALE, "page")])
    site.desk.follow_feeds([], known=set())
    assert site.titles("kino") == []


def test_one_that_cannot_be_shown_costs_no_other(site: AlertSite, caplog: pytest.LogCaptureFixture) -> None:
    nameless = replace(GALE, id="nameless", texts=(OfficialText("nb", description="Noe skjer."),))
    for _ in range(2):
        follow(site, kino=[ActiveAlert(nameless, "page"), ActiveAlert(GALE, "page")])
    assert site.titles("kino") == ["Kuling"]
    assert caplog.text.count("is not shown") == 1
    assert ["is not shown" in problem for problem in site.desk.problems] == [True], "for the status page"
    follow(site, kino=[ActiveAlert(GALE, "page")])
    assert site.desk.problems == []


def test_a_feeds_long_text_is_not_cut(site: AlertSite) -> None:
    """What doesn't fit on a screen is left out there by whole texts: each is one paragraph."""
    long = "Utsatt ferdsel\n\nkan være farlig. " * 200
    follow(
        site, kino=[ActiveAlert(replace(GALE, texts=(OfficialText("nb", event="Kuling", description=long),)), "page")]
    )
    (text,) = site.desk.current()[0].draft.texts.values()
    assert text.text == " ".join(long.split())


def test_no_player_shows_it_past_its_end_or_before_its_beginning_though_nothing_is_fetched(site: AlertSite) -> None:
    """The server is switched off after the feeds were read: what is published is all that there is for 14 days."""
    dice = random.Random(7)
    windows: dict[str, tuple[datetime, datetime]] = {}
    active = []
    for number in range(MOST_OF_A_FEED):
        begin = NOW - dice.randrange(48) * HOUR
        end = NOW + dice.randrange(1, 400) * HOUR
        windows[f"Fare {number}"] = (begin, end)
        texts = (OfficialText("nb", event=f"Fare {number}"),)
        active.append(ActiveAlert(replace(GALE, id=str(number), texts=texts, starts=begin, expires=end), "page"))
    follow(site, kino=active)
    document = site.document("kino")
    for half in range(2 * 24 * 14):
        at = NOW + half * HOUR / 2
        assert sorted(titles(document, at)) == sorted(
            name for name, (begin, end) in windows.items() if begin <= at < end
        )


def test_one_that_holds_for_months_is_shown_all_the_time_in_parts(site: AlertSite) -> None:
    """A ban on open fires: players show no alert for longer than 31 days."""
    ban = replace(GALE, starts=NOW - HOUR, expires=NOW + timedelta(days=100))
    for day in range(0, 101, 4):
        site.time.now = NOW + timedelta(days=day)
        follow(site, kino=[ActiveAlert(ban, "page")] if site.time.now < ban.expires else [])
        assert site.titles("kino") == (["Kuling"] if day < 100 else [])
        for alert in site.document("kino")["alerts"]:
            window = datetime.fromisoformat(alert["until"]) - datetime.fromisoformat(alert["from"])
            assert window <= LONGEST_OF_FEEDS
    assert len(site.log.alerts()) <= 8


def test_a_feed_that_floods_the_screens_keeps_no_alert_by_hand_off_them(site: AlertSite) -> None:
    flood = [
        replace(
            GALE, id=f"{n}", level="red", expires=NOW + timedelta(days=30), texts=(OfficialText("nb", event=f"{n}"),)
        )
        for n in range(100)
    ]
    everywhere = [ActiveAlert(each, "takeover") for each in flood]
    at_kino = ActiveAlert(replace(GALE, id="kino"), "takeover")
    for _ in range(2):
        follow(site, bibliotek=everywhere, hallen=everywhere, kino=[*everywhere[:1], at_kino])
        assert site.titles("bibliotek") == site.titles("hallen") == [f"{n}" for n in range(MOST_OF_A_FEED)]
        assert site.titles("kino") == ["0", "Kuling"], "there is room for it"
        assert len(site.log.path.read_bytes().splitlines()) == MOST_OF_A_FEED + 1, "the others were never sent"
        assert site.desk.problems == [
            "92 official alerts of met are not shown, or not on all of their screens: a screen shows the 8 most "
            "important ones of each feed."
        ]
    site.desk.follow_feeds([site.draft(f"{n}", source=f"f{n}", source_id="1", warning="red") for n in range(19)], [])
    site.desk.send(site.draft("Vannet må kokes"), "status page")
    assert site.titles("hallen")[0] == "Vannet må kokes"
    follow(site, kino=[at_kino])
    assert site.titles("kino")[:1] == ["Vannet må kokes"]
