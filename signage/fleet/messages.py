"""What players send (docs/pairing.md, docs/heartbeat.md), checked: types, lengths and numbers have limits. Pure.

Everything in it is data from outside. Sentences are cut rather than refused, and lose their control characters, so that
one of them can neither break a terminal nor cost a screen its report.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from signage.publishing.alert_documents import MAX_ALERTS

MAX_QUESTION = 8 * 1024  # bytes of a question's body
MAX_BEAT = 96 * 1024  # bytes of a heartbeat's body
MAX_THUMBNAIL = 64 * 1024  # bytes of the JPEG; 240 x 240 pixels of noise need 40 KiB
SENTENCE = 200
WEEK = 7 * 24 * 3600.0
LONGEST = 10 * 365 * 24 * 3600.0  # seconds; a box that has run for longer counts wrong
MOST_BYTES = 2**53  # what JSON carries exactly
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
YEARS = range(1970, 2200)  # an instant at the end of the calendar can't be converted to another zone


def _plain(text: object) -> object:
    """One line without characters that command a terminal or turn the direction of writing."""
    if not isinstance(text, str):
        return text
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text[: 4 * SENTENCE])
    return " ".join(kept.split())[:SENTENCE]


def _jpeg(text: object) -> object:
    if text is None or isinstance(text, bytes):
        return text
    if not isinstance(text, str) or len(text) > MAX_THUMBNAIL * 4 // 3 + 4:
        raise ValueError(f"a thumbnail is base64 of at most {MAX_THUMBNAIL} bytes")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a thumbnail is base64") from None


def _tellable(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise ValueError(f"the year {at.year} is none of {YEARS.start} to {YEARS.stop - 1}")
    return at


def _hex(digits: int) -> StringConstraints:
    # A text, not a compiled pattern: pydantic's own engine takes `$` for the end, Python's also for a final newline.
    return StringConstraints(strict=True, pattern=rf"^[0-9a-f]{{{digits}}}$")


def _whole(value: object) -> object:
    """A whole number as JSON writes it. For Python, and so for `Literal[1]`, True and 1.0 are equal to 1."""
    if type(value) is not int:
        raise ValueError("not a whole number")
    return value


def _rfc_3339(value: object) -> object:
    """An instant as RFC 3339 writes it. pydantic would also take seconds since 1970, and other ways of writing it."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("an instant is written like 2026-09-14T10:00:00Z")
    return value


Sentence = Annotated[str, BeforeValidator(_plain)]
Name = Annotated[str, StringConstraints(max_length=SENTENCE), BeforeValidator(_plain)]
Sha256 = Annotated[str, _hex(64)]
Count = Annotated[int, Field(strict=True, ge=0, le=MOST_BYTES)]
Bool = Annotated[bool, Field(strict=True)]
Format = Annotated[Literal[1], BeforeValidator(_whole)]
Instant = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_tellable)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=LONGEST, allow_inf_nan=False)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PairingRequest(_Message):
    """A player that asks to be paired. `about` is a JSON text, kept exactly: its `mac` is over these bytes.

    Format 1 is that of players before 0.5.0; it has no `handle` and no `key`.
    """

    format: Annotated[Literal[1, 2], BeforeValidator(_whole)]
    nonce: Annotated[str, _hex(32)]
    check: Annotated[str, _hex(32)]
    token_sha256: Sha256
    about: Annotated[str, StringConstraints(max_length=4000)]
    mac: Sha256
    handle: Annotated[str, StringConstraints(strict=True, pattern=r"^[2-9A-HJKMNP-Z]{2}$")] | None = None
    key: Sha256 | None = None

    @model_validator(mode="after")
    def _as_its_format_says(self) -> Self:
        if [self.handle is None, self.key is None] != [self.format == 1] * 2:
            raise ValueError("format 2 has a handle and a key, and format 1 has neither")
        return self


class PlayerInfo(_Message):
    """What a pairing request reports about the box, for people."""

    version: Sentence | None = None
    model: Sentence | None = None
    panel: Sentence | None = None


class ReportedPage(_Message):
    id: Name
    kind: Name
    asset: Sha256


class Frame(_Message):
    sha256: Name | None
    expected: Name | None
    matches: Bool | None


class ReportedClock(_Message):
    trusted: Bool
    why: Sentence | None
    kind: Name | None = None


class ReportedDisplay(_Message):
    wanted: Literal["on", "off"]
    state: Literal["on", "off", "unknown", "absent"]
    by: Sentence | None


class Memory(_Message):
    pss: Count | None
    available: Count | None


class Storage(_Message):
    free: Count | None
    written: Count | None
    problem: Sentence | None
    kind: Name | None = None


class ReportedNetwork(_Message):
    failing_since: Seconds | None
    problem: Sentence | None
    kind: Name | None = None


class ReportedFilm(_Message):
    problem: Sentence | None
    kind: Name | None = None


class HeldAlert(_Message):
    """An alert that a player has, and for how many seconds it has had it."""

    id: Name
    seconds: Seconds


class ReportedAlerts(_Message):
    serial: Count | None
    have: Annotated[tuple[HeldAlert, ...], Field(max_length=MAX_ALERTS)]
    shown: Annotated[tuple[Name, ...], Field(max_length=MAX_ALERTS)]

    def seconds(self, alert: str) -> float | None:
        """For how long the player has had an alert; None when it hasn't."""
        return next((each.seconds for each in self.have if each.id == alert), None)


class HeartbeatReport(_Message):
    """How a player was at one moment. Keys are explained in docs/heartbeat.md."""

    format: Format
    at: Instant | None
    age: Annotated[float, Field(strict=True, ge=0, le=10 * WEEK, allow_inf_nan=False)]
    uptime: Seconds
    running: Seconds
    version: Sentence
    fallback_from: Sentence | None
    model: Sentence | None
    output: Sentence | None
    panel: Sentence | None
    screen: Name
    keys: Annotated[tuple[Sha256, ...], Field(max_length=2)] = ()  # players before 0.5 report none
    serial: Count | None
    generated: Instant | None
    data_as_of: Instant | None
    horizon: Instant | None
    page: ReportedPage | None
    notice: Sentence | None
    rotate: Annotated[Literal[0, 90, 180, 270], BeforeValidator(_whole)]
    overscan: Annotated[float, Field(strict=True, ge=0, le=20, allow_inf_nan=False)] | None = None
    frame: Frame | None
    clock: ReportedClock
    display: ReportedDisplay
    temperature: Annotated[float, Field(strict=True, ge=-100, le=300, allow_inf_nan=False)] | None
    under_voltage: Bool | None
    memory: Memory
    storage: Storage
    network: ReportedNetwork
    film: ReportedFilm | None = None
    alerts: ReportedAlerts | None = None


class HeartbeatMessage(HeartbeatReport):
    """The newest report, with what could not be sent earlier. `thumbnail`: a JPEG, not decoded yet."""

    thumbnail: Annotated[bytes | None, BeforeValidator(_jpeg)]
    errors: Annotated[tuple[Sentence, ...], Field(max_length=10)]
    earlier: Annotated[tuple[HeartbeatReport, ...], Field(max_length=30)]

    @property
    def report(self) -> HeartbeatReport:
        """The report alone: what is kept."""
        return HeartbeatReport.model_construct(**{key: getattr(self, key) for key in HeartbeatReport.model_fields})


def about_of(text: str) -> PlayerInfo:
    """The `about` of a pairing request; empty where it isn't valid."""
    try:
        return PlayerInfo.model_validate_json(text)
    except ValidationError:
        return PlayerInfo()
