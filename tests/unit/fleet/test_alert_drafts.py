"""What may be sent as an alert, and until when: what people type, checked."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.domain.alerts import AlertDraft, AlertLevel, AlertText
from signage.fleet.alert_desk import LONGEST_TEXT, LONGEST_TITLE, AlertChoices, AlertRefused, PreparedAlert, check, tidy
from signage.fleet.alert_times import until_of
from signage.wording.languages.messages import load_messages

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)  # a Friday, at five
WATER = AlertText("Kok drikkevannet", "Gjelder hele Heim.")
CHOICES = AlertChoices({"library": "Biblioteket", "hall": "Rådhuset"}, ("nb", "nn"), OSLO, "Heim kommune")
DRAFT = AlertDraft({"nb": WATER}, ("library",), NOW + timedelta(hours=2))


def test_a_refusal_is_norwegian_for_people_and_english_for_the_command_line() -> None:
    refused = AlertRefused("too_far", hours=24)
    assert "24 timer" in refused.sentence("nb")
    assert refused.sentence("en") == refused.message


def refusal(draft: AlertDraft, choices: AlertChoices = CHOICES) -> str:
    try:
        check(tidy(draft), choices, NOW)
    except AlertRefused as refused:
        return refused.reason
    return ""


def test_an_ordinary_alert_may_be_sent() -> None:
    assert refusal(DRAFT) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"texts": {}}, "no_title"),
        ({"texts": {"nb": AlertText(" \u202e\n ", "")}}, "no_title"),
        ({"texts": {"nb": AlertText("", "Bare tekst")}}, "no_title"),
        ({"texts": {"nb": WATER, "nn": AlertText("", "Berre tekst")}}, "no_title"),
        ({"texts": {"nb": AlertText("x" * (LONGEST_TITLE + 1))}}, "long_title"),
        ({"texts": {"nb": AlertText("x", "y" * (LONGEST_TEXT + 1))}}, "long_text"),
        ({"screens": ()}, "no_screens"),
        ({"screens": ("library", "attic")}, "no_screen"),
        ({"prepared": "water"}, "no_prepared"),
        ({"until": NOW}, "past"),
        ({"until": NOW - timedelta(days=3)}, "past"),
        ({"until": NOW + timedelta(seconds=59)}, "too_short"),
        ({"until": NOW + timedelta(hours=24, seconds=1)}, "too_far"),
        ({"until": NOW + timedelta(days=40)}, "too_far"),
        ({"begin": NOW - timedelta(days=9), "until": NOW + timedelta(days=2)}, "too_far"),
    ],
)
def test_what_must_not_be_sent_is_refused_with_the_reason(change: dict[str, object], reason: str) -> None:
    assert refusal(replace(DRAFT, **change)) == reason  # type: ignore[arg-type]


def test_the_longest_alert_is_a_setting() -> None:
    far = replace(DRAFT, until=NOW + timedelta(hours=30))
    assert refusal(far, replace(CHOICES, longest=timedelta(hours=30))) == ""


def test_alerts_of_feeds_may_last_as_long_as_the_format_allows() -> None:
    warning = replace(DRAFT, source="met", until=NOW + timedelta(days=31))
    assert refusal(warning) == ""
    assert refusal(replace(warning, until=NOW + timedelta(days=40))) == "too_far"


def test_a_prepared_message_that_exists_may_be_sent() -> None:
    prepared = {"water": PreparedAlert({"nb": WATER}, AlertLevel.TAKEOVER)}
    assert refusal(replace(DRAFT, prepared="water"), replace(CHOICES, prepared=prepared)) == ""


def test_texts_are_sent_without_characters_that_turn_or_hide_them() -> None:
    typed = AlertText("Kok\u202e  vannet\x1b[31m\r", "En\u2066 linje \r\n\r\n\r\n\r\nTo\x00\n  tre  \n\n")
    assert tidy(replace(DRAFT, texts={"nb": typed})).texts["nb"] == AlertText("Kok vannet [31m", "En linje\n\nTo\ntre")


def test_a_screen_that_is_named_twice_is_one_screen() -> None:
    assert tidy(replace(DRAFT, screens=("hall", "library", "hall"))).screens == ("hall", "library")


def test_a_refusal_can_come_from_a_worker() -> None:
    refused = AlertRefused("too_far", "a hint.", hours=24)
    again = pickle.loads(pickle.dumps(refused))  # noqa: S301 our own
    assert (again.reason, again.values, again.hint, str(again)) == ("too_far", {"hours": 24}, "a hint.", str(refused))


def test_every_refusal_has_a_sentence_in_each_catalogue() -> None:
    def of(language: str) -> set[str]:
        return {key for key in load_messages(language).sentences if key.startswith("alert_refusals.")}

    assert of("nb") == of("en")
    assert len(of("nb")) > 10


def local(typed: str, now: datetime = NOW) -> str:
    return until_of(typed, now, OSLO).astimezone(OSLO).isoformat()


@pytest.mark.parametrize("typed", ["18:00", "18.00", "18", "kl. 18", "kl 18.00", " Kl.18:00 "])
def test_a_time_means_the_next_such_time(typed: str) -> None:
    assert local(typed) == "2026-11-27T18:00:00+01:00"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("17:00", "2026-11-28T17:00:00+01:00"),  # it is 17:00 sharp
        ("9", "2026-11-28T09:00:00+01:00"),
        ("24:00", "2026-11-28T00:00:00+01:00"),
        ("0:00", "2026-11-28T00:00:00+01:00"),
        ("2026-11-29", "2026-11-30T00:00:00+01:00"),
        ("2026-11-29 08:30", "2026-11-29T08:30:00+01:00"),
        ("2026-11-29T08:30", "2026-11-29T08:30:00+01:00"),
        ("2026-11-29T08:30:00+00:00", "2026-11-29T09:30:00+01:00"),
        ("2026-11-29T08:30:00Z", "2026-11-29T09:30:00+01:00"),
    ],
)
def test_days_and_times_as_people_write_them(typed: str, meant: str) -> None:
    assert local(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["", " ", "25:00", "24:30", "18:60", "senere", "2026-13-01", "<b>18</b>", "9" * 5000, "9999-12-31 23:59", "١٨:٠٠"],
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(AlertRefused) as refused:
        until_of(typed, NOW, OSLO)
    assert refused.value.reason in ("no_until", "bad_until")
    assert len(str(refused.value)) < 200


def test_an_hour_that_comes_twice_means_the_later_one() -> None:
    evening = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    assert local("02:30", evening) == local("2026-10-25T02:30", evening) == "2026-10-25T02:30:00+01:00"
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 summer time: 02:30 comes once more
    assert local("02:30", between) == "2026-10-25T02:30:00+01:00"


def test_an_hour_that_is_left_out_is_refused() -> None:
    evening = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    for typed in ("02:30", "2026-03-29 02:30"):
        with pytest.raises(AlertRefused) as refused:
            until_of(typed, evening, OSLO)
        assert refused.value.reason == "left_out"
    after = datetime(2026, 3, 29, 1, 10, tzinfo=UTC)  # 03:10: the hour is behind us
    assert local("02:30", after) == "2026-03-30T02:30:00+02:00"


@given(
    st.integers(0, 2 * 365 * 24 * 60),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["Europe/Oslo", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_a_time_is_that_time_and_within_two_days(minutes: int, hour: int, minute: int, zone: str) -> None:
    now, here = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), ZoneInfo(zone)
    try:
        until = until_of(f"{hour}:{minute:02}", now, here)
    except AlertRefused:
        return  # left out: tested above
    shown = until.astimezone(here)
    assert (shown.hour, shown.minute, shown.second) == (hour, minute, 0)
    assert timedelta(0) < until - now <= timedelta(days=2)
    # none of that name lies between now and then, but for the hour that comes twice
    earlier = until - timedelta(days=1, hours=2)
    assert earlier <= now
