"""The web application: the published bundle with its cache rules, the start page, and the browser player.

Nothing here knows what is on a page; it hands out files of the folder `published` (docs/bundle-format.md) and a few of
its own. Unsigned HTML is closed to everything but its own scripts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from signage.errors import NotWritable
from signage.fleet.admin_key import AdminKey
from signage.fleet.heartbeats import Players
from signage.web.answers import FOR_EVER, NOSNIFF, Files, answer
from signage.web.hosts import HostGuard, Hosts, Machine
from signage.web.pages import WebPages, policy, read_index
from signage.web.players import PlayerRoutes
from signage.web.pools import Pools
from signage.web.private_status import Discretion

log = logging.getLogger(__name__)

SCREEN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ASSET = re.compile(r"([0-9a-f]{64})\.(webp|png|ttf)")
MEDIA_TYPES = {"webp": "image/webp", "png": "image/png", "ttf": "font/ttf", "json": "application/json"}
POCKET = re.compile(r"(e/)?[a-z0-9]{1,40}\.(html|ics|css)")
POCKET_TYPES = {
    "html": "text/html; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "css": "text/css; charset=utf-8",
}
SIGNATURE_TYPE = "application/octet-stream"
HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"

Status = Callable[[], dict[str, Any]]


def make_app(
    published: Path,
    status: Status,
    elsewhere: Callable[[], str] | None = None,
    players: Players | None = None,
    admin: AdminKey | None = None,
    names: Collection[str] = (),
    folders: Mapping[Path, str] | None = None,
) -> Starlette:
    """Serve the folder `published`, which may come into being later.

    `status` gives what `/status.json` answers: JSON data, with `problems` as a list of sentences. `elsewhere` gives
    "host:port" to show on the start page for televisions when the page itself was opened on this machine. With
    `players` and the `admin` key, players can be paired and tell how they are. `names`: to which it answers besides the
    machine's own (`signage.web.hosts`) and those of the players' `Site`. `folders`: what stands in the place of a
    folder where a page names one (`signage.web.private_status`).
    """
    package = Path(str(files("signage"))).parent
    discretion = Discretion({package: "", published.parent: "var/", published: "published/", **(folders or {})})

    def told() -> dict[str, Any]:
        """What `status` says and what became of the players' list, without the machine's paths."""
        said = discretion.data(status())
        if players and players.registry.lost:
            said = {**said, "ok": False, "problems": [*(said.get("problems") or []), players.registry.lost]}
        return dict(said)

    pools = Pools()
    of_players = PlayerRoutes(players, admin, told, pools, discretion) if players and admin else None
    site = _Site(published, told, elsewhere, of_players, pools)
    from_disk, people = pools.files.handler, pools.people.handler
    routes = [
        *(of_players.routes() if of_players else ()),
        Route("/", people(site.start)),
        Route("/screen/{screen}", from_disk(site.screen)),
        Route("/status.json", people(site.status)),
        Route("/signage.pub", from_disk(site.public_key)),
        Route("/screens/index.json", from_disk(site.index)),
        Route("/screens/{screen}/manifest.json", site.manifest),
        Route("/screens/{screen}/manifest.json.sig", from_disk(site.signature)),
        Route("/screens/{screen}/{name:path}", from_disk(site.pocket)),
        Route("/assets/{name}", from_disk(site.asset)),
        Route("/player.js", from_disk(site.script("player.js"))),
        Route("/player-old.js", from_disk(site.script("player.js", _without_exports))),
        Route("/start.js", from_disk(site.script("start.js"))),
        Route("/sw.js", from_disk(site.script("sw.js"))),
        Route("/start.css", from_disk(site.style)),
        Route("/static/{name}", from_disk(site.font)),
    ]
    hosts = Hosts(lambda: {*names, *(players.site().hosts if players else ())}, Machine())
    return Starlette(
        routes=routes,
        middleware=[Middleware(HostGuard, hosts=hosts)],
        exception_handlers={404: site.not_found, NotWritable: partial(_can_t_keep, discretion)},
    )


class _Site:
    def __init__(
        self,
        published: Path,
        status: Status,
        elsewhere: Callable[[], str] | None,
        of_players: PlayerRoutes | None,
        pools: Pools,
    ) -> None:
        self.published = published
        self.screens = published / "screens"
        self._status = status
        self._elsewhere = elsewhere
        self._of_players = of_players
        self._files = Files(pools.files)
        self._pools = pools
        self._pages = WebPages()
        static = files("signage.web").joinpath("static")
        self._fonts = {file.name: file.read_bytes() for file in static.iterdir() if file.name.endswith(".woff2")}

    # -- the bundle

    async def manifest(self, request: Request) -> Response:
        path = self._folder(request) / "manifest.json"
        unchanged = self._files.unchanged(request, path)
        if unchanged is not None:
            return unchanged
        return await self._pools.files.run(self._file, request, path, MEDIA_TYPES["json"])

    def signature(self, request: Request) -> Response:
        return self._file(request, self._folder(request) / "manifest.json.sig", SIGNATURE_TYPE)

    def pocket(self, request: Request) -> Response:
        """Pages for telephones. An event that is over has no page any more: the list is what its code leads to."""
        name = POCKET.fullmatch(request.path_params["name"])
        folder = self._folder(request)
        if name is None:
            raise HTTPException(404)
        if name[1] and name[2] == "html" and not (folder / name[0]).is_file() and (folder / "events.html").is_file():
            return RedirectResponse("../events.html", 302, headers={**NOSNIFF, "Cache-Control": "no-store"})
        return self._file(request, folder / name[0], POCKET_TYPES[name[2]])

    def index(self, request: Request) -> Response:
        return self._file(request, self.screens / "index.json", MEDIA_TYPES["json"])

    def public_key(self, request: Request) -> Response:
        return self._file(request, self.published / "signage.pub", "text/plain; charset=utf-8")

    def asset(self, request: Request) -> Response:
        name = ASSET.fullmatch(request.path_params["name"])
        if name is None:
            raise HTTPException(404)
        path = self.published / "assets" / name[0]
        return self._files.answer(request, path, MEDIA_TYPES[name[2]], FOR_EVER, tag=name[1])

    def _folder(self, request: Request) -> Path:
        """The screen's folder. Its name is checked: a path can't leave `screens/`, nor name an older publication."""
        screen: str = request.path_params["screen"]
        if not SCREEN.fullmatch(screen):
            raise HTTPException(404)
        return self.screens / screen

    def _file(self, request: Request, path: Path, media_type: str) -> Response:
        return self._files.answer(request, path, media_type)

    # -- for people and televisions

    def start(self, request: Request) -> Response:
        said, screens, origin = self._status(), read_index(self.screens), self._origin(request)
        if self._of_players and not self._of_players.may_see(request):
            page = self._pages.start(screens, (), origin, {}, wrong=not self._of_players.well())
        else:
            glass = {each["screen"]: each for each in self._glass()} if self._of_players else None
            alarms = [str(alarm["nb"]) for alarm in said.get("alarms") or []]
            page = self._pages.start(screens, problems_besides(said), origin, glass, alarms)
        return answer(request, page, HTML, headers=policy(framed=False))

    def screen(self, request: Request) -> Response:
        """The player, also before anything is published; but a mistyped address says so, and what there is instead."""
        wanted = request.path_params["screen"]
        known = read_index(self.screens)
        if not SCREEN.fullmatch(wanted) or (known and wanted not in [screen["id"] for screen in known]):
            page = self._pages.no_such_screen(wanted, known)
            return answer(request, page, HTML, headers=policy(framed=True), status=404)
        return answer(request, self._pages.player, HTML, headers=policy(framed=True, style=self._pages.player_style))

    def status(self, request: Request) -> Response:
        if self._of_players and not self._of_players.may_see(request):
            return JSONResponse({"ok": self._of_players.well()}, headers={**NOSNIFF, "Cache-Control": "no-store"})
        more = {"glass": self._glass()} if self._of_players else {}
        return JSONResponse({**self._status(), **more}, headers={**NOSNIFF, "Cache-Control": "no-store"})

    def not_found(self, request: Request, error: Exception) -> Response:
        if request.url.path.startswith(("/assets/", "/screens/", "/status", "/signage", "/player/")):
            return JSONResponse({"error": "there is nothing at this address"}, 404, headers=NOSNIFF)
        page = self._pages.nothing_here(read_index(self.screens))
        return answer(request, page, HTML, headers=policy(framed=False), status=404)

    def script(self, name: str, change: Callable[[str], str] = str) -> Callable[[Request], Response]:
        body = change(files("signage.web").joinpath("static", name).read_text("utf-8")).encode()
        return lambda request: answer(request, body, SCRIPT)

    def style(self, request: Request) -> Response:
        return answer(request, self._pages.style, STYLE)

    def font(self, request: Request) -> Response:
        body = self._fonts.get(request.path_params["name"])
        if body is None:
            raise HTTPException(404)
        return answer(request, body, "font/woff2")

    def _glass(self) -> list[dict[str, Any]]:
        """How the players are; nothing while their list can't be read: the pages are worth more than that."""
        try:
            return self._of_players.glass() if self._of_players else []
        except NotWritable as error:
            log.warning("%s", error)
            return []

    def _origin(self, request: Request) -> str:
        host = request.headers.get("host", "")
        own = host.rsplit(":", 1)[0] in ("localhost", "127.0.0.1", "[::1]", "")
        return f"{request.url.scheme}://{self._elsewhere() if own and self._elsewhere else host}"


def problems_besides(status: dict[str, Any]) -> list[str]:
    """What is wrong besides the alarms, which the pages say in Norwegian."""
    said = {alarm["text"] for alarm in status.get("alarms") or []}
    return [str(problem) for problem in status.get("problems") or [] if problem not in said]


def _can_t_keep(discretion: Discretion, request: Request, error: Exception) -> Response:
    """The players' list can't be read or written now: the pages go on, and players keep their reports."""
    log.warning("%s", error)
    return Response(
        discretion.text(str(error)), 503, headers={**NOSNIFF, "Cache-Control": "no-store", "Retry-After": "60"}
    )


def _without_exports(script: str) -> str:
    """The player as a plain script, for televisions that know no modules (Chromium before 61)."""
    return "(function () {\n" + re.sub(r"^export ", "", script, flags=re.MULTILINE) + "})();\n"
