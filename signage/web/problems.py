"""The server's alarms and problems in words: for a page in the reader's language, and as data for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from signage.domain.server_status import Message, RaisedAlarm, ServerProblem, ServerStatus
from signage.domain.status_json import AlarmJson, StatusJson
from signage.web.redaction import Redactor
from signage.wording.languages.messages import Messages, load_messages


@dataclass(frozen=True, slots=True)
class ProblemSummary:
    """A sentence in the reader's language, and the problems that it sums up, in English."""

    sentence: str
    details: tuple[str, ...]


def summaries(status: ServerStatus, messages: Messages) -> list[ProblemSummary]:
    """All the problems, those with the same sentence together. Alarms have sentences of their own."""
    found: dict[str, list[str]] = {}
    for problem in status.problems:
        found.setdefault(messages.word(problem.message, status.zone, status.at), []).append(problem.detail)
    return [ProblemSummary(sentence, tuple(details)) for sentence, details in found.items()]


def alarm_sentences(status: ServerStatus, messages: Messages) -> list[str]:
    """Each alarm in the reader's language."""
    return [messages.word(alarm.message, status.zone, status.at) for alarm in status.alarms]


def as_data(status: ServerStatus, messages: Messages) -> StatusJson:
    """For /status.json. Each alarm also has its sentence in the reader's language."""
    sentences = alarm_sentences(status, messages)
    data = [alarm_as_data(alarm, status.zone, status.at) for alarm in status.alarms]
    return {
        "ok": status.ok,
        "problems": problem_lines(status),
        "alarms": [{**alarm, "sentence": sentence} for alarm, sentence in zip(data, sentences, strict=True)],
        **status.figures,
    }


def problem_lines(status: ServerStatus) -> list[str]:
    """Alarms and problems in English, a line each: for programs and the service manager."""
    return [*alarm_sentences(status, load_messages("en")), *(problem.detail for problem in status.problems)]


def alarm_as_data(alarm: RaisedAlarm, zone: ZoneInfo, now: datetime) -> AlarmJson:
    """An alarm as JSON data: `kind`, `unit`, `since` (RFC 3339, UTC), `text` (English) and `nb` (Norwegian)."""
    return {
        "kind": alarm.kind,
        "unit": alarm.unit,
        "since": alarm.since.astimezone(UTC).isoformat(timespec="seconds"),
        "text": load_messages("en").word(alarm.message, zone, now),
        "nb": load_messages("nb").word(alarm.message, zone, now),
    }


def redacted(status: ServerStatus, redactor: Redactor, more: Iterable[ServerProblem] = ()) -> ServerStatus:
    """The status with `more` problems and without the machine's paths."""

    def clean(message: Message) -> Message:
        values = {
            name: clean(value) if isinstance(value, Message) else redactor.data(value)
            for name, value in message.values.items()
        }
        return replace(message, values=values)

    def alarm(each: RaisedAlarm) -> RaisedAlarm:
        return replace(each, unit=redactor.text(each.unit), message=clean(each.message))

    def problem(each: ServerProblem) -> ServerProblem:
        return ServerProblem(clean(each.message), redactor.text(each.detail))

    return replace(
        status,
        alarms=tuple(map(alarm, status.alarms)),
        problems=tuple(map(problem, (*status.problems, *more))),
        figures=redactor.data(status.figures),
    )
