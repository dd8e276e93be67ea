"""`/metrics`: how players, screens and sources are, in Prometheus' text format (docs/status.md explains each).

Everything is made from the state of the moment at each scrape, in a registry of its own: nothing of the process or of
other libraries gets in, and a player that is gone leaves no figure behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from signage.domain.alerts import Alert, AlertDelivery
from signage.domain.server_status import ServerStatus
from signage.errors import SignageError
from signage.fleet.alert_desk import AlertDesk
from signage.fleet.alert_self_tests import AlertTestOutcome
from signage.fleet.heartbeats import Players
from signage.fleet.overview import PlayerState, ScreenState
from signage.fleet.verdict import HealthState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
WHO = ("screen", "player")
DELIVERIES = ("shows", "has", "lacks", "silent", "unpaired")  # of `AlertDelivery`


class Figures(Collector):
    """Reads the players' list, the server's status, and the alerts. `desk`: None where there are no alerts."""

    def __init__(self, players: Players, status: Callable[[], ServerStatus], desk: AlertDesk | None = None) -> None:
        self._players = players
        self._status = status
        self._desk = desk
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """The answer to a scrape."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every metric again."""
        screens = self._players.overview()
        yield _states(screens)
        yield from _of_players([(screen.id, each) for screen in screens for each in screen.players])
        waiting = len(self._players.waiting())
        yield GaugeMetricFamily("signage_players_waiting", "Players that show a code and wait to be paired.", waiting)
        taken = self._players.beats
        yield CounterMetricFamily("signage_heartbeats", "Heartbeats taken since the server started.", taken)
        status = self._status()
        yield from _of_sources(status)
        yield from _of_server(status)
        yield from _of_tests([(screen.id, each) for screen in screens for each in screen.players])
        if self._desk is not None:
            try:
                current = self._desk.current()
            except SignageError:  # among the problems; a figure that isn't known is left out
                return
            yield from _of_alerts(current, self._players.deliveries(current))


def _states(screens: list[ScreenState]) -> Metric:
    metric = GaugeMetricFamily(
        "signage_screen_state", "1 for the state that a screen is in.", None, ("screen", "state")
    )
    for screen in screens:
        for state in HealthState:
            metric.add_metric([screen.id, state.value], screen.state is state)
    return metric


def _of_players(players: list[tuple[str, PlayerState]]) -> Iterator[Metric]:
    about = InfoMetricFamily("signage_player", "What a player is and runs.", labels=WHO)
    for screen, each in players:
        if each.last_heartbeat:
            report = each.last_heartbeat.report
            labels = {"version": report.version, "model": report.model, "output": report.output, "panel": report.panel}
            about.add_metric([screen, each.player.id], {key: value or "" for key, value in labels.items()})
    yield about
    for name, help_text, figure in _FIGURES:
        metric = GaugeMetricFamily(f"signage_player_{name}", help_text, None, WHO)
        for screen, each in players:
            value = figure(each) if each.last_heartbeat else None
            if value is not None:
                metric.add_metric([screen, each.player.id], float(value))
        yield metric


def _report(figure: Callable[[Any], float | bool | datetime | None]) -> Callable[[PlayerState], float | None]:
    def read(each: PlayerState) -> float | None:
        assert each.last_heartbeat is not None
        value = figure(each.last_heartbeat.report)
        if isinstance(value, datetime):
            return value.timestamp()
        return None if value is None else float(value)

    return read


_FIGURES: tuple[tuple[str, str, Callable[[PlayerState], float | None]], ...] = (
    (
        "last_heard_timestamp_seconds",
        "When its last heartbeat came.",
        lambda each: each.last_heartbeat.received_at.timestamp() if each.last_heartbeat else None,
    ),
    ("uptime_seconds", "Since the box started.", _report(lambda r: r.uptime)),
    ("running_seconds", "Since the player started.", _report(lambda r: r.running)),
    ("temperature_celsius", "Of its processor.", _report(lambda r: r.temperature)),
    ("under_voltage", "1: it gets too little power.", _report(lambda r: r.under_voltage)),
    ("clock_trusted", "0: it shows undated pages only.", _report(lambda r: r.clock.trusted)),
    ("display_on", "1: the display is on.", _report(lambda r: {"on": 1, "off": 0}.get(r.display.state))),
    ("frame_matches", "0: the glass shows another picture.", _report(lambda r: r.frame and r.frame.matches)),
    ("memory_pss_bytes", "Proportional memory of the player.", _report(lambda r: r.memory.pss)),
    ("memory_available_bytes", "Memory that is left on the box.", _report(lambda r: r.memory.available)),
    ("storage_free_bytes", "Free on its card.", _report(lambda r: r.storage.free)),
    ("storage_written_bytes", "Written since the player started.", _report(lambda r: r.storage.written)),
    ("bundle_serial", "Of the bundle in force.", _report(lambda r: r.serial)),
    ("data_as_of_timestamp_seconds", "How fresh its events are.", _report(lambda r: r.data_as_of)),
    ("horizon_timestamp_seconds", "Until when its plan is complete.", _report(lambda r: r.horizon)),
)


def _of_sources(status: ServerStatus) -> Iterator[Metric]:
    problems = len(status.alarms) + len(status.problems)
    yield GaugeMetricFamily("signage_problems", "Problems that /status.json lists.", problems)
    failing = GaugeMetricFamily("signage_source_failing", "1: the source can't be read now.", None, ("source",))
    good = GaugeMetricFamily(
        "signage_source_last_good_timestamp_seconds", "When the source last answered.", None, ("source",)
    )
    for source in status.figures.get("sources") or []:
        failing.add_metric([source["source"]], float(bool(source.get("problem"))))
        if at := source.get("answered"):
            good.add_metric([source["source"]], datetime.fromisoformat(at).timestamp())
    yield failing
    yield good


def _of_server(status: ServerStatus) -> Iterator[Metric]:
    yield GaugeMetricFamily("signage_alarms", "Alarms that the server raises of itself.", len(status.alarms))
    since = GaugeMetricFamily(
        "signage_alarm_since_timestamp_seconds", "Since when an alarm counts.", None, ("kind", "unit")
    )
    for alarm in status.alarms:
        since.add_metric([alarm.kind, alarm.unit], alarm.since.timestamp())
    yield since
    published = GaugeMetricFamily(
        "signage_screen_published_timestamp_seconds",
        "When a screen's pages were last published or found unchanged, or since when they are waited for.",
        None,
        ("screen",),
    )
    for screen, at in (status.figures.get("published") or {}).items():
        published.add_metric([screen], datetime.fromisoformat(at).timestamp())
    yield published
    building = status.figures.get("building")
    seconds = building["seconds"] if building else 0.0
    yield GaugeMetricFamily("signage_build_seconds", "How long a build has been working; 0: none is.", seconds)


def _of_alerts(alerts: Sequence[Alert], deliveries: Mapping[str, AlertDelivery]) -> Iterator[Metric]:
    until = GaugeMetricFamily(
        "signage_alert_until_timestamp_seconds", "When an alert that holds ends.", None, ("alert", "level", "source")
    )
    counts = GaugeMetricFamily(
        "signage_alert_screens", "Screens of an alert, by how they are.", None, ("alert", "delivery")
    )
    browsers = GaugeMetricFamily(
        "signage_alert_browsers", "Browsers that have an alert. They prove no display.", None, ("alert",)
    )
    of_screens = GaugeMetricFamily(
        "signage_screen_alerts", "Alerts that hold on a screen, by how it is.", None, ("screen", "delivery")
    )
    by_screen: Counter[tuple[str, str]] = Counter()
    for alert in alerts:
        found = deliveries[alert.id]
        until.add_metric([alert.id, alert.draft.level.value, alert.draft.source], alert.until.timestamp())
        browsers.add_metric([alert.id], sum(found.browsers.values()))
        for how in DELIVERIES:
            screens: tuple[str, ...] = getattr(found, how)
            counts.add_metric([alert.id, how], len(screens))
            by_screen.update((screen, how) for screen in screens)
    for (screen, how), number in sorted(by_screen.items()):
        of_screens.add_metric([screen, how], number)
    yield GaugeMetricFamily("signage_alerts", "Alerts that hold now.", len(alerts))
    yield from (until, counts, browsers, of_screens)


def _of_tests(players: list[tuple[str, PlayerState]]) -> Iterator[Metric]:
    at = GaugeMetricFamily("signage_alert_test_timestamp_seconds", "When alerts were last tested.", None, WHO)
    passed = GaugeMetricFamily("signage_alert_test_passed", "1: it had the test within 10 seconds.", None, WHO)
    seconds = GaugeMetricFamily("signage_alert_test_seconds", "Until it had the test.", None, WHO)
    for screen, each in players:
        if each.test is None or each.test.outcome is AlertTestOutcome.OLD:
            continue
        who = [screen, each.player.id]
        at.add_metric(who, each.test.tested_at.timestamp())
        passed.add_metric(who, each.test.outcome is AlertTestOutcome.RECEIVED)
        if each.test.seconds is not None:
            seconds.add_metric(who, each.test.seconds)
    yield from (at, passed, seconds)
