"""A heartbeat, from facts to what is sent: docs/heartbeat.md. Pure. Nothing in it is about people."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from player.clock import ClockVerdict
from player.display.notices import NoticePicture
from player.display.power import DisplayState
from player.display.snapshot import Snapshot
from player.health.vitals import Vitals
from player.store.alerts import AlertsInForce
from player.store.manifest import Manifest, ManifestPage

MAX_BODY = 96 * 1024  # bytes
MOST_EARLIER = 30  # in one heartbeat
LONGEST = 200  # characters of a sentence
ONLY_NEWEST = ("thumbnail", "errors", "earlier")


@dataclass(frozen=True, slots=True)
class ReportedAlerts:
    """`serial`: of the document in force. `have`: the ids of the alerts in it, and for how many seconds they have been
    here. `shown`: the ids of those that are on the display, or take turns on it.
    """

    serial: int
    have: tuple[tuple[str, float], ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlayerState:
    """What the main thread knows: what is on the display at `wall` (aware), and `since_boot` seconds.

    `panel` like "1920x1080@60", `output` like "kms"; both None without a display. `rotate` in degrees clockwise,
    `overscan` in percent of a side.
    """

    wall: datetime
    since_boot: float
    clock: ClockVerdict
    manifest: Manifest | None
    page: ManifestPage | None
    notice: NoticePicture | None
    snapshot: Snapshot | None
    display: DisplayState
    output: str | None
    panel: str | None
    rotate: int
    overscan: float = 0.0
    alerts: ReportedAlerts | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with something: a sentence, and one word for it. Both None: nothing."""

    problem: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class PlayerInfo:
    """Further parts of a report. `running`: seconds since the player started; `failing_since`: seconds for which
    polls have failed.

    `keys`: the public keys that are trusted, 32 bytes each.
    """

    version: str
    fallback_from: str | None
    screen: str
    running: float
    failing_since: float | None
    network: Problem
    storage: Problem
    errors: tuple[str, ...]
    keys: tuple[bytes, ...] = ()
    film: Problem | None = None  # None: the bundle has none


def reported(alerts: AlertsInForce | None, shown: tuple[str, ...], ticks: float) -> ReportedAlerts | None:
    """What is reported of the alerts in force."""
    if alerts is None:
        return None
    have = tuple((id_, max(0.0, ticks - since)) for id_, since in alerts.since.items())
    return ReportedAlerts(alerts.document.version.serial, have, shown)


def report(scene: PlayerState, about: PlayerInfo, vitals: Vitals) -> dict[str, object]:
    """The newest report, whole. Without `ONLY_NEWEST` it may be kept for later."""
    manifest, page, shot = scene.manifest, scene.page, scene.snapshot
    return {
        "format": 1,
        "at": _instant(scene.wall) if scene.clock.trusted else None,
        "age": 0,
        "uptime": round(vitals.uptime),
        "running": round(about.running),
        "version": about.version,
        "fallback_from": about.fallback_from,
        "model": vitals.model,
        "output": scene.output,
        "panel": scene.panel,
        "screen": about.screen,
        "keys": [key.hex() for key in about.keys],
        "serial": manifest.version.serial if manifest else None,
        "generated": _instant(manifest.generated) if manifest else None,
        "data_as_of": _instant(manifest.data_as_of) if manifest and manifest.data_as_of else None,
        "horizon": _instant(manifest.horizon) if manifest else None,
        "page": {"id": page.id, "kind": page.kind, "asset": page.picture.sha256} if page else None,
        "alerts": _alerts(scene.alerts),
        "notice": scene.notice.kind if scene.notice else None,
        "rotate": scene.rotate,
        "overscan": scene.overscan,
        "frame": _frame(shot),
        "thumbnail": base64.b64encode(shot.thumbnail).decode("ascii") if shot else None,
        "clock": {"trusted": scene.clock.trusted, "why": scene.clock.why[:LONGEST], "kind": scene.clock.kind},
        "display": {"wanted": scene.display.wanted, "state": scene.display.state, "by": scene.display.by},
        "temperature": vitals.temperature,
        "under_voltage": vitals.under_voltage,
        "memory": {"pss": vitals.pss, "available": vitals.available},
        "storage": {"free": vitals.free, "written": vitals.written, **_problem(about.storage)},
        "network": {
            "failing_since": None if about.failing_since is None else round(about.failing_since),
            **_problem(about.network),
        },
        "film": _problem(about.film) if about.film else None,
        "errors": [error[:LONGEST] for error in about.errors],
        "earlier": [],
    }


def for_later(newest: Mapping[str, object]) -> dict[str, object]:
    """The part of a report that is kept when it can't be sent."""
    return {key: value for key, value in newest.items() if key not in ONLY_NEWEST}


def body(newest: Mapping[str, object], earlier: Sequence[Mapping[str, object]]) -> tuple[bytes, int]:
    """The bytes to send, and how many of the earlier reports are in them: as many as there is room for."""
    number = min(len(earlier), MOST_EARLIER)
    while True:
        data = json.dumps({**newest, "earlier": list(earlier[:number])}, separators=(",", ":")).encode()
        if len(data) <= MAX_BODY or number == 0:
            break
        number //= 2
    if len(data) > MAX_BODY:  # a picture that doesn't shrink is not worth the report
        data = json.dumps({**newest, "thumbnail": None}, separators=(",", ":")).encode()
    return data, number


def _frame(shot: Snapshot | None) -> dict[str, object] | None:
    return {"sha256": shot.sha256, "expected": shot.expected, "matches": shot.matches} if shot else None


def _alerts(found: ReportedAlerts | None) -> dict[str, object]:
    if found is None:
        return {"serial": None, "have": [], "shown": []}
    have = [{"id": id_, "seconds": round(seconds)} for id_, seconds in found.have]
    return {"serial": found.serial, "have": have, "shown": list(found.shown)}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _problem(found: Problem) -> dict[str, str | None]:
    return {"problem": found.problem[:LONGEST] if found.problem is not None else None, "kind": found.kind}
