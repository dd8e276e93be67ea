"""The lines that players draw on an alert: when it was sent, and until when it is in force. Pure.

Their typeface has the letters of all languages, digits and little else (layouts/make_player_fonts.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from signage.wording.dates import format_clock, format_date
from signage.wording.languages import Words

SENT, UNTIL = "sent", "until"


def alert_lines(words: Words, zone: ZoneInfo, sent: datetime, until: datetime) -> dict[str, str]:
    """What each line says, by its name: "Sendt 29. nov. kl. 14.05" and "Gjelder til kl. 18.00". The end has its day
    when that isn't the day on which it was sent.
    """
    local, end = sent.astimezone(zone), until.astimezone(zone)
    same_day = local.date() == end.date()
    return {
        SENT: words("alert_sent", time=_day_and_time(words, local)),
        UNTIL: words("alert_until", time=_clock(words, end) if same_day else _day_and_time(words, end)),
    }


def widest_lines(words: Words) -> Mapping[str, list[str]]:
    """For each line, texts of which one is at least as wide as any that it may say."""
    times = [_day_and_time(words, datetime(2028, month, 28, 20, 0)) for month in range(1, 13)]  # noqa: DTZ001 digits
    return {
        SENT: [words("alert_sent", time=time) for time in times],
        UNTIL: [words("alert_until", time=time) for time in times],
    }


def _clock(words: Words, at: datetime) -> str:
    return words("alert_clock", time=format_clock(at.hour, at.minute, words("time"), words.locale))


def _day_and_time(words: Words, at: datetime) -> str:
    day = format_date(at.date(), words("day_short"), words.locale)
    return words("alert_day", day=day, time=format_clock(at.hour, at.minute, words("time"), words.locale))
