"""`signage alert` without a server: what it publishes by itself, in the folder and in an object store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from signage.app.folders import Folders
from signage.app.server_lock import serving
from signage.cli import alert_sending
from signage.cli.main import main
from signage.config.load import load
from signage.errors import EXIT_OK, EXIT_UNAVAILABLE
from signage.publishing import background_mirror, object_store
from tests.fixtures.alert_site import CONFIG, QuickAlertPool
from tests.fixtures.object_stores import KEYS, MotoServer, error, keys_of, moto_server
from tests.fixtures.paths import LAYOUTS


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoServer]:
    with moto_server() as server:
        yield server


@pytest.fixture
def folder(moto: MotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A screens.toml that publishes to a new bucket."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(object_store, "ATTEMPTS", 1)
    monkeypatch.setattr("signage.app.alert_pictures.AlertPool", QuickAlertPool)
    monkeypatch.setattr(alert_sending, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(background_mirror, "FIRST_PAUSE", 0.02)
    moto.refuse = lambda request: None
    bucket = f"b{abs(hash(tmp_path))}"
    moto.make_bucket(bucket)
    store = f'[publish]\nto = "s3://{bucket}/info"\nendpoint = "{moto.url}"\n'
    (tmp_path / "screens.toml").write_text(CONFIG + store, "utf-8")
    (tmp_path / "bucket").write_text(f"{moto.url}/{bucket}/info")
    return tmp_path


def until() -> tuple[str, str]:
    """In two hours, by the clock that the command reads."""
    return "--until", f"{datetime.now(ZoneInfo('Europe/Oslo')) + timedelta(hours=2):%Y-%m-%d %H:%M}"


def signage(folder: Path, *words: str) -> int:
    return main(["alert", *words, "--config", str(folder / "screens.toml"), "--var", str(folder / "var")])


def stored(folder: Path, screen: str) -> list[str]:
    """The titles that a reader of the store finds, with all their pictures."""
    address = (folder / "bucket").read_text()
    answer = requests.get(f"{address}/alerts/{screen}.signed", timeout=5)
    document = json.loads(answer.content[64:])
    for sha256 in document["assets"]:
        assert any(sha256 in key for key in keys_of(address.removesuffix("/info")))
    return [alert["title"] for alert in document["alerts"]]


def test_an_alert_and_its_end_are_in_the_object_store_when_the_command_returns(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert signage(folder, "Vannet må kokes", *until(), "--json", "--screens", "kino", "hallen") == EXIT_OK
    assert stored(folder, "kino") == stored(folder, "hallen") == ["Vannet må kokes"]
    assert stored(folder, "bibliotek") == []
    assert signage(folder, "--end", json.loads(capsys.readouterr().out)["id"]) == EXIT_OK
    assert stored(folder, "kino") == []


def test_a_store_that_fails_for_a_moment_is_tried_again(folder: Path, moto: MotoServer) -> None:
    refused: list[str] = []

    def busy(request: str) -> tuple[str, bytes] | None:
        if len(refused) < 2:
            refused.append(request)
            return error("SlowDown", "503 Slow Down")
        return None

    moto.refuse = busy
    assert signage(folder, "Vannet må kokes", *until()) == EXIT_OK
    assert stored(folder, "kino") == ["Vannet må kokes"]
    assert len(refused) == 2


def test_a_store_that_stays_away_is_an_error_and_the_next_command_brings_it_up_to_date(
    folder: Path, moto: MotoServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(alert_sending, "STORE_SECONDS", 0.1)
    moto.refuse = lambda request: error("SlowDown", "503 Slow Down")
    assert signage(folder, "Vannet må kokes", *until()) == EXIT_UNAVAILABLE
    said = capsys.readouterr().err
    assert "but not those in s3://" in said
    assert "is overloaded" in said or "It takes too long." in said
    moto.refuse = lambda request: None
    monkeypatch.setattr(alert_sending, "STORE_SECONDS", 30.0)
    assert signage(folder, "Strømmen er borte", *until()) == EXIT_OK
    assert stored(folder, "kino") == ["Strømmen er borte", "Vannet må kokes"]


def test_two_commands_and_a_server_that_starts_do_not_get_in_each_others_way(folder: Path) -> None:
    config = load(folder / "screens.toml", LAYOUTS)
    with alert_sending.desk_for(config, Folders(folder / "var")), serving(folder / "var"):
        pass
    with alert_sending.desk_for(config, Folders(folder / "var")):
        assert signage(folder, "Vannet må kokes", *until()) == EXIT_OK
    assert stored(folder, "kino") == ["Vannet må kokes"]


def test_a_preview_touches_neither_the_folder_nor_the_store(folder: Path, moto: MotoServer) -> None:
    moto.refuse = lambda request: pytest.fail(f"asked: {request}")
    assert signage(folder, "Vannet må kokes", *until(), "--preview", str(folder / "pictures")) == EXIT_OK
    assert len(list((folder / "pictures").iterdir())) == 2
    assert not (folder / "var" / "published" / "alerts").exists()
