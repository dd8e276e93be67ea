"""Keeps the text console off the glass: no cursor, no messages of the kernel, no letters from a keyboard."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import termios

_KDSETMODE, _KD_GRAPHICS = 0x4B3A, 0x01  # <linux/kd.h>, ioctl_console(2)
_TERMINAL = re.compile(r"/dev/tty\d+")
_CLEAR = b"\x1b[?25l\x1b[2J\x1b[3J\x1b[H"  # no cursor; clear, and what could be scrolled back to


def hush(handle: int = 0) -> bool:
    """Quieten the virtual terminal that systemd handed over as standard input. False: it is none. Never raises.

    In graphics mode the kernel draws nothing there, also not when the player ends: its successor finds it quiet. A
    getty or a display manager that takes the terminal later sets it back to text by itself.
    """
    try:
        if not _TERMINAL.fullmatch(os.ttyname(handle)):
            return False
        with contextlib.suppress(termios.error):
            modes = termios.tcgetattr(handle)
            # Ctrl-C on a keyboard that somebody plugs in is no reason to end
            modes[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
            termios.tcsetattr(handle, termios.TCSANOW, modes)
        with contextlib.suppress(OSError):  # standard input may be open for reading only
            os.write(handle, _CLEAR)
        # allowed without privileges: it is the controlling terminal
        fcntl.ioctl(handle, _KDSETMODE, _KD_GRAPHICS)
    except OSError:
        return False
    return True
