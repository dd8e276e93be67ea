"""Does a screen show the alerts that it should, and no others? Pure: instants and the document are arguments.

A player reports within seconds of each new document. What a report says is judged when it comes; that none came since
an alert was sent is judged when somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from signage.domain.alerts import AlertLevel
from signage.fleet.messages import HeartbeatReport, ReportedAlerts
from signage.fleet.verdict import ALERT, EDGE, Expected, PlayerProblem, red, shown_alert, yellow
from signage.publishing.bundle_format import AlertDocument, AlertEntry

GRACE = timedelta(seconds=20)  # to fetch a document and to report it: 5 s are usual
LATE = timedelta(seconds=90)  # a player that only polls has had time for that, and for a heartbeat
JUST_HAD = 5.0  # seconds: it has the alert, and is about to show it
MOST = 3  # alerts that are named
DARK = "dark"  # the page kind of a house that is closed: banners and pages don't wake the display
LEVELS = {level.value for level in AlertLevel}


def judge_alerts(report: HeartbeatReport, expected: Expected, at: datetime) -> tuple[PlayerProblem, ...]:
    """What is wrong with the alerts in a report of the instant `at`. Nothing for players that don't know alerts: for
    them they are pages.
    """
    known, document = report.alerts, expected.alerts
    if known is None or document is None or report.screen != expected.screen:
        return ()
    if (known.serial or 0) > document["serial"]:
        return ()  # another server's, such as the one before it was restored
    if (known.serial or 0) < document["serial"] and at - _made(document) < GRACE:
        return ()
    missing = [
        _missing(alert, document, at, had=known.seconds(alert["id"]) is not None)
        for alert in document["alerts"]
        if _open(alert, at, all) and not _is_shown(alert, report, known, document, at)
    ]
    return (*_past(report, known, document, at), *missing[:MOST])


def unconfirmed(
    report: HeartbeatReport, document: AlertDocument | None, received: datetime, now: datetime
) -> tuple[PlayerProblem, ...]:
    """The alerts in force that it hasn't reported since they were sent. `received`: when its last report came."""
    known = report.alerts
    if known is None or document is None or (known.serial or 0) >= document["serial"]:
        return ()
    if received - _made(document) >= GRACE:
        return ()  # `judge_alerts` had its say
    return tuple(
        _missing(alert, document, now, "alert_unconfirmed")
        for alert in document["alerts"]
        if _open(alert, now, all) and known.seconds(alert["id"]) is None and _age(alert, document, now) >= GRACE
    )[:MOST]


def open_takeovers(document: AlertDocument, at: datetime) -> list[AlertEntry]:
    """Those that may be on the display around an instant."""
    return [alert for alert in document["alerts"] if _level(alert) is AlertLevel.TAKEOVER and _open(alert, at, any)]


def entry_of(document: AlertDocument | None, alert: str) -> AlertEntry | None:
    """An alert of the document, by its id."""
    return next((each for each in document["alerts"] if each["id"] == alert), None) if document else None


def is_edge(alert: AlertEntry, at: datetime) -> bool:
    """Does it begin or end about now?"""
    return _open(alert, at, any) and not _open(alert, at, all)


def _is_shown(
    alert: AlertEntry, report: HeartbeatReport, known: ReportedAlerts, document: AlertDocument, at: datetime
) -> bool:
    """Is it on the display, or rightly not there?"""
    had, level = known.seconds(alert["id"]), _level(alert)
    if level is AlertLevel.TEST:
        return True  # `signage.fleet.alert_self_tests` looks after those
    if had is None:
        return False
    if had < JUST_HAD:
        return True
    if level is AlertLevel.TAKEOVER:
        in_words = report.page is None  # its picture can't be shown, which `signage.fleet.verdict` reports
        return alert["id"] in known.shown and (bool(shown_alert(report)) or in_words)
    hidden = open_takeovers(document, at) or report.display.wanted == "off"
    if hidden or report.page is None or report.page.kind == DARK:
        return True
    return alert["id"] in known.shown


def _past(report: HeartbeatReport, known: ReportedAlerts, document: AlertDocument, at: datetime) -> list[PlayerProblem]:
    """An alert on the display that isn't one any more, or whose picture is another one."""
    for shown in dict.fromkeys([*filter(None, [shown_alert(report)]), *known.shown]):
        alert = entry_of(document, shown)
        if alert is None or not _open(alert, at, any):
            return [red("alert_over")]
        pictures = {page["asset"] for page in alert["pages"]}
        on_display = report.page is not None and report.page.id == f"{ALERT}{shown}"
        if on_display and report.page is not None and report.page.asset not in pictures:
            return [red("wrong_page", kind="alert")]
    return []


def _missing(
    alert: AlertEntry, document: AlertDocument, at: datetime, code: str = "alert_missing", *, had: bool = False
) -> PlayerProblem:
    fault = had or _age(alert, document, at) >= LATE
    return (red if fault and _level(alert) is AlertLevel.TAKEOVER else yellow)(code, title=alert["title"])


def _age(alert: AlertEntry, document: AlertDocument, at: datetime) -> timedelta:
    """For how long players can have shown it."""
    return at - max(datetime.fromisoformat(alert["from"]), _made(document))


def _made(document: AlertDocument) -> datetime:
    return datetime.fromisoformat(document["generated"])


def _level(alert: AlertEntry) -> AlertLevel:
    return AlertLevel(alert["level"]) if alert["level"] in LEVELS else AlertLevel.PAGE


def _open(alert: AlertEntry, at: datetime, how: Callable[[Iterable[bool]], bool]) -> bool:
    """Does it hold at `all` instants around `at`, or at `any` of them?"""
    begin, until = datetime.fromisoformat(alert["from"]), datetime.fromisoformat(alert["until"])
    return how(begin <= when < until for when in (at - EDGE, at, at + EDGE))
