"""The form that sends an alert: from its fields to a draft, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from signage.domain.alerts import AlertDraft, AlertLevel, AlertText
from signage.fleet.alert_desk import LONGEST_TITLE, AlertChoices, AlertRefused
from signage.fleet.alert_times import until_of

OWN = ""  # the message that is typed, in the place of a prepared one's id
UNTIL = "until"  # the length that stands for a time that is typed
ALL, SCREENS = "all", "screens"  # where: all of them, and those that are ticked; else "group:..." and "place:..."
HOURS = (1, 2, 4, 8, 24)
USUAL_HOURS = 2
PEOPLE_SEND = (AlertLevel.TAKEOVER, AlertLevel.BANNER, AlertLevel.PAGE)


@dataclass(frozen=True, slots=True)
class AlertForm:
    """What was typed, as it was typed: the page shows it again when something is wrong with it."""

    message: str = OWN
    texts: Mapping[str, AlertText] = field(default_factory=dict)
    level: str = AlertLevel.TAKEOVER.value
    where: str = ALL
    screens: tuple[str, ...] = ()
    lasting: str = str(USUAL_HOURS)
    until: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, Sequence[str]]) -> AlertForm:
        """From the fields of a request: a list of values each. Nothing of it is believed."""

        def one(name: str, otherwise: str = "") -> str:
            return fields.get(name, [otherwise])[-1]

        languages = sorted({name.partition("-")[2] for name in fields if name.startswith(("title-", "text-"))})
        return cls(
            one("message"),
            {language: AlertText(one(f"title-{language}"), one(f"text-{language}")) for language in languages},
            one("level", AlertLevel.TAKEOVER.value),
            one("where"),
            tuple(fields.get("screens", ())),
            one("lasting"),
            one("until"),
        )

    def draft(self, choices: AlertChoices, now: datetime) -> AlertDraft:
        """What is to be sent. Raises AlertRefused."""
        texts: Mapping[str, AlertText]
        if self.message == OWN:
            texts = {language: self.texts.get(language, AlertText("")) for language in choices.languages}
            texts = {language: text for language, text in texts.items() if text.title.strip() or text.text.strip()}
            level, prepared = self._level(), ""
        else:
            if self.message not in choices.prepared:
                raise AlertRefused("no_prepared", name=self.message[:LONGEST_TITLE])
            message = choices.prepared[self.message]
            texts, level, prepared = message.texts, message.level, self.message
        if not texts:
            raise AlertRefused("no_title")
        return AlertDraft(texts, self._screens(choices), self._until(choices, now), level, prepared=prepared)

    def _level(self) -> AlertLevel:
        known = next((level for level in PEOPLE_SEND if level.value == self.level), None)
        if known is None:
            raise AlertRefused("no_level")
        return known

    def _screens(self, choices: AlertChoices) -> tuple[str, ...]:
        kind, _, name = self.where.partition(":")
        if kind == ALL:
            return tuple(choices.screens)
        if kind == SCREENS:
            return tuple(screen for screen in choices.screens if screen in self.screens)
        if kind == "group":
            if not choices.groups.get(name):
                raise AlertRefused("no_group", name=name[:LONGEST_TITLE])
            return choices.groups[name]
        if kind == "place":
            if name not in choices.places or not choices.places[name].screens:
                raise AlertRefused("no_place", name=name[:LONGEST_TITLE])
            return choices.places[name].screens
        raise AlertRefused("no_screens")

    def _until(self, choices: AlertChoices, now: datetime) -> datetime:
        if self.lasting == UNTIL:
            return until_of(self.until, now, choices.zone)
        if self.lasting.isascii() and self.lasting.isdigit() and len(self.lasting) <= 3 and int(self.lasting):
            return (now + timedelta(hours=int(self.lasting))).replace(second=0, microsecond=0)
        raise AlertRefused("no_until")


def lengths(choices: AlertChoices) -> list[int]:
    """The hours that can be chosen without typing a time."""
    longest = int(choices.longest.total_seconds() // 3600)
    return [hours for hours in HOURS if hours < longest] + ([longest] if longest else [])
