"""The whole renderer on a small site: real HTTP, real Chromium, real files."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.publishing import open_pages
from tests.fixtures.bundles import VALID
from tests.fixtures.make import oslo
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import status
from tests.fixtures.site import NOW, WEEK, Site, listing, small_site

pytestmark = pytest.mark.browser


def titles(manifest: dict[str, object], at: datetime) -> list[list[str]]:
    return [[event["title"] for event in page["events"]] for page in open_pages(manifest, at)]


def test_what_was_entered_shows_right_and_never_after_it_is_over(site: Site) -> None:
    report = site.build()
    assert report.exit_code == EXIT_OK
    manifest = site.manifest()
    VALID.validate(manifest)
    assert titles(manifest, NOW) == [["Kaffe", "Kino: Vaiana"], ["Bokprat", "Strikkekafé"]]
    assert titles(manifest, oslo("2026-11-23 14:00")) == [["Kino: Vaiana"], ["Bokprat", "Strikkekafé"]]
    assert titles(manifest, oslo("2026-11-23 19:55")) == [["Bokprat", "Strikkekafé"]]
    assert [page["kind"] for page in open_pages(manifest, oslo("2026-11-26 12:00"))] == ["evergreen"]
    for page in manifest["pages"]:
        for event in page["events"]:
            assert datetime.fromisoformat(page["until"]) <= datetime.fromisoformat(event["end"])
    assert "18.00–19.55" in open_pages(manifest, NOW)[0]["alt"]


def test_pictures_have_the_screens_size_and_bytes_as_the_manifest_says(site: Site) -> None:
    site.build()
    manifest = site.manifest()
    for sha256, about in manifest["assets"].items():
        (file,) = (site.folder / "var" / "published" / "assets").glob(f"{sha256}.*")
        data = file.read_bytes()
        assert len(data) == about["bytes"]
        if about["media_type"] == "image/webp":
            assert Image.open(io.BytesIO(data)).size == (1280, 720)


def test_a_refresh_with_nothing_changed_renders_nothing(site: Site) -> None:
    first = site.build()
    again = site.build(NOW + timedelta(minutes=10))
    assert first.screens[0].rendered > 0
    assert again.screens[0].rendered == 0
    assert again.screens[0].reused == again.screens[0].pictures


def test_a_changed_title_renders_exactly_the_pages_that_show_it(site: Site) -> None:
    site.build()
    before = {page["asset"] for page in site.manifest()["pages"]}
    site.listings[2] = {**WEEK[2], "title": "Bokprat med kaffe"}
    report = site.build()
    showing = {
        page["asset"]
        for page in site.manifest()["pages"]
        if any(event["title"] == "Bokprat med kaffe" for event in page["events"])
    }
    assert report.screens[0].rendered == len(showing) > 0
    assert {page["asset"] for page in site.manifest()["pages"]} - before == showing


def test_the_same_input_gives_the_same_manifest_and_pictures(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with small_site(tmp_path / name) as site:
            site.build()
            manifest = site.manifest()
            # The pages for telephones link to the portal, which has another port each time.
            written.append({k: v for k, v in manifest.items() if k not in ("data_as_of", "extras")})
    assert written[0] == written[1]


def test_a_failing_source_is_said_and_its_last_events_stay(site: Site) -> None:
    site.build()
    config = site.write()
    site.portal.wis(status(503))
    report = Pipeline(Folders(site.folder / "var"), LAYOUTS).build(config, NOW + timedelta(minutes=10))
    assert report.exit_code == EXIT_PARTIAL
    assert "503" in str(report.sources[0].problem)
    assert report.screens[0].rendered == 0
    assert titles(site.manifest(), NOW + timedelta(minutes=10))[0] == ["Kaffe", "Kino: Vaiana"]


HOSTILE = [
    listing("<script>document.title='run'</script><b>Fet</b> &amp;oslash;l", "2026-11-23 18:00", "19:00", id=1),
    listing("Arbeidsmiljøutvalgsmedlemsopplæringsdagsprogrampresentasjonsforberedelse " * 4, "2026-11-23 18:30", id=2),
    listing("X" * 300, "2026-11-23 19:00", id=3),
    listing("‮drei‬ ברוכים הבאים 🎉👩‍👩‍👧‍👦 مرحبا", "2026-11-23 19:30", id=4),
    listing("{{ 7 * 7 }} {% raise %}", "2026-11-23 20:00", id=5, location="<img src=x onerror=alert(1)>"),
    listing("A", "2026-11-23 20:30", id=6, location="Y" * 200),
]


def test_hostile_text_is_shown_readable_never_clipped_and_never_run(site: Site) -> None:
    site.listings = HOSTILE
    playlist = '{ show = "today" }, { show = "week" }, { show = "event", count = 6 }'
    report = site.build(playlist=playlist)
    assert report.screens[0].problems == ()
    shown = open_pages(site.manifest(), NOW)
    said = "\n".join(page["alt"] for page in shown)
    assert "Fet øl" in said
    assert "{{ 7 * 7 }}" in said
    assert "49 {" not in said
    assert "<script>document.title=" in said  # a word among words: shown, and never run
    assert {event["id"] for page in shown for event in page["events"]} == {
        f"iheim:{item['id']}:2026-11-23" for item in HOSTILE
    }


def test_when_nothing_is_on_the_evergreen_page_shows(site: Site) -> None:
    site.listings = []
    site.build()
    (page,) = open_pages(site.manifest(), NOW)
    assert (page["kind"], page["dated"], page["fallback"]) == ("evergreen", False, True)
    assert "iheim.no" in page["alt"]


def test_one_bad_screen_costs_that_screen_alone(site: Site) -> None:
    """Letters too large for even the evergreen page: that screen has its fallback page drawn plainly, and says so."""
    more = """
[screens.umulig]
place = "bibliotek"
size = "320x240"
smallest_text = 200
playlist = [{ show = "today" }]
"""
    report = site.build(more=more)
    assert report.exit_code == EXIT_PARTIAL
    good, bad = report.screens
    assert good.problems == ()
    assert any("does not fit" in problem for problem in bad.problems)
    assert any("a plain one" in problem for problem in bad.problems)
    assert titles(site.manifest(), NOW)[0] == ["Kaffe", "Kino: Vaiana"]
    (page,) = open_pages(site.manifest("umulig"), NOW)
    assert (page["kind"], page["fallback"]) == ("evergreen", True)
    assert "iheim.no" in page["alt"]


def test_a_notice_keeps_to_its_window_and_a_dark_house_shows_nothing_else(site: Site) -> None:
    playlist = (
        '{ show = "notice", title = "Stengt på julaften", from = 2026-11-24T10:00:00, until = 2026-11-24T12:00:00 }'
    )
    more = 'hours = { mon-fri = "08-16" }\nwhen_closed = "dark"\n'
    site.build(playlist=playlist, more=more)
    manifest = site.manifest()
    kinds = [
        [page["kind"] for page in open_pages(manifest, oslo(at))]
        for at in ("2026-11-24 09:59", "2026-11-24 10:00", "2026-11-24 12:00", "2026-11-24 16:00", "2026-11-28 12:00")
    ]
    assert kinds == [["evergreen"], ["notice"], ["evergreen"], ["dark"], ["dark"]]
