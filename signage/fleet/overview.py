"""How every screen is at an instant: the players of each, and the worst of their problems. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from signage.fleet.alert_self_tests import AlertTestResult, problems
from signage.fleet.alert_verdict import unconfirmed
from signage.fleet.messages import about_of
from signage.fleet.registry import LastHeartbeat, Player
from signage.fleet.status_messages import sentence, state_word
from signage.fleet.verdict import HealthState, PlayerProblem, red, silence, worst, yellow
from signage.publishing.bundle_format import AlertDocument

CONTESTED = timedelta(hours=1)  # how long it is shown that somebody reported with a player's token and without its key


@dataclass(frozen=True, slots=True)
class PlayerState:
    """One player: its state since when, and why it is not green. `test`: how the last test of alerts went."""

    player: Player
    last_heartbeat: LastHeartbeat | None
    state: HealthState
    since: datetime
    reasons: tuple[PlayerProblem, ...]
    test: AlertTestResult | None = None


@dataclass(frozen=True, slots=True)
class ScreenState:
    """One screen. `configured` False: players show it, but screens.toml has it no more."""

    id: str
    name: str
    state: HealthState
    players: tuple[PlayerState, ...]
    configured: bool = True

    @property
    def reasons(self) -> tuple[PlayerProblem, ...]:
        """Of all its players; that there is none, when there is none."""
        if not self.players:
            return (PlayerProblem(HealthState.GREY, "unpaired", {}),)
        return tuple(reason for each in self.players for reason in each.reasons)


@dataclass(frozen=True, slots=True)
class KnownAlerts:
    """`document`: what is published for a screen. `tests`: the last result of each player."""

    document: Callable[[str], AlertDocument | None] = lambda screen: None
    tests: Mapping[str, AlertTestResult] = field(default_factory=dict)


class ReasonJson(TypedDict):
    """Why a player or a screen isn't green, in Norwegian and English."""

    code: str
    state: str
    nb: str
    en: str


class AlertTestJson(TypedDict):
    """`seconds`: until the player had it; null when it hasn't got it."""

    at: str
    outcome: str
    seconds: float | None


class PlayerJson(TypedDict):
    """A player in /status.json. `heard`: its last report, as docs/heartbeat.md has it, and when it came. `alert_test`:
    how the last test of alerts went.
    """

    player: str
    state: str
    since: str
    why: list[ReasonJson]
    paired: str
    about: dict[str, object] | None
    signs_since: str | None
    heard: dict[str, object] | None
    alert_test: AlertTestJson | None


class ScreenJson(TypedDict):
    """A screen in /status.json."""

    screen: str
    name: str
    state: str
    word: str
    why: list[ReasonJson]
    players: list[PlayerJson]


def overview(
    screens: Mapping[str, str],
    players: Sequence[Player],
    heartbeats: Mapping[str, LastHeartbeat],
    now: datetime,
    former: Mapping[str, str] | None = None,
    may_have: Callable[[str], bool] = lambda screen: False,
    alerts: KnownAlerts | None = None,
) -> list[ScreenState]:
    """Every screen of `screens` (id -> name) in that order, then others that players show. `former`: ids that screens
    had before -> their ids now. `may_have`: whether another one may be configured, in a file that can't be read.
    `alerts`: None: nothing is known of them.
    """
    known = former or {}
    shown = {player.id: known.get(player.screen, player.screen) for player in players if player.screen}
    lost = sorted(set(shown.values()) - set(screens))
    found = []
    for screen in [*screens, *lost]:
        states = tuple(
            _player_state(
                player, heartbeats.get(player.id), screen in screens or may_have(screen), now, alerts or KnownAlerts()
            )
            for player in players
            if shown.get(player.id) == screen
        )
        state = max((each.state for each in states), key=lambda each: each.badness, default=HealthState.GREY)
        found.append(ScreenState(screen, screens.get(screen, screen), state, states, screen in screens))
    return found


def _player_state(
    player: Player,
    last: LastHeartbeat | None,
    configured: bool,
    now: datetime,
    alerts: KnownAlerts,
) -> PlayerState:
    reasons = list(last.reasons if last else ())
    test = alerts.tests.get(player.id)
    if last is not None and player.screen is not None:
        reasons += unconfirmed(last.report, alerts.document(player.screen), last.received_at, now)
        reasons += problems(test, player)
    since = last.state_since if last else player.paired_at
    if quiet := silence(last.received_at if last else None, player.paired_at, player.prepared, now):
        reasons = [quiet]  # what was wrong before is not known any more
        since = last.received_at if last else player.paired_at
    contested = player.key.contested_at if player.key else None
    if contested is not None and now - contested <= CONTESTED:
        reasons.append(yellow("contested"))
    if not configured:
        # that there is nothing to fetch for it follows, and is no fault of the network
        reasons = [each for each in reasons if (each.code, each.about.get("word")) != ("network", "missing")]
        reasons.insert(0, red("not_configured"))
    return PlayerState(player, last, worst(reasons), since, tuple(reasons), test)


def as_data(states: Sequence[ScreenState], zone: ZoneInfo, now: datetime) -> list[ScreenJson]:
    """For /status.json and `signage status --json`."""
    return [
        {
            "screen": screen.id,
            "name": screen.name,
            "state": screen.state.value,
            "word": state_word(screen.state, "nb"),
            "why": [_reason(reason, zone, now) for reason in screen.reasons],
            "players": [_player(each, zone, now) for each in screen.players],
        }
        for screen in states
    ]


def _reason(reason: PlayerProblem, zone: ZoneInfo, now: datetime) -> ReasonJson:
    return {
        "code": reason.code,
        "state": reason.state.value,
        "nb": sentence(reason, "nb", zone, now),
        "en": sentence(reason, "en", zone, now),
    }


def _player(each: PlayerState, zone: ZoneInfo, now: datetime) -> PlayerJson:
    data: PlayerJson = {
        "player": each.player.id,
        "state": each.state.value,
        "since": each.since.isoformat(timespec="seconds"),
        "why": [_reason(reason, zone, now) for reason in each.reasons],
        "paired": each.player.paired_at.isoformat(timespec="seconds"),
        "about": about_of(each.player.about).model_dump() if each.player.about else None,
        "signs_since": each.player.key.since.isoformat(timespec="seconds") if each.player.key else None,
        "heard": None,
        "alert_test": None,
    }
    if each.test:
        at = each.test.tested_at.isoformat(timespec="seconds")
        data["alert_test"] = {"at": at, "outcome": each.test.outcome.value, "seconds": each.test.seconds}
    if each.last_heartbeat:
        report = each.last_heartbeat.report
        data["heard"] = {
            "at": each.last_heartbeat.received_at.isoformat(timespec="seconds"),
            "page_since": each.last_heartbeat.page_since.isoformat(timespec="seconds"),
            **report.model_dump(mode="json", exclude={"format", "age", "at"}),
            "errors": list(each.last_heartbeat.errors),
        }
    return data
