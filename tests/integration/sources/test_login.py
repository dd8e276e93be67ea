"""A source behind a login: the user name and the password come from the environment, and go to its own origin only."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import signage.app.configuration  # noqa: F401 the types of sources
from signage.config.load import parse_config
from signage.config.models import Config
from signage.errors import ConfigError
from signage.sources.collect import Collected, Refresh, collect
from signage.storage.store import Store
from signage.wording.languages.messages import load_messages
from tests.fixtures.paths import FIXTURES, LAYOUTS
from tests.fixtures.portal import Answer, Handler, Portal, ok
from tests.fixtures.source_office import ONE_TRY

NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
USER, PASSWORD = "skjermer", "blåbær:syltetøy"
RIGHT = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
FEED = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261205T170000Z\r
SUMMARY:Kino\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""


def closed(answer: Answer) -> Answer:
    """What `answer` gives to whoever has logged in, and 401 to all others."""

    def guarded(handler: Handler) -> None:
        if handler.headers.get("Authorization") == RIGHT:
            answer(handler)
        else:
            handler.head(401, {"WWW-Authenticate": "Basic", "Content-Length": "0"})

    return guarded


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal() as made:
        made.paths["/feed.ics"] = closed(ok(FEED, "text/calendar"))
        yield made


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIM_USER", USER)
    monkeypatch.setenv("HEIM_PASSWORD", PASSWORD)


def asked(portal: Portal, folder: Path, **settings: Any) -> Collected:
    config = Config.model_validate(
        {
            "site": {"name": "Heim", "calendar": "https://iheim.no"},
            "sources": [{"id": "cal", "type": "ical", "url": f"{portal.url}/feed.ics", **settings}],
            "places": {"b": {"name": "Hemne bibliotek"}},
            "screens": {"b": {"place": "b", "playlist": [{"show": "today"}]}},
        }
    )
    store = Store(folder / "state.sqlite")
    try:
        return collect(config, Refresh(store=store, images=folder / "images", now=NOW, limits=ONE_TRY))
    finally:
        store.close()


LOGIN = {"user_env": "HEIM_USER", "password_env": "HEIM_PASSWORD"}


def test_the_login_of_the_environment_opens_the_feed_and_is_written_nowhere(
    portal: Portal, tmp_path: Path, known: None
) -> None:
    assert [record.title for record in asked(portal, tmp_path, **LOGIN).records] == ["Kino"]
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        kept = path.read_bytes()
        assert PASSWORD.encode() not in kept
        assert RIGHT.removeprefix("Basic ").encode() not in kept


def test_without_it_the_feed_is_closed(portal: Portal, tmp_path: Path, known: None) -> None:
    collected = asked(portal, tmp_path)
    assert collected.records == ()
    assert "401" in (collected.statuses[0].problem or "")


def test_a_variable_that_is_not_set_is_named_and_nothing_is_asked(portal: Portal, tmp_path: Path) -> None:
    collected = asked(portal, tmp_path, **LOGIN)
    (status,) = collected.statuses
    assert "The environment variable HEIM_USER is not set, or is empty." in (status.problem or "")
    assert portal.asked == []
    # the start page fills these values into the sentence, and has no page at all if one is missing
    assert status.fault is not None
    for language in ("nb", "en"):
        assert load_messages(language)(f"sources.{status.fault}", **status.fault_values)


def test_a_redirect_to_another_origin_does_not_get_it(portal: Portal, tmp_path: Path, known: None) -> None:
    with Portal() as other:
        other.paths["/feed.ics"] = ok(FEED, "text/calendar")
        location = f"{other.url}/feed.ics"
        portal.paths["/feed.ics"] = lambda handler: handler.head(302, {"Location": location, "Content-Length": "0"})
        asked(portal, tmp_path, **LOGIN)
        assert portal.asked[0][1]["Authorization"] == RIGHT
        assert all("Authorization" not in headers for _, headers in other.asked)


def test_a_user_name_alone_is_an_api_key(portal: Portal, tmp_path: Path, known: None) -> None:
    asked(portal, tmp_path, user_env="HEIM_USER")
    assert portal.asked[0][1]["Authorization"] == "Basic " + base64.b64encode(f"{USER}:".encode()).decode()


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ('password_env = "HEIM_PASSWORD"', "password_env: A password needs a user name. Hint: write user_env, too."),
        ('user_env = "per@heim.no"', "user_env: This isn't a variable's name. Hint: write the name, as in"),
        ('user_env = "A"\npassword_env = "pass ord"', "password_env: This isn't a variable's name."),
    ],
)
def test_a_mistake_in_them_is_reported(written: str, answer: str) -> None:
    text = (FIXTURES / "config" / "small.toml").read_text(encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        parse_config(text.replace('type = "wis"', f'type = "wis"\n{written}').encode(), "screens.toml", LAYOUTS)
    assert f"sources[0].{answer}" in str(caught.value)
