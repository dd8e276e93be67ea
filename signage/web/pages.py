"""The server's own web pages: templates with autoescape, in the language of the person who reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from signage.publishing.bundle_format import IndexEntry
from signage.web.browser_player import player_policy, policy, templates
from signage.web.responses import NOSNIFF, answer
from signage.wording.languages.messages import Messages, load_messages, negotiate

HTML = "text/html; charset=utf-8"
NO_STORE = {**NOSNIFF, "Cache-Control": "no-store"}
REFRESH_SECONDS = 30  # how often a mistyped screen is looked for again: it may be configured in a moment


def read_index(screens: Path) -> list[IndexEntry]:
    """What screens/index.json lists; nothing while there is none that can be read."""
    try:
        listed: list[IndexEntry] = json.loads((screens / "index.json").read_bytes())["screens"]
        return [
            {**screen, "name": screen.get("name", screen["id"])} for screen in listed if isinstance(screen["id"], str)
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


class WebPages:
    """Renders the templates. `first_language` gives the site's first, which may change."""

    def __init__(self, screens: Path, first_language: Callable[[], str]) -> None:
        self._screens = screens
        self._first_language = first_language
        self._templates = templates()
        self._player_policy = player_policy()

    def messages(self, request: Request) -> Messages:
        """The catalogue in the language of the request."""
        return load_messages(negotiate(request.headers.get("accept-language", ""), self._first_language()))

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> Response:
        """A page that the browser may keep and must revalidate. `headers` replace the usual ones."""
        messages = self.messages(request)
        rendered = self._templates.get_template(template).render(messages=messages, root=root_of(request), **context)
        body = rendered.encode()
        about = {"Content-Language": messages.language, "Vary": "Accept-Language"}
        about |= headers or policy(framed=False)
        if about.get("Cache-Control") == "no-store":
            return Response(body, status, about, HTML)
        return answer(request, body, HTML, headers=about, status=status)

    def player(self, request: Request) -> Response:
        """The page that plays a screen."""
        return self.page(request, "screen.html", headers=self._player_policy, policy="")

    def message(
        self, request: Request, key: str, status: int, *, details: str = "", links: bool = False, **values: str
    ) -> Response:
        """A page with one sentence: `key`, under `errors` in the catalogue. Programs get it as text."""
        if not links and not wants_html(request):
            return self.plain_message(request, key, status, details=details, **values)
        messages = self.messages(request)
        own = f"errors.{key}_title"
        return self.page(
            request,
            "message.html",
            status,
            {**policy(framed=key == "no_screen"), **NO_STORE},
            title=messages(own if messages.get(own) else "errors.refused_title"),
            text=messages(f"errors.{key}", **values),
            details=details,
            screens=read_index(self._screens) if links else None,
            refresh=REFRESH_SECONDS if key == "no_screen" else 0,
        )

    def plain_message(self, request: Request, key: str, status: int, *, details: str = "", **values: str) -> Response:
        """The same as text; also in English when the request names no language."""
        languages = [self.messages(request), *([] if "accept-language" in request.headers else [load_messages("en")])]
        texts = dict.fromkeys(messages(f"errors.{key}", **values) for messages in languages)
        return PlainTextResponse("\n\n".join([*texts, *filter(None, [details])]) + "\n", status, headers=NO_STORE)

    def failed(self, request: Request, error: Exception) -> Response:
        """For the application: what else goes wrong with a request."""
        assert isinstance(error, HTTPException)
        if wants_html(request):
            key = "busy" if error.status_code == 503 else "bad_request"
            response = self.message(request, key, error.status_code)
        else:
            response = PlainTextResponse(error.detail, error.status_code)
        response.headers.update(error.headers or {})
        return response


def root_of(request: Request) -> str:
    """The way from the page that is asked for to the start page. All addresses in pages are relative: a proxy may serve
    them under a path of its own, which it takes away before it asks here.
    """
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return "../" * (path.partition(b"?")[0].count(b"/") - 1) or "./"


def wants_html(request: Request) -> bool:
    """Is it a person's browser? Players, scripts and monitoring programs don't accept HTML."""
    return "text/html" in request.headers.get("accept", "")
