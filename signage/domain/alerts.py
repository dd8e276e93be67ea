"""Emergency alerts: what is to be sent, what was sent, and what is shown of it. Values only.

A draft is what a person or a feed wants to send; an alert is what was sent, and stays as it is until it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AlertLevel(StrEnum):
    """How an alert is shown (docs/bundle-format.md, "Alerts"). `TEST` is stored by players, and never shown."""

    TAKEOVER = "takeover"
    BANNER = "banner"
    PAGE = "page"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class AlertText:
    """What an alert says, in one language. An empty line in `text` begins a new paragraph."""

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """`texts` by language (BCP 47), at least one; a screen shows those in its languages, else all of them.

    `prepared`: the id of the prepared message that it is, whose pictures every bundle has; its texts are in `texts`,
    too.
    `screens`: ids, in the order of screens.toml, at least one. `begin`: None for at once. `until`: aware.
    `sender`: the office that it comes from, shown on it. `credit`: whose data it is, shown on it.
    `source`: "" for a person, else the id of the feed; `source_id`: what the feed calls it; `warning`: the
    level of an official alert, "yellow", "orange" or "red", which has a mark on it; "" for none. `issued`: when its
    authority sent it, which is shown on it; None for an alert of one's own.
    """

    texts: Mapping[str, AlertText]
    screens: tuple[str, ...]
    until: datetime
    level: AlertLevel = AlertLevel.TAKEOVER
    begin: datetime | None = None
    sender: str = ""
    prepared: str = ""
    credit: str = ""
    source: str = ""
    source_id: str = ""
    warning: str = ""
    issued: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A draft that was sent. `by`: through what it was sent ("command line", "status page", a feed's id). `request`: a
    name that the sender's form has made up, so that a form that is sent twice makes one alert; "" without one.

    `ended`: when it was ended before its `draft.until`, and by what; None while it was not.
    """

    id: str
    draft: AlertDraft
    sent: datetime
    by: str
    request: str = ""
    ended: datetime | None = None
    ended_by: str = ""

    @property
    def begin(self) -> datetime:
        return self.draft.begin or self.sent

    @property
    def issued(self) -> datetime:
        """When people were warned, as the alert says it."""
        return self.draft.issued or self.sent

    @property
    def until(self) -> datetime:
        """When it ends, or has ended."""
        return self.draft.until if self.ended is None else min(self.ended, self.draft.until)

    def holds(self, at: datetime) -> bool:
        """Whether it has not ended at an instant. It may not have begun. What was ended stays ended, also when the
        clock is set back to a time before that.
        """
        return self.ended is None and at < self.until

    @property
    def title(self) -> str:
        """In the first of its languages."""
        return next(iter(self.draft.texts.values())).title


@dataclass(frozen=True, slots=True)
class AlertPreview:
    """One picture of a draft. `screens`: those that show it. `data`: a WebP or PNG of `media_type`, whole display:
    of a banner, too, over an empty page. `problems`: what is wrong with it, in sentences for the sender; none if it
    fits.
    """

    width: int
    height: int
    language: str
    screens: tuple[str, ...]
    media_type: str
    data: bytes
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertDelivery:
    """The ids of the screens that show an alert, have it without showing it (yet), don't answer, have no player, and
    answer without having it (yet). Each of its screens is in one of them.

    `browsers`: how many browsers that play a screen have it, by the screen's id, where there are any. They are no
    players, and prove nothing.
    """

    shows: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    unpaired: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    browsers: Mapping[str, int] = field(default_factory=dict)


_ORDER = (AlertLevel.TAKEOVER, AlertLevel.BANNER, AlertLevel.PAGE, AlertLevel.TEST)
# "" is an alert by hand: a feed, which may be broken or hostile, must not keep it from the screens
_WARNINGS = ("", "red", "orange", "yellow")


def by_importance(alerts: Iterable[Alert]) -> list[Alert]:
    """The most important first, and of equal ones the newest."""
    newest = sorted(alerts, key=lambda alert: alert.sent, reverse=True)
    return sorted(newest, key=lambda alert: importance(alert.draft))


def importance(draft: AlertDraft) -> tuple[int, int]:
    """Sorts drafts, the most important first: by level, then those by hand, then by the official level."""
    return _ORDER.index(draft.level), _WARNINGS.index(draft.warning)
