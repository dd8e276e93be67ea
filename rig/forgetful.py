"""A disk that forgets at a power cut what nobody made it write down, as a card does: some of it, in no order.

QEMU alone is too kind: what a killed machine had handed to it is safe with the host. So the disk is a server of its own
(NBD, github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md, the fixed newstyle handshake) that keeps what was
written since the last flush apart, and at a cut throws away about half of it, block by block.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import threading
from pathlib import Path

BLOCK = 4096  # bytes; what a card writes whole or not at all
GREETING, OPTION, REPLY = b"NBDMAGICIHAVEOPT", b"IHAVEOPT", 0x3E889045565A9
REQUEST, ANSWER = 0x25609513, 0x67446698
EXPORT_NAME, ABORT, INFO, GO = 1, 2, 6, 7
ACK, INFORMS, UNSUPPORTED = 1, 3, 2**31 + 1
READ, WRITE, DISCONNECT, FLUSH, ZEROES = 0, 1, 2, 3, 6
FLAGS = 1 | 4 | 8 | 64  # has flags; takes flushes, writes that are flushed at once (FUA), and zeroes
FUA = 1  # of a request
INVALID = 22  # EINVAL


class ForgetfulDisk:
    """Serves a raw image at a Unix socket; the image itself is never changed. One machine at a time."""

    def __init__(self, below: Path, address: Path, dice: random.Random) -> None:
        self.address = address
        self.forgotten = self.kept = 0  # blocks that were not flushed when the power went, all in all
        self._below = os.open(below, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._below).st_size
        self._dice = dice
        self._written: dict[int, bytes] = {}  # block -> content, flushed
        self._pending: dict[int, bytes] = {}  # since the last flush
        self._guard = threading.Lock()
        address.unlink(missing_ok=True)
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(address))
        self._door.listen(4)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve nobody any more."""
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()
        os.close(self._below)

    def lose_power(self) -> None:
        """Keep about half of what was not flushed. The machine must be dead by now."""
        with self._guard:
            for block, data in self._pending.items():
                if self._dice.random() < 0.5:
                    self._written[block] = data
                    self.kept += 1
                else:
                    self.forgotten += 1
            self._pending.clear()

    # -- blocks ---------------------------------------------------------------------------------------------------

    def read(self, start: int, length: int) -> bytes:
        """What a machine reads: the newest, flushed or not."""
        out = bytearray(os.pread(self._below, length, start))
        for block in range(start // BLOCK, (start + length - 1) // BLOCK + 1):
            data = self._pending.get(block) or self._written.get(block)
            if data is not None:
                here = block * BLOCK
                first, last = max(start, here), min(start + length, here + BLOCK)
                out[first - start : last - start] = data[first - here : last - here]
        return bytes(out)

    def write(self, start: int, data: bytes, flushed: bool = False) -> None:
        """`flushed`: it is safe at once, before what came earlier."""
        with self._guard:
            for block in range(start // BLOCK, (start + len(data) - 1) // BLOCK + 1):
                here = block * BLOCK
                first, last = max(start, here), min(start + len(data), here + BLOCK)
                whole = bytearray(self.read(here, BLOCK)) if last - first < BLOCK else bytearray(BLOCK)
                whole[first - here : last - here] = data[first - start : last - start]
                self._pending[block] = bytes(whole)
                if flushed:
                    self._written[block] = self._pending.pop(block)

    def flush(self) -> None:
        """All that was written is safe from now on."""
        with self._guard:
            self._written.update(self._pending)
            self._pending.clear()

    # -- the protocol ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            # a machine that was killed ends its connection in the midst of whatever it was
            with contextlib.suppress(OSError, EOFError), line:
                if self._shake_hands(line):
                    self._serve(line)

    def _shake_hands(self, line: socket.socket) -> bool:
        line.sendall(GREETING + struct.pack(">H", 3))
        _take(line, 4)
        while True:
            _, option, length = struct.unpack(">8sII", _take(line, 16))
            data = _take(line, length)
            if option == EXPORT_NAME:
                line.sendall(struct.pack(">QH", self._size, FLAGS))
                return True
            if option in (INFO, GO):
                line.sendall(_reply(option, INFORMS, struct.pack(">HQH", 0, self._size, FLAGS)))
                line.sendall(_reply(option, ACK))
                if option == GO:
                    return True
            elif option == ABORT:
                line.sendall(_reply(option, ACK))
                return False
            else:
                line.sendall(_reply(option, UNSUPPORTED, data[:0]))

    def _serve(self, line: socket.socket) -> None:
        while True:
            _, flags, kind, handle, start, length = struct.unpack(">IHHQQI", _take(line, 28))
            answer, error = b"", 0
            if kind == READ:
                answer = self.read(start, length)
            elif kind == WRITE:
                self.write(start, _take(line, length), bool(flags & FUA))
            elif kind == ZEROES:
                self.write(start, bytes(length), bool(flags & FUA))
            elif kind == FLUSH:
                self.flush()
            elif kind == DISCONNECT:
                return
            else:
                error = INVALID
            line.sendall(struct.pack(">IIQ", ANSWER, error, handle) + answer)


def _reply(option: int, kind: int, data: bytes = b"") -> bytes:
    return struct.pack(">QIII", REPLY, option, kind, len(data)) + data


def _take(line: socket.socket, length: int) -> bytes:
    out = bytearray()
    while len(out) < length:
        more = line.recv(length - len(out))
        if not more:
            raise EOFError
        out += more
    return bytes(out)
