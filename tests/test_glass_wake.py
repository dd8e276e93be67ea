"""The main loop's sleep: it ends when somebody calls, and when the clock is set."""

from __future__ import annotations

import ctypes

from player.glass.wake import Sleeper, _Itimerspec, _Timespec


def test_a_clock_that_is_set_ends_the_sleep_and_a_fade_that_is_under_way() -> None:
    """Setting this machine's clock is not for a test: a timer that is over stands in for one that is cancelled."""
    sleeper = Sleeper()
    assert not sleeper.sleep(0)
    assert sleeper._clock is not None, "this kernel tells"
    assert not sleeper.clock_set()
    at = _Itimerspec(_Timespec(0, 0), _Timespec(1, 0))  # 1970: over
    sleeper._clock._libc.timerfd_settime(sleeper._clock.fileno(), 1, ctypes.byref(at), None)
    assert sleeper.clock_set()
    assert sleeper.clock_set(), "it stays, for the sleep"
    assert sleeper.sleep(3600)
    assert not sleeper.clock_set()
    assert not sleeper.sleep(0), "and listens for the next time"
    sleeper.wake()
    assert sleeper.sleep(3600)
    assert not sleeper.sleep(0)
