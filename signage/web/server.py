"""The built-in web server of `signage run`: the application of `signage.web.app` behind a real address."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from signage.domain.server_status import ServerStatus
from signage.fleet.admin_key import AdminKey
from signage.fleet.alert_desk import AlertDesk
from signage.fleet.heartbeats import Players
from signage.web.app import make_app
from signage.web.loopback import Threaded
from signage.web.publications import Publications
from signage.web.server_address import address_in_the_house

# How long a thread that computes keeps the others waiting. An answer takes about ten turns, and a build in the same
# process would make each of them last Python's usual 5 ms.
SWITCH_SECONDS = 0.001
ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 names for "every address of this machine"


class WebServer(Threaded):
    """A context manager. Raises AddressInUse, with what to do about it. `status` is called for each page that shows it;
    `players`, `admin`, `folders` and `alerts` as in `make_app`.
    """

    def __init__(
        self,
        published: Path,
        status: Callable[[], ServerStatus],
        host: str,
        port: int,
        players: Players | None = None,
        admin: AdminKey | None = None,
        folders: Mapping[Path, str] | None = None,
        alerts: AlertDesk | None = None,
    ) -> None:
        names = {host.lower()} - set(ANYWHERE)
        app = make_app(published, status, self.for_televisions, players, admin, names, folders, alerts)
        self._publications: Publications = app.state.publications
        super().__init__(app, host, port)

    def __enter__(self) -> Self:
        sys.setswitchinterval(SWITCH_SECONDS)
        return super().__enter__()

    def published(self, screen: str) -> None:
        """A screen was published: its players are answered that wait for it. May be called by any thread."""
        self._publications.published(screen)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        host = "localhost" if self.host in ANYWHERE else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def for_televisions(self) -> str:
        """Host and port to type elsewhere in the house; this machine's own name for itself when it has no network."""
        host = address_in_the_house() if self.host in ANYWHERE else self.host
        return f"{host}:{self.port}"
