"""How screens and players are, in sentences of the catalogue (wording/languages/nb.toml and en.toml). Pure.

The status page uses the reader's language; the command line, the log and the metrics are English.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from signage.fleet.verdict import HealthState, PlayerProblem
from signage.wording.languages.messages import Messages, load_messages

ENGLISH = "en"  # what players themselves report is English


def sentence(problem: PlayerProblem, language: str, zone: ZoneInfo, now: datetime) -> str:
    """A problem in one or two sentences. Instants in it are in the zone, without their day when that is today."""
    messages = load_messages(language)
    values = {key: _value(problem, key, messages, zone, now) for key in problem.about}
    if problem.code == "clock":
        values["why"] = values.get("why") or messages("clock.other")
    return messages(f"players.{problem.code}", **values)


def in_short(code: str, language: str) -> str:
    """A problem in two or three words, for a list of what went wrong on a day."""
    return load_messages(language).get(f"players_in_short.{code}", code)


def reported(problem: PlayerProblem) -> str:
    """What the player itself reported of it, in English; "" when it reported nothing."""
    return str(problem.about.get("problem") or problem.about.get("why") or "")


def span(minutes: int, language: str) -> str:
    """ "45 min", "3 t 15 min"; "3 h 15 min". Without line breaks in it."""
    messages = load_messages(language)
    hours, rest = divmod(minutes, 60)
    parts = [messages("units.hours", n=hours)] if hours else []
    if rest or not hours:
        parts.append(messages("units.minutes", n=rest))
    return "\u00a0".join(parts)


def clock_words(trusted: bool, kind: str | None, language: str) -> str:
    """Is a player's clock trusted, and why? `kind` is the word that the player reports (docs/heartbeat.md)."""
    messages = load_messages(language)
    why = messages.get(f"clock.{kind}")
    return messages(f"clock_trust.{'trusted' if trusted else 'untrusted'}{'_because' if why else ''}", why=why)


def state_word(state: HealthState, language: str) -> str:
    """Two or three words that go with the colour."""
    return load_messages(language)(f"states.{state.value}")


def when(at: datetime, language: str, zone: ZoneInfo, now: datetime) -> str:
    """ "kl. 14.05", "3. mai kl. 14.05"; "at 14:05", "2026-05-03 at 14:05"."""
    return load_messages(language).at(at, zone, now)


def _value(problem: PlayerProblem, key: str, messages: Messages, zone: ZoneInfo, now: datetime) -> Any:
    value = problem.about[key]
    if key in ("since", "generated"):
        if not value:
            return "?"
        instant = datetime.fromisoformat(str(value))
        return messages.at(instant, zone, now) if key == "since" else messages.since(instant, zone, now)
    if key == "notice":
        return messages.get(f"notices.{value or 'none'}", messages("notices.other"))
    if key == "kind":
        return messages.get(f"kinds.{value}", str(value))
    if key == "free":
        return f"{float(value) / 1e6:.0f}"
    if key == "temperature":
        return f"{float(value):.0f}"
    if key == "why":
        known = messages.get(f"clock.{problem.about.get('word') or ''}")
        return known or (value if messages.language == ENGLISH else "")
    if key == "problem":
        if messages.language == ENGLISH:
            return value
        other = messages.get(f"{problem.code}.other")
        return messages.get(f"{problem.code}.{problem.about.get('word') or ''}", other)
    return value
