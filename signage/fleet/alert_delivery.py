"""Which screens show an alert, have it, or don't answer. Pure.

A screen with several players counts as the one of them that is worst off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from signage.domain.alerts import Alert, AlertDelivery, AlertLevel
from signage.fleet.messages import HeartbeatReport
from signage.fleet.overview import PlayerState, ScreenState
from signage.fleet.verdict import SILENT
from signage.publishing.bundle_format import Manifest

SHOWS, HAS, LACKS, IS_SILENT = range(4)  # the worst last


def delivery(
    alert: Alert,
    overview: Sequence[ScreenState],
    now: datetime,
    manifest_of: Callable[[str], Manifest | None] = lambda screen: None,
    browsers: Mapping[str, int] | None = None,
) -> AlertDelivery:
    """Of an alert to its screens, by the last reports. `manifest_of`: what is published for a screen, for players that
    don't know alerts: they have it as a page. `browsers`: see `AlertDelivery`.
    """
    known: Mapping[str, ScreenState] = {screen.id: screen for screen in overview}
    found: dict[int, list[str]] = {SHOWS: [], HAS: [], LACKS: [], IS_SILENT: []}
    unpaired = []
    for screen in alert.draft.screens:
        players = known[screen].players if screen in known else ()
        if not players:
            unpaired.append(screen)
            continue
        found[max(_of_player(player, alert, now, manifest_of) for player in players)].append(screen)
    shows, has, lacks, silent = (tuple(found[each]) for each in (SHOWS, HAS, LACKS, IS_SILENT))
    return AlertDelivery(shows, has, silent, tuple(unpaired), lacks, browsers or {})


def _of_player(player: PlayerState, alert: Alert, now: datetime, manifest_of: Callable[[str], Manifest | None]) -> int:
    last = player.last_heartbeat
    if last is None or now - last.received_at > SILENT:
        return IS_SILENT
    report = last.report
    if report.alerts is None:
        return _as_page(report, alert, manifest_of(player.player.screen or ""))
    if alert.id in report.alerts.shown:
        return SHOWS
    return HAS if report.alerts.seconds(alert.id) is not None else LACKS


def _as_page(report: HeartbeatReport, alert: Alert, manifest: Manifest | None) -> int:
    """Of a player that has it as a page of its manifest, which takes turns with the others."""
    if alert.draft.level is AlertLevel.TEST or manifest is None or report.serial != manifest["serial"]:
        return LACKS
    pages = [page for page in manifest["pages"] if page.get("alert") == alert.id]
    if not pages:
        return LACKS
    return SHOWS if report.clock.trusted and report.page is not None else HAS
