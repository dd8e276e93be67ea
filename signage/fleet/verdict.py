"""From a heartbeat to green, yellow or red, with the reasons. Pure: instants, manifest and comparison are arguments.

What is wrong with a report is judged once, when it comes; silence is judged when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from signage.fleet.messages import HeartbeatReport
from signage.publishing.bundle_format import AlertDocument, Manifest, PageEntry
from signage.publishing.manifest import open_pages

SILENT = timedelta(seconds=150)  # a beat a minute: two were lost, and the third is late
EDGE = timedelta(seconds=15)  # a page's window and the report of it: a fade, a slow network, a clock's last second
POLLS = 3  # this many polls, and a little, may pass until a player has what is published
A_LITTLE = timedelta(minutes=2)
HOT = 80.0  # degrees Celsius, where a Raspberry Pi begins to slow down
LITTLE = 50 * 1000 * 1000  # bytes free: a screen's 14 days need up to 40 MB
APART = 90.0  # seconds between a trusted clock and ours; players hold it in the same way
ALERT = "alert:"  # how the id of a page begins that is an alert (docs/heartbeat.md)
TWICE = 2  # thumbnails in a row that look like another page: one may have been taken in the middle of a change


class HealthState(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"

    @property
    def badness(self) -> int:
        """For comparing: red is worst. Grey is not a fault."""
        return ("grey", "green", "yellow", "red").index(self.value)


@dataclass(frozen=True, slots=True)
class PlayerProblem:
    """Why a screen is not green. `signage.fleet.status_messages` has the sentences; `about` is what goes into them."""

    state: HealthState
    code: str
    about: Mapping[str, str | float]

    def as_row(self) -> list[Any]:
        """As JSON data, to be kept."""
        return [self.state.value, self.code, dict(self.about)]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> PlayerProblem:
        """From what `as_row` gave."""
        return cls(HealthState(row[0]), row[1], row[2])


def red(code: str, **about: str | float) -> PlayerProblem:
    return PlayerProblem(HealthState.RED, code, about)


def yellow(code: str, **about: str | float) -> PlayerProblem:
    return PlayerProblem(HealthState.YELLOW, code, about)


def worst(reasons: Sequence[PlayerProblem]) -> HealthState:
    """The state that these reasons make; green without any."""
    return max((reason.state for reason in reasons), key=lambda state: state.badness, default=HealthState.GREEN)


def worst_first(reasons: Iterable[PlayerProblem]) -> tuple[PlayerProblem, ...]:
    return tuple(sorted(reasons, key=lambda reason: -reason.state.badness))


@dataclass(frozen=True, slots=True)
class Expected:
    """What the server knows when a report comes: to which screen the player belongs, since when, and what is published
    for it (None: nothing). `looks`: does the thumbnail look like the page? None: not compared. `mismatches`: how many
    thumbnails in a row did not, this one counted. `alerts`: the alert document that is published.
    """

    screen: str
    since: datetime
    manifest: Manifest | None
    looks: bool | None = None
    mismatches: int = 0
    alerts: AlertDocument | None = None


def shown_alert(report: HeartbeatReport) -> str:
    """The id of the alert that is on the display in the place of a page; "" when it is a page of the manifest."""
    if report.alerts is None or report.page is None or not report.page.id.startswith(ALERT):
        return ""
    return report.page.id.removeprefix(ALERT)


def judge(report: HeartbeatReport, expected: Expected, at: datetime) -> tuple[PlayerProblem, ...]:
    """All that is not as it should be in a report of the instant `at` (by the server's clock), the worst first; alerts
    aside, which `signage.fleet.alert_verdict` judges.
    """
    found = [
        *_picture(report, expected, at),
        *_display(report),
        *_clock(report, at),
        *_bundle(report, expected, at),
        *_box(report),
    ]
    return worst_first(found)


def judge_alone(report: HeartbeatReport) -> tuple[PlayerProblem, ...]:
    """What is wrong in an earlier report by itself: what was published then is no longer known."""
    found = [*_glass(report), *_display(report), *_box(report)]
    if not report.clock.trusted:
        found.append(yellow("clock", why=report.clock.why or "", word=report.clock.kind or ""))
    return worst_first(found)


def silence(last: datetime | None, paired: datetime, prepared: bool, now: datetime) -> PlayerProblem | None:
    """The problem when no report came since `last`; None while that is as it should be."""
    if last is None:
        if prepared:
            return PlayerProblem(HealthState.GREY, "prepared", {})
        late = now - paired > SILENT
        return red("never", since=paired.isoformat()) if late else yellow("starting", since=paired.isoformat())
    return red("silent", since=last.isoformat()) if now - last > SILENT else None


def expected_pages(manifest: Manifest, at: datetime, trusted: bool) -> list[PageEntry]:
    """The pages that may be on the display around an instant, by the published manifest."""
    if not trusted:
        return [page for page in manifest["pages"] if not page["dated"]]
    found = {page["id"]: page for when in (at - EDGE, at, at + EDGE) for page in open_pages(manifest, when)}
    return list(found.values())


def _glass(report: HeartbeatReport) -> list[PlayerProblem]:
    """What the player itself reports of the display."""
    if report.page is None:
        return [red("no_page", notice=report.notice or "")]
    if report.frame is not None and report.frame.matches is False:
        return [red("frame")]
    return []


def _picture(report: HeartbeatReport, expected: Expected, at: datetime) -> list[PlayerProblem]:
    found = _glass(report)
    if report.page is None and report.notice == "waiting" and _just_begun(report, expected, at):
        found = [yellow("fetching")]
    if report.screen != expected.screen:
        moving = at - expected.since < _patience(expected)
        found.append(yellow("moving", screen=report.screen) if moving else red("other_screen", screen=report.screen))
    elif shown_alert(report):
        found += _looks(expected)
    elif report.page is not None and expected.manifest is not None and not _catching_up(report, expected, at):
        pages = expected_pages(_left_to_show(expected.manifest, report), at, report.clock.trusted)
        if not any(report.page.id == page["id"] and report.page.asset == page["asset"] for page in pages):
            behind = _starts_behind(report, expected)
            found.append(yellow("fetching") if behind else red("wrong_page", kind=report.page.kind))
        else:
            found += _looks(expected)
    return found


def _looks(expected: Expected) -> list[PlayerProblem]:
    if expected.looks is not False:
        return []
    return [red("looks") if expected.mismatches >= TWICE else yellow("looks_once")]


def _left_to_show(manifest: Manifest, report: HeartbeatReport) -> Manifest:
    """Without the pages that are there for players that don't know alerts (docs/bundle-format.md, `alert`)."""
    known = report.alerts
    if known is None or known.serial is None or known.serial < manifest.get("alerts", 0):
        return manifest
    return {**manifest, "pages": [page for page in manifest["pages"] if not page.get("alert")]}


def _just_begun(report: HeartbeatReport, expected: Expected, at: datetime) -> bool:
    """Was it paired or started a moment ago? Its first heartbeat may be earlier than its first page."""
    return at - expected.since < SILENT or report.running < SILENT.total_seconds()


def _display(report: HeartbeatReport) -> list[PlayerProblem]:
    display = report.display
    if display.wanted == "on" and display.state == "absent":
        return [red("absent")]
    if display.wanted == "on" and display.state == "off":
        return [yellow("stays_off")]
    if display.wanted == "off" and display.state == "on":
        return [yellow("stays_on")]
    return []


def _clock(report: HeartbeatReport, at: datetime) -> list[PlayerProblem]:
    if not report.clock.trusted:
        return [yellow("clock", why=report.clock.why or "", word=report.clock.kind or "")]
    if report.at is not None and abs(apart := (report.at - at).total_seconds()) > APART:
        return [yellow("clock_apart", seconds=round(apart))]
    return []


def _bundle(report: HeartbeatReport, expected: Expected, at: datetime) -> list[PlayerProblem]:
    if report.screen != expected.screen or report.serial is None:
        return []  # reported already: it moves, or shows no page
    found = []
    old = expected.manifest is not None and report.serial < expected.manifest["serial"]
    if old and not _catching_up(report, expected, at) and not _starts_behind(report, expected):
        found.append(yellow("old_bundle", generated=_written(report.generated)))
    if report.horizon is not None and report.horizon <= at:
        found.append(yellow("horizon", since=_written(report.horizon)))
    return found


def _box(report: HeartbeatReport) -> list[PlayerProblem]:
    found = []
    if report.fallback_from:
        found.append(yellow("fallback", version=report.version, broken=report.fallback_from))
    if report.under_voltage:
        found.append(yellow("under_voltage"))
    if report.temperature is not None and report.temperature >= HOT:
        found.append(yellow("hot", temperature=report.temperature))
    if report.storage.problem:
        found.append(yellow("storage", problem=report.storage.problem, word=report.storage.kind or ""))
    elif report.storage.free is not None and report.storage.free < LITTLE:
        found.append(yellow("little_storage", free=report.storage.free))
    if report.network.problem:
        found.append(yellow("network", problem=report.network.problem, word=report.network.kind or ""))
    return found


def _catching_up(report: HeartbeatReport, expected: Expected, at: datetime) -> bool:
    """Is something newer published that the player has not had the time to fetch? Its pages are the old ones then.

    A serial that is greater than the published one is another server's; nothing is known of its pages, either.
    """
    assert expected.manifest is not None
    if report.serial is None or report.serial == expected.manifest["serial"]:
        return False
    generated = expected.manifest["generated"]
    if report.serial < expected.manifest.get("planned_serial", 0):  # more is new than the pages of this minute
        generated = expected.manifest.get("planned", generated)
    published = max(datetime.fromisoformat(generated), expected.since)
    if expected.alerts is not None and _lacks_only_alerts(report.serial, expected.manifest):
        published = max(published, datetime.fromisoformat(expected.alerts["generated"]))
    return at - published < _patience(expected)


def _lacks_only_alerts(serial: int, manifest: Manifest) -> bool:
    """Was a manifest published since for the pages of alerts alone? Its `generated` is that of the one before."""
    return manifest.get("news", manifest["serial"]) <= serial < manifest["serial"]


def _starts_behind(report: HeartbeatReport, expected: Expected) -> bool:
    """Was it switched on a moment ago, and shows what it kept until it has fetched what was published meanwhile?"""
    if expected.manifest is None or report.serial is None or report.serial >= expected.manifest["serial"]:
        return False
    return report.running < _patience(expected).total_seconds()


def _patience(expected: Expected) -> timedelta:
    poll = expected.manifest["poll_seconds"] if expected.manifest is not None else 60
    return timedelta(seconds=POLLS * poll) + A_LITTLE


def _written(at: datetime | None) -> str:
    return at.isoformat() if at else ""
