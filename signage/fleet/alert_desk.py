"""Where alerts are sent and ended. What the status page and the command line need of it, which `signage.app` provides.

What is checked of every draft is here as well, so that a refusal is the same however it was sent. Pure.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from signage.config.alerts import TEXT_LENGTH, TITLE_LENGTH
from signage.domain.alerts import Alert, AlertDraft, AlertLevel, AlertPreview, AlertText, importance
from signage.errors import UsageError
from signage.wording.languages.messages import load_messages

LONGEST_TITLE, LONGEST_TEXT = TITLE_LENGTH, TEXT_LENGTH  # letters, as of prepared messages
SHORTEST = timedelta(minutes=1)  # players that poll once a minute have had it by then
MOST_OF_A_FEED = 8  # on one screen: two feeds leave room for other alerts, and a broken one can't fill the log
LONGEST_OF_FEEDS = timedelta(days=31)  # docs/bundle-format.md, "alerts[]"


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """A place of screens.toml, and the screens at or near it, in the order of the file."""

    name: str
    screens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreparedAlert:
    """A prepared message: its texts by language, and its level."""

    texts: Mapping[str, AlertText]
    level: AlertLevel

    @property
    def title(self) -> str:
        """In the first of its languages."""
        return next(iter(self.texts.values())).title


@dataclass(frozen=True, slots=True)
class AlertChoices:
    """What can be chosen for an alert, by the configuration in force.

    `screens`: id -> name; `groups`: name -> screens; `languages`: those of the site, the first one first; `longest`:
    how long an alert may last that a person sends; `sender`: the office that is shown on it.
    """

    screens: Mapping[str, str]
    languages: tuple[str, ...]
    zone: ZoneInfo
    sender: str
    longest: timedelta = timedelta(hours=24)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, AlertPlace] = field(default_factory=dict)
    prepared: Mapping[str, PreparedAlert] = field(default_factory=dict)


class AlertRefused(UsageError):
    """An alert that can't be sent, or ended. `reason` names a sentence under `alert_refusals` in the message
    catalogue, and `values` go into it. As a string it is English, with the hint for the command line.
    """

    def __init__(self, reason: str, hint: str = "", /, **values: str | int) -> None:
        self.reason = reason
        self.values = values
        super().__init__(self.sentence("en"), hint=hint)

    def __reduce__(self) -> tuple[object, tuple[str, str, dict[str, str | int]]]:
        return _refused, (self.reason, self.hint, self.values)  # from a worker process

    def sentence(self, language: str) -> str:
        """For a page in this language."""
        return load_messages(language)(f"alert_refusals.{self.reason}", **self.values)


def _refused(reason: str, hint: str, values: dict[str, str | int]) -> AlertRefused:
    return AlertRefused(reason, hint, **values)


class AlertDesk(Protocol):
    """All of it may be called by several threads. `by`: "status page", "command line", or a feed's id."""

    def choices(self) -> AlertChoices:
        """What can be chosen now. Fast."""

    def preview(self, draft: AlertDraft) -> Sequence[AlertPreview]:
        """How it will look, one for each size and language, the most screens first. Renders, so it may take seconds.

        A text that doesn't fit isn't refused: its preview has `problems`, and shows what the display would show.
        Raises AlertRefused.
        """

    def send(self, draft: AlertDraft, by: str, request: str = "") -> Alert:
        """Send it: when this returns, it is in the log for good, and is being published. Where an alert has this
        `request` already, that one is given, and nothing is sent. Raises AlertRefused, and NotWritable when the log
        can't be written.
        """

    def end(self, alert: str, by: str) -> Alert:
        """End an alert by its id. One that has ended already is given as it is. Raises AlertRefused for others."""

    def current(self) -> Sequence[Alert]:
        """Those that hold now, or will, the most important first; without tests."""

    def recent(self, most: int = 20) -> Sequence[Alert]:
        """The last ones of the log, the newest first: those that hold, too, but no tests."""


def tidy(draft: AlertDraft) -> AlertDraft:
    """The draft with the texts as they are sent: no characters that command a terminal or turn the direction of
    writing, no spaces at the ends of lines, a single empty line between paragraphs, and no language without a title
    and a text.
    """
    texts = {language: AlertText(_line(each.title), _paragraphs(each.text)) for language, each in draft.texts.items()}
    return replace(
        draft,
        texts={language: each for language, each in texts.items() if each.title or each.text},
        screens=tuple(dict.fromkeys(draft.screens)),
        sender=_line(draft.sender),
        credit=_line(draft.credit),
    )


def most_of_each_feed(drafts: Iterable[AlertDraft]) -> tuple[list[AlertDraft], list[str]]:
    """On each screen the most important ones of each feed, and a sentence for each feed that has more: there may be
    thousands. Equals stay in the order given.
    """
    kept, left_out, taken = list[AlertDraft](), Counter[str](), Counter[tuple[str, str]]()
    for draft in sorted(drafts, key=importance):
        screens = tuple(screen for screen in draft.screens if taken[draft.source, screen] < MOST_OF_A_FEED)
        taken.update((draft.source, screen) for screen in screens)
        if screens:
            kept.append(replace(draft, screens=screens))
        if screens != draft.screens:
            left_out[draft.source] += 1
    return kept, [
        f"{number} official alerts of {source} are not shown, or not on all of their screens: a screen shows the "
        f"{MOST_OF_A_FEED} most important ones of each feed."
        for source, number in left_out.items()
    ]


def check(draft: AlertDraft, choices: AlertChoices, now: datetime) -> None:
    """Refuse what must not be sent. `draft`: tidy. Raises AlertRefused."""
    if draft.prepared and draft.prepared not in choices.prepared:
        raise AlertRefused("no_prepared", name=draft.prepared)
    for text in draft.texts.values():
        _check_text(text, official=bool(draft.source))
    if not draft.texts:
        raise AlertRefused("no_title")
    _check_screens(draft.screens, choices.screens)
    _check_times(draft, choices, now)


def _check_text(text: AlertText, *, official: bool) -> None:
    if not text.title:
        raise AlertRefused("no_title")
    if official:
        return  # who shortens it changes what it says; what doesn't fit on a screen is left out there, in whole texts
    if len(text.title) > LONGEST_TITLE:
        raise AlertRefused("long_title", letters=len(text.title), most=LONGEST_TITLE)
    if len(text.text) > LONGEST_TEXT:
        raise AlertRefused("long_text", letters=len(text.text), most=LONGEST_TEXT)


def _check_screens(named: Sequence[str], screens: Collection[str]) -> None:
    if not named:
        raise AlertRefused("no_screens")
    if unknown := next((screen for screen in named if screen not in screens), None):
        raise AlertRefused("no_screen", "signage status lists the screens.", screen=unknown)


def _check_times(draft: AlertDraft, choices: AlertChoices, now: datetime) -> None:
    begin = max(draft.begin or now, now)
    longest = LONGEST_OF_FEEDS if draft.source else choices.longest
    until = draft.until.astimezone(choices.zone)
    if until <= now:
        raise AlertRefused("past", until=f"{until:%Y-%m-%d %H:%M}")
    if until - begin < SHORTEST and not draft.source and draft.level is not AlertLevel.TEST:
        raise AlertRefused("too_short")
    if until - begin > longest:
        hours = f"{longest.total_seconds() / 3600:g}"
        raise AlertRefused("too_far", "[alerts] longest_hours in screens.toml sets it.", hours=hours)


def _line(text: str) -> str:
    return " ".join("".join(" " if _is_control(letter) else letter for letter in text).split())


def _paragraphs(text: str) -> str:
    lines = [_line(line) for line in text.splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()


def _is_control(letter: str) -> bool:
    # U+200C and U+200D join letters of some scripts; U+00AD is where a word may be broken
    return unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") and letter not in "\u200c\u200d\u00ad"
