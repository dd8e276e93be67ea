"""What is wrong with sources, screens and the server, in sentences of the message catalogue. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from signage.wording.languages.messages import Messages

_CONFIG = re.compile(r"\S+\.toml:\d+:")  # how `signage.errors.Problem` begins, and nothing else


@dataclass(frozen=True, slots=True)
class ProblemSummary:
    """A sentence in the reader's language, and the English sentences of /status.json that it stands for."""

    sentence: str
    details: tuple[str, ...]


def summaries(status: Mapping[str, Any], messages: Messages) -> list[ProblemSummary]:
    """All the problems in what /status.json says but the alarms, which have sentences of their own."""
    alarms = {alarm["text"] for alarm in status.get("alarms") or []}
    known = {detail: sentence for sentence, detail in _known(status, messages)}
    found: dict[str, list[str]] = {}
    for problem in map(str, status.get("problems") or []):
        if problem in alarms:
            continue
        general = messages("problems.config" if _CONFIG.match(problem) else "problems.server")
        found.setdefault(known.get(problem, general), []).append(problem)
    return [ProblemSummary(sentence, tuple(details)) for sentence, details in found.items()]


def alarm_sentences(status: Mapping[str, Any], messages: Messages) -> list[str]:
    """What the server raises of itself. Its alarms are in Norwegian and English."""
    own = "nb" if messages.language == "nb" else "text"
    return [str(alarm[own]) for alarm in status.get("alarms") or []]


def _known(status: Mapping[str, Any], messages: Messages) -> Iterator[tuple[str, str]]:
    """Sentences, each with the problem that it stands for, as `signage.app.daemon` words it."""
    for source in status.get("sources") or []:
        name = source.get("source", "")
        if source.get("problem"):
            yield messages("problems.source_failing", source=name), f"{name}: {source['problem']}"
        for alarm in source.get("alarms") or []:
            sentence = messages.get(f"problems.source_{alarm['kind']}").format(source=name)
            yield sentence or messages("problems.source_failing", source=name), f"{name}: {alarm['text']}"
    for problem in status.get("left_out") or []:
        yield messages("problems.left_out"), str(problem)
    for screen in status.get("screens") or []:
        for problem in screen.get("problems") or []:
            name = screen.get("screen", "")
            yield messages("problems.screen", screen=name), f"{name}: {problem}"
