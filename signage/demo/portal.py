"""The demo portal: a real HTTP server on loopback that answers as iheim.no, a calendar address and MET Norway do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from html import escape, unescape
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from signage.config.models import Config, Source
from signage.config.services import Services
from signage.demo.alerts import current_alerts
from signage.demo.calendar import calendar
from signage.demo.departures import stop_place
from signage.demo.motifs import picture
from signage.demo.programme import Listing, picture_ids, programme
from signage.demo.weather import forecast
from signage.web.connections import ConnectionLimits
from signage.web.loopback import Threaded
from signage.web.responses import answer

DATES = "%d.%m.%Y"
FORECAST = "/locationforecast/2.0/compact"
ALERTS = "/metalerts/2.0"
FORECAST_HOLDS = timedelta(minutes=30)
CONTACT = re.compile(r"@|https?://")
POSITION = re.compile(r"-?\d{1,3}(?:\.\d{1,4})?")
HTML = "text/html; charset=utf-8"
LOCKED = {"Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"}


class DemoPortal:
    """A context manager. `today` is the first day of its month of events; `port` 0 takes a free one.

    Once entered, `wis_url`, `ical_url` and `services` are the addresses for screens.toml. Raises AddressInUse.
    `now`: the clock, for what leaves soon and the weather; noon of that day, if left out.
    """

    def __init__(self, today: date, port: int = 0, now: Callable[[], datetime] | None = None) -> None:
        self.today = today
        self._now = now or (lambda: datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
        self.listings = programme(today)
        self._by_id = {listing["id"]: listing for listing in self.listings}
        self._pictures = picture_ids()
        self._calendar = calendar(today)
        routes = [
            Route("/", self._index),
            Route("/wwdok/37199-0.html", self._items),
            Route("/irisimage/{first:int}/{second:int}.jpg", self._image),
            Route("/hendelse", self._event),
            Route("/kalender.ics", self._ics),
            Route("/journey-planner/v3/graphql", self._departures, methods=["POST"]),
            Route(FORECAST, self._forecast),
            Route(f"{ALERTS}/current.json", self._alerts),
        ]
        self._server = Threaded(Starlette(routes=routes), "127.0.0.1", port, ConnectionLimits(total=64))

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    @property
    def wis_url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def ical_url(self) -> str:
        return f"{self.wis_url}/kalender.ics"

    @property
    def departures_url(self) -> str:
        return f"{self.wis_url}/journey-planner/v3/graphql"

    @property
    def services(self) -> Services:
        return Services(weather=self.wis_url + FORECAST, departures=self.departures_url)

    async def _departures(self, request: Request) -> Response:
        """What leaves from a stop, whichever it is. Errors come with status 200, as Entur's do."""
        found: dict[str, object]
        try:
            asked = json.loads(await request.body())["variables"]
            found = {"data": {"stopPlace": stop_place(self._now(), int(asked["seconds"]), int(asked["number"]))}}
        except (ValueError, KeyError, TypeError):
            found = {"errors": [{"message": "The question can't be read."}], "data": {}}
        return answer(request, json.dumps(found, ensure_ascii=False).encode(), "application/json")

    def _forecast(self, request: Request) -> Response:
        """A forecast for a position, as MET Norway gives it: with Expires, and to those who say who they are."""
        if not CONTACT.search(request.headers.get("user-agent", "")):
            return PlainTextResponse("a User-Agent with contact details is needed", 403)
        if not all(POSITION.fullmatch(request.query_params.get(key, "")) for key in ("lat", "lon")):
            return PlainTextResponse("lat and lon are needed, with at most four decimals", 400)
        now = self._now().astimezone(UTC)
        made = now.replace(minute=0, second=0, microsecond=0)
        times = {"Last-Modified": made, "Date": now, "Expires": now + FORECAST_HOLDS}
        headers = {name: format_datetime(at, usegmt=True) for name, at in times.items()}
        if request.headers.get("if-modified-since") == headers["Last-Modified"]:
            return Response(status_code=304, headers=headers)
        return Response(forecast(made), media_type="application/json", headers=headers)

    def _alerts(self, request: Request) -> Response:
        """The official alerts that hold, as MET Norway gives them in JSON."""
        if not CONTACT.search(request.headers.get("user-agent", "")):
            return PlainTextResponse("a User-Agent with contact details is needed", 403)
        found = current_alerts(
            self._now(), request.query_params.get("lang", "no"), request.query_params.get("county", "")
        )
        return answer(request, found, "application/json")

    def _items(self, request: Request) -> Response:
        """A bare JSON list of the listings that go on between two days, both included."""
        try:
            first, last = (_day(request.query_params[key]) for key in ("datefrom", "dateto"))
        except (KeyError, ValueError):
            return PlainTextResponse("datefrom and dateto are needed, as DD.MM.YYYY", 400)
        if request.query_params.get("type") != "items":
            return PlainTextResponse("type=items is needed", 400)
        found = [listing for listing in self.listings if _within(listing, first, last)]
        return answer(request, json.dumps(found, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _image(self, request: Request) -> Response:
        number = request.path_params["first"]
        if number != request.path_params["second"] or number not in self._pictures:
            return PlainTextResponse("no such picture", 404)
        return answer(request, picture(self._pictures[number]), "image/jpeg")

    def _ics(self, request: Request) -> Response:
        return answer(request, self._calendar, "text/calendar; charset=utf-8")

    def _event(self, request: Request) -> Response:
        given = request.query_params.get("Id", "")
        listing = self._by_id.get(int(given)) if given.isdecimal() and len(given) < 12 else None
        if listing is None:
            return answer(request, _page("Arrangementet finnes ikke", ""), HTML, headers=LOCKED, status=404)
        return answer(request, _page(unescape(listing["title"]), _body(listing)), HTML, headers=LOCKED)

    def _index(self, request: Request) -> Response:
        rows = "".join(
            f'<p><a href="/hendelse?Id={e["id"]}">{escape(_when(e))} {escape(unescape(e["title"]))}</a></p>'
            for e in self.listings
        )
        return answer(request, _page("Demokalenderen", rows), HTML, headers=LOCKED)


def replace_addresses(config: Config, portal: DemoPortal) -> Config:
    """The same configuration with every source's address replaced by the demo's of its type.

    Sources of types that the demo does not play are left out; it is the portal when none is left. So are feeds of
    official alerts but MET Norway's, which have a warning that is made up.
    """
    addresses: Mapping[str, str] = {"wis": portal.wis_url, "ical": portal.ical_url}
    played = _played(config, lambda source: addresses[source.type])
    site = config.site if config.site.contact else config.site.model_copy(update={"contact": "demo@example.org"})
    made_up = {"url": portal.wis_url + ALERTS, "format": "json", "name": "Demoen", "credit": "Oppdiktet varsel"}
    feeds = [feed.model_copy(update=made_up) for feed in config.alert_feeds if feed.type == "met"]
    return played.model_copy(update={"services": portal.services, "site": site, "alert_feeds": feeds})


def last_addresses(config: Config, known: Callable[[str], str]) -> Config:
    """The same with the addresses that an earlier demo had: its port is another one each time.

    `known` gives a source's by its id, as `SourceState.address` has it, "" when there is none.
    """
    return _played(config, lambda source: known(source.id).removeprefix(f"{source.type} ") or source.url)


def _played(config: Config, address: Callable[[Source], str]) -> Config:
    played = [source for source in config.sources if source.type in ("wis", "ical")]
    sources = played or [Source(id="demo", type="wis", url="http://127.0.0.1/")]
    return config.model_copy(update={"sources": [s.model_copy(update={"url": address(s)}) for s in sources]})


def _day(text: str) -> date:
    return datetime.strptime(text, DATES).date()  # noqa: DTZ007 a day has no zone


def _within(listing: Listing, first: date, last: date) -> bool:
    begins = listing["startDate"]
    ends = listing["endDate"] or begins
    return bool(begins <= last.isoformat() and ends >= first.isoformat())


def _when(listing: Listing) -> str:
    start = date.fromisoformat(listing["startDate"])
    clock = "–".join(listing[key].replace(":", ".") for key in ("startTime", "endTime") if listing[key])
    return f"{start:%d.%m.%Y} {clock}".strip()


def _body(listing: Listing) -> str:
    image = listing["imageId"]
    shown = f'<img src="/irisimage/{image}/{image}.jpg" alt="">' if image else ""
    return (
        f"<p><b>{escape(_when(listing))}</b><br>{escape(listing['location'])}<br>{escape(listing['typeName'])}</p>"
        f"{shown}{listing['description']}"
    )


def _page(title: str, body: str) -> bytes:
    style = (
        "body{font:1.15rem/1.55 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1.25rem;"
        "background:#f6f1e7;color:#0c1f2c}h1{line-height:1.15;color:#123b53}img{width:100%}a{color:#123b53}"
    )
    return (
        '<!doctype html><html lang="nb"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{style}</style><h1>{escape(title)}</h1>{body}</html>"
    ).encode()
