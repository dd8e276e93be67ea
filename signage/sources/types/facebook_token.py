"""The token that opens a page's events, and what Facebook says when it does not."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from signage.config.models import Source
from signage.errors import SourceError
from signage.sources.formats.json_answer import any_text

TOKEN_BYTES = 10_000  # a page's token has some 200 characters
NO_TOKEN = re.compile(r"[^\x21-\x7e]")
# Codes of the Graph API, "Handling Errors".
EXPIRED = (190, 102)
EXPIRED_ALONE = (463, 467)  # subcodes: the session is over, and not "the password was changed"
PERMISSION = (3, 10, *range(200, 300))
NO_SUCH_OBJECT = 33  # subcode of 100: not there, or not for this token
THROTTLED = (4, 17, 32, 613, 80001, 80002)
PAUSE = 3600.0  # seconds; the limits count over the last hour
_SECRETS = re.compile(r"[A-Za-z0-9_|%.-]{32,}")


def token(source: Source) -> str:
    """The token, read anew. Raises SourceError that says what to do; no message ever holds the token."""
    if source.token_env:
        found = os.environ.get(source.token_env, "").strip()
        if not found:
            raise _failure(source, f"needs a token: the variable {source.token_env} is not set, or is empty")
    else:
        found = _from_file(source)
    if NO_TOKEN.search(found):
        raise _failure(source, f"{place(source)} holds something that is not a token")
    return found


def _from_file(source: Source) -> str:
    try:
        with Path(source.token_file).open("rb") as file:
            found = file.read(TOKEN_BYTES).decode("utf-8-sig").strip()
    except FileNotFoundError:
        raise _failure(source, f"needs a token: there is no file {source.token_file}") from None
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "it is not a text").lower()
        raise _failure(source, f"needs a token: the file {source.token_file} can't be read: {why}") from None
    if not found:
        raise _failure(source, f"needs a token: the file {source.token_file} is empty")
    return found


def place(source: Source) -> str:
    """Where the token is kept: "the variable HEIM_FB"."""
    return f"the variable {source.token_env}" if source.token_env else f"the file {source.token_file}"


def refusal(error: Any, source: Source) -> SourceError:
    """What an answer's "error" means, and what to do about it."""
    fields = error if isinstance(error, dict) else {"message": error}
    code, subcode = fields.get("code"), fields.get("error_subcode")
    said = _SECRETS.sub("…", " ".join(any_text(fields.get("message")).split()))
    if code in EXPIRED:
        why = said.rpartition("access token: ")[2].split(". ")[0].strip(" .")[:120]
        over = subcode in EXPIRED_ALONE or "expired" in why.lower()
        state = "has expired" if over else "is no longer valid"
        words = f"its token {state} ({why}): make a new page token and put it into {place(source)}"
        return _failure(source, words if why else words.replace(" ()", ""))
    if code in THROTTLED:
        return SourceError(source.id, source.url, "asks us to wait (too many requests)", PAUSE)
    if code in PERMISSION or (code == 100 and subcode == NO_SUCH_OBJECT):
        return _failure(source, f"the token may not read this page's events: {said[:160] or 'no reason given'}")
    number = f" (code {code})" if isinstance(code, int) else ""
    return _failure(source, f'answered with an error: "{said[:160]}"{number}')


def _failure(source: Source, reason: str) -> SourceError:
    return SourceError(source.id, source.url, reason)
