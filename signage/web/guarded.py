"""uvicorn's HTTP/1.1 connection under the limits of `connections`: uvicorn itself has none of them (docs/adr/0007)."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol
from uvicorn.server import ServerState

from signage.web.connections import Connections, Phase, RefusalReason, address_of
from signage.web.request_heads import MAX_HEAD, StrictConnection

QUEUE = 1024  # connections that wait in the kernel while the machine is busy; one that finds no place tries for 10 s
CONNECTION = "signage.connection"  # in a request's scope: the `GuardedProtocol` that it came by
uvicorn_log = logging.getLogger("uvicorn.error")


def _whole(status: int, reason: str, *headers: bytes) -> bytes:
    """An answer that needs no request to have been read."""
    lines = (
        b"HTTP/1.1 %d %s" % (status, STATUS_PHRASES[status]),
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % len(reason),
        b"Connection: close",
        *headers,
    )
    return b"\r\n".join(lines) + b"\r\n\r\n" + reason.encode("ascii")


TURNED_AWAY = _whole(503, "Too many connections. Try again soon.", b"Retry-After: 5")
TOO_SLOW = _whole(408, "The request did not come in time.")


class GuardedProtocol(H11Protocol):
    """One connection. Its phase is found again whenever bytes come, an answer ends, and at each sweep."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        book: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._book = book
        self._strict = StrictConnection(h11.SERVER, MAX_HEAD)
        self.conn = self._strict
        self.address = ""
        self.phase = Phase.HEAD
        self.since = book.clock()
        self._stalled = False  # more waits to be sent than the client takes
        self._unwanted = 0  # bytes of a body that came after the answer
        self._release: Callable[[], None] | None = None  # ends the wait of a request that is held

    # --- called by asyncio

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = address_of(transport.get_extra_info("peername"))
        if not self._book.admit(self):
            self.phase = Phase.CLOSING
            transport.write(TURNED_AWAY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._book.leave(self)
        super().connection_lost(exc)
        self._unset_keepalive_if_required()  # uvicorn leaves it running after an error, and with it all of this
        if self._release is not None:
            self._release()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.phase is Phase.LINGER:
            self._unwanted += len(data)
            if self._unwanted > self._book.limits.linger_bytes:
                self.end(RefusalReason.BODY)
        self.look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = True
        self.look()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled = False
        self.look()

    # --- called by uvicorn

    def handle_events(self) -> None:
        super().handle_events()
        if self.scope is not None:  # its handler begins after this
            self.scope[CONNECTION] = self  # type: ignore[literal-required]

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.look()

    def send_400_response(self, msg: str) -> None:
        """Refuse what was received, with the status that fits, and close. uvicorn would raise in a later answer."""
        self._book.note(RefusalReason.INVALID)
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True  # the handler of the request is informed, and what it sends is dropped
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            fault = self._strict.fault
            self.transport.write(_whole(fault.status, fault.reason) if fault else _whole(400, msg))
            self.transport.close()
        else:
            self.transport.abort()

    def shutdown(self) -> None:
        try:
            super().shutdown()
        except h11.LocalProtocolError:  # in the middle of a request that was refused
            self.transport.abort()
        if self._release is not None:
            self._release()

    # --- for a request's handler (signage.web.publications.HoldableConnection)

    def hold(self, release: Callable[[], None]) -> bool:
        """Whether the request may wait. If so, `release` is called when the client goes or the server ends."""
        self.look()
        if self.phase is not Phase.BUSY or not self._book.may_hold(self):
            return False
        self._release = release
        self.look()
        return True

    def let_go(self) -> None:
        """It is being answered now."""
        self._release = None
        self.look()

    # --- for the book

    def look(self) -> None:
        """Find out the phase, and note when it is a new one."""
        phase = self._phase()
        if phase is not self.phase:
            self._unwanted = 0
            self._book.moved(self, phase)

    def end(self, reason: RefusalReason) -> None:
        """Close: with an answer where the client may still read one, at once where it doesn't read."""
        if reason is RefusalReason.WRITE or self.phase is Phase.BODY:
            self.transport.abort()
            return
        if self.phase is Phase.HEAD and self._received():
            self.transport.write(TOO_SLOW)
        self.transport.close()

    def drop(self) -> None:
        """Close at once."""
        self.transport.abort()

    def _phase(self) -> Phase:
        if self.transport.is_closing():
            return Phase.CLOSING
        answered = self.cycle is None or self.cycle.response_complete
        if self.conn.their_state is h11.IDLE:
            return Phase.IDLE if self.cycle is not None and not self._received() else Phase.HEAD
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.LINGER if answered else Phase.BODY
        if answered:
            return Phase.IDLE
        if self._release is not None:
            return Phase.HELD
        return Phase.STALLED if self._stalled else Phase.BUSY

    def _received(self) -> bool:
        """Has anything come of a request that is not complete?"""
        return bool(self.conn.trailing_data[0])


class GuardedServer(uvicorn.Server):
    """uvicorn's server with a book of its connections, which is swept every second."""

    def __init__(self, config: uvicorn.Config, book: Connections) -> None:
        super().__init__(config)
        config.http = functools.partial(GuardedProtocol, book=book)  # type: ignore[assignment]
        self.book = book
        self.ticked: float | None = None  # when its loop last came round, by the book's clock

    async def startup(self, sockets: Any = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self._trouble)
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(QUEUE)  # uvicorn's backlog is also how many are accepted in one turn of the loop

    async def on_tick(self, counter: int) -> bool:
        self.ticked = self.book.clock()
        if counter % 10 == 0:  # uvicorn counts tenths of a second
            self.book.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: Any = None) -> None:
        await super().shutdown(sockets)
        self.book.drop_all()

    def _trouble(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What asyncio would write a traceback of, for each connection."""
        error = context.get("exception")
        if isinstance(error, OSError):
            if "accept" in str(context.get("message")):
                self.book.shed()
            return  # a connection that broke
        uvicorn_log.error(context.get("message"), exc_info=error)
