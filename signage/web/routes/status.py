"""The status of every screen for people and programs: `/status`, `/metrics`, and the form that pairs players.

Only the form on the status page acts, and only with the administrator's key in its body: there is no cookie that
another site could ride on. No address of a person is kept or logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from signage.domain.server_status import ServerStatus
from signage.errors import NotWritable, SignageError
from signage.fleet.alert_desk import AlertDesk
from signage.fleet.grants import GrantRefused
from signage.fleet.heartbeats import Players
from signage.fleet.history import SLOTS, describe_day
from signage.fleet.overview import PlayerState, ScreenJson, ScreenState, as_data
from signage.fleet.verdict import HealthState, PlayerProblem
from signage.web.admin_gate import AdminGate
from signage.web.alert_form import AlertForm
from signage.web.alert_json import AlertJson, alert_as_data
from signage.web.alert_view import MOST_SHOWN, AlertView
from signage.web.browser_player import policy
from signage.web.hosts import is_foreign_form
from signage.web.metrics import CONTENT_TYPE, Figures
from signage.web.pages import NO_STORE, WebPages
from signage.web.pools import Pools
from signage.web.problems import alarm_sentences, summaries
from signage.web.redaction import Redactor
from signage.web.requests import read_body
from signage.web.responses import answer
from signage.web.routes.players import PLAYER
from signage.web.status_view import FormResult, StatusView
from signage.wording.languages.messages import Messages

log = logging.getLogger(__name__)

MAX_FORM = 2 * 1024  # bytes: a key, a code and two names
WITH_KEY = {**NO_STORE, "WWW-Authenticate": 'Bearer realm="signage"'}
# with "no-referrer" browsers would send the forms with "Origin: null" (Fetch, "append a request Origin header")
WITH_FORM = {**policy(framed=False, forms=True), **NO_STORE, "Referrer-Policy": "same-origin"}
# a state is a height in the history as well as a colour
HEIGHTS = {HealthState.GREEN: 10, HealthState.YELLOW: 19, HealthState.RED: 28}
HOURS = (0, 6, 12, 18, 24)  # written above a day


class StatusRoutes:
    """`status` gives the server's status. `desk`: where alerts are sent; None: none can be."""

    def __init__(
        self,
        players: Players,
        gate: AdminGate,
        status: Callable[[], ServerStatus],
        pages: WebPages,
        pools: Pools,
        redactor: Redactor,
        desk: AlertDesk | None = None,
    ) -> None:
        self._players = players
        self._gate = gate
        self._desk = desk
        self._status = status
        self._pages = pages
        self._pools = pools
        self._redactor = redactor
        self._figures = Figures(players, status, desk)
        static = files("signage.web").joinpath("static")
        self._style = static.joinpath("status.css").read_bytes()
        self._script = static.joinpath("status.js").read_bytes()

    def routes(self) -> list[Route]:
        people = self._pools.people.handler
        return [
            Route("/status", people(self.show)),
            Route("/status", self.act, methods=["POST"]),
            Route("/status/{player}.jpg", people(self.thumbnail)),
            Route("/status/{player}", people(self.history)),
            Route("/status.css", lambda request: answer(request, self._style, "text/css; charset=utf-8")),
            Route("/status.js", lambda request: answer(request, self._script, "text/javascript; charset=utf-8")),
            Route("/metrics", people(self.metrics)),
        ]

    def as_data(self) -> list[ScreenJson]:
        """For `/status.json`: every screen with its players."""
        states = as_data(self._players.overview(), self._players.site().zone, self._players.clock())
        return [self._redactor.data(state) for state in states]

    def alerts_as_data(self) -> list[AlertJson]:
        """For `/status.json`: the alerts that hold, and who shows them. Raises SignageError."""
        current = self._desk.current() if self._desk else ()
        shown = self._players.deliveries(current)
        return [alert_as_data(each, shown[each.id]) for each in current]

    def may_see(self, request: Request) -> bool:
        """May this request see more than whether all is well? Yes, where `status` in screens.toml is "open"."""
        if not self._players.site().private:
            return True
        return self._gate.bearer(request)

    def well(self) -> bool:
        """Is every screen well? Not when the server has a problem, or doesn't know."""
        try:
            screens = self._players.overview()
        except NotWritable as error:
            log.warning("%s", error)
            return False
        fine = all(screen.state in (HealthState.GREEN, HealthState.GREY) for screen in screens)
        return fine and self._status().ok

    def show(self, request: Request) -> Response:
        """The status of every screen."""
        if not self.may_see(request):
            return self._locked(request)
        done, screen, alert = (request.query_params.get(name, "") for name in ("done", "screen", "alert"))
        return self._page(request, FormResult(done=done, screen=screen, alert=alert if self._was_sent(alert) else ""))

    def _was_sent(self, alert: str) -> bool:
        """Is there an alert of this id? An address can be made up."""
        try:
            return self._desk is not None and any(each.id == alert for each in self._desk.recent())
        except SignageError:
            return False

    async def act(self, request: Request) -> Response:
        """Pair, move or revoke, with the administrator's key, from a page of this server."""
        if is_foreign_form(request, self._players.site().hosts):
            return self._pages.message(request, "foreign", 403)
        body = await read_body(request, MAX_FORM)
        try:
            fields = {name: values[-1] for name, values in parse_qs(body.decode(), max_num_fields=8).items()}
        except ValueError:
            raise HTTPException(400) from None
        return await self._pools.people.run(self._act, request, fields)

    def _act(self, request: Request, fields: dict[str, str]) -> Response:
        doing, code, screen, player = (fields.get(name, "") for name in ("do", "code", "screen", "player"))
        messages = self._pages.messages(request)
        if not self._gate.fits(request, fields.get("key", "")):
            if self._players.site().private:
                return self._locked(request, 403, wrong_key=True)
            return self._page(request, FormResult(refusal=messages("refusals.key"), code=code, screen=screen), 403)
        if doing == "look":
            return self._page(request, FormResult())
        try:
            if doing == "pair":
                self._players.pair(code, screen)
            elif doing == "move":
                self._players.move(player, screen)
            elif doing == "revoke":
                known = self._players.registry.known(player)
                self._players.revoke(player)
                screen = (known.screen if known else None) or ""
            else:
                raise HTTPException(400)
        except GrantRefused as refused:
            result = FormResult(refusal=refused.sentence(messages.language), code=code, screen=screen)
            return self._page(request, result, 422)
        # after a redirect, the browser's "reload" fetches the page and doesn't send the form again
        return RedirectResponse(f"status?done={doing}&screen={screen}", 303, headers=NO_STORE)

    def with_alert_form(self, request: Request, form: AlertForm, refusal: str = "", status: int = 200) -> Response:
        """The page with what was typed for an alert, and why it was refused. For those who had the key."""
        return self._page(request, FormResult(), status, form, refusal)

    def wrong_key(self, request: Request, form: AlertForm) -> Response:
        """The same for those who did not have the key."""
        if self._players.site().private:
            return self._locked(request, 403, wrong_key=True)
        return self.with_alert_form(request, form, self._pages.messages(request)("refusals.key"), 403)

    def thumbnail(self, request: Request) -> Response:
        player: str = request.path_params["player"]
        if not self.may_see(request):
            return Response(status_code=401, headers=WITH_KEY)
        body = self._players.thumbnail(player) if PLAYER.fullmatch(player) else None
        if body is None:
            raise HTTPException(404)
        return answer(request, body, "image/jpeg")

    def history(self, request: Request) -> Response:
        """The last two weeks of one player, a line for each day."""
        player: str = request.path_params["player"]
        if not self.may_see(request):
            return self._locked(request, 401)
        known = self._players.registry.known(player) if PLAYER.fullmatch(player) else None
        if known is None or known.screen is None:
            raise HTTPException(404)
        language = self._pages.messages(request).language
        return self._pages.page(
            request,
            "history.html",
            headers={**policy(framed=False), **NO_STORE},
            name=self._players.site().screens.get(known.screen, known.screen),
            player=known.id,
            screen=known.screen,
            days=self._players.history(known.id),
            describe=lambda day: describe_day(day, language),
            heights=HEIGHTS,
            high=max(HEIGHTS.values()),
            hours=HOURS,
            slots=SLOTS,
        )

    def metrics(self, request: Request) -> Response:
        if not self.may_see(request):
            return Response(status_code=401, headers=WITH_KEY)
        figures = self._redactor.text(self._figures.text().decode())
        return Response(figures, headers={**NO_STORE, "Content-Type": CONTENT_TYPE})

    def _locked(self, request: Request, status: int = 200, wrong_key: bool = False) -> Response:
        """What strangers see of a private server's status."""
        return self._pages.page(request, "locked.html", status, WITH_FORM, well=self.well(), wrong_key=wrong_key)

    def _page(
        self,
        request: Request,
        result: FormResult,
        status: int = 200,
        form: AlertForm | None = None,
        alert_refusal: str = "",
    ) -> Response:
        messages, site, server = self._pages.messages(request), self._players.site(), self._status()
        screens = [self._redacted(screen) for screen in self._players.overview()]
        return self._pages.page(
            request,
            "status.html",
            status,
            WITH_FORM,
            view=StatusView(screens, site, self._players.clock(), messages, result),
            site=site,
            result=result,
            waiting=self._players.waiting(),
            alarms=alarm_sentences(server, messages),
            problems=summaries(server, messages),
            alerts=self._alerts(messages, form, alert_refusal),
            typing=form is not None,
        )

    def _alerts(self, messages: Messages, form: AlertForm | None, refusal: str) -> AlertView | None:
        """What there is of alerts; None where none can be sent."""
        if self._desk is None:
            return None
        now = self._players.clock()
        try:
            choices, current, recent = self._desk.choices(), self._desk.current(), self._desk.recent()
        except SignageError as error:
            log.warning("alerts can't be shown on the status page: %s", error)
            return AlertView(None, messages, now, problem=messages("alerting.unknown"), refusal=refusal)
        shown = self._players.deliveries(current[:MOST_SHOWN])
        return AlertView(choices, messages, now, form or AlertForm(), current, recent, shown, refusal)

    def _redacted(self, screen: ScreenState) -> ScreenState:
        """A screen without paths in what its players report."""
        clean = self._redactor

        def reason(each: PlayerProblem) -> PlayerProblem:
            return replace(each, about=clean.data(each.about))

        def player(each: PlayerState) -> PlayerState:
            last = each.last_heartbeat
            heartbeat = last and replace(last, errors=tuple(clean.texts(last.errors)))
            return replace(each, last_heartbeat=heartbeat, reasons=tuple(map(reason, each.reasons)))

        return replace(screen, players=tuple(map(player, screen.players)))
