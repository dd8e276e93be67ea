"""What the status page shows of screens and players, in the reader's language. Pure.

A state is a word and a mark as well as a colour. The templates escape everything that players send.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signage.fleet.alert_self_tests import AlertTestOutcome
from signage.fleet.heartbeats import FleetSite
from signage.fleet.messages import HeartbeatReport, about_of
from signage.fleet.overview import PlayerState, ScreenState
from signage.fleet.registry import Key, LastHeartbeat
from signage.fleet.status_messages import clock_words, reported, sentence
from signage.fleet.verdict import HealthState, PlayerProblem
from signage.fleet.waiting_players import WaitingPlayer
from signage.wording.languages.messages import Messages

MOST_LISTED = 20  # players that wait to be paired: the form needs none of them, and anybody may pretend to be one
FILM_FAULTS = ("missing", "failed", "slow", "format")  # docs/heartbeat.md
DEEDS = ("pair", "move", "revoke")
ALERT_DEEDS = ("alert_sent", "alert_ended")
_WRONG_PICTURE = {"looks", "looks_once", "frame"}


@dataclass(frozen=True, slots=True)
class FormResult:
    """What the page answers to the form: what was done for which screen or alert, or why it was refused. `code` was
    typed.
    """

    done: str = ""
    screen: str = ""
    refusal: str = ""
    code: str = ""
    alert: str = ""


@dataclass(frozen=True, slots=True)
class StatusView:
    """For the template `status.html`."""

    screens: Sequence[ScreenState]
    site: FleetSite
    now: datetime
    messages: Messages
    result: FormResult
    most_listed: int = MOST_LISTED

    def worst_first(self) -> list[ScreenState]:
        return sorted(self.screens, key=lambda screen: -screen.state.badness)

    def summary(self) -> str:
        """ "1 virker ikke, 2 i orden."."""
        order = (HealthState.RED, HealthState.YELLOW, HealthState.GREEN, HealthState.GREY)
        counted = [(state, sum(screen.state is state for screen in self.screens)) for state in order]
        parts = [self.messages(f"counted.{state.value}", n=count) for state, count in counted if count]
        return f"{', '.join(parts)}." if parts else self.messages("status.no_screens")

    def done(self) -> str:
        """What the form did; "" when it was not sent."""
        if self.result.done in ALERT_DEEDS:
            return self.messages(f"alerting.done_{self.result.done}") if self.result.alert else ""
        if self.result.done not in DEEDS:
            return ""
        screen = self.site.screens.get(self.result.screen, self.messages("status.the_screen"))
        return self.messages(f"status.done_{self.result.done}", screen=screen)

    def at(self, instant: datetime) -> str:
        return self.messages.at(instant, self.site.zone, self.now)

    def since(self, instant: datetime) -> str:
        return self.messages.since(instant, self.site.zone, self.now)

    def sentence(self, problem: PlayerProblem) -> str:
        return sentence(problem, self.messages.language, self.site.zone, self.now)

    def about(self, player: WaitingPlayer) -> str:
        """What a player that waits to be paired reports about itself."""
        about = about_of(player.question.about)
        version = about.version and self.messages("status.version", version=about.version)
        words = [word for word in (about.model, about.panel, version) if word]
        return ", ".join(words) or self.messages("status.a_player")

    @staticmethod
    def silent(player: PlayerState) -> bool:
        return any(reason.code == "silent" for reason in player.reasons)

    def picture(self, player: PlayerState) -> str:
        """The address of what the display showed last."""
        last = player.last_heartbeat
        assert last is not None
        assert last.thumbnail is not None
        if self.site.private:  # an <img> can't send the key along
            return f"data:image/jpeg;base64,{base64.b64encode(last.thumbnail).decode('ascii')}"
        return f"status/{player.player.id}.jpg?{int(last.received_at.timestamp())}"

    def shows(self, player: PlayerState) -> str:
        """Which page the display shows, and since when."""
        last = player.last_heartbeat
        assert last is not None
        assert last.report.page is not None
        kind = self.messages.get(f"kinds.{last.report.page.kind}", last.report.page.kind)
        codes = {reason.code for reason in player.reasons}
        if "silent" in codes:
            return self.messages("status.showed_last", kind=kind)
        if codes & _WRONG_PICTURE:
            return self.messages("status.should_show", kind=kind)
        return self.messages("status.shows_since", kind=kind, since=self.since(last.page_since))

    def technical(self, player: PlayerState) -> list[str]:
        """What the player itself reported, in English."""
        found = [words for reason in player.reasons if (words := reported(reason))]
        return list(dict.fromkeys([*found, *(player.last_heartbeat.errors if player.last_heartbeat else ())]))

    def rows(self, player: PlayerState) -> list[tuple[str, str]]:
        """Names and values for the list of what is known about a player."""
        m = self.messages
        own = [
            (m("status.player"), player.player.id),
            (m("status.paired"), self.at(player.player.paired_at)),
            (m("status.signs"), self._signs(player.player.key)),
        ]
        return [*(self._reported(player.last_heartbeat) if player.last_heartbeat else ()), *self._alerts(player), *own]

    def _alerts(self, player: PlayerState) -> list[tuple[str, str]]:
        """Whether it knows alerts, and how the last test of them went."""
        test, last = player.test, player.last_heartbeat
        if last is not None and last.report.alerts is None:
            words = self.messages("status.alerts_old")
        elif test is not None and test.seconds is not None:
            at, seconds = self.at(test.tested_at), self.messages.decimal(test.seconds)
            words = self.messages("status.alerts_tested", at=at, seconds=seconds)
        elif test is not None and test.outcome is not AlertTestOutcome.OLD:
            words = self.messages("status.alerts_missed", at=self.at(test.tested_at))
        else:
            return []
        return [(self.messages("status.alerts"), words)]

    def _signs(self, key: Key | None) -> str:
        if key is None:
            return self.messages("status.unsigned")
        return self.messages(
            "status.signed_first" if key.first_use else "status.signed_paired", since=self.since(key.since)
        )

    def _reported(self, last: LastHeartbeat) -> list[tuple[str, str]]:
        m, report = self.messages, last.report
        by = {"cec": "HDMI-CEC", "dpms": "DPMS", "black": m("status.black")}.get(report.display.by or "", "")
        tv = m(f"status.tv_{report.display.state}")
        power = {True: "low", False: "good", None: "unknown"}[report.under_voltage]
        version, broken = report.version, report.fallback_from
        generated = self.at(report.generated) if report.generated else ""
        content = m("status.content_is", serial=report.serial, generated=generated).rstrip(", ")
        rows = [
            ("software", m("status.instead_of", version=version, broken=broken) if broken else version),
            ("machine", report.model or ""),
            ("panel", ", ".join(part for part in (report.panel, report.output) if part)),
            ("tv", m("status.tv_by", state=tv, by=by) if by else tv),
            ("content", content if report.serial else m("status.content_none")),
            ("data", self.at(report.data_as_of) if report.data_as_of else ""),
            ("horizon", self.at(report.horizon) if report.horizon else ""),
            ("clock", clock_words(report.clock.trusted, report.clock.kind, m.language)),
            ("temperature", self._degrees(report.temperature)),
            ("power", m(f"status.power_{power}")),
            ("memory", self._sizes(("used", report.memory.pss), ("free", report.memory.available))),
            ("storage", self._sizes(("free", report.storage.free), ("written", report.storage.written))),
            ("film", self._film(report)),
            ("uptime", m("status.uptime_is", machine=self._span(report.uptime), player=self._span(report.running))),
        ]
        return [(m(f"status.{name}"), value) for name, value in rows if value]

    def _film(self, report: HeartbeatReport) -> str:
        """Whether films are played, or why a frame is shown in their place."""
        if report.film is None:
            return ""
        kind = report.film.kind if report.film.kind in FILM_FAULTS else "failed"
        return self.messages(f"status.film_{kind}" if report.film.problem else "status.film_played")

    def _degrees(self, temperature: float | None) -> str:
        return "" if temperature is None else self.messages("units.degrees", n=f"{temperature:.0f}")

    def _sizes(self, *sizes: tuple[str, int | None]) -> str:
        return ", ".join(
            self.messages(f"status.{name}", size=self._size(size)) for name, size in sizes if size is not None
        )

    def _size(self, bytes_: int) -> str:
        if bytes_ < 1e9:
            return self.messages("units.megabytes", n=f"{bytes_ / 1e6:.0f}")
        return self.messages("units.gigabytes", n=self.messages.decimal(bytes_ / 1e9))

    def _span(self, seconds: float) -> str:
        minutes = int(seconds // 60)
        if minutes < 120:
            return self.messages("units.minutes", n=minutes)
        if minutes < 48 * 60:
            return self.messages.plural("status.long_hours", minutes // 60)
        return self.messages.plural("status.long_days", minutes // 1440)
