"""Tables: never a row that is over, the day's rows marked, long ones on several pages, and words as they fit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from signage.app.tables import Tables, written_tables
from signage.config.load import parse_config
from signage.config.models import Config
from signage.domain.live_data import WantedData
from signage.domain.page_plan import Capacity, PagePlan
from signage.domain.table import Table
from signage.errors import ConfigError
from signage.planning.catalog import Catalog
from signage.planning.kinds import KINDS, renumber_pages, split_page
from signage.planning.kinds.table import MOST_ROWS
from signage.planning.page_contexts import PageContextBuilder
from signage.planning.screen_plan import Planned, plan_screen
from signage.planning.table_advice import table_advice
from signage.sources.formats.csv.table import read_table
from signage.wording.languages import load
from tests.fixtures.make import OSLO, oslo
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import HEAD

NOW = oslo("2026-11-24 15:42")
CAPACITY = Capacity(7, 8, 1, 8)  # ten rows of a table
SOURCE = '\n[[sources]]\nid = "meny"\ntype = "csv"\nurl = "meny.csv"\ntable = true\nname = "Ukas meny"\n'
WEEK = "Dag;Rett;Pris\nmandag;Suppe;89,50\ntirsdag;Kjøttkaker;105\nfredag;Pizza;1 099\n"


def config(line: str = '{ show = "table", source = "meny" }', source: str = SOURCE) -> Config:
    text = HEAD.format(url="https://iheim.no", playlist=line, more="") + source
    return parse_config(text.encode(), "screens.toml", LAYOUTS)


def catalog(text: str) -> Catalog:
    return Catalog(data={WantedData("table", "meny"): sheet(text)})


def sheet(text: str) -> Table:
    return read_table(text, NOW.date(), lambda sentence: None)


def plan(
    text: str, line: str = '{ show = "table", source = "meny" }', start: datetime = NOW, days: int = 3
) -> Sequence[Planned]:
    found = plan_screen(config(line), "bibliotek", catalog(text), start, start + timedelta(days=days), CAPACITY, {})
    assert found.failures == ()
    return found.pages


def at(pages: Sequence[Planned], instant: datetime) -> list[PagePlan]:
    return [page.plan for page in pages if page.start <= instant < page.until]


def rows_at(pages: Sequence[Planned], instant: datetime) -> dict[int, bool]:
    return {number: today for page in at(pages, instant) for number, today in page.table}


def words(text: str, line: str = '{ show = "table", source = "meny" }', language: str = "nb") -> dict[str, Any]:
    (page, *_) = at(plan(text, line), NOW)
    return context(page, text, line, language)


def context(page: PagePlan, text: str, line: str, language: str = "nb") -> dict[str, Any]:
    writer = PageContextBuilder(config(line), "bibliotek", load(language), catalog(text))
    return dict(writer.spec(page).context)


def cells(words: dict[str, Any]) -> list[list[str]]:
    return [[plain(cell["text"] + cell["rest"]) for cell in row["cells"]] for row in words["rows"]]


def plain(text: str) -> str:
    """With spaces that break."""
    return text.replace("\u00a0", " ")


def test_at_no_half_hour_is_a_row_shown_that_is_over_and_those_of_the_day_are_marked() -> None:
    """The oracle knows what is written, and the clock on the wall. Over the night in which the clocks go back, too."""
    chance = Random(7)
    written = []
    lines = ["Dato;Tid;Hva"]
    for number in range(120):
        day = date(2026, 10, 22) + timedelta(days=chance.randrange(7))
        begin, length = chance.randrange(6, 23), chance.choice((1, 2, 5))
        end = begin + length
        lines.append(f"{day};{begin}-{end % 24:02}.30;Nr {number}")
        written.append((day, begin, end))
    start = oslo("2026-10-22 00:00")
    pages = plan("\n".join(lines), start=start, days=8)
    for half in range(8 * 48):
        instant = start + timedelta(minutes=30 * half + 1)
        wall = instant.astimezone(OSLO)
        midnight = datetime.combine(wall.date(), datetime.min.time())
        now = wall.replace(tzinfo=None)
        overs = [
            datetime.combine(day, datetime.min.time()) + timedelta(hours=end, minutes=30) for day, _, end in written
        ]
        by_day = sorted(range(len(written)), key=lambda n: written[n][0])
        of_the_day = [n for n in by_day if overs[n] > midnight][:MOST_ROWS]
        expected = {n: written[n][0] <= wall.date() for n in of_the_day if overs[n] > now}
        assert rows_at(pages, instant) == expected, wall


def test_a_recurring_table_loses_no_row_and_marks_todays_until_it_is_over() -> None:
    text = "Dag;Åpent\nman-fre;07-21\nlør;10-16\nhelligdager;stengt\n"
    pages = plan(text, start=oslo("2026-12-22 00:00"), days=6)
    marked = {
        when: [n for n, today in rows_at(pages, oslo(when)).items() if today]
        for when in ("2026-12-22 08:00", "2026-12-22 20:59", "2026-12-22 21:00", "2026-12-25 12:00", "2026-12-26 12:00")
    }
    assert list(marked.values()) == [[0], [0], [], [2], [2]]  # Christmas Day is a Friday
    assert all(set(rows_at(pages, page.start)) == {0, 1, 2} for page in pages)


def test_a_night_of_every_week_goes_on_after_midnight() -> None:
    text = "Dag;Åpent\nfredag;18-21\nlørdag;22-02\nsøndag;12-16\n"
    pages = plan(text, start=oslo("2026-11-27 00:00"), days=4)
    marked = {
        when: [n for n, today in rows_at(pages, oslo(when)).items() if today]
        for when in ("2026-11-28 23:30", "2026-11-29 01:59", "2026-11-29 02:00", "2026-11-29 16:00")
    }
    assert list(marked.values()) == [[1], [1, 2], [2], []]


def test_only_so_many_days() -> None:
    one = '{ show = "table", source = "meny", days = 1 }'
    pages = plan(WEEK, one, days=4)
    assert set(rows_at(pages, NOW)) == {1}  # Tuesday
    assert rows_at(pages, NOW + timedelta(days=1)) == {}
    assert set(rows_at(pages, NOW + timedelta(days=3))) == {2}
    dated = "Dato;Hva\n2026-11-23;A\n2026-11-24;B\n2026-11-26;C\n2026-11-30;D\n"
    assert set(rows_at(plan(dated, one), NOW)) == {1}
    assert set(rows_at(plan(dated, '{ show = "table", source = "meny", days = 3 }'), NOW)) == {1, 2}
    assert set(rows_at(plan(dated), NOW)) == {1, 2, 3}


def test_weekdays_in_days_are_those_of_the_entry() -> None:
    pages = plan(WEEK, '{ show = "table", source = "meny", days = "wed" }')
    assert at(pages, NOW) == []
    assert at(pages, NOW + timedelta(days=1)) != []


def test_a_table_without_days_never_changes() -> None:
    (page,) = plan("Vare;Pris\nKaffe;25\n", days=14)
    assert page.until - page.start == timedelta(days=14)
    assert not KINDS["table"].dated(page.plan, config(), config().screens["bibliotek"])
    (other, *_) = plan(WEEK)
    assert KINDS["table"].dated(other.plan, config(), config().screens["bibliotek"])


def test_a_long_table_is_dealt_evenly_and_numbered() -> None:
    text = "Vare;Pris\n" + "".join(f"Nr {n};{n}\n" for n in range(23))
    pages = at(plan(text), NOW)
    assert [(len(page.table), page.number) for page in pages] == [(8, (1, 3)), (8, (2, 3)), (7, (3, 3))]
    halves = split_page(pages[0])
    assert [len(half.table) for half in halves] == [4, 4]
    assert [page.number for page in renumber_pages([*halves, *pages[1:]])] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    (alone,) = at(plan("Vare;Pris\nA;1\n"), NOW)
    assert split_page(alone) == [alone]


def test_what_ends_leaves_the_other_pages_alone() -> None:
    text = "Dato;Tid;Hva\n" + "".join(f"2026-11-24;16-{17 + n // 8};Nr {n}\n" for n in range(30))
    pages = plan(text)
    before, after = at(pages, oslo("2026-11-24 16:59")), at(pages, oslo("2026-11-24 17:00"))
    assert before[1:] == after[1:]
    assert len(before[0].table) > len(after[0].table)


def test_of_thousands_of_rows_few_are_shown() -> None:
    start = date(2026, 11, 24)
    text = "Dato;Tid;Hva\n" + "".join(f"{start + timedelta(days=n // 40)};{8 + n % 12}-21;N\n" for n in range(2_000))
    pages = plan(text, days=14)
    assert len(rows_at(pages, NOW)) == MOST_ROWS


def test_rows_are_in_the_order_of_their_days() -> None:
    text = "Dato;Hva\n2026-11-30;C\n;D\n2026-11-24;A\n2026-11-26;B\n"
    assert list(rows_at(plan(text), NOW)) == [2, 3, 0, 1]
    assert cells(words(text)) == [["tir. 24. nov.", "A"], ["tor. 26. nov.", "B"], ["man. 30. nov.", "C"], ["", "D"]]


def test_a_row_below_one_that_is_over_says_its_day() -> None:
    text = "Dato;Tid;Hva\n24.11.2026;10-12;Over\n;16-18;Kor\n;18-20;Quiz\n"
    found = words(text)
    assert cells(found) == [["tir. 24. nov.", "16–18", "Kor"], ["", "18–20", "Quiz"]]
    assert [(row["today"], row["label"]) for row in found["rows"]] == [(True, "i dag"), (True, "")]


def test_numbers_and_times_are_written_alike() -> None:
    text = "Dag;Tid;Pris\nmandag;10-12:30;89,50\ntirsdag;8 - 9;105\nonsdag;22-02;1 099\n"
    found = words(text)
    assert [row["cells"][1]["text"] for row in found["rows"]] == ["10.00–12.30", "8.00–9.00", "22.00–02.00"]
    assert [(row["cells"][2]["text"], row["cells"][2]["rest"]) for row in found["rows"]] == [
        ("89", ",50"),
        ("105", ""),
        ("1\u00a0099", ""),
    ]
    assert [column["kind"] for column in found["columns"]] == ["day", "time", "number"]
    assert words(text, language="en")["rows"][0]["cells"][1]["text"] == "10:00–12:30"


def test_the_heading_is_the_lines_then_the_sheets_then_the_sources() -> None:
    assert (
        words("Uke 48;;\n" + WEEK, '{ show = "table", source = "meny", title = "I kantina" }')["title"] == "I kantina"
    )
    assert plain(words("Uke 48;;\n" + WEEK)["title"]) == "Uke 48"
    assert words(WEEK)["title"] == "Ukas meny"


def test_chosen_columns_in_the_order_of_the_line() -> None:
    line = '{ show = "table", source = "meny", columns = ["pris", "Rett", "Vin"] }'
    assert [column["heading"] for column in words(WEEK, line)["columns"]] == ["Pris", "Rett"]
    data = catalog(WEEK).data
    tables = {key: table for key, table in data.items() if isinstance(table, Table)}
    (sentence,) = table_advice(config(line), tables, NOW)
    assert 'no column "Vin"' in sentence
    assert '"Dag", "Rett", "Pris"' in sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Dato;Hva\n2026-11-01;A\n2026-11-20;B\n", "Its last day was 2026-11-20"),
        (";".join(f"K{n}" for n in range(15)) + "\n" + ";".join("x" * 15) + "\n", "15 columns, and a page has room"),
        ("Hva;Nr\n" + "A;1\n" * 61, "the first 60 of 61 rows"),
    ],
)
def test_a_table_that_shows_nothing_or_not_all_is_named(text: str, sentence: str) -> None:
    (found,) = table_advice(config(), {WantedData("table", "meny"): sheet(text)}, NOW)
    assert sentence in found
    assert "Hint: " in found
    assert bool(at(plan(text), NOW)) == ("first 60" in sentence)


def test_a_table_in_the_playlist(tmp_path: Path) -> None:
    line = '''{ show = "table", title = "Svømmehallen", rows = """
      | Dag            | Åpent |
      |----------------|-------|
      | mandag-fredag  | 07-21 |
      | lørdag; søndag |       |
    """ }'''
    found: Tables = written_tables(config(line, source=""), NOW)
    (table,) = found.data.values()
    assert [column.kind.value for column in table.columns] == ["day", "time"]
    assert [row.weekdays for row in table.rows] == [(0, 1, 2, 3, 4), (5, 6)]
    plan = plan_screen(
        config(line, source=""), "bibliotek", Catalog(data=found.data), NOW, NOW + timedelta(1), CAPACITY, {}
    )
    assert [number for page in at(plan.pages, NOW) for number, _ in page.table] == [0, 1]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{ show = "table" }', "needs source or rows"),
        ('{ show = "table", source = "meny", rows = "a|b\\n1|2" }', "source or rows, and not both"),
        ('{ show = "table", rows = "a|b" }', "no row under the heading line"),
        ('{ show = "table", rows = "ab\\ncd" }', "headings are not separated"),
        ('{ show = "table", rows = "a|b\\n1|2|3" }', "Line 2 has 3 cells, and there are 2 headings"),
        ('{ show = "table", source = "iheim" }', 'The source "iheim" is a list of events'),
        ('{ show = "table", source = "menu" }', 'There is no source "menu"'),
    ],
)
def test_mistakes_in_a_line_are_explained(line: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(line)
    (problem,) = map(str, caught.value.problems)
    assert message in problem
    assert "int: " in problem
