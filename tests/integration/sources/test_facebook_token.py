"""The page's token: where it comes from, what is said when it is not there, and that it is written down nowhere."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from pydantic import ValidationError

from signage.config.load import load
from signage.config.models import Config, Source
from signage.errors import SourceError
from signage.sources.base import SecretText
from signage.sources.collect import Collected, Refresh, collect
from signage.sources.types.facebook import Facebook, FacebookSource
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.paths import FIXTURES, LAYOUTS
from tests.fixtures.portal import Portal
from tests.fixtures.source_cases.base import listed_events
from tests.fixtures.source_cases.facebook import EVENTS, PAGE, TOKEN, pages, row
from tests.fixtures.source_office import ONE_TRY

NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
VARIABLE = "HEIM_FB"
URL = "https://www.facebook.com/heimkommune"


def made(**fields: Any) -> Source:
    return FacebookSource(id="face", type="facebook", **{"url": URL, **fields})


def sent(source: Source) -> SecretText:
    """What goes along with a request."""
    secret = Facebook().secret(source)
    assert secret is not None
    return secret


def ask(portal: Portal, folder: Path, **settings: Any) -> Collected:
    """A whole refresh, with what is kept of it in `folder`."""
    config = Config.model_validate(
        {
            "site": {"name": "Heim", "calendar": "https://iheim.no"},
            "sources": [{"id": "face", "type": "facebook", "url": portal.url + PAGE, **settings}],
            "places": {"b": {"name": "Hemne bibliotek"}},
            "screens": {"b": {"place": "b", "playlist": [{"show": "today"}]}},
        }
    )
    store = Store(folder / "state.sqlite")
    try:
        return collect(config, Refresh(store=store, images=folder / "images", now=NOW, limits=ONE_TRY))
    finally:
        store.close()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "This is missing"),
        ({"token_env": "A", "token_file": "b"}, "token_env is set, too"),
        ({"token_env": f"EAA{'x' * 150}|y"}, "This isn't a variable's name"),
        ({"token_env": "A", "url": f"https://graph.facebook.com/heim?access_token={TOKEN}"}, "holds a token"),
        ({"token_env": "A", "url": "https://www.facebook.com/"}, "This isn't a page's address"),
        ({"token_env": "A", "url": "https://www.facebook.com/events/123456"}, "This isn't a page's address"),
        ({"token_env": "A", "url": "https://www.facebook.com/groups/heim"}, "This isn't a page's address"),
    ],
)
def test_what_the_settings_need(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        made(**fields)


def test_it_is_read_again_for_every_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIM_FB", "first")
    source = made(token_env=VARIABLE)
    assert sent(source).params == {"access_token": "first"}
    assert sent(source).host == "graph.facebook.com"
    monkeypatch.setenv("HEIM_FB", " second\n")
    assert sent(source).params == {"access_token": "second"}
    file = tmp_path / "token"
    file.write_text("third\n")
    assert sent(made(token_file=str(file))).params == {"access_token": "third"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe\x00", "can't be read: it isn't text"),
        (b"EAA one two", "is not a token"),
        ("blåbær".encode(), "is not a token"),
    ],
)
def test_a_file_without_a_token_says_what_to_do(content: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        Facebook().secret(made(token_file=str(file)))
    assert words in caught.value.reason
    assert str(file) in caught.value.reason


def test_the_file_is_seen_from_the_configurations_folder(tmp_path: Path) -> None:
    text = (FIXTURES / "config" / "small.toml").read_text("utf-8")
    text += f'\n[[sources]]\nid = "face"\ntype = "facebook"\nurl = "{URL}"\ntoken_file = "hemmelig/token"\n'
    (tmp_path / "screens.toml").write_text(text, "utf-8")
    config = load(tmp_path / "screens.toml", LAYOUTS)
    assert config.sources[-1].token_file == str(tmp_path / "hemmelig" / "token")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be read: Is a directory"):
        Facebook().secret(made(token_file=str(tmp_path)))


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_variable_without_a_token_says_what_to_do(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEIM_FB", raising=False)
    if value is not None:
        monkeypatch.setenv("HEIM_FB", value)
    with pytest.raises(SourceError) as caught:
        Facebook().secret(made(token_env=VARIABLE))
    assert caught.value.message == "The environment variable HEIM_FB is not set, or is empty."


def test_a_missing_token_is_the_sources_problem_and_nobody_is_asked(tmp_path: Path) -> None:
    with Portal() as portal:
        found = ask(portal, tmp_path, token_file=str(tmp_path / "nowhere"))
        assert portal.asked == []
    assert "There is no file" in (found.statuses[0].problem or "")


ODD = "EAAb|cd/ef+gh=0123456789"  # an app's token has a bar in it


@pytest.mark.parametrize("token", [TOKEN, ODD])
def test_the_token_is_sent_and_written_down_nowhere(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HEIM_FB", token)
    refusal = json.dumps({"error": {"message": f"Malformed access token {token}", "code": 190}})
    with Portal() as portal:
        # three pages, whose addresses Facebook gives with the token in them
        rows = [{**row(each), "id": f"{each.uid}-{n}"} for n in range(3) for each in listed_events(50)]
        portal.paths[EVENTS] = pages(rows, portal, token)
        found = ask(portal, tmp_path, token_env=VARIABLE)
        assert len(found.records) == 150
        assert [parse_qs(urlsplit(path).query)["access_token"] for path, _ in portal.asked] == [[token]] * 3
        portal.paths[EVENTS] = answers.status(400, refusal)
        refused = ask(portal, tmp_path, token_env=VARIABLE)
        portal.paths[EVENTS] = answers.status(404)
        missing = ask(portal, tmp_path, token_env=VARIABLE)
    assert "put a new page token into the variable HEIM_FB" in (refused.statuses[0].problem or "")
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"400" in each or b"Kor" in each for each in written)
    said = repr((found, refused, missing)) + caplog.text
    for form in {token, quote(token, safe="")}:
        assert form not in said
        assert not any(form.encode() in each for each in written)


def test_the_token_goes_to_its_host_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIM_FB", TOKEN)
    with Portal() as other, Portal() as portal:
        portal.paths[EVENTS] = answers.redirect(f"http://localhost:{other.port}/x")
        found = ask(portal, tmp_path, token_env=VARIABLE)
        assert other.asked == []
    assert found.statuses[0].problem == "The address leads to a private network."


def test_an_impossible_address_has_the_token_sent_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, TOKEN)
    assert sent(made(url="https://graph.example:99999/heim", token_env=VARIABLE)).host == ""
    assert sent(made(url="https://blåbær.example/heim", token_env=VARIABLE)).host == "xn--blbr-roah.example"
