"""Departures: Entur's Journey Planner v3 (docs/departures.md). GraphQL by POST; errors come with status 200.

    stopPlace(id: "NSR:StopPlace:…") { name estimatedCalls(…) { … } }

Entur's terms of service (https://developer.entur.org) ask for the header ET-Client-Name in each request, and stop who
asks too often. What comes is under NLOD; the pages name Entur.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from signage.config.site import Site
from signage.domain.departures import MODES, TYPE, Departure, Departures
from signage.domain.printable import printable_line
from signage.sources.base import UnusableAnswer
from signage.sources.formats.json_answer import loads
from signage.sources.live.base import LiveData
from signage.sources.net.caching_fetcher import CachingFetcher

CLIENT_HEADER = "ET-Client-Name"
APPLICATION = "signage"
SECONDS, NUMBER = 7200, 30  # of the coming time, and departures; more than a page has, for some leave while it is shown
MOST_CALLS = 100  # that are read
LINE, DESTINATION, QUAY, STOP = 12, 80, 8, 80  # letters at most
AHEAD = timedelta(hours=24)  # what is later than that has a wrong time
QUESTION = """
query ($stop: String!, $seconds: Int!, $number: Int!) {
  stopPlace(id: $stop) {
    name
    estimatedCalls(timeRange: $seconds, numberOfDepartures: $number, includeCancelledTrips: true) {
      aimedDepartureTime expectedDepartureTime realtime cancellation
      destinationDisplay { frontText }
      quay { publicCode }
      serviceJourney { journeyPattern { line { publicCode transportMode } } }
    }
  }
}
"""
_NO_NAME = re.compile(r"[^a-z0-9]+")


def client_name(site: Site) -> str:
    """Who asks, as Entur wants it: organisation, hyphen, application ("heimkommune-signage")."""
    plain = site.name.casefold().translate(str.maketrans("æøåðþ", "aoadt"))
    letters = unicodedata.normalize("NFKD", plain)
    return f"{_NO_NAME.sub('', letters)[:40] or 'unknown'}-{APPLICATION}"


class Entur(LiveData[Departures]):
    """`subject`: the number of a stop in the national register ("NSR:StopPlace:41742")."""

    name = TYPE
    provider = "Entur"
    value = Departures
    period = timedelta(minutes=1)

    def headers(self, site: Site) -> dict[str, str]:
        return {CLIENT_HEADER: client_name(site)}

    def fetch(self, service: str, subject: str, fetcher: CachingFetcher, now: datetime) -> Departures:
        """Ask about one stop. What comes is as old as the request."""
        variables = {"stop": subject, "seconds": SECONDS, "number": NUMBER}
        answer = fetcher.post(service, {"query": " ".join(QUESTION.split()), "variables": variables})
        return answer.read(self.parse, subject, now)

    def parse(self, body: bytes, subject: str, now: datetime) -> Departures:
        """What leaves from a stop, by what was answered at `now`. A departure that can't be read is left out."""
        data = _answer(body)
        if errors := data.get("errors"):
            raise UnusableAnswer(f"Entur refused the question{_said(errors)}")
        content = data.get("data")
        if not isinstance(content, dict) or "stopPlace" not in content:
            raise UnusableAnswer("The answer has no stop place.")
        stop = content["stopPlace"]
        if stop is None:
            raise UnusableAnswer(f"There is no stop {subject}.", "look the stop up on https://stoppested.entur.org.")
        calls = stop.get("estimatedCalls") if isinstance(stop, dict) else None
        if not isinstance(calls, list):
            raise UnusableAnswer("The answer has no list of departures.")
        found = [call for call in map(_departure, calls[:MOST_CALLS]) if call and abs(call.leaves - now) < AHEAD]
        if calls and not found:
            raise UnusableAnswer(f"None of its {len(calls)} departures can be read.", fault="unreadable")
        found.sort(key=lambda call: (call.leaves, call.line, call.destination))
        return Departures(_text(stop.get("name"), STOP), tuple(dict.fromkeys(found)), now)


def _answer(body: bytes) -> dict[str, Any]:
    try:
        answer = loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnusableAnswer("The answer isn't JSON.") from None
    if not isinstance(answer, dict):
        raise UnusableAnswer("The answer isn't an object.")
    return answer


def _said(errors: Any) -> str:
    """What the first of the errors says."""
    first = errors[0] if isinstance(errors, list) else errors
    message = first.get("message") if isinstance(first, dict) else first
    text = _text(message, 200)
    return f": {text}" if text else "."


def _departure(call: Any) -> Departure | None:
    """None for what can't be shown: without a time, or without a destination."""
    if not isinstance(call, dict):
        return None
    by_timetable, by_now = _instant(call.get("aimedDepartureTime")), _instant(call.get("expectedDepartureTime"))
    aimed, expected = by_timetable or by_now, by_now or by_timetable
    destination = _text(_inside(call, "destinationDisplay").get("frontText"), DESTINATION)
    if aimed is None or expected is None or not destination:
        return None
    line = _inside(_inside(_inside(call, "serviceJourney"), "journeyPattern"), "line")
    mode = line.get("transportMode")
    return Departure(
        line=_text(line.get("publicCode"), LINE),
        destination=destination,
        aimed=aimed,
        expected=expected,
        mode=mode if isinstance(mode, str) and mode in MODES else "",
        quay=_text(_inside(call, "quay").get("publicCode"), QUAY),
        realtime=call.get("realtime") is True,
        cancelled=call.get("cancellation") is True,
    )


def _inside(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: Any, most: int) -> str:
    """A text, or the digits of a number, in one line; no longer than what a page has room for."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = " ".join(printable_line(str(value)[: 4 * most]).replace("\ufffd", " ").split())
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _instant(value: Any) -> datetime | None:
    """An instant with an offset, in UTC. Without one nobody knows when that is."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
