"""The start page, the page that plays a screen, `/status.json`, error pages, and what these pages need."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TypedDict, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from signage.domain.server_status import ScreenProgress, ServerStatus, Stage
from signage.errors import NotWritable, SignageError
from signage.fleet.overview import ScreenJson
from signage.publishing.bundle_format import IndexEntry
from signage.web.alert_json import AlertJson
from signage.web.browser_player import PLAYER_PARTS, plain_script, static
from signage.web.pages import NO_STORE, WebPages, read_index
from signage.web.pools import Pools
from signage.web.problems import alarm_sentences, as_data, summaries
from signage.web.redaction import Redactor
from signage.web.responses import NOSNIFF, answer
from signage.web.routes.bundle import SCREEN
from signage.web.routes.status import StatusRoutes

log = logging.getLogger(__name__)

SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"
LOCAL = ("localhost", "127.0.0.1", "[::1]", "")
OF_PROGRAMS = ("/assets/", "/alerts/", "/screens/", "/status", "/signage", "/player/")

Status = Callable[[], ServerStatus]


class ScreenCard(TypedDict):
    """A screen of the start page. `wide`: wider than high. `progress`: of one without a picture, its stage, and how
    much of it is done.
    """

    id: str
    name: str
    width: int
    height: int
    wide: bool
    rotate: int
    state: str
    has_players: bool
    progress: tuple[Stage, int, int] | None


class PageRoutes:
    """For people and televisions. `fleet` is None where players can't be paired."""

    def __init__(
        self,
        screens: Path,
        status: Status,
        address_elsewhere: Callable[[], str] | None,
        fleet: StatusRoutes | None,
        pages: WebPages,
        pools: Pools,
        redactor: Redactor,
    ) -> None:
        self._screens = screens
        self._status = status
        self._address_elsewhere = address_elsewhere
        self._fleet = fleet
        self._pages = pages
        self._pools = pools
        self._redactor = redactor
        fonts = files("signage.web").joinpath("static")
        self._fonts = {file.name: file.read_bytes() for file in fonts.iterdir() if file.name.endswith(".woff2")}

    def routes(self) -> list[Route]:
        from_disk, people = self._pools.files.handler, self._pools.people.handler
        return [
            Route("/", people(self.start)),
            Route("/screen/{screen}", from_disk(self.screen)),
            Route("/status.json", people(self.status)),
            *(Route(f"/{name}", from_disk(self._file(name, SCRIPT))) for name in PLAYER_PARTS),
            Route("/screen.js", from_disk(self._text(plain_script(), SCRIPT))),
            Route("/follow.js", from_disk(self._file("follow.js", SCRIPT))),
            Route("/start.js", from_disk(self._file("start.js", SCRIPT))),
            Route("/sw.js", from_disk(self._file("sw.js", SCRIPT))),
            Route("/phone.js", from_disk(self._file("phone.js", SCRIPT))),
            Route("/start.css", from_disk(self._file("start.css", STYLE))),
            Route("/static/{name}", from_disk(self.font)),
        ]

    def start(self, request: Request) -> Response:
        """Every screen, small and alive, with what to type before /screen/... on a television."""
        status, messages = self._status(), self._pages.messages(request)
        may_see = self._fleet is None or self._fleet.may_see(request)
        states = {each["screen"]: each for each in self._states()} if may_see else {}
        return self._pages.page(
            request,
            "start.html",
            screens=[_card(*each, states.get(each[0]["id"])) for each in self._screens_of(status)],
            origin=self._origin(request),
            with_status=self._fleet is not None,
            alarms=alarm_sentences(status, messages) if may_see else [],
            problems=summaries(status, messages) if may_see else [],
            wrong=not may_see and self._fleet is not None and not self._fleet.well(),
        )

    def screen(self, request: Request) -> Response:
        """The player, also before anything is published; but a mistyped address gets a list of those that exist."""
        wanted = request.path_params["screen"]
        known = read_index(self._screens)
        listed = not known or wanted in [screen["id"] for screen in known]
        # one that was retired or renamed is not listed, but televisions that are set to it are told what to show
        if not SCREEN.fullmatch(wanted) or not (listed or (self._screens / wanted).is_symlink()):
            return self._pages.message(request, "no_screen", 404, links=True, screen=wanted)
        return self._pages.player(request)

    def status(self, request: Request) -> Response:
        if self._fleet and not self._fleet.may_see(request):
            return JSONResponse({"ok": self._fleet.well()}, headers=NO_STORE)
        more = {"glass": self._states(), "alerts": self._alerts()} if self._fleet else {}
        return JSONResponse({**as_data(self._status(), self._pages.messages(request)), **more}, headers=NO_STORE)

    def font(self, request: Request) -> Response:
        body = self._fonts.get(request.path_params["name"])
        if body is None:
            raise HTTPException(404)
        return answer(request, body, "font/woff2")

    def not_found(self, request: Request, error: Exception) -> Response:
        path = request.url.path
        if path.endswith("/") and path.strip("/") and (path == "/status/" or not path.startswith(OF_PROGRAMS)):
            return RedirectResponse(_without_slash(request), 307)
        if request.url.path.startswith(OF_PROGRAMS):
            return JSONResponse({"error": "there is nothing at this address"}, 404, headers=NOSNIFF)
        return self._pages.message(request, "not_found", 404, links=True)

    def not_writable(self, request: Request, error: Exception) -> Response:
        """The players' list can't be read or written now: the pages go on, and players keep their reports."""
        log.warning("%s", error)
        response = self._pages.message(request, "unavailable", 503, details=self._redactor.text(str(error)))
        response.headers["Retry-After"] = "60"
        return response

    def _file(self, name: str, media_type: str) -> Callable[[Request], Response]:
        return self._text(static(name), media_type)

    def _text(self, text: str, media_type: str) -> Callable[[Request], Response]:
        body = text.encode()
        return lambda request: answer(request, body, media_type)

    def _screens_of(self, status: ServerStatus) -> list[tuple[IndexEntry, ScreenProgress | None]]:
        """Every screen in the order of screens.toml, and for those without a picture how far they are. What is
        published and no longer configured comes last.
        """
        published = {screen["id"]: screen for screen in read_index(self._screens)}
        found: list[tuple[IndexEntry, ScreenProgress | None]] = [
            (published.pop(each.id, _as_entry(each)), None if self._is_published(each.id) else each)
            for each in status.screens
        ]
        return found + [(screen, None) for screen in published.values()]

    def _is_published(self, screen: str) -> bool:
        """Before the list of the screens is written: that is done after all of them."""
        return (self._screens / screen / "manifest.json").is_file()

    def _states(self) -> list[ScreenJson]:
        """How the players are; nothing while their list can't be read: the pages are worth more than that."""
        try:
            return self._fleet.as_data() if self._fleet else []
        except NotWritable as error:
            log.warning("%s", error)
            return []

    def _alerts(self) -> list[AlertJson] | None:
        """The alerts that hold; None while they can't be read."""
        try:
            return self._fleet.alerts_as_data() if self._fleet else []
        except SignageError as error:
            log.warning("%s", error)
            return None

    def _origin(self, request: Request) -> str:
        host = request.headers.get("host", "")
        local = host.rsplit(":", 1)[0] in LOCAL
        return f"{request.url.scheme}://{self._address_elsewhere() if local and self._address_elsewhere else host}"


def _as_entry(screen: ScreenProgress) -> IndexEntry:
    """What the index will have of a screen once it is published."""
    about = {name: getattr(screen, name) for name in ("id", "name", "width", "height", "rotate")}
    return cast(IndexEntry, about)


def _card(screen: IndexEntry, progress: ScreenProgress | None, state: ScreenJson | None) -> ScreenCard:
    """A screen of the start page; `state` as `signage.fleet.overview.as_data` has it."""
    width, height = int(screen["width"]), int(screen["height"])
    return {
        "id": screen["id"],
        "name": screen.get("name") or screen["id"],
        "width": width,
        "height": height,
        "wide": width >= height,
        "rotate": int(screen.get("rotate") or 0),
        "state": state["state"] if state else "",
        "has_players": bool(state and state["players"]),
        "progress": (progress.stage, progress.done, progress.total) if progress else None,
    }


def _without_slash(request: Request) -> str:
    """The address without the slashes at its end, relative to the one with them."""
    path = request.url.path
    shorter = path.rstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    return "../" * (len(path) - len(shorter)) + shorter.rpartition("/")[2] + query
