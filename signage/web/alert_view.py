"""What the status page shows of alerts, in the reader's language: the form, and what was sent. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from signage.domain.alerts import Alert, AlertDelivery, AlertDraft, AlertLevel, AlertPreview
from signage.fleet.alert_desk import LONGEST_TEXT, LONGEST_TITLE, AlertChoices
from signage.web.alert_form import ALL, OWN, PEOPLE_SEND, SCREENS, UNTIL, AlertForm, lengths
from signage.wording.languages.messages import Messages

MOST_SHOWN = 40  # alerts that hold; feeds may have more, and a screen has 20
MOST_NAMED = 6  # screens in a sentence; then "and 4 more"
COUNTED = ("lacks", "silent", "has", "unpaired")  # what is said of screens that don't show it, the worst first


@dataclass(frozen=True, slots=True)
class AlertView:
    """For the templates. `problem`: why nothing is known of alerts now; then the rest is empty."""

    choices: AlertChoices | None
    messages: Messages
    now: datetime
    form: AlertForm = field(default_factory=AlertForm)
    current: Sequence[Alert] = ()
    recent: Sequence[Alert] = ()
    deliveries: Mapping[str, AlertDelivery] = field(default_factory=dict)
    refusal: str = ""
    problem: str = ""

    own, everywhere, ticked, typed = OWN, ALL, SCREENS, UNTIL
    longest_title, longest_text, most_shown = LONGEST_TITLE, LONGEST_TEXT, MOST_SHOWN

    @property
    def known(self) -> AlertChoices:
        assert self.choices is not None
        return self.choices

    def levels(self) -> list[tuple[str, str, str]]:
        """Value, name and explanation of each level that people send."""
        return [(each.value, self.level(each), self.messages(f"alerting.about_{each.value}")) for each in PEOPLE_SEND]

    def level(self, level: AlertLevel) -> str:
        return self.messages(f"alerting.level_{level.value}")

    def lengths(self) -> list[tuple[str, str]]:
        """Value and words of each length that can be chosen."""
        return [(str(hours), self.messages.plural("alerting.for_hours", hours)) for hours in lengths(self.known)]

    def title(self, language: str) -> str:
        return self.form.texts[language].title if language in self.form.texts else ""

    def text(self, language: str) -> str:
        return self.form.texts[language].text if language in self.form.texts else ""

    def language(self, language: str) -> str:
        """Its name, in the reader's language."""
        return self.messages.language_name(language)

    def more_typed(self) -> bool:
        """Is there something in another language than the first?"""
        return any(self.title(each) or self.text(each) for each in self.known.languages[1:])

    def at(self, instant: datetime) -> str:
        return self.messages.at(instant, self.known.zone, self.now)

    def until(self, instant: datetime) -> str:
        """The same after "until"."""
        return self.messages.since(instant, self.known.zone, self.now)

    def by(self, name: str) -> str:
        """Through what it was sent or ended."""
        return self.messages.get(f"alerting.by_{name.replace(' ', '_')}") or self.messages("alerting.by", name=name)

    @property
    def not_shown(self) -> int:
        """How many alerts hold that aren't on the page."""
        return max(0, len(self.current) - MOST_SHOWN)

    def about(self, alert: Alert) -> str:
        """ "Hele skjermen, til kl. 18.00. Sendt kl. 16.58 fra statussiden."."""
        return self.messages(
            "alerting.about",
            level=self.level(alert.draft.level),
            until=self.until(alert.draft.until),
            sent=self.at(alert.sent),
            by=self.by(alert.by),
        )

    def past(self, alert: Alert) -> str:
        """Of one in the list of the last ones."""
        sent = self.messages("alerting.sent", sent=self.at(alert.sent), by=self.by(alert.by))
        if alert.ended is not None:
            ended = self.messages("alerting.ended", ended=self.at(alert.ended), by=self.by(alert.ended_by))
        elif alert.holds(self.now):
            ended = self.messages("alerting.holds_until", until=self.until(alert.until))
        else:
            ended = self.messages("alerting.over", until=self.at(alert.until))
        return f"{sent} {ended}"

    def counts(self, alert: Alert) -> list[str]:
        """How many screens show it, then which don't and why."""
        found = self.deliveries[alert.id]
        total = len(alert.draft.screens)
        sentences = [self.messages("alerting.shows", n=len(found.shows), total=total)]
        for kind in COUNTED:
            screens: tuple[str, ...] = getattr(found, kind)
            if screens:
                names = self.names(screens)
                sentences.append(f"{self.messages.plural(f'alerting.{kind}', len(screens))} {names}.")
        if found.browsers:
            several = self.messages.plural("alerting.browsers", sum(found.browsers.values()))
            sentences.append(f"{several} {self.names(tuple(found.browsers))}.")
        return sentences

    def names(self, screens: Sequence[str]) -> str:
        """The names of screens, not too many of them."""
        named = [self.known.screens.get(screen, screen) for screen in screens[:MOST_NAMED]]
        more = len(screens) - len(named)
        return ", ".join([*named, *([self.messages("status.and_more", n=more)] if more else [])])

    def where(self, draft: AlertDraft) -> str:
        """ "Alle skjermene (14)", or their names."""
        if set(draft.screens) == set(self.known.screens):
            return self.messages("alerting.everywhere", n=len(draft.screens))
        return self.names(draft.screens)

    def caption(self, preview: AlertPreview) -> str:
        language = self.language(preview.language)
        return f"{preview.width}\u00a0×\u00a0{preview.height}, {language}: {self.names(preview.screens)}"

    @staticmethod
    def picture(preview: AlertPreview) -> str:
        """The picture as an address of its own: nothing of it is served to others."""
        return f"data:{preview.media_type};base64,{base64.b64encode(preview.data).decode('ascii')}"

    @staticmethod
    def paragraphs(text: str) -> list[str]:
        return [part for part in text.split("\n\n") if part.strip()]
