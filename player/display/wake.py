"""A sleep that ends early: when somebody calls, and when the wall clock is set."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import os
import select

_CLOCK_REALTIME = 0
_TIMER_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_ABSOLUTE, _CANCEL_ON_SET = 1, 2  # <sys/timerfd.h>
_NEVER = 2 ** (8 * ctypes.sizeof(ctypes.c_long) - 1) - 1  # seconds since 1970

log = logging.getLogger("player")


class Sleeper:
    """`wake` and `clock_set` are known even when nobody slept: the next `sleep` ends at once.

    There is one for as long as the process lives, and it is never closed: another thread may call it at any moment.
    """

    def __init__(self) -> None:
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._clock: ClockSet | None = None
        try:
            self._clock = ClockSet()
        except OSError as error:
            self._without(error)

    def sleep(self, seconds: float, beside: int | None = None) -> bool:
        """True: it ended early. It also ends when the descriptor `beside` can be read."""
        asleep: list[int | ClockSet] = [self._woken, *([self._clock] if self._clock else [])]
        watched = asleep if beside is None else [*asleep, beside]
        ready = [each for each in select.select(watched, [], [], seconds)[0] if each is not beside]
        if self._woken in ready:
            os.read(self._woken, 64)
        if self._clock is not None and self._clock in ready:
            try:
                self._clock.take()
            except OSError as error:
                self._without(error)
        return bool(ready)

    def _without(self, error: OSError) -> None:
        """A look once a second notices it as well, a little later."""
        log.debug("a clock that is set will be noticed when somebody looks: %s", error)
        self._clock = None

    def wake(self) -> None:
        """From any thread."""
        with contextlib.suppress(OSError):  # full: it is woken already
            os.write(self._waker, b"!")

    def clock_set(self) -> bool:
        """Was the wall clock set since the last sleep? The news stays for the next one."""
        return self._clock is not None and bool(select.select([self._clock], [], [], 0)[0])


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("at", _Timespec))


class ClockSet:
    """Readable once somebody has set the wall clock: TFD_TIMER_CANCEL_ON_SET of timerfd_create(2), Python's from 3.13.

    Raises OSError where the system can't do that.
    """

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._libc, "timerfd_create"):
            raise OSError(errno.ENOSYS, "the C library has no timerfd")
        self._timer = self._libc.timerfd_create(_CLOCK_REALTIME, _TIMER_FLAGS)
        if self._timer < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._listen()

    def fileno(self) -> int:
        return int(self._timer)

    def take(self) -> None:
        """The change was noticed; wait for the next."""
        with contextlib.suppress(OSError):  # it *is* an error by name, ECANCELED
            os.read(self._timer, 8)
        self._listen()

    def _listen(self) -> None:
        at = _Itimerspec(_Timespec(0, 0), _Timespec(_NEVER, 0))
        failed = self._libc.timerfd_settime(self._timer, _ABSOLUTE | _CANCEL_ON_SET, ctypes.byref(at), None) < 0
        if failed and (why := ctypes.get_errno()) != errno.ECANCELED:  # set just before: it listens nonetheless
            raise OSError(why, "timerfd_settime")
