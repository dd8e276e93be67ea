"""The main loop's sleep: it ends when somebody calls, and when the clock is set."""

from __future__ import annotations

import ctypes

from player.display.glass import Glass
from player.display.wake import Sleeper, _Itimerspec, _Timespec


def ring(sleeper: Sleeper) -> None:
    """Setting this machine's clock is not for a test: a timer that is over stands in for one that is cancelled."""
    assert sleeper._clock is not None, "this kernel tells"
    at = _Itimerspec(_Timespec(0, 0), _Timespec(1, 0))  # 1970
    sleeper._clock._libc.timerfd_settime(sleeper._clock.fileno(), 1, ctypes.byref(at), None)


def test_a_clock_that_is_set_ends_the_sleep() -> None:
    sleeper = Sleeper()
    assert not sleeper.sleep(0)
    assert not sleeper.clock_set()
    ring(sleeper)
    assert sleeper.clock_set()
    assert sleeper.clock_set(), "it stays, for the sleep"
    assert sleeper.sleep(3600)
    assert not sleeper.clock_set()
    assert not sleeper.sleep(0), "and listens for the next time"
    sleeper.wake()
    assert sleeper.sleep(3600)
    assert not sleeper.sleep(0)


def test_a_fade_ends_when_the_clock_is_set() -> None:
    """Both of its pages may be wrong now."""
    glass = Glass.__new__(Glass)
    glass._output, glass.quit, glass._urgent, glass._sleeper = None, False, False, Sleeper()
    assert not glass._ended()
    ring(glass._sleeper)
    assert glass._ended()


def test_a_fade_ends_for_an_alert_and_for_nothing_else_that_is_new() -> None:
    glass = Glass.__new__(Glass)
    glass._output, glass.quit, glass._urgent, glass._sleeper = None, False, False, Sleeper()
    glass.wake()
    assert not glass._ended()
    glass.wake(urgent=True)
    assert glass._ended()
