"""A screen that is taken out of screens.toml, or gets another name: what its players show and report."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from player.net.http import Http
from player.net.polling import Poller, network_state
from player.net.sync import Syncer
from player.rotation import open_pages
from player.store.manifest import Manifest
from player.store.store import BundleStore
from signage.app.build_report import BuildReport
from signage.app.retirement import STAYS, players_without_screen
from signage.cli.main import main
from signage.config.load import load
from signage.fleet.overview import overview
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing.key_rotation import announce
from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.bundles import VALID
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.player_parts import SettableClock
from tests.fixtures.portal import Handler, ok
from tests.fixtures.quick import QuickPipeline
from tests.fixtures.site import NOW, Site
from tests.fixtures.well import all_well

URGENT = """
[screens.{name}]
place = "bibliotek"
size = "1280x720"
language = "{language}"
{was}
playlist = [{{ show = "notice", title = "Vannet er stengt" }}, {{ show = "today" }}]
"""
TOKEN = "ab" * 32


def urgent(name: str = "nede", language: str = "nb", was: str = "") -> str:
    return URGENT.format(name=name, language=language, was=f"was = {was}" if was else "")


def build(site: Site, more: str, at: datetime = NOW, phone: str = "72 46 00 00") -> BuildReport:
    site.write(more=more)
    text = site.path.read_text("utf-8").replace("[site]", f'[site]\nphone = "{phone}"')
    site.path.write_text(text, "utf-8")
    return QuickPipeline(site.folder).build(load(site.path, LAYOUTS), at)


class NativePlayer:
    """The part of a real player that talks with the server, without its window. It polls when it is told."""

    def __init__(self, url: str, folder: Path, screen: str) -> None:
        self.http = Http(url)
        self.store = BundleStore(folder, screen)
        self.syncer = Syncer(self.http, self.store, screen, None, None, SettableClock(lambda: NOW.astimezone(UTC)))
        self.poller = Poller(self, threading.Event())

    @property
    def manifest(self) -> Manifest | None:
        return self.syncer.manifest

    @property
    def storage_problem(self) -> str | None:
        return self.store.problem

    def round(self) -> Manifest:
        return self.syncer.round()

    def shows(self, at: datetime, trusted: bool = True) -> list[str]:
        self.poller.round()
        assert self.manifest is not None
        return [page.id for page in open_pages(self.manifest, at, trusted)]

    def close(self) -> None:
        self.http.close()
        self.store.close()


@pytest.fixture
def native(site: Site, tmp_path: Path) -> Iterator[NativePlayer]:
    """It has shown the screen "nede", which the server publishes."""
    build(site, urgent())
    with Threaded(make_app(site.folder / "var" / "published", all_well)) as server:
        player = NativePlayer(f"http://127.0.0.1:{server.port}", tmp_path / "store", "nede")
        assert len(player.shows(NOW)) > 1
        yield player
        player.close()


@pytest.mark.parametrize(
    ("language", "phone", "words"),
    [
        ("nb", "72 46 00 00", "Denne skjermen er ikke lenger i bruk\nRing Heim kommune på telefon 72 46 00 00."),
        ("nn", "", "Denne skjermen er ikkje lenger i bruk\nTa kontakt med Heim kommune."),
        ("en", "+47 72 46 00 00", "This screen is no longer in use\nCall Heim kommune on +47 72 46 00 00."),
    ],
)
def test_a_retired_screen_ends_with_one_page_that_says_so(site: Site, language: str, phone: str, words: str) -> None:
    build(site, urgent(language=language))
    before = site.manifest("nede")
    build(site, "", NOW + timedelta(minutes=5), phone)
    manifest = site.manifest("nede")
    VALID.validate(manifest)
    (page,) = manifest["pages"]
    assert (page["alt"].replace("\u00a0", " "), page["dated"], page["fallback"], page["events"]) == (
        words,
        False,
        True,
        [],
    )
    assert manifest["serial"] > before["serial"]
    assert datetime.fromisoformat(manifest["horizon"]) <= NOW + timedelta(minutes=5)
    published = site.folder / "var" / "published"
    with Image.open(published / "assets" / f"{page['asset']}.webp") as picture:
        assert picture.size == (1280, 720)
    listed = json.loads((published / "screens" / "index.json").read_bytes())["screens"]
    assert [each["id"] for each in listed] == ["bibliotek"]
    assert len(site.manifest()["pages"]) > 1


def test_it_ends_before_any_source_is_asked(site: Site) -> None:
    build(site, urgent())
    seen: list[list[str]] = []
    answer = ok(json.dumps(site.listings))

    def looking(handler: Handler) -> None:
        seen.append([page["kind"] for page in site.manifest("nede")["pages"]])
        answer(handler)

    site.write(more="")
    for path in list(site.portal.paths):
        site.portal.paths[path] = looking
    QuickPipeline(site.folder).build(load(site.path, LAYOUTS), NOW + timedelta(hours=1))
    assert seen
    assert seen[0] == ["evergreen"]


def test_its_player_shows_that_page_at_once_and_reports_no_fault_of_the_network(
    site: Site, native: NativePlayer
) -> None:
    build(site, "", NOW + timedelta(minutes=5))
    for at in (NOW, NOW + timedelta(days=10), NOW + timedelta(days=400)):
        assert native.shows(at) == ["retired"]
    assert native.shows(NOW, trusted=False) == ["retired"]
    state = network_state(native.poller.trouble, 0.0)
    assert (state.problem, state.kind, state.failing_since) == (None, None, None)


def test_it_is_published_once_and_for_a_year_and_comes_back_when_it_is_wanted_again(
    site: Site, native: NativePlayer
) -> None:
    build(site, "", NOW + timedelta(minutes=5))
    first = site.manifest("nede")["serial"]
    build(site, "", NOW + timedelta(days=300))
    assert site.manifest("nede")["serial"] == first
    build(site, urgent(), NOW + timedelta(days=301))
    assert native.shows(NOW + timedelta(days=301)) not in (["retired"], ["fallback"])
    build(site, "", NOW + timedelta(days=302))
    build(site, "", NOW + timedelta(days=303) + STAYS)
    assert not (site.folder / "var" / "published" / "screens" / "nede").exists()


def test_its_players_learn_of_a_new_key(site: Site) -> None:
    build(site, urgent())
    build(site, "", NOW + timedelta(minutes=5))
    announce(site.folder / "var", NOW)
    build(site, "", NOW + timedelta(minutes=10))
    assert site.manifest("nede")["next_key"] == site.manifest()["next_key"]
    assert [page["id"] for page in site.manifest("nede")["pages"]] == ["retired"]


def test_one_whose_bundle_is_damaged_takes_no_other_along(site: Site) -> None:
    build(site, urgent("foaje") + urgent())
    published = site.folder / "var" / "published" / "screens"
    (published / "foaje" / "manifest.json").write_text('{"serial": 7}', "utf-8")
    build(site, "", NOW + timedelta(minutes=5))
    assert [page["id"] for page in site.manifest("nede")["pages"]] == ["retired"]


@pytest.mark.parametrize("was", ['"nede"', '["eldst", "nede"]'])
def test_the_players_of_a_renamed_screen_follow_it(site: Site, native: NativePlayer, was: str) -> None:
    """Whatever their version: what is published under the new name is published under the former one, too."""
    build(site, urgent("foaje", was=was), NOW + timedelta(minutes=5))
    new, old = site.manifest("foaje"), site.manifest("nede")
    assert {**old, "screen": "foaje", "serial": new["serial"]} == new
    pages = native.shows(NOW + timedelta(minutes=5))
    assert len(pages) > 1
    assert pages == [p["id"] for p in new["pages"] if p["id"] in pages]
    build(site, urgent("foaje", was=was), NOW + timedelta(minutes=10))
    native.poller.round()
    assert native.manifest is not None
    assert native.manifest.version.serial == site.manifest("nede")["serial"]
    assert native.poller.trouble is None


def test_a_former_name_that_is_forgotten_ends_like_a_retired_screen(site: Site, native: NativePlayer) -> None:
    build(site, urgent("foaje", was='"nede"'), NOW + timedelta(minutes=5))
    build(site, urgent("foaje"), NOW + timedelta(minutes=10))
    assert native.shows(NOW + timedelta(minutes=10)) == ["retired"]


def test_a_television_that_is_set_to_a_former_name_still_gets_the_player(site: Site) -> None:
    build(site, urgent())
    build(site, urgent("foaje", was='"nede"'), NOW + timedelta(minutes=5))
    with Threaded(make_app(site.folder / "var" / "published", all_well)) as server:
        http = Http(f"http://127.0.0.1:{server.port}")
        assert http.get("screen/nede", 100_000).body
        assert http.get("screens/nede/manifest.json", 4_000_000).body
        http.close()


@pytest.fixture
def registry(site: Site) -> Iterator[Registry]:
    registry = Registry(site.folder / "var" / REGISTRY_FILE)
    yield registry
    registry.close()


def test_the_edit_is_answered_with_the_players_that_still_show_the_screen(
    site: Site, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    player = registry.prepare(TOKEN, "nede", NOW)
    registry.prepare("cd" * 32, "bibliotek", NOW)
    site.write()
    assert main(site.arguments("check")) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert f'The screen "nede" is no longer in screens.toml. Player {player.id} still shows it.' in told
    assert f"signage pair --move {player.id} --screen ID" in told
    site.write(more=urgent("foaje", was='"nede"'))
    assert main(site.arguments("check")) == 0
    assert "still shows" not in capsys.readouterr().err


def test_players_of_a_former_name_count_for_the_screen(site: Site, registry: Registry) -> None:
    player = registry.prepare(TOKEN, "nede", NOW)
    config = site.write(more=urgent("foaje", was='"nede"'))
    states = overview(config.screen_names, registry.players(), {}, NOW, config.former_screens)
    assert [(state.id, [each.player.id for each in state.players]) for state in states] == [
        ("bibliotek", []),
        ("foaje", [player.id]),
    ]
    assert all(reason.code != "not_configured" for state in states for reason in state.reasons)
    assert players_without_screen(registry.players(), config) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (urgent("foaje", was='"bibliotek"'), 'There is still a screen "bibliotek".'),
        (urgent("foaje", was='"foaje"'), "This is its name now."),
        (urgent("foaje", was='"nede"') + urgent("kjeller", was='["nede"]'), 'was called "nede", too.'),
    ],
)
def test_a_former_name_must_be_free(site: Site, more: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    site.portal.paths["/"] = ok("")
    with pytest.raises(Exception, match=says):
        site.write(more=more)


def test_a_screen_in_a_file_with_mistakes_stays_as_it_is_published(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a restart, too, when nobody knows any more what the file had before."""
    folder = site.path.parent / "screens.d"
    folder.mkdir()
    part = folder / "nede.toml"
    part.write_text(urgent())
    assert build(site, "").exit_code == 0
    before = site.manifest("nede")
    part.write_text(urgent().replace('"today"', '"tody"') + "x = [\n")
    config = load(site.path, LAYOUTS)
    assert QuickPipeline(site.folder).build(config, NOW + timedelta(days=2)).exit_code == 0
    assert site.manifest("nede") == before
    assert site.manifest()["generated"] != before["generated"]
    assert main(site.arguments("check")) == 78
    assert "nede.toml:" in capsys.readouterr().err
    part.unlink()
    QuickPipeline(site.folder).build(load(site.path, LAYOUTS), NOW + timedelta(days=2))
    assert site.manifest("nede")["pages"][0]["id"] == "retired"
