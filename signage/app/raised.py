"""The alarms that are raised now: each is logged once when it is raised and once when it ends."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from signage.app.alarms import Kind, ServerAlarm, as_data, sentence

log = logging.getLogger(__name__)

_Key = tuple[Kind, str]


class RaisedAlarms:
    """Read from any thread; updated from one."""

    def __init__(self) -> None:
        self._raised: dict[_Key, datetime] = {}  # -> since when

    @property
    def kinds(self) -> tuple[_Key, ...]:
        """Kind and unit of each."""
        return tuple(self._raised)

    def update(self, found: Iterable[ServerAlarm], now: float, at: datetime, zone: ZoneInfo) -> None:
        """Take what is to be raised at `now` (seconds of the alarms' clock), which the wall clock calls `at`."""
        raised: dict[_Key, datetime] = {}
        for alarm in found:
            key = (alarm.kind, alarm.unit)
            since = at - timedelta(seconds=now - alarm.since)
            if key not in self._raised:
                log.error("%s", sentence(*key, since, "en", zone, at))
            raised[key] = self._raised.get(key, since)  # not anew each time: the clock may have been set
        for key in self._raised.keys() - raised.keys():
            log.info("over: %s", sentence(*key, self._raised[key], "en", zone, at))
        self._raised = raised

    def as_data(self, zone: ZoneInfo, at: datetime) -> list[dict[str, Any]]:
        """For /status.json, as `signage.app.alarms.as_data` has it."""
        return [as_data(kind, unit, since, zone, at) for (kind, unit), since in self._raised.items()]
