"""What is published (docs/bundle-format.md), with its cache rules: manifests, alerts, pictures, pages for telephones.
And that something new is (docs/held-requests.md).
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from signage.publishing.disk import read
from signage.publishing.phone_pages import with_alerts
from signage.web.guarded import CONNECTION
from signage.web.open_browsers import BROWSER, OpenBrowsers
from signage.web.pages import NO_STORE
from signage.web.pools import Pools
from signage.web.publications import Publications, Wanted
from signage.web.responses import FOR_EVER, NOSNIFF, Files, answer

SCREEN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ASSET = re.compile(r"([0-9a-f]{64})\.(webp|png|ttf|mp4)")
MEDIA_TYPES = {
    "webp": "image/webp",
    "png": "image/png",
    "ttf": "font/ttf",
    "mp4": "video/mp4",
    "json": "application/json",
}
PHONE_PAGE = re.compile(r"(e/)?[a-z0-9]{1,40}\.(html|ics|css)")
PHONE_PAGE_TYPES = {
    "html": "text/html; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "css": "text/css; charset=utf-8",
}
BYTES_TYPE = "application/octet-stream"
SERIAL = re.compile(r"[0-9]{1,18}")
# How long a request is held: nginx gives up after 60 s. Not all the same, or clients that were woken together would
# ask together for ever.
HOLD_SECONDS = (45.0, 55.0)


class BundleRoutes:
    """The files of the folder `published`."""

    def __init__(
        self,
        published: Path,
        pools: Pools,
        publications: Publications,
        browsers: OpenBrowsers,
        clock: Callable[[], datetime],
    ) -> None:
        self._clock = clock
        self._published = published
        self._screens = published / "screens"
        self._files = Files(pools.files)
        self._pools = pools
        self._publications = publications
        self._browsers = browsers

    def routes(self) -> list[Route]:
        from_disk = self._pools.files.handler
        return [
            Route("/signage.pub", from_disk(self.public_key)),
            Route("/screens/index.json", from_disk(self.index)),
            Route("/screens/{screen}/manifest.signed", self.signed_manifest),
            Route("/screens/{screen}/manifest.json", self.manifest),
            Route("/screens/{screen}/manifest.json.sig", self.signature),
            Route("/screens/{screen}/next", self.next),
            Route("/screens/{screen}/{name:path}", from_disk(self.phone_page)),
            Route("/alerts/{screen}.signed", self.alerts),
            Route("/alerts/{screen}.json", self.alert_texts),
            Route("/assets/{name}", self.asset),
        ]

    async def signed_manifest(self, request: Request) -> Response:
        return await self._files.recent(request, self._folder(request) / "manifest.signed", BYTES_TYPE)

    async def manifest(self, request: Request) -> Response:
        return await self._files.recent(request, self._folder(request) / "manifest.json", MEDIA_TYPES["json"])

    async def next(self, request: Request) -> Response:
        """The serials that are published, as soon as one of them is above that which the client has."""
        screen = self._folder(request).name
        after, alerts = (request.query_params.get(name) for name in ("after", "alerts"))
        if any(given is not None and not SERIAL.fullmatch(given) for given in (after, alerts)):
            raise HTTPException(400)
        if after is None or request.method == "HEAD":
            serials = self._publications.serials(screen)
        else:
            connection = request.scope.get(CONNECTION)
            seconds = random.uniform(*HOLD_SECONDS)  # noqa: S311 - spreads load
            known = Wanted(int(after), None if alerts is None else int(alerts))
            browser = request.query_params.get("browser", "")
            if alerts is not None and BROWSER.fullmatch(browser) and self._publications.serials(screen):
                self._browsers.asked(screen, browser, int(alerts))
            serials = await self._publications.newer(screen, known, connection, seconds)
        if serials is None:
            raise HTTPException(404)
        said: dict[str, object] = {"serial": serials.manifest}
        if alerts is not None:
            said = {"serial": serials.news, "alerts": serials.alerts}
            if serials.alerts > int(alerts):
                document, assets = self._publications.alert_document(screen)
                said |= {"document": _base64(document)} if document else {}
                said |= {"assets": {sha256: _base64(data) for sha256, data in assets.items()}} if assets else {}
        return JSONResponse(said, headers=NO_STORE)

    async def alerts(self, request: Request) -> Response:
        """The alert document of a screen."""
        screen = self._folder(request).name
        return await self._files.recent(request, self._published / "alerts" / f"{screen}.signed", BYTES_TYPE)

    async def alert_texts(self, request: Request) -> Response:
        """The same in words, for pages for telephones."""
        return await self._files.recent(request, self._texts(request), MEDIA_TYPES["json"])

    def _texts(self, request: Request) -> Path:
        return self._published / "alerts" / f"{self._folder(request).name}.json"

    async def signature(self, request: Request) -> Response:
        return await self._files.recent(request, self._folder(request) / "manifest.json.sig", BYTES_TYPE)

    def phone_page(self, request: Request) -> Response:
        """Pages for telephones, with the alerts that hold now. An event that is over has no page any more: the list is
        what its code leads to.
        """
        name = PHONE_PAGE.fullmatch(request.path_params["name"])
        folder = self._folder(request)
        if name is None:
            raise HTTPException(404)
        if name[1] and name[2] == "html" and not (folder / name[0]).is_file() and (folder / "events.html").is_file():
            return RedirectResponse("../events.html", 302, headers={**NOSNIFF, "Cache-Control": "no-store"})
        texts = read(self._texts(request)) if name[2] == "html" else None
        page = read(folder / name[0]) if texts else None
        if texts and page:
            return answer(request, with_alerts(page, texts, self._clock()), PHONE_PAGE_TYPES["html"])
        return self._file(request, folder / name[0], PHONE_PAGE_TYPES[name[2]])

    def index(self, request: Request) -> Response:
        return self._file(request, self._screens / "index.json", MEDIA_TYPES["json"])

    def public_key(self, request: Request) -> Response:
        return self._file(request, self._published / "signage.pub", "text/plain; charset=utf-8")

    async def asset(self, request: Request) -> Response:
        name = ASSET.fullmatch(request.path_params["name"])
        if name is None:
            raise HTTPException(404)
        path = self._published / "assets" / name[0]
        if name[2] == "mp4":  # large, and read in ranges
            return await self._pools.files.run(self._files.part, request, path, MEDIA_TYPES["mp4"], FOR_EVER, name[1])
        return await self._files.recent(request, path, MEDIA_TYPES[name[2]], FOR_EVER, tag=name[1])

    def _folder(self, request: Request) -> Path:
        """The screen's folder. Its name is checked: a path can't leave `screens/`, nor name an older publication."""
        screen: str = request.path_params["screen"]
        if not SCREEN.fullmatch(screen):
            raise HTTPException(404)
        return self._screens / screen

    def _file(self, request: Request, path: Path, media_type: str) -> Response:
        return self._files.answer(request, path, media_type)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
