"""The events of a Facebook page, through the Graph API (docs/sources/facebook.md).

    GET https://graph.facebook.com/v21.0/{page}/events?time_filter=upcoming&fields=...&limit=50&access_token=...

answers {"data": [...], "paging": {"next": ...}}. Open to approved apps and to a page's own administrators.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from signage.config.sources import LocalFile, Source, VariableName, at_setting
from signage.config.words import SettingError
from signage.domain.model import Record, Status, Ticket, TicketKind
from signage.errors import SourceError
from signage.sources.base import FetchWindow, SecretText, Warnings
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import (
    AnyText,
    JsonRow,
    SomeText,
    Yes,
    any_text,
    end_after,
    first_reason,
    kind,
    name,
    peek,
    place_line,
    read_json,
    web_link,
)
from signage.sources.formats.json_rows import PagedJson
from signage.sources.formats.times import in_zone, read_moment
from signage.sources.formats.titles import read_title
from signage.sources.net.address_guard import WebOrigin

if TYPE_CHECKING:
    from signage.sources.net.caching_fetcher import CachingFetcher

GRAPH = "https://graph.facebook.com/v21.0"
EVENT = "https://www.facebook.com/events"
FIELDS = "id,name,description,start_time,end_time,place,cover,is_canceled,is_draft,event_times,ticket_uri,is_online"
LIMIT = 50  # events in one answer
MOST_PAGES = 10  # five hundred coming events of one page can't be right
MOST_TIMES = 400  # dates of one event; one a day for a year
ONLINE = "På nett"
PARAMETER = "access_token"  # that the token travels in
NO_PAGES = frozenset({"events", "groups", "watch", "share", "sharer", "marketplace", "photo.php", "story.php", "login"})


Moment = datetime | date | None


def _moment(value: Any) -> Moment:
    """ "2026-12-04T20:00:00+0100"; a bare date is a whole day; without an offset it stays without a zone."""
    written = any_text(value)
    return read_moment(written) if written else None


def _as_object(value: Any) -> dict[str, object]:
    return value if isinstance(value, dict) else {"name": value} if isinstance(value, str) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class FacebookTimes(JsonRow):
    """One date of an event that comes again."""

    id: AnyText = ""
    start_time: Annotated[Moment, BeforeValidator(_moment)] = None
    end_time: Annotated[Moment, BeforeValidator(_moment)] = None
    ticket_uri: AnyText = ""


class FacebookEvent(FacebookTimes):
    """The fields that are asked for, in the Graph API's own names."""

    id: SomeText
    name: SomeText
    description: AnyText = ""
    place: Annotated[dict[str, object], BeforeValidator(_as_object)] = Field({})
    cover: Annotated[dict[str, object], BeforeValidator(_as_object)] = Field({})
    is_canceled: Yes = False
    is_draft: Yes = False
    is_online: Yes = False
    event_times: Annotated[list[Any], BeforeValidator(_list)] = Field([])


class FacebookSource(Source):
    """The page's token is kept in one of two places, and never in screens.toml."""

    token_env: VariableName = Field("", description="The environment variable that holds the page's token.")
    token_file: LocalFile = Field("", description="The file that holds the page's token.")

    @field_validator("url")
    @classmethod
    def _a_page(cls, url: str) -> str:
        if f"{PARAMETER}=" in url:
            raise SettingError(
                "This address holds a token, which must not be in this file.", "use token_env or token_file."
            )
        if _object(url) is None:
            raise SettingError("This isn't a page's address.", 'write it like "https://www.facebook.com/heimkommune".')
        return url

    @model_validator(mode="after")
    def _one_place(self) -> FacebookSource:
        if not self.token_env and not self.token_file:
            raise at_setting(
                "token_env",
                "This is missing.",
                "write token_env or token_file: where the page's token is kept (docs/sources/facebook.md).",
            )
        if self.token_env and self.token_file:
            raise at_setting("token_file", "token_env is set, too.", "delete one of the two.")
        return self


class Facebook(PagedJson[FacebookSource]):
    """Source type "facebook"; `source.url` is a page, or, at any other host, an object of a Graph API."""

    about = "the events of a Facebook page"
    settings = FacebookSource
    order = 70
    most_pages = MOST_PAGES
    title_key = "name"
    secret_parameters = frozenset({PARAMETER})
    to_fill = MappingProxyType({"token_env": "HEIM_FB"})

    def secret(self, source: FacebookSource) -> SecretText | None:
        """The token, for the host that is asked."""
        try:
            host = WebOrigin.of(_base(source.url)).host
        except ValueError:  # "https://x:99999": asking it will say so
            host = ""
        return SecretText(host, {PARAMETER: token(source)})

    def address(self, source: FacebookSource, window: FetchWindow) -> str:
        """The first page, without the token."""
        query = urlencode({"time_filter": "upcoming", "fields": FIELDS, "limit": str(LIMIT)}, safe=",")
        return f"{_base(source.url)}/events?{query}"

    def is_past_the_end(self, error: SourceError, fetcher: CachingFetcher, source: FacebookSource, first: bool) -> bool:
        """Never; but what the API says of an error is better than the error."""
        if known := fetcher.refused(error, _refusal, source):
            raise known from None
        return False

    def addresses(self, page: HtmlPage) -> Iterable[str]:
        """A Facebook page; not those that other pages link to."""
        if _is_facebook(page.url) and _object(page.url):
            yield page.url

    def recognises(self, body: bytes) -> bool:
        """A list of events with the API's times, or its way of refusing."""
        if b'"start_time"' not in body and b'"fbtrace_id"' not in body:
            return False
        answer = peek(body)
        if not isinstance(answer, dict):
            return False
        data, error = answer.get("data"), answer.get("error")
        if isinstance(error, dict):
            return "fbtrace_id" in error
        return isinstance(data, list) and any(isinstance(row, dict) and "start_time" in row for row in data)

    def records(
        self, row: Any, source: FacebookSource, window: FetchWindow, zone: ZoneInfo, warnings: Warnings
    ) -> Iterator[Record]:
        """A record for each date of an event."""
        item = FacebookEvent.model_validate(row)
        for times in _times(item, warnings):
            try:
                yield _record(item, times, source, zone, warnings)
            except (ValueError, OverflowError) as error:
                warnings.add(f"{name(row, 'name')} is left out: {error}.")

    def rows_of(self, body: bytes, source: FacebookSource) -> tuple[list[Any], str]:
        """The events of an answer, and the address of the next one."""
        answer = read_json(body, source)
        if not isinstance(answer, dict):
            raise self.failure(source, f"The answer is {kind(answer)} instead of an object.")
        if answer.get("error"):
            raise refusal(answer["error"], source)
        rows = answer.get("data")
        if not isinstance(rows, list):
            raise self.failure(source, 'The answer has no "data".')
        paging = answer.get("paging")
        return rows, any_text(paging.get("next")) if isinstance(paging, dict) else ""


def _base(url: str) -> str:
    """The Graph API's address of the object whose events are asked for."""
    found = _object(url)
    if found is not None and _is_facebook(url):
        return f"{GRAPH}/{quote(found, safe='')}"
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/events")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _is_facebook(url: str) -> bool:
    host = (urlsplit(url).hostname or "").lower()
    return host != "graph.facebook.com" and (host == "facebook.com" or host.endswith(".facebook.com"))


def _object(url: str) -> str | None:
    """The name or number of a page from its address; of other hosts, the path. None for an address without one."""
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    if not _is_facebook(url):
        return "/".join(steps)
    if steps[:1] == ["profile.php"]:
        return next((each for each in parse_qs(parts.query).get("id", []) if each.isdecimal()), None)
    if steps[:1] in (["pages"], ["people"], ["p"], ["pg"]):
        steps = steps[1:] if steps[0] == "pg" else steps[-1:]
    if not steps or steps[0].lower() in NO_PAGES:
        return None
    numbered = re.search(r"(?:^|-)(\d{5,})$", steps[0])  # "Heim-kommune-100064"
    return numbered[1] if numbered else steps[0] if re.fullmatch(r"[A-Za-z0-9.]{1,100}", steps[0]) else None


def _refusal(body: bytes, source: FacebookSource) -> SourceError | None:
    """What an error of the API's means; None when it is not one of the API's."""
    said = peek(body)
    return refusal(said["error"], source) if isinstance(said, dict) and said.get("error") else None


def _times(item: FacebookEvent, warnings: Warnings) -> Iterator[FacebookTimes]:
    """The event's own times; of an event that comes again those of its dates."""
    if not item.event_times:
        yield item
        return
    if len(item.event_times) > MOST_TIMES:
        warnings.add(f'"{item.name[:80]}" has {len(item.event_times)} dates. Only the first {MOST_TIMES} are used.')
    for row in item.event_times[:MOST_TIMES]:
        try:
            yield FacebookTimes.model_validate(row)
        except ValidationError as error:
            warnings.add(f'A date of "{item.name[:80]}" is left out: {first_reason(error)}.')


def _record(
    item: FacebookEvent, times: FacebookTimes, source: FacebookSource, zone: ZoneInfo, warnings: Warnings
) -> Record:
    start, end = _when(times, zone, warnings.about(item.name))
    title = read_title(item.name)
    uid = times.id or item.id
    tickets = web_link(times.ticket_uri) or web_link(item.ticket_uri)
    return Record(
        source=source.id,
        uid=uid,
        title=title.text,
        start=start,
        end=end,
        venue=_venue(item),
        status=Status.CANCELLED if item.is_canceled else title.status,
        ticket=Ticket(TicketKind.TICKETS if tickets else TicketKind.UNKNOWN, tickets, availability=title.availability),
        url=f"{EVENT}/{quote(uid, safe='')}",
        description=item.description,
        picture_url=web_link(item.cover.get("source")),
        held="a draft" if item.is_draft else "",
    )


def _when(
    times: FacebookTimes, zone: ZoneInfo, warn: Callable[[str], None]
) -> tuple[datetime | date, datetime | date | None]:
    start, end = (in_zone(at, zone) if isinstance(at, datetime) else at for at in (times.start_time, times.end_time))
    if start is None:
        raise ValueError("it has no start_time")
    if isinstance(start, datetime):
        return start, end_after(start, end if isinstance(end, datetime) else None, warn)
    last = end.date() if isinstance(end, datetime) else end or start
    return start, max(start, last) + timedelta(days=1)


def _venue(item: FacebookEvent) -> str:
    where = item.place.get("location")
    where = where if isinstance(where, dict) else {}
    line = place_line(item.place.get("name"), where.get("street"), where.get("city"))
    return line or (ONLINE if item.is_online else "")


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


def token(source: FacebookSource) -> str:
    """The token, read again. Raises SourceError that says what to do; no message ever holds the token."""
    if source.token_env:
        found = os.environ.get(source.token_env, "").strip()
        if not found:
            raise _no_token(source, f"The environment variable {source.token_env} is not set, or is empty.")
    else:
        found = _from_file(source)
    if NO_TOKEN.search(found):
        raise _no_token(source, f"What is in {place(source)} is not a token.")
    return found


def _from_file(source: FacebookSource) -> str:
    try:
        with Path(source.token_file).open("rb") as file:
            found = file.read(TOKEN_BYTES).decode("utf-8-sig").strip()
    except FileNotFoundError:
        raise _no_token(source, f"There is no file {source.token_file}.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it isn't text"
        raise _no_token(source, f"The file {source.token_file} can't be read: {why}.") from None
    if not found:
        raise _no_token(source, f"The file {source.token_file} is empty.")
    return found


def place(source: FacebookSource) -> str:
    """Where the token is kept: "the variable HEIM_FB"."""
    return f"the variable {source.token_env}" if source.token_env else f"the file {source.token_file}"


def refusal(error: Any, source: FacebookSource) -> SourceError:
    """What an answer's "error" means, and what to do about it."""
    fields = error if isinstance(error, dict) else {"message": error}
    code, subcode = fields.get("code"), fields.get("error_subcode")
    said = _SECRETS.sub("…", " ".join(any_text(fields.get("message")).split()))
    if code in EXPIRED:
        why = said.rpartition("access token: ")[2].split(". ")[0].strip(" .")[:120]
        over = subcode in EXPIRED_ALONE or "expired" in why.lower()
        state = "has expired" if over else "is no longer valid"
        return _no_token(source, f"The token {state}" + (f": {why}." if why else "."))
    if code in THROTTLED:
        message = "Facebook asks for fewer requests."
        return SourceError(source.id, source.url, message, fault="busy", retry_after=PAUSE)
    if code in PERMISSION or (code == 100 and subcode == NO_SUCH_OBJECT):
        message = "The token has no access to this page's events." + (
            f" Facebook answered: {_quoted(said)}" if said else ""
        )
        return SourceError(source.id, source.url, message, fault="token")
    number = f" (code {code})" if isinstance(code, int) else ""
    message = f"Facebook answered with an error{number}" + (f": {_quoted(said)}" if said else ".")
    return SourceError(source.id, source.url, message, fault="api_error")


def _quoted(said: str) -> str:
    return f'"{said[:160]}".'


def _no_token(source: FacebookSource, message: str) -> SourceError:
    """There is no token, or not a valid one."""
    return SourceError(source.id, source.url, message, f"put a new page token into {place(source)}.", fault="token")
