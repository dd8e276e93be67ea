"""The web application: the published bundle with its cache rules, pages for people, and the browser player.

Nothing here knows what is on a page; it hands out files of the folder `published` (docs/bundle-format.md) and a few of
its own. Unsigned HTML is closed to everything but its own scripts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from signage.domain.server_status import Message, ServerProblem, ServerStatus
from signage.errors import NotWritable
from signage.fleet.admin_key import AdminKey
from signage.fleet.alert_desk import AlertDesk
from signage.fleet.heartbeats import Players
from signage.web.admin_gate import AdminGate
from signage.web.hosts import HostGuard, Hosts, Machine
from signage.web.open_browsers import OpenBrowsers
from signage.web.pages import WebPages
from signage.web.pools import Pools
from signage.web.problems import redacted
from signage.web.publications import Publications
from signage.web.redaction import Redactor
from signage.web.routes.alerts import AlertRoutes
from signage.web.routes.bundle import BundleRoutes
from signage.web.routes.pages import PageRoutes, Status
from signage.web.routes.players import PlayerRoutes
from signage.web.routes.status import StatusRoutes

LANGUAGE = "nb"  # of a server without players, to browsers that name no language that there is


def make_app(
    published: Path,
    status: Status,
    elsewhere: Callable[[], str] | None = None,
    players: Players | None = None,
    admin: AdminKey | None = None,
    names: Collection[str] = (),
    folders: Mapping[Path, str] | None = None,
    alerts: AlertDesk | None = None,
) -> Starlette:
    """Serve the folder `published`, which may come into being later.

    `status` gives what `/status.json` answers and the pages put into words. `elsewhere` gives
    "host:port" to show on the start page for televisions when the page itself was opened on this machine. With
    `players` and the `admin` key, players can be paired and report how they are. `names`: to which it answers, in
    addition to the machine's own (`signage.web.hosts`) and those of the players' `FleetSite`. `folders`: what is shown
    instead of a folder where a page names one (`signage.web.redaction`). `alerts`: where alerts are sent, also with the
    `admin` key.
    """
    package = Path(str(files("signage"))).parent
    redactor = Redactor({package: "", published.parent: "var/", published: "published/", **(folders or {})})

    def redacted_status() -> ServerStatus:
        """What `status` gives, with what became of the players' list, and without the machine's paths."""
        lost = players.registry.lost if players else None
        return redacted(status(), redactor, [ServerProblem(Message("problems.players_lost"), lost)] if lost else [])

    pools = Pools()
    pages = WebPages(published / "screens", lambda: players.site().language if players else LANGUAGE)
    fleet = None
    routes = []
    if players and admin:
        gate = AdminGate(admin, players.clock)
        fleet = StatusRoutes(players, gate, redacted_status, pages, pools, redactor, alerts)
        if alerts:
            routes += AlertRoutes(alerts, players, gate, fleet, pages, pools).routes()
        routes += [*PlayerRoutes(players, pools).routes(), *fleet.routes()]
    for_people = PageRoutes(published / "screens", redacted_status, elsewhere, fleet, pages, pools, redactor)
    publications, browsers = Publications(published), OpenBrowsers()
    if players:
        players.browsers = browsers.having
    routes += [
        *for_people.routes(),
        *BundleRoutes(published, pools, publications, browsers, players.clock if players else _clock).routes(),
    ]
    hosts = Hosts(lambda: {*names, *(players.site().hosts if players else ())}, Machine())
    app = Starlette(
        routes=routes,
        middleware=[Middleware(HostGuard, hosts=hosts, pages=pages)],
        exception_handlers={
            404: for_people.not_found,
            HTTPException: pages.failed,
            NotWritable: for_people.not_writable,
        },
    )
    app.state.publications, app.state.browsers = publications, browsers
    app.router.redirect_slashes = False  # to an absolute address, which is wrong behind a proxy
    return app


def _clock() -> datetime:
    """The machine's. With players, that of their reports counts."""
    return datetime.fromtimestamp(time.time(), UTC)
