"""`signage pair` and `signage status`, as they are typed."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from player.config.settings import parse_settings
from signage.cli.main import main
from signage.errors import EXIT_CANTCREAT, EXIT_OK, EXIT_PARTIAL, EXIT_USAGE
from signage.fleet.messages import HeartbeatMessage, PairingRequest
from signage.fleet.pairing_codes import token_digest
from signage.fleet.registry import LastHeartbeat, Quarter, Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.fleet.verdict import HealthState, yellow
from signage.publishing.keys import SigningKeys
from tests.fixtures.players import Player, beat
from tests.fixtures.site import Site

Capture = pytest.CaptureFixture[str]
TWO = '[screens.radhuset]\nplace = "bibliotek"\nplaylist = [{ show = "today" }]'


@pytest.fixture
def registry(site: Site) -> Iterator[Registry]:
    site.write(more=TWO)
    registry = Registry(site.folder / "var" / REGISTRY_FILE)
    yield registry
    registry.close()


def typed(site: Site, capsys: Capture, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and what was said to the person."""
    code = main(site.arguments(*words))
    said = capsys.readouterr()
    return code, said.out, said.err


def asks(registry: Registry, seed: str = "one", code: str = "K7M4PX2QHB", ago: float = 0) -> Player:
    player = Player("", seed=seed, code=code)
    question = PairingRequest.model_validate(player.question())
    registry.request_pairing(question, datetime.now(UTC) - timedelta(seconds=ago))
    return player


def test_list_pair_move_and_revoke(site: Site, registry: Registry, capsys: Capture) -> None:
    code, out, err = typed(site, capsys, "pair")
    assert (code, out) == (EXIT_OK, "")
    assert "No players are paired or waiting." in err
    player = asks(registry)
    code, out, err = typed(site, capsys, "pair")
    assert re.match(r"waiting  Raspberry Pi 3 Model B Rev 1.2, 1920x1080, 0.4.0, since \d\d:\d\d\n$", out)
    assert "signage pair K7M4P-X2QHB --screen ID" in err
    code, _, err = typed(site, capsys, "pair", "k7m4p x2qhb", "--screen", "bibliotek")
    assert (code, f"{player.id} (Raspberry Pi 3 Model B Rev 1.2) is paired with bibliotek" in err) == (EXIT_OK, True)
    _, out, _ = typed(site, capsys, "pair")
    assert out == f"paired   {player.id}  bibliotek  no report yet\n"
    code, _, err = typed(site, capsys, "pair", "--move", player.id[:5], "--screen", "radhuset")
    assert (code, "moves to radhuset" in err) == (EXIT_OK, True)
    code, _, err = typed(site, capsys, "pair", "--revoke", player.id)
    assert (code, "is revoked" in err) == (EXIT_OK, True)
    code, _, err = typed(site, capsys, "pair", "--revoke", "0123456789abcdef")
    assert (code, "isn't in the list of players" in err) == (EXIT_OK, True)
    assert registry.players() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("K7M4P-X2QHB", "--screen", "biblotek"), 'did you mean "bibliotek"?'),
        (("K7M4P-X2QH0", "--screen", "bibliotek"), "is not a valid code"),
        (("K7M4P-X2QHC", "--screen", "bibliotek"), "every character matches"),
        (("ABCD2-345HB", "--screen", "bibliotek"), "has expired"),
        (("K7M4P-X2QHB",), "add --screen and one of bibliotek, radhuset"),
        (("--screen", "bibliotek"), "--screen can't be used alone"),
        (("--move", "0123456789abcdef", "--screen", "bibliotek"), 'There is no player "0123456789abcdef"'),
        (("--move", "abc", "--screen", "bibliotek"), "signage pair lists the players"),
        (("--revoke", "nobody"), 'There is no player "nobody"'),
        (("K7M4P-X2QHB", "--screen", "bibliotek", "--link"), "A pairing code can't be combined with"),
        (("--file", "--screen", "nowhere"), 'There is no screen "nowhere" in screens.toml'),
        (("--file",), "No screen is given."),
    ],
)
def test_a_mistake_is_told_and_pairs_nobody(
    site: Site, registry: Registry, capsys: Capture, words: tuple[str, ...], said: str
) -> None:
    asks(registry, "old", "ABCD2345HB", ago=600)
    asks(registry)
    code, out, err = typed(site, capsys, "pair", *words)
    assert (code, out) == (EXIT_USAGE, "")
    assert said in err
    assert registry.players() == []


def test_a_second_player_on_a_screen_is_pointed_out(site: Site, registry: Registry, capsys: Capture) -> None:
    first = asks(registry)
    typed(site, capsys, "pair", first.code, "--screen", "bibliotek")
    second = asks(registry, "two", "ABCD2345HB")
    code, _, err = typed(site, capsys, "pair", second.code, "--screen", "bibliotek")
    assert code == EXIT_OK
    assert f"signage pair --revoke {first.id}" in err


def test_a_file_for_the_card_is_what_the_player_reads(site: Site, registry: Registry, capsys: Capture) -> None:
    words = ("pair", "--file", "--screen", "radhuset", "--server", "http://192.0.2.7:8080/")
    code, out, err = typed(site, capsys, *words)
    assert code == EXIT_OK
    settings, problems = parse_settings(Path("signage-player.txt"), out.encode())
    assert problems == []
    assert (settings["server"], settings["screen"]) == ("http://192.0.2.7:8080", "radhuset")
    assert settings["key"].hex() == SigningKeys.load_or_make(site.folder / "var").public_hex
    (player,) = registry.players()
    assert player.token_sha256 == token_digest(settings["token"].hex())
    assert (player.screen, player.prepared) == ("radhuset", True)
    assert settings["token"].hex() not in err
    typed(site, capsys, *words)
    assert len(registry.players()) == 2  # every file has a token of its own


def test_a_file_for_the_card_is_for_its_owners_eyes_only(
    site: Site, registry: Registry, capsys: Capture, tmp_path: Path
) -> None:
    path = tmp_path / "signage-player.txt"
    words = ("pair", "--file", str(path), "--screen", "radhuset")
    code, out, err = typed(site, capsys, *words)
    assert (code, out) == (EXIT_OK, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    settings, problems = parse_settings(path, path.read_bytes())
    assert problems == []
    assert settings["token"].hex() not in err
    before = path.read_bytes()
    code, _, err = typed(site, capsys, *words)
    assert (code, "exists already" in err) == (EXIT_CANTCREAT, True)
    assert path.read_bytes() == before
    assert len(registry.players()) == 1, "nobody is prepared by a file that was not written"


def test_the_server_is_where_the_site_says_or_where_it_last_served(
    site: Site, registry: Registry, capsys: Capture
) -> None:
    def server() -> str:
        return str(
            parse_settings(Path("x"), typed(site, capsys, "pair", "--file", "--screen", "radhuset")[1].encode())[0][
                "server"
            ]
        )

    assert re.fullmatch(r"http://[^/]+:8080", server())
    (site.folder / "var" / "server.json").write_text('{"address": "http://192.0.2.9:8123"}')
    assert server() == "http://192.0.2.9:8123"
    text = site.path.read_text("utf-8")
    site.path.write_text(text.replace("[site]", '[site]\naddress = "https://skjerm.example.org/"'), "utf-8")
    assert server() == "https://skjerm.example.org"


def test_a_link_is_the_same_until_the_key_is_deleted(site: Site, registry: Registry, capsys: Capture) -> None:
    code, first, _ = typed(site, capsys, "pair", "--link", "--server", "http://192.0.2.7:8080")
    assert (code, bool(re.fullmatch(r"http://192\.0\.2\.7:8080/status#key=[0-9a-f]{32}\n", first))) == (EXIT_OK, True)
    assert typed(site, capsys, "pair", "--link", "--server", "http://192.0.2.7:8080")[1] == first
    (site.folder / "var" / "admin.key").unlink()
    assert typed(site, capsys, "pair", "--link", "--server", "http://192.0.2.7:8080")[1] != first


def test_status_is_0_only_when_every_screen_is_green(site: Site, registry: Registry, capsys: Capture) -> None:
    code, out, _ = typed(site, capsys, "status")
    assert code == EXIT_PARTIAL
    assert out.count("grey: Not paired") == 2
    now = datetime.now(UTC)
    for number, screen in enumerate(("bibliotek", "radhuset")):
        player = registry.prepare(f"{number:016x}" * 4, screen, now)
        page = {"id": "a", "kind": "today", "asset": "ab" * 32}
        report = HeartbeatMessage.model_validate({**beat(screen), "page": page}).report
        registry.record_heartbeat(LastHeartbeat(player.id, now, report, (), None, (), now, now, 0), [])
    code, out, _ = typed(site, capsys, "status")
    assert code == EXIT_OK
    assert re.search(r"shows today since \d\d:\d\d;", out)
    assert out.count("green: All well") == 2
    late = (now + timedelta(seconds=200)).isoformat()
    code, out, _ = typed(site, capsys, "status", "--at", late)
    assert code == EXIT_PARTIAL
    assert out.count("red: Not working") == 2
    assert "The player last reported at" in out


def test_status_as_json_and_escape_sequences_of_players(site: Site, registry: Registry, capsys: Capture) -> None:
    now = datetime.now(UTC)
    player = registry.prepare("ab" * 32, "bibliotek", now)
    said = {**beat("bibliotek"), "version": "[bold]\x1b[31m", "page": None, "notice": "[red]x"}
    report = HeartbeatMessage.model_validate(said).report
    registry.record_heartbeat(
        LastHeartbeat(player.id, now, report, (), None, (yellow("under_voltage"),), now, now, 0), []
    )
    code, out, _ = typed(site, capsys, "status")
    assert "\x1b[31m" not in out
    assert "version [bold] [31m" in out
    code, out, _ = typed(site, capsys, "status", "--json")
    assert code == EXIT_PARTIAL
    states = {each["screen"]: each for each in json.loads(out)}
    assert states["bibliotek"]["state"] == "yellow"
    assert states["bibliotek"]["players"][0]["why"][0]["en"].startswith("The player gets too little power")
    assert states["radhuset"]["why"][0]["code"] == "unpaired"


def test_the_last_two_weeks_in_a_terminal(site: Site, registry: Registry, capsys: Capture) -> None:
    now = datetime.now(UTC)
    player = registry.prepare("ab" * 32, "bibliotek", now)
    page = {"id": "a", "kind": "today", "asset": "ab" * 32}
    report = HeartbeatMessage.model_validate({**beat("bibliotek"), "page": page}).report
    bad = Quarter(now - timedelta(days=1), HealthState.RED, "today", ("absent",), 50.0)
    registry.record_heartbeat(LastHeartbeat(player.id, now, report, (), None, (), now, now, 0), [bad])
    _, out, _ = typed(site, capsys, "status", "--history")
    days = [line for line in out.splitlines() if "│" in line]
    assert len(days) == 14
    assert {len(line.split("│")[1]) for line in days} == {48}
    assert "█" in days[1]
    assert days[1].endswith("Did not work for up to 15\u00a0min: no TV connected")
    assert days[2].endswith("No reports")
