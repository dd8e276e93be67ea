"""When a service that failed, or that asks us to wait, is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signage.errors import SignageError, SourceError
from signage.sources.trust.health import LONGEST_WAIT
from signage.sources.trust.pace import JITTER, LONGEST_LIFETIME, Pace, holds_until

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
PACE = Pace(10 * MINUTE, 60 * MINUTE, 30 * MINUTE)


@pytest.mark.parametrize(("failures", "minutes"), [(0, 10), (1, 10), (2, 20), (3, 40), (4, 60), (10**9, 60)])
def test_what_fails_is_asked_more_and_more_rarely(failures: int, minutes: int) -> None:
    assert PACE.pause(failures) == minutes * MINUTE


def test_what_may_be_our_own_network_is_tried_sooner() -> None:
    assert PACE.pause(9, unreachable=True) == 30 * MINUTE
    assert Pace(MINUTE, 10 * MINUTE, forgiven=3).pause(3) == MINUTE


def test_it_is_never_asked_more_often_than_its_period() -> None:
    assert Pace(90 * MINUTE, 60 * MINUTE).pause(5) == 90 * MINUTE


def error(status: int | None = None, retry_after: float | None = None) -> SourceError:
    return SourceError("met", "https://met.example", "No.", status=status, retry_after=retry_after)


def test_what_its_server_asks_is_heeded() -> None:
    assert PACE.asked_to_wait(error(429, 120.0)) == 2 * MINUTE
    assert PACE.asked_to_wait(error(503, 120.0)) == 2 * MINUTE
    assert PACE.asked_to_wait(error(429)) == PACE.busy
    assert PACE.asked_to_wait(error(500)) == timedelta()
    assert PACE.asked_to_wait(SignageError("No.")) == timedelta()
    assert PACE.asked_to_wait(error(429, 1e9)) == LONGEST_WAIT


def test_an_answer_holds_until_it_expires_and_a_moment_longer() -> None:
    until = holds_until(1800.0, "met", NOON)
    assert until is not None
    assert NOON + 30 * MINUTE <= until <= NOON + 30 * MINUTE + JITTER
    far = holds_until(1e9, "met", NOON)
    assert far is not None
    assert far <= NOON + LONGEST_LIFETIME + JITTER
    assert holds_until(None, "met", NOON) is None
    assert holds_until(0.0, "met", NOON) is None
