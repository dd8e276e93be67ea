"""Official alerts: weather, floods, avalanches, and what else comes in the Common Alerting Protocol (CAP 1.2). Pure.

An `AlertMessage` is what was received. It may replace or cancel earlier ones, and it has an `OfficialAlert` for each
event that it warns of, in all its languages. `in_force` says which of them hold at an instant, and `concerns` whether
one holds at a place. docs/official-alerts.md has the rules in words.

https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from signage.domain.alert_area import AlertArea, Point

Level = Literal["green", "yellow", "orange", "red"]
LEVELS: tuple[Level, ...] = ("green", "yellow", "orange", "red")  # green is no danger, and never shown
Show = Literal["page", "banner", "takeover"]
SHOWN: tuple[Show, ...] = ("page", "banner", "takeover")
_SEVERITIES = ("extreme", "severe", "moderate", "minor")
_URGENCIES = ("immediate", "expected", "future", "past")
_CERTAINTIES = ("observed", "likely", "possible", "unlikely")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# Which language is read instead of one that an alert doesn't have, best first. After these: what comes first in it.
_INSTEAD: Mapping[str, tuple[str, ...]] = {"nb": ("nn", "en"), "nn": ("nb", "en"), "en": ("nb", "nn")}
_INSTEAD_OF_OTHERS = ("en", "nb", "nn")

# A message of status Actual whose texts name it an exercise: in the title or event anywhere, in longer texts at the
# beginning or in a sentence about itself. "Utøvelse" and "Test røykvarsleren" don't.
_EXERCISE_WORD = re.compile(
    r"\b(?:(?:øvelse|øving)(?:s\w+)?|test(?:melding|varsel|varsling|alarm|message|alert)?|prøve(?:varsel|melding)"
    r"|exercise|drill|übung|probealarm)\b",
    re.IGNORECASE,
)
_EXERCISE_BEGINNING = re.compile(r"\W*(øvelse|øving|exercise|drill|test|übung)\b\s*(?:[!:.,–—*-]|\1|$)", re.IGNORECASE)
_EXERCISE_SENTENCE = re.compile(
    r"\b(?:dette er (?:bare |kun |berre )?(?:en|ein|ei) (?:øvelse|øving|test)|this is (?:only |just )?(?:a|an) "
    r"(?:exercise|drill|test))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AlertText:
    """What an alert says in one language ("nb", "nn", "en", …). A text is whole, or empty when it isn't given.

    `headline`: the whole in one line, often with level, area and times. `event`: what it is about, in a word or two
    ("Kuling"). `area`: the words for where it holds.
    """

    language: str
    headline: str = ""
    event: str = ""
    description: str = ""
    instruction: str = ""
    consequence: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class OfficialAlert:
    """One event that a message warns of. All instants are aware.

    `id`: the same for what updates it; of all that hold at one instant, each has its own. `identifier`, `sender`,
    `sent`: of the message that it is in. `source`: who gives it, for people ("MET Norway"). `starts`: from when it is
    to be shown (CAP: effective); `onset`: when the event itself is expected to begin; `expires`: when it stops to hold.

    `kind`: the type of event in the source's own word ("gale", "flood"). `severity`, `urgency`, `certainty`: as CAP
    writes them; "" when they aren't given. `all_clear`: it says that the danger is over.

    `areas`: where it holds; without any it holds everywhere. `affected`: municipalities and counties that are touched
    by the areas, for places whose position isn't known.
    """

    id: str
    identifier: str
    expires: datetime
    level: Level
    texts: tuple[AlertText, ...]
    feed: str = ""  # the id of its [[alert_feeds]]
    source: str = ""
    sender: str = ""
    sent: datetime | None = None
    starts: datetime | None = None
    onset: datetime | None = None
    kind: str = ""
    severity: str = ""
    urgency: str = ""
    certainty: str = ""
    msg_type: str = "Alert"
    all_clear: bool = False
    exercise: bool = False
    areas: tuple[AlertArea, ...] = ()
    affected: AlertArea = field(default_factory=AlertArea)
    credit: str = ""  # what its licence wants on the page
    web: str = ""  # where there is more about it; http or https

    def text_in(self, language: str) -> AlertText:
        """Its text in a screen's language, or in the one that most of those who read that understand."""
        known = {text.language: text for text in self.texts}
        wanted = (language, *_INSTEAD.get(language, _INSTEAD_OF_OTHERS))
        return next((known[each] for each in wanted if each in known), self.texts[0])

    @property
    def holds_somewhere(self) -> bool:
        """Whether its area can be compared with a place. If not, its area is in words only, and it concerns none."""
        return not self.areas or any(area.is_known for area in (*self.areas, self.affected))

    def holds_at(self, at: datetime) -> bool:
        """Whether it is to be shown at an instant, were there no other message."""
        harmless = self.level == "green" or self.all_clear or self.exercise or self.urgency.casefold() == "past"
        return not harmless and (self.starts or self.sent or _LONG_AGO) <= at < self.expires


@dataclass(frozen=True, slots=True)
class ActiveAlert:
    """An alert that holds at a place now, and how it is to be shown there (`[[alert_feeds]] show`)."""

    alert: OfficialAlert
    show: Show


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message that a message is about. `sender`: "" when it isn't given."""

    sender: str
    identifier: str
    sent: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """A message as it was received. `status`, `msg_type` and `scope`: as CAP writes them."""

    identifier: str
    sender: str = ""
    sent: datetime | None = None
    status: str = "Actual"
    msg_type: str = "Alert"
    scope: str = "Public"
    references: tuple[Reference, ...] = ()
    alerts: tuple[OfficialAlert, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What others refer to it by."""
        return self.sender, self.identifier

    @property
    def is_actual(self) -> bool:
        """Not an exercise, a test, a draft, or for systems only."""
        return self.status.casefold() == "actual"

    @property
    def ends(self) -> datetime:
        """When the last of its alerts is over."""
        return max((alert.expires for alert in self.alerts), default=self.sent or _LONG_AGO)


def in_force(messages: Iterable[AlertMessage], at: datetime) -> tuple[OfficialAlert, ...]:
    """The alerts of the messages of one feed that hold at an instant, the most important ones first.

    The order of the messages doesn't matter. What was replaced or cancelled by an actual message that had been sent by
    then doesn't hold, also after that message has ended.
    """
    known = _known(messages, at)
    over = _replaced(known)
    roots: dict[tuple[str, str], str] = {}
    found = [
        replace(alert, id=_with_root(alert, _root(message, known, roots)))
        for message in known.values()
        if message.key not in over and message.msg_type.casefold() in ("alert", "update")
        if message.scope.casefold() == "public"
        for alert in message.alerts
        if alert.holds_at(at)
    ]
    return tuple(sorted(_distinct(found), key=importance))


def next_change(messages: Iterable[AlertMessage], after: datetime) -> datetime | None:
    """The first instant after `after` at which what `in_force` gives may be another."""
    instants = [
        instant
        for message in messages
        for instant in (message.sent, *(i for alert in message.alerts for i in (alert.starts, alert.expires)))
        if instant is not None and instant > after
    ]
    return min(instants, default=None)


def concerns(alert: OfficialAlert, position: Point | None, municipality: str) -> bool:
    """Whether an alert holds at a place, of which either may be unknown (None, "").

    What is on a border is inside. The affected municipalities count only where a position can't be compared with the
    alert's own areas, which are more exact.
    """
    if not alert.areas:
        return True
    if any(area.has(position, municipality) for area in alert.areas):
        return True
    if position is not None and any(area.has_shape for area in alert.areas):
        return False
    listed = alert.affected
    if listed.municipalities:
        return municipality in listed.municipalities
    return bool(municipality) and municipality[:2] in listed.counties


def importance(alert: OfficialAlert) -> tuple[object, ...]:
    """Sorts alerts: the gravest first, then what is sooner, then what is surer."""
    return (
        -LEVELS.index(alert.level),
        _rank(alert.severity, _SEVERITIES),
        _rank(alert.urgency, _URGENCIES),
        alert.onset or alert.starts or alert.sent or _LONG_AGO,
        _rank(alert.certainty, _CERTAINTIES),
        alert.expires,
        alert.id,
    )


def says_exercise(texts: Sequence[AlertText], note: str = "") -> bool:
    """Whether an alert says itself that it is an exercise. `note`: what its message says to those who pass it on."""
    long = [note, *(long for text in texts for long in (text.description, text.instruction))]
    return (
        any(_EXERCISE_WORD.search(short) for text in texts for short in (text.headline, text.event))
        or any(_EXERCISE_BEGINNING.match(text) for text in long)
        or any(_EXERCISE_SENTENCE.search(text) for text in long)
    )


def _known(messages: Iterable[AlertMessage], at: datetime) -> dict[tuple[str, str], AlertMessage]:
    """The actual messages that had been sent, each once: what is listed twice is the same message."""
    sent = [message for message in messages if message.is_actual and (message.sent or _LONG_AGO) <= at]
    return {message.key: message for message in sorted(sent, key=lambda message: message.sent or _LONG_AGO)}


def _replaced(known: Mapping[tuple[str, str], AlertMessage]) -> set[tuple[str, str]]:
    refers = {message.key: _referred(message, known) for message in known.values()}
    return {
        earlier
        for message in known.values()
        if message.msg_type.casefold() in ("update", "cancel")
        for earlier in refers[message.key]
        if message.key not in refers[earlier] or _age(message) > _age(known[earlier])
    }


def _referred(message: AlertMessage, known: Mapping[tuple[str, str], AlertMessage]) -> set[tuple[str, str]]:
    """The known messages that a message refers to; itself isn't one of them.

    The time in a reference isn't compared: senders write the same instant in several ways, and an identifier is never
    used twice.
    """
    keys = {(reference.sender, reference.identifier) for reference in message.references}
    loose = {identifier for sender, identifier in keys if not sender}
    found = keys.intersection(known)
    if loose:
        found |= {key for key in known if key[1] in loose}
    return found - {message.key}


def _age(message: AlertMessage) -> tuple[datetime, str]:
    return message.sent or _LONG_AGO, message.identifier


def _root(
    message: AlertMessage, known: Mapping[tuple[str, str], AlertMessage], roots: dict[tuple[str, str], str]
) -> str:
    """The identifier of the first message about the same event: the oldest of all that it, and those, refer to."""
    if message.key in roots:
        return roots[message.key]
    oldest = _age(message)
    seen, waiting = {message.key}, [message]
    while waiting:
        for reference in waiting.pop().references:
            key = (reference.sender, reference.identifier)
            if key in seen:
                continue
            seen.add(key)
            earlier = known.get(key)
            sent = earlier.sent if earlier else reference.sent
            oldest = min(oldest, (sent or oldest[0], reference.identifier))
            if earlier is not None:
                waiting.append(earlier)
    roots[message.key] = oldest[1]
    return oldest[1]


def _distinct(alerts: Sequence[OfficialAlert]) -> list[OfficialAlert]:
    """Each with an id of its own: of several that replace the same alert, or have its number, the oldest keeps it."""
    taken: set[str] = set()
    found = []
    for alert in sorted(alerts, key=lambda each: (each.sent or _LONG_AGO, each.sender, each.identifier)):
        own = alert.id if alert.id not in taken else f"{alert.id}~{alert.sender},{alert.identifier}"
        taken.add(own)
        found.append(alert if own == alert.id else replace(alert, id=own))
    return found


def _with_root(alert: OfficialAlert, root: str) -> str:
    """The id of an alert, with the identifier of another message in place of its own."""
    return alert.id if root == alert.identifier else root + alert.id.removeprefix(alert.identifier)


def _rank(word: str, words: Sequence[str]) -> int:
    plain = word.casefold()
    return words.index(plain) if plain in words else len(words)
