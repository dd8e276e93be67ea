"""What players write on an alert: when it was sent, and until when it is in force, in every language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import ImageFont

from signage.config.languages import KNOWN
from signage.publishing import data_age_label
from signage.wording.alert_times import alert_lines, widest_lines
from signage.wording.languages import load

OSLO = ZoneInfo("Europe/Oslo")
SENT = datetime(2026, 11, 27, 13, 5, tzinfo=UTC)


def test_an_end_on_the_same_day_has_no_day() -> None:
    assert alert_lines(load("nb"), OSLO, SENT, SENT + timedelta(hours=4)) == {
        "sent": "Sendt 27. nov. kl. 14.05",
        "until": "Gjelder til kl. 18.05",
    }


def test_the_day_is_that_of_the_screens_zone() -> None:
    late = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)  # 23.30 in Oslo
    assert (
        alert_lines(load("nb"), OSLO, late, late + timedelta(minutes=45))["until"] == "Gjelder til 28. nov. kl. 00.15"
    )


@pytest.mark.parametrize(
    ("language", "sent", "until"),
    [
        ("nn", "Sendt 27. nov. kl. 14.05", "Gjeld til kl. 18.05"),
        ("en", "Sent 27 Nov, 14:05", "In force until 18:05"),
        ("de", "Gesendet 27. Nov., 14:05 Uhr", "Gilt bis 18:05 Uhr"),
        ("uk", "Надіслано 27 лист., 14:05", "Діє до 18:05"),
    ],
)
def test_in_other_languages(language: str, sent: str, until: str) -> None:
    assert alert_lines(load(language), OSLO, SENT, SENT + timedelta(hours=4)) == {"sent": sent, "until": until}


@pytest.mark.parametrize("language", KNOWN)
def test_the_typeface_has_every_letter_and_there_is_room_for_every_minute(language: str) -> None:
    font = ImageFont.truetype(str(data_age_label.FONT), 200)
    missing = font.getmask("\uffff").getbbox(), bytes(font.getmask("\uffff"))
    room = {name: max(map(font.getlength, texts)) * 1.02 for name, texts in widest_lines(load(language)).items()}
    at = datetime(2027, 1, 1, tzinfo=OSLO)
    for step in range(0, 366 * 24 * 60, 6 * 60 + 7):
        begin = at + timedelta(minutes=step)
        for name, text in alert_lines(load(language), OSLO, begin, begin + timedelta(hours=26)).items():
            assert font.getlength(text) <= room[name], text
    for letter in {letter for texts in widest_lines(load(language)).values() for text in texts for letter in text}:
        mask = font.getmask(letter)
        assert letter == " " or (mask.getbbox(), bytes(mask)) != missing, letter
