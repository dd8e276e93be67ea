"""Alerts as JSON, for `POST /alerts` (docs/alerts.md): what is asked, checked, and what is answered. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from signage.domain.alerts import Alert, AlertDelivery, AlertDraft, AlertLevel, AlertPreview, AlertText
from signage.fleet.alert_desk import AlertRefused
from signage.fleet.messages import Instant

MOST_SCREENS = 10_000
MOST_LANGUAGES = 8  # docs/bundle-format.md
_Id = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=120)]
_Language = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35)
]
_Text = Annotated[str, StringConstraints(strict=True, max_length=4000)]  # more than fits; the desk says how much may be


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextMessage(_Strict):
    title: _Text
    text: _Text = ""


class DraftMessage(_Strict):
    """As `signage.domain.alerts.AlertDraft`, of a person."""

    texts: Annotated[dict[_Language, TextMessage], Field(min_length=1, max_length=MOST_LANGUAGES)]
    screens: Annotated[tuple[_Id, ...], Field(max_length=MOST_SCREENS)]
    until: Instant
    level: Literal["takeover", "banner", "page"] = "takeover"
    begin: Instant | None = None
    sender: _Text = ""
    prepared: Annotated[str, StringConstraints(strict=True, max_length=120)] = ""

    def draft(self) -> AlertDraft:
        return AlertDraft(
            {language: AlertText(each.title, each.text) for language, each in self.texts.items()},
            self.screens,
            self.until,
            AlertLevel(self.level),
            self.begin,
            self.sender,
            self.prepared,
        )


class AlertCommand(_Strict):
    """`request`: a name that the sender makes up, so that what is sent twice is one alert."""

    do: Literal["send", "end", "list", "preview"]
    draft: DraftMessage | None = None
    alert: Annotated[str, StringConstraints(strict=True, max_length=120)] = ""
    request: Annotated[str, StringConstraints(strict=True, max_length=64)] = ""


class TextJson(TypedDict):
    title: str
    text: str


class DeliveryJson(TypedDict):
    """Ids of screens, and how many browsers have it, by screen; see `AlertDelivery`."""

    shows: list[str]
    has: list[str]
    lacks: list[str]
    silent: list[str]
    unpaired: list[str]
    browsers: dict[str, int]


class AlertJson(TypedDict):
    """An alert that was sent. Instants are RFC 3339. `delivery` only while it holds."""

    id: str
    level: str
    texts: dict[str, TextJson]
    screens: list[str]
    begin: str
    until: str
    sent: str
    by: str
    sender: str
    prepared: str
    ended: str | None
    ended_by: str
    delivery: DeliveryJson | None


class PreviewJson(TypedDict):
    """A picture of a draft; `data` in base64."""

    width: int
    height: int
    language: str
    screens: list[str]
    media_type: str
    data: str
    problems: list[str]


class RefusalJson(TypedDict):
    """Why something was refused, in English, with the word for it."""

    reason: str
    message: str
    hint: str


def alert_as_data(alert: Alert, delivery: AlertDelivery | None = None) -> AlertJson:
    """With who shows it, while it holds."""
    draft = alert.draft
    return {
        "id": alert.id,
        "level": draft.level.value,
        "texts": {language: {"title": each.title, "text": each.text} for language, each in draft.texts.items()},
        "screens": list(draft.screens),
        "begin": alert.begin.isoformat(timespec="seconds"),
        "until": draft.until.isoformat(timespec="seconds"),
        "sent": alert.sent.isoformat(timespec="seconds"),
        "by": alert.by,
        "sender": draft.sender,
        "prepared": draft.prepared,
        "ended": alert.ended.isoformat(timespec="seconds") if alert.ended else None,
        "ended_by": alert.ended_by,
        "delivery": _delivery(delivery) if delivery else None,
    }


def previews_as_data(previews: Sequence[AlertPreview]) -> list[PreviewJson]:
    return [
        {
            "width": each.width,
            "height": each.height,
            "language": each.language,
            "screens": list(each.screens),
            "media_type": each.media_type,
            "data": base64.b64encode(each.data).decode("ascii"),
            "problems": list(each.problems),
        }
        for each in previews
    ]


def refusal_as_data(refused: AlertRefused) -> RefusalJson:
    return {"reason": refused.reason, "message": refused.message, "hint": refused.hint}


def _delivery(delivery: AlertDelivery) -> DeliveryJson:
    return {
        "shows": list(delivery.shows),
        "has": list(delivery.has),
        "lacks": list(delivery.lacks),
        "silent": list(delivery.silent),
        "unpaired": list(delivery.unpaired),
        "browsers": dict(delivery.browsers),
    }
