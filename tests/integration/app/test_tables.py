"""A sheet that is a table on its way to the screens: kept when it fails, and never a list of events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from signage.app.folders import Folders
from signage.app.gathered import Gathered
from signage.app.pipeline import Pipeline
from signage.cli.main import main
from signage.config.load import load
from signage.domain.live_data import WantedData
from signage.domain.table import Table
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import Portal, ok
from tests.fixtures.quick import QuickPipeline
from tests.fixtures.site import HEAD, NOW

MENU = WantedData("table", "meny")
SOURCE = '\n[[sources]]\nid = "meny"\ntype = "csv"\nurl = "meny.csv"\ntable = true\n'
LINE = '{ show = "table", source = "meny" }'
WEEK = "Dag;Rett;Pris\nmandag;Suppe;89\ntirsdag;Laks;105\nonsdag;Pasta;99\n"


class Canteen:
    """A folder with screens.toml and the canteen's sheet."""

    def __init__(self, folder: Path, portal: Portal) -> None:
        portal.wis(ok("[]"))
        self.folder, self.url = folder, portal.url
        self.sheet = folder / "meny.csv"
        self.pipeline: Pipeline | None = None
        self.write()

    def write(self, line: str = LINE, source: str = SOURCE) -> None:
        text = HEAD.format(url=self.url, playlist=line, more="") + source
        (self.folder / "screens.toml").write_text(text, "utf-8")

    def gather(self, now: datetime = NOW, *, offline: bool = False) -> Gathered:
        """As a server does it; offline, as one that has just been started."""
        config = load(self.folder / "screens.toml", LAYOUTS)
        if offline or self.pipeline is None:
            self.pipeline = Pipeline(Folders(self.folder / "var"), LAYOUTS)
        return self.pipeline.gather(config, now, offline=offline)

    def table(self, now: datetime = NOW, *, offline: bool = False) -> Table | None:
        found = self.gather(now, offline=offline).catalog.data.get(MENU)
        assert found is None or isinstance(found, Table)
        return found


@pytest.fixture
def canteen(tmp_path: Path) -> Iterator[Canteen]:
    with Portal() as portal:
        yield Canteen(tmp_path, portal)


def dishes(table: Table | None) -> list[str]:
    return [row.cells[1] for row in table.rows] if table else []


def test_the_last_good_table_stays(canteen: Canteen) -> None:
    canteen.sheet.write_text(WEEK, "utf-8")
    assert dishes(canteen.table()) == ["Suppe", "Laks", "Pasta"]
    later = NOW + timedelta(hours=30)
    for broken in ("Dag;Rett;Pris\n", "<!doctype html><p>Logg inn</p>", 'Dag;Rett\nmandag;"Sup', ""):
        canteen.sheet.write_text(broken, "utf-8")
        gathered = canteen.gather(later)
        found = gathered.catalog.data[MENU]
        assert isinstance(found, Table)
        assert dishes(found) == ["Suppe", "Laks", "Pasta"], broken
        (report,) = [each for each in gathered.sources if each.source == "meny"]
        assert report.problem
    canteen.sheet.unlink()
    assert dishes(canteen.table(later)) == ["Suppe", "Laks", "Pasta"]
    assert dishes(canteen.table(later, offline=True)) == ["Suppe", "Laks", "Pasta"]
    canteen.sheet.write_text(WEEK.replace("Laks", "Ørret"), "utf-8")
    assert dishes(canteen.table(later)) == ["Suppe", "Ørret", "Pasta"]


def test_its_rows_are_never_events_and_nothing_is_missed_in_them(canteen: Canteen) -> None:
    canteen.sheet.write_text("Dato;Tittel;Tid\n2026-11-24;Styremøte;18-20\n2026-11-25;;19\n", "utf-8")
    gathered = canteen.gather()
    (report,) = [each for each in gathered.sources if each.source == "meny"]
    assert (gathered.records, gathered.catalog.events, report.problem, report.warnings) == ((), {}, None, ())
    assert dishes(canteen.table()) == ["Styremøte", ""]


def test_a_list_of_events_becomes_a_table_and_the_reverse(canteen: Canteen) -> None:
    canteen.sheet.write_text("Dato;Tittel\n2026-11-24;Quiz\n", "utf-8")
    canteen.write('{ show = "today" }', SOURCE.replace("table = true\n", ""))
    assert [record.title for record in canteen.gather().records] == ["Quiz"]
    canteen.write()
    gathered = canteen.gather(NOW + timedelta(minutes=10))
    assert gathered.records == ()
    assert MENU in gathered.catalog.data
    canteen.write('{ show = "today" }', SOURCE.replace("table = true\n", ""))
    gathered = canteen.gather(NOW + timedelta(minutes=20))
    assert [record.title for record in gathered.records] == ["Quiz"]
    assert MENU not in gathered.catalog.data


def test_naming_a_column_takes_effect_though_the_sheet_is_unchanged(canteen: Canteen) -> None:
    canteen.sheet.write_text("Spises;Rett\n24.11;Suppe\n", "utf-8")
    table = canteen.table()
    assert table is not None
    assert table.rows[0].first is None
    canteen.write(source=SOURCE + 'columns = { date = "Spises" }\n')
    table = canteen.table(NOW + timedelta(minutes=10))
    assert table is not None
    assert table.rows[0].first == date(2026, 11, 24)


def test_markup_and_broken_letters_are_mended(canteen: Canteen) -> None:
    canteen.sheet.write_text("Dag,Rett\nmandag,<b>BlomkÃ¥l</b> &amp; ost <3\n", "utf-8")
    assert dishes(canteen.table()) == ["Blomkål & ost <3"]


def test_a_pools_hours_that_stay_the_same_for_a_year_are_no_alarm(canteen: Canteen) -> None:
    canteen.sheet.write_text(WEEK, "utf-8")
    canteen.gather()
    (report,) = [each for each in canteen.gather(NOW + timedelta(days=365)).sources if each.source == "meny"]
    assert report.alarms == ()


def test_check_names_what_shows_nothing(canteen: Canteen, capsys: pytest.CaptureFixture[str]) -> None:
    canteen.sheet.write_text("Dato;Rett\n2026-11-01;Suppe\n", "utf-8")
    own = '{ show = "table", title = "Åpent", rows = "Dato | Tid\\n2026-11-02 | 10-12\\n31.11.2026 | 8" }'
    canteen.write(f"{LINE}, {own}", SOURCE + SOURCE.replace('"meny"', '"rom"'))
    canteen.gather()
    folder = canteen.folder
    folders = ["--config", str(folder / "screens.toml"), "--var", str(folder / "var"), "--layouts", str(LAYOUTS)]
    assert main(["check", *folders, "--at", "2026-11-23T12:00"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert 'The table "meny" of the screen "bibliotek": It isn\'t shown any more.' in said
    assert 'row 3 is shown on all days: its date "31.11.2026" is not understood.' in said
    assert "No playlist shows this table." in said


def test_the_state_file_holds_it_as_text(canteen: Canteen) -> None:
    canteen.sheet.write_text(WEEK, "utf-8")
    canteen.gather()
    store = Pipeline(Folders(canteen.folder / "var"), LAYOUTS).store
    stored = store.records_get(store.source_get("meny"))
    assert stored
    assert json.loads(stored.news)["rows"][0]["cells"] == ["mandag", "Suppe", "89"]


def test_the_status_of_the_sources_counts_no_events_of_it(canteen: Canteen, capsys: pytest.CaptureFixture[str]) -> None:
    canteen.sheet.write_text(WEEK, "utf-8")
    canteen.gather()
    folder = canteen.folder
    folders = ["--config", str(folder / "screens.toml"), "--var", str(folder / "var"), "--layouts", str(LAYOUTS)]
    main(["sources", "status", *folders, "--at", "2026-11-23T12:05"])
    assert "meny: answered 2026-11-23 12.00, changed 2026-11-23 12.00" in capsys.readouterr().err


def test_its_pages_change_at_the_minute_and_the_phone_page_has_it_whole(canteen: Canteen) -> None:
    rows = "".join(f"2026-11-23;{10 + n // 12}-{13 + n // 12};Rom {n}\n" for n in range(24))
    canteen.sheet.write_text(f"Dato;Tid;Hva\n{rows}2026-11-22;9-10;I går\n", "utf-8")
    canteen.write('{ show = "table", source = "meny", title = "Hvem er hvor" }, { show = "evergreen" }')
    config = load(canteen.folder / "screens.toml", LAYOUTS)
    report = QuickPipeline(canteen.folder).build(config, NOW)
    assert report.problems == ()
    screen = canteen.folder / "var" / "published" / "screens" / "bibliotek"
    pages = [page for page in json.loads((screen / "manifest.json").read_bytes())["pages"] if page["kind"] == "table"]
    ends = sorted({datetime.fromisoformat(page["until"]) for page in pages})
    assert ends == [NOW + timedelta(hours=1), NOW + timedelta(hours=2)]
    assert all(page["dated"] for page in pages)
    assert not any("I går" in page["alt"] for page in pages)
    phone = (screen / "events.html").read_text("utf-8")
    assert ">Hvem er hvor</h2>" in phone.replace("\u00a0", " ")
    assert [f"<td>Rom\u00a0{n}</td>" in phone for n in range(24)] == [True] * 24
    assert "I går" not in phone


def test_a_changed_table_concerns_the_screens_that_show_it(canteen: Canteen) -> None:
    canteen.sheet.write_text(WEEK, "utf-8")
    other = '\n[screens.annen]\nplace = "bibliotek"\nplaylist = [{ show = "evergreen" }]\n'
    canteen.write(source=SOURCE + other)
    config = load(canteen.folder / "screens.toml", LAYOUTS)
    pipeline = QuickPipeline(canteen.folder)
    pipeline.build(config, NOW)
    planned: list[str] = []
    pipeline.look = lambda spec: planned.append(str(spec.context)) or None  # type: ignore[func-returns-value]
    pipeline.build(config, NOW + timedelta(minutes=1))
    assert planned == []
    canteen.sheet.write_text(WEEK.replace("Laks", "Ørret"), "utf-8")
    pipeline.build(config, NOW + timedelta(minutes=2))
    assert planned
    assert all("Ørret" in each for each in planned)


def test_a_hostile_sheet_costs_only_its_own_page(canteen: Canteen) -> None:
    canteen.sheet.write_text(";".join(f"K{n}" for n in range(25)) + "\n" + ";".join("x" * 25) + "\n", "utf-8")
    canteen.write(f'{LINE}, {{ show = "notice", title = "Hei" }}')
    config = load(canteen.folder / "screens.toml", LAYOUTS)
    report = QuickPipeline(canteen.folder).build(config, NOW)
    manifest = json.loads(
        (canteen.folder / "var" / "published" / "screens" / "bibliotek" / "manifest.json").read_bytes()
    )
    assert {page["kind"] for page in manifest["pages"]} == {"notice", "evergreen"}
    assert any("has 25 columns" in warning for warning in report.warnings)
