"""Serials only ever increase, whatever happens to the server's clock and files. The judge is the player's own code."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from player.store.manifest import Manifest, Version, verify
from signage.fleet.registry import Registry, reported_serials
from signage.fleet.registry_file import REGISTRY_FILE
from signage.planning.screen_plan import HORIZON
from signage.publishing import Publisher, SigningKeys
from signage.publishing.current_manifests import LONGEST_PLAN
from signage.publishing.serials import MARGIN, SERIALS_FOLDER, SerialLedger, Serials
from tests.fixtures.kill_points import killed_at
from tests.fixtures.properties import examples
from tests.unit.publishing.test_publish import Desk as Pictures

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
SCREEN = "bibliotek"


class Server:
    """A renderer's folders. `clock` is what its clock says, `reported` what players say they have."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pictures = Pictures(folder)
        self.clock = NOW
        self.reported: dict[str, int] = {}

    @property
    def ledger(self) -> Path:
        return self.folder / "var" / SERIALS_FOLDER

    @property
    def published(self) -> Path:
        return self.pictures.out / "screens" / SCREEN

    def publisher(self) -> Publisher:
        keys = SigningKeys.load_or_make(self.folder / "var")
        return Publisher(self.pictures.out, keys, Serials(SerialLedger(self.ledger), self.reported))

    def build(self, title: str = "Kino") -> dict[str, Any]:
        """What a refresh does: the first day, then the whole fortnight."""
        publisher = self.publisher()
        page = self.pictures.page(title, 0, 0)
        for hours in (24, 336):
            until = self.clock + timedelta(hours=hours)
            day = [self._evening(page, title, number) for number in range(hours // 24)]
            bundle = self.pictures.bundle(*day, at=self.clock, hours=hours)
            made = publisher.publish(bundle, self.pictures.files, keep_after=until)
        publisher.finish({SCREEN: "Hemne bibliotek"}, self.clock)
        return made

    def _evening(self, page: Any, title: str, number: int) -> Any:
        start, end = self.clock + timedelta(days=number), self.clock + timedelta(days=number, hours=3)
        shown = replace(page.events[0], start=start, end=end)
        return replace(page, name=f"{title}{number}", start=start, until=end, events=(shown,))


class Screen:
    """A player that sees everything that is published, and judges it with its own code."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.last: Version | None = None

    def look(self, server: Server) -> Manifest | None:
        try:
            data = (server.published / "manifest.json").read_bytes()
            signature = (server.published / "manifest.json.sig").read_bytes()
        except OSError:
            return None
        manifest = verify(data, signature, self.key, SCREEN, self.last)  # raises Refused: that fails the test
        self.last = manifest.version
        return manifest


def screen_of(server: Server) -> Screen:
    return Screen(bytes.fromhex(SigningKeys.load_or_make(server.folder / "var").public_hex))


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_new_server_begins_with_the_time(server: Server) -> None:
    assert server.publisher().publish(server.pictures.bundle(), server.pictures.files)["serial"] == int(NOW.timestamp())


def test_deleting_published_does_not_take_serials_back_after_a_clock_that_was_a_year_ahead(server: Server) -> None:
    screen = screen_of(server)
    server.clock += YEAR
    server.build()
    assert screen.look(server) is not None
    server.clock -= YEAR
    shutil.rmtree(server.pictures.out)
    made = server.build("Konsert")
    seen = screen.look(server)
    assert seen is not None
    assert seen.version.serial == made["serial"]
    assert seen.generated == NOW
    assert seen.horizon == NOW + timedelta(days=14)


def test_a_corrected_clock_brings_horizon_and_generated_back_at_the_next_build(server: Server) -> None:
    server.build()
    server.clock += YEAR
    server.build()
    server.clock -= YEAR
    publisher = server.publisher()
    quick = server.pictures.bundle(at=NOW, hours=24)
    made = publisher.publish(quick, server.pictures.files, keep_after=NOW + timedelta(hours=24))
    assert datetime.fromisoformat(made["horizon"]) == NOW + timedelta(hours=24)
    assert all(datetime.fromisoformat(page["from"]) < NOW + YEAR / 2 for page in made["pages"])


def test_a_horizon_that_an_older_version_left_a_year_late_is_not_kept(server: Server) -> None:
    """As version 0.4.0 published it after the clock was corrected: made now, planned until next year."""
    publisher = server.publisher()
    late = server.pictures.bundle(server.pictures.page("next year", 0, 9000), at=NOW - timedelta(hours=1), hours=9000)
    publisher.publish(late, server.pictures.files)
    quick = server.pictures.bundle(at=NOW, hours=24)
    made = publisher.publish(quick, server.pictures.files, keep_after=NOW + timedelta(hours=24))
    assert datetime.fromisoformat(made["horizon"]) == NOW + timedelta(hours=24)


def test_the_longest_plan_is_what_the_pipeline_plans() -> None:
    assert LONGEST_PLAN == HORIZON


def test_a_clock_that_is_set_back_by_seconds_costs_no_plan(server: Server) -> None:
    server.build()
    at = NOW - timedelta(seconds=2)
    quick = server.pictures.bundle(at=at, hours=24)
    made = server.publisher().publish(quick, server.pictures.files, keep_after=at + timedelta(hours=24))
    assert datetime.fromisoformat(made["horizon"]) == NOW + timedelta(days=14)


def test_a_lost_ledger_costs_a_jump_and_never_a_step_back(server: Server) -> None:
    screen = screen_of(server)
    server.clock += YEAR
    server.build()
    before = screen.look(server)
    server.clock -= YEAR
    shutil.rmtree(server.ledger)
    shutil.rmtree(server.pictures.out)
    made = server.build()
    assert before is not None
    assert made["serial"] > before.version.serial
    again = server.build("Konsert")
    assert made["serial"] < again["serial"] < made["serial"] + 10  # one jump, not one at each publication


@pytest.mark.parametrize("damage", [b"", b"{}", b"\0" * 200, b'{"serial": 5}', b"[" * 900])
def test_a_damaged_file_is_as_good_as_a_lost_one(server: Server, damage: bytes) -> None:
    screen = screen_of(server)
    server.clock += YEAR
    server.build()
    screen.look(server)
    server.clock -= YEAR
    (server.ledger / f"{SCREEN}.json").write_bytes(damage)
    shutil.rmtree(server.pictures.out)
    server.build()
    assert screen.look(server) is not None


def test_a_flipped_digit_in_the_ledger_is_noticed(server: Server) -> None:
    server.build()
    file = server.ledger / f"{SCREEN}.json"
    fields = json.loads(file.read_bytes())
    file.write_text(json.dumps({**fields, "serial": fields["serial"] - 10**9}))
    shutil.rmtree(server.pictures.out)
    assert server.build()["serial"] > NOW.timestamp() + MARGIN


def test_a_screen_that_is_taken_out_and_comes_back_goes_on_counting(server: Server) -> None:
    screen = screen_of(server)
    server.clock += YEAR
    server.build()
    screen.look(server)
    server.clock -= YEAR
    server.publisher().finish({}, server.clock)
    assert screen.look(server) is None
    server.build()
    assert screen.look(server) is not None


def test_what_a_player_reports_raises_the_next_serial_also_when_nothing_else_has_changed(server: Server) -> None:
    made = server.build()
    server.reported = {SCREEN: made["serial"] + 5_000_000}
    again = server.build()
    assert again["serial"] > made["serial"] + 5_000_000
    assert server.build()["serial"] == again["serial"]  # nothing has changed, and no player knows a higher one


def test_a_player_that_reports_nonsense_cannot_use_up_the_numbers(server: Server) -> None:
    server.reported = {SCREEN: 2**53}
    assert server.build()["serial"] < 2**33


def test_the_highest_reported_serial_is_read_from_the_list_of_players(tmp_path: Path) -> None:
    path = tmp_path / REGISTRY_FILE
    assert reported_serials(path) == {}
    assert not path.exists()
    registry = Registry(path)
    report = json.dumps({"screen": SCREEN, "serial": 7})
    for player, text in (
        ("a", report),
        ("b", report.replace("7", "9")),
        ("c", report.replace("7", "null")),
        ("d", "{"),
    ):
        registry._write("INSERT INTO beats VALUES (?, '', ?, '', NULL, '[]', '', '', 0)", (player, text))
    assert reported_serials(path) == {SCREEN: 9}
    registry.close()
    path.write_bytes(b"no database" * 100)
    assert reported_serials(path) == {}


def test_a_pretended_instant_is_not_taken_for_the_clock(server: Server) -> None:
    ledger = SerialLedger(server.ledger)
    server.build()
    ledger.reserve(SCREEN, NOW + YEAR, pretended=True)
    assert ledger.issued_at() == NOW


@pytest.mark.parametrize("ledgers", [1, 4])
def test_builds_live_pages_and_alerts_may_all_reserve_at_once(server: Server, ledgers: int) -> None:
    """In one process, which has one ledger, or in several."""
    known = [SerialLedger(server.ledger, new_if_missing=True) for _ in range(ledgers)]

    def reserve(number: int) -> list[int]:
        ledger, instants = known[number % ledgers], range(number, 120, 4)
        return [ledger.reserve("shared", NOW + timedelta(seconds=each)) for each in instants]

    with ThreadPoolExecutor(4) as threads:
        reserved = [serial for serials in threads.map(reserve, range(4)) for serial in serials]
    assert len(set(reserved)) == 120
    assert known[0].issued_at() is not None
    assert all(ledger.confirms("shared", max(reserved)) for ledger in known)


def test_an_asset_that_a_clock_ahead_wrote_goes_a_day_after_it_fell_out_of_use(server: Server) -> None:
    server.build("Kino")
    server.build("Konsert")
    files = list((server.pictures.out / "assets").iterdir())
    ahead = (NOW + YEAR).timestamp()
    for file in files:
        os.utime(file, (ahead, ahead))
    publisher = server.publisher()
    publisher.finish({SCREEN: ""}, NOW)
    assert set((server.pictures.out / "assets").iterdir()) == set(files)
    publisher.finish({SCREEN: ""}, NOW + timedelta(hours=25))
    assert len(list((server.pictures.out / "assets").iterdir())) == len(files) - 1


# -- any sequence -----------------------------------------------------------------------------------------------------


def test_a_kill_at_any_file_operation_never_takes_a_serial_back(server: Server) -> None:
    screen = screen_of(server)
    number = 0
    while killed_at(number, server.build, f"Kino {number}"):
        screen.look(server)
        shutil.rmtree(server.pictures.out, ignore_errors=True)  # the worst moment to lose what is published
        server.pictures.publisher = server.publisher()
        number += 3
    assert number > 30
    server.build()
    assert screen.look(server) is not None


STEPS = st.one_of(
    st.tuples(st.just("build"), st.integers(0, 2)),
    st.tuples(st.just("wait"), st.integers(1, 100_000)),
    st.tuples(st.just("clock"), st.integers(-2 * 365, 2 * 365)),  # days that it goes wrong, or further wrong
    st.tuples(st.just("right"), st.just(0)),
    st.tuples(st.just("kill"), st.integers(0, 80)),
    st.tuples(st.just("lose"), st.sampled_from(["published", "ledger", "entry", "life", "damage"])),
)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=4, max_size=14))
def test_a_player_that_has_seen_everything_never_refuses_and_never_shows_a_past_event(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, Any]]
) -> None:
    server = Server(tmp_path_factory.mktemp("server"))
    screen = screen_of(server)
    real, wrong = NOW, timedelta()
    whole = {"published": True, "ledger": True}  # what is left of the two records of the past
    server.build()
    for what, value in [*steps, ("right", 0), ("build", 0)]:
        server.clock = real + wrong
        if what == "build":
            server.build(f"Kino {value}")
            whole = {"published": True, "ledger": True}
        elif what == "wait":
            real += timedelta(seconds=value)
        elif what == "clock":
            wrong = max(-2 * YEAR, min(2 * YEAR, wrong + timedelta(days=value)))
        elif what == "right":
            wrong = timedelta()
        elif what == "kill":
            killed_at(value, server.build, "killed")
        else:
            lost = "published" if value == "published" else "ledger"
            if not whole["ledger" if lost == "published" else "published"]:
                continue  # with both gone, only one loss is promised: test_a_lost_ledger_costs_a_jump...
            whole[lost] = False
            lose(server, value)
        seen = screen.look(server)
        if seen is not None:
            nothing_past(server, real)
    seen = screen.look(server)
    assert seen is not None
    assert seen.generated == real.replace(microsecond=0)
    assert seen.horizon == seen.generated + timedelta(days=14)


def lose(server: Server, what: str) -> None:
    """One record of the past; what is lost already stays lost."""
    if what == "published":
        shutil.rmtree(server.pictures.out, ignore_errors=True)
    elif what == "ledger":
        shutil.rmtree(server.ledger, ignore_errors=True)
    elif what == "damage":
        if server.ledger.exists():
            (server.ledger / f"{SCREEN}.json").write_bytes(b"?")
    else:
        (server.ledger / {"entry": f"{SCREEN}.json", "life": "_life.json"}[what]).unlink(missing_ok=True)


def nothing_past(server: Server, real: datetime) -> None:
    """What a player with a right clock shows, by the format's own words and not by our code."""
    manifest = json.loads((server.published / "manifest.json").read_bytes())
    if real >= datetime.fromisoformat(manifest["horizon"]):
        return
    for page in manifest["pages"]:
        shown = datetime.fromisoformat(page["from"]) <= real < datetime.fromisoformat(page["until"])
        if shown and not page["fallback"]:
            assert all(datetime.fromisoformat(event["end"]) > real for event in page["events"])
