"""The alerts of a screen in words, for its pages for telephones (docs/pocket.md). Pure.

    alerts/<screen>.json

It is written together with the signed document (docs/bundle-format.md), and again whenever an alert is sent or ends.
Everything in it is ready to be shown, so that a page needs neither words nor a time zone. It isn't signed: pages for
telephones aren't, either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypedDict
from zoneinfo import ZoneInfo

from signage.config.languages import KNOWN
from signage.domain.alerts import Alert, AlertLevel
from signage.wording.alert_times import SENT, UNTIL, alert_lines
from signage.wording.languages import load

MOST = 20  # alerts; as many as a signed document has
_EMPTY_LINE = re.compile(r"\n\s*\n")
_SHOWN = (AlertLevel.TAKEOVER, AlertLevel.BANNER, AlertLevel.PAGE)


class AlertWords(TypedDict):
    """An alert in one language. `words`: that of `label`, `until` and `sent`, where it can't be `language`.

    `label` says what it is ("Viktig melding", or the level of an official alert), `until` how long it holds, `sent`
    when it was sent. `paragraphs`, `sender` and `credit` may be empty.
    """

    language: str
    words: str
    label: str
    title: str
    paragraphs: list[str]
    until: str
    sent: str
    sender: str
    credit: str


# "from" is no name in Python
AlertTextEntry = TypedDict(
    "AlertTextEntry", {"id": str, "level": str, "from": str, "until": str, "texts": list[AlertWords]}
)
AlertTextEntry.__doc__ = "An alert, and the instants between which it is shown: RFC 3339 in UTC."


class AlertTexts(TypedDict):
    """The file. `alerts`: the most important first."""

    format: int
    screen: str
    generated: str
    alerts: list[AlertTextEntry]


def alert_texts(alerts: Iterable[Alert], screen: str, languages: Sequence[str], zone: ZoneInfo, now: datetime) -> bytes:
    """The bytes of `alerts/<screen>.json`.

    `alerts`: in the order of the signed document; those that have ended at the instant `now` (aware), are of another
    screen or only a test are left out. `languages`: the screen's, at least one; its pages for telephones are in the
    first. `zone`: the screen's.
    """
    wanted = [
        each for each in alerts if screen in each.draft.screens and each.draft.level in _SHOWN and each.holds(now)
    ]
    made: AlertTexts = {
        "format": 1,
        "screen": screen,
        "generated": _instant(now),
        "alerts": [_entry(each, languages, zone) for each in wanted[:MOST]],
    }
    return json.dumps(made, ensure_ascii=False, indent=1).encode() + b"\n"


def _entry(alert: Alert, languages: Sequence[str], zone: ZoneInfo) -> AlertTextEntry:
    texts = alert.draft.texts
    shown = [language for language in languages if language in texts] or list(texts)
    return {
        "id": alert.id,
        "level": alert.draft.level.value,
        "from": _instant(alert.begin),
        "until": _instant(alert.until),
        "texts": [_words(alert, language, languages[0], zone) for language in shown],
    }


def _words(alert: Alert, language: str, first: str, zone: ZoneInfo) -> AlertWords:
    spoken = language if language in KNOWN else first
    words = load(spoken)
    draft = alert.draft
    text = draft.texts[language]
    lines = alert_lines(words, zone, alert.issued, alert.until)
    return {
        "language": language,
        "words": spoken,
        "label": words(f"alert_{draft.warning or 'label'}"),
        "title": text.title,
        "paragraphs": [part for part in (" ".join(each.split()) for each in _EMPTY_LINE.split(text.text)) if part],
        "until": lines[UNTIL],
        "sent": lines[SENT],
        "sender": draft.sender,
        "credit": draft.credit,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
