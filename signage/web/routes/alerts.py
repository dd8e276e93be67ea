"""Alerts by hand: the form on the status page, and `POST /alerts` for the command line.

Each request has the administrator's key in its body or in a header: there is no cookie that another site could ride
on, and the key is in no address and no page. An alert is sent from a page that shows how it will look.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qs, quote

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from signage.errors import SignageError
from signage.fleet.alert_desk import AlertDesk, AlertRefused
from signage.fleet.heartbeats import Players
from signage.web.admin_gate import AdminGate
from signage.web.alert_form import AlertForm
from signage.web.alert_json import AlertCommand, alert_as_data, previews_as_data, refusal_as_data
from signage.web.alert_tickets import LASTS, AlertTickets, Ticket
from signage.web.alert_view import AlertView
from signage.web.hosts import is_foreign_form
from signage.web.pages import NO_STORE, WebPages, root_of
from signage.web.pools import Pools
from signage.web.requests import read_body
from signage.web.routes.status import WITH_FORM, WITH_KEY, StatusRoutes

log = logging.getLogger(__name__)

MAX_FORM = 128 * 1024  # bytes: texts in several languages, percent-encoded, and the names of a thousand screens
MAX_FIELDS = 2000
MAX_COMMAND = 256 * 1024  # bytes of JSON
BY_PAGE, BY_COMMAND = "status page", "command line"
T = TypeVar("T")


class AlertRoutes:
    """`status` renders the page that the form is on."""

    def __init__(
        self,
        desk: AlertDesk,
        players: Players,
        gate: AdminGate,
        status: StatusRoutes,
        pages: WebPages,
        pools: Pools,
    ) -> None:
        self._desk = desk
        self._players = players
        self._gate = gate
        self._status = status
        self._pages = pages
        self._pools = pools
        self._tickets = AlertTickets()

    def routes(self) -> list[Route]:
        return [
            Route("/status/alert", self.back_to_status),
            Route("/status/alert", self.act, methods=["POST"]),
            Route("/alerts", self.command, methods=["POST"]),
        ]

    async def back_to_status(self, request: Request) -> Response:
        """For those who open the address of the preview: there is nothing to see without the form."""
        return RedirectResponse(f"{root_of(request)}status", 303, headers=NO_STORE)

    # -- the form

    async def act(self, request: Request) -> Response:
        """Look at an alert before it is sent or ended, and confirm it; from a page of this server."""
        if is_foreign_form(request, self._players.site().hosts):
            return self._pages.message(request, "foreign", 403)
        body = await read_body(request, MAX_FORM)
        try:
            fields = parse_qs(body.decode(), max_num_fields=MAX_FIELDS)
        except ValueError:
            raise HTTPException(400) from None
        doing, name, key = (fields.get(each, [""])[-1].strip() for each in ("do", "ticket", "key"))
        # Strangers can fill the threads that make pages for people. Who has the key must not wait behind them.
        if doing in ("confirm", "change"):
            ticket = await self._pools.keys.run(self._find, name)
            if ticket is None:
                return await self._pools.people.run(self._refused, request, AlertRefused("old_preview"), AlertForm())
            return await self._pools.alerts.run(self._with_ticket, request, doing, name, ticket)
        if not await self._pools.keys.run(self._gate.fits, request, key):
            return await self._pools.people.run(self._wrong_key, request, doing, fields)
        return await self._pools.alerts.run(self._with_key, request, doing, fields, key)

    def _find(self, name: str) -> Ticket | None:
        """The ticket of this name, if it and its key are still good."""
        ticket = self._tickets.find(name, self._players.clock())
        return ticket if ticket is not None and self._gate.still_fits(ticket.key) else None

    def _wrong_key(self, request: Request, doing: str, fields: Mapping[str, Sequence[str]]) -> Response:
        return self._status.wrong_key(request, AlertForm.of(fields) if doing == "preview" else AlertForm())

    def _with_key(self, request: Request, doing: str, fields: Mapping[str, Sequence[str]], key: str) -> Response:
        form = AlertForm.of(fields) if doing == "preview" else AlertForm()
        try:
            if doing == "preview":
                return self._preview(request, form, key)
            if doing == "end":
                return self._ask_to_end(request, fields.get("alert", [""])[-1], key)
        except SignageError as error:
            return self._refused(request, error, form)
        raise HTTPException(400)

    def _preview(self, request: Request, form: AlertForm, key: str) -> Response:
        now, choices = self._players.clock(), self._desk.choices()
        draft = form.draft(choices, now)
        previews = self._desk.preview(draft)
        ticket = self._tickets.give(Ticket(key, now + LASTS, draft, form))
        view = AlertView(choices, self._pages.messages(request), now, form)
        problems = list(dict.fromkeys(problem for preview in previews for problem in preview.problems))
        return self._confirm_page(request, ticket, view, draft=draft, previews=previews, problems=problems, alert=None)

    def _ask_to_end(self, request: Request, alert: str, key: str) -> Response:
        now, choices = self._players.clock(), self._desk.choices()
        known = next((each for each in self._desk.current() if each.id == alert), None)
        if known is None:
            raise AlertRefused("not_in_force")
        ticket = self._tickets.give(Ticket(key, now + LASTS, alert=known.id))
        view = AlertView(choices, self._pages.messages(request), now)
        return self._confirm_page(request, ticket, view, draft=known.draft, previews=[], problems=[], alert=known)

    def _confirm_page(self, request: Request, ticket: str, view: AlertView, **context: object) -> Response:
        return self._pages.page(request, "alert_confirm.html", 200, WITH_FORM, view=view, ticket=ticket, **context)

    def _with_ticket(self, request: Request, doing: str, name: str, ticket: Ticket) -> Response:
        if doing == "change":
            return self._status.with_alert_form(request, ticket.form or AlertForm())
        try:
            if ticket.draft is not None:
                done, alert = "alert_sent", self._desk.send(ticket.draft, BY_PAGE, name)
            else:
                done, alert = "alert_ended", self._desk.end(ticket.alert, BY_PAGE)
        except SignageError as error:
            return self._refused(request, error, ticket.form or AlertForm())
        # after a redirect, the browser's "reload" fetches the page and doesn't send the form again
        address = f"{root_of(request)}status?done={done}&alert={quote(alert.id)}"
        return RedirectResponse(address, 303, headers=NO_STORE)

    def _refused(self, request: Request, error: SignageError, form: AlertForm) -> Response:
        messages = self._pages.messages(request)
        if isinstance(error, AlertRefused):
            return self._status.with_alert_form(request, form, error.sentence(messages.language), 422)
        log.warning("an alert could not be sent or ended: %s", error)
        return self._status.with_alert_form(request, form, messages("alerting.failed", why=error.message), 503)

    # -- the command line

    async def command(self, request: Request) -> Response:
        """`signage alert`, while the server runs."""
        if is_foreign_form(request, self._players.site().hosts):
            return JSONResponse({"error": "foreign"}, 403, headers=NO_STORE)
        if not await self._pools.keys.run(self._gate.bearer, request):
            return JSONResponse({"error": "key"}, 401, headers=WITH_KEY)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415)
        body = await read_body(request, MAX_COMMAND)
        try:
            command = AlertCommand.model_validate_json(body)
        except ValidationError as error:
            wrong = [{"where": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()[:10]]
            return JSONResponse({"error": "format", "problems": wrong}, 400, headers=NO_STORE)
        return await self._pools.alerts.run(self._obey, command)

    def _obey(self, command: AlertCommand) -> Response:
        try:
            return JSONResponse(self._answer(command), headers=NO_STORE)
        except AlertRefused as refused:
            return JSONResponse({"error": "refused", "refused": refusal_as_data(refused)}, 422, headers=NO_STORE)
        except SignageError as error:
            log.warning("an alert could not be sent or ended: %s", error)
            said = {"reason": "failed", "message": error.message, "hint": error.hint}
            return JSONResponse({"error": "failed", "refused": said}, 503, headers=NO_STORE)

    def _answer(self, command: AlertCommand) -> object:
        if command.do == "list":
            current = self._desk.current()
            shown = self._players.deliveries(current)
            recent = [alert_as_data(alert) for alert in self._desk.recent()]
            return {"alerts": [alert_as_data(alert, shown[alert.id]) for alert in current], "recent": recent}
        if command.do == "end":
            return {"alert": alert_as_data(self._desk.end(command.alert, BY_COMMAND))}
        if command.draft is None:
            raise AlertRefused("no_title")
        if command.do == "preview":
            return {"previews": previews_as_data(self._desk.preview(command.draft.draft()))}
        return {"alert": alert_as_data(self._desk.send(command.draft.draft(), BY_COMMAND, command.request))}
