"""The desk of the server that runs on this machine, by `POST /alerts` (docs/alerts.md)."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import requests

from signage.app.folders import Folders
from signage.domain.alerts import Alert, AlertDraft, AlertPreview, AlertText
from signage.errors import EXIT_UNAVAILABLE, SignageError, UsageError
from signage.fleet.admin_key import AdminKey
from signage.web.server_address import read_address

SECONDS = 60.0  # for an answer: a machine that renders takes its time
ATTEMPTS = 5  # where the server has no room for a request
PAUSE_SECONDS = 2.0  # between two of them


class ServerSilent(SignageError):
    exit_code = EXIT_UNAVAILABLE


class ServerDesk:
    """Sends and ends alerts through the server of `folders`. Every method raises SignageError."""

    def __init__(self, folders: Folders, pause: float = PAUSE_SECONDS) -> None:
        self._pause = pause
        self._key = AdminKey(folders.state).load_or_make()
        self._address = read_address(folders.state, "local")  # where nobody else can listen, and get the key
        self._request = secrets.token_hex(8)  # what is asked twice is sent once
        self._http = requests.Session()
        self._http.trust_env = False  # no proxy lies between this machine and itself

    def preview(self, draft: AlertDraft) -> Sequence[AlertPreview]:
        """How it will look."""
        return [
            AlertPreview(
                each["width"],
                each["height"],
                each["language"],
                tuple(each["screens"]),
                each["media_type"],
                base64.b64decode(each["data"]),
                tuple(each["problems"]),
            )
            for each in self._ask({"do": "preview", "draft": _as_data(draft)})["previews"]
        ]

    def send(self, draft: AlertDraft, by: str, request: str = "") -> Alert:
        """Send it; the server notes that it came through the command line."""
        command = {"do": "send", "draft": _as_data(draft), "request": request or self._request}
        answer = self._ask(command)["alert"]
        return Alert(answer["id"], draft, datetime.fromisoformat(answer["sent"]), answer["by"])

    def end(self, alert: str, by: str) -> Alert:
        """End an alert."""
        answer = self._ask({"do": "end", "alert": alert})["alert"]
        texts = {language: AlertText(**text) for language, text in answer["texts"].items()}
        draft = AlertDraft(texts, tuple(answer["screens"]), datetime.fromisoformat(answer["until"]))
        ended = datetime.fromisoformat(answer["ended"]) if answer["ended"] else None
        return Alert(answer["id"], draft, datetime.fromisoformat(answer["sent"]), answer["by"], "", ended)

    def browsers(self) -> dict[str, dict[str, int]]:
        """How many browsers have each alert, by its id and by screen."""
        alerts = self._ask({"do": "list"})["alerts"]
        return {each["id"]: (each["delivery"] or {}).get("browsers", {}) for each in alerts}

    def _ask(self, command: Mapping[str, object]) -> dict[str, Any]:
        answer = self._post(command)
        try:
            said = answer.json()
        except ValueError:
            said = {}
        if answer.ok and isinstance(said, dict):
            return said
        refused = said.get("refused") if isinstance(said, dict) else None
        if isinstance(refused, dict):
            kind = UsageError if answer.status_code == requests.codes.unprocessable else SignageError
            raise kind(str(refused.get("message")), hint=str(refused.get("hint") or ""))
        raise ServerSilent(
            f"The server at {answer.url} answers with {answer.status_code}.",
            hint="is it the same version? Restart it, and see its log.",
        )

    def _post(self, command: Mapping[str, object]) -> requests.Response:
        """The answer. A busy server, which says when to come back, is asked again: it has done nothing yet."""
        answer = self._post_once(command)
        for _ in range(ATTEMPTS - 1):
            if answer.status_code != requests.codes.unavailable or "Retry-After" not in answer.headers:
                break
            time.sleep(self._pause)
            answer = self._post_once(command)
        return answer

    def _post_once(self, command: Mapping[str, object]) -> requests.Response:
        try:
            if self._address is None:
                raise requests.ConnectionError("it has noted no address")
            return self._http.post(
                f"{self._address}/alerts",
                json=command,
                headers={"Authorization": f"Bearer {self._key}"},
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise ServerSilent(
                "The server that runs here doesn't answer, so it isn't known whether that was done.",
                f"Asked at {self._address}: {error}",
                "see what holds with signage alert --list, and the server's log.",
            ) from error


def _as_data(draft: AlertDraft) -> dict[str, object]:
    return {
        "texts": {language: asdict(text) for language, text in draft.texts.items()},
        "screens": list(draft.screens),
        "until": draft.until.isoformat(),
        "level": draft.level.value,
        "prepared": draft.prepared,
    }
