"""A mistake in screens.toml: every problem at once, where it is, in words that a librarian understands."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signage.config.load import MAX_BYTES, load, parse_config
from signage.config.models import Site
from signage.config.playlist import OneOf
from signage.config.positions import find_positions
from signage.errors import EXIT_CONFIG, ConfigError, Problem
from signage.planning.kinds.notice import Notice
from signage.planning.kinds.picture import OwnPicture
from signage.planning.kinds.split import Split
from tests.fixtures.paths import FIXTURES, LAYOUTS, ROOT
from tests.fixtures.properties import examples

HERE = FIXTURES / "config"
REAL = ROOT / "screens.toml"
SMALL = (HERE / "small.toml").read_text(encoding="utf-8")
BROKEN = sorted((HERE / "broken").glob("*.toml"))


@pytest.fixture
def layouts(tmp_path: Path) -> Path:
    folder = tmp_path / "layouts"
    (folder / "fjord").mkdir(parents=True)
    (folder / "fjord" / "layout.toml").touch()
    (folder / "notes").mkdir()  # a folder without a layout.toml is no layout
    return folder


def problems(text: str, layouts: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text.encode(), "screens.toml", layouts)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_problem_is_said_where_it_is(path: Path, layouts: Path) -> None:
    expected = path.with_suffix(".txt").read_text(encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        parse_config(path.read_bytes(), path.name, layouts)
    assert str(caught.value) + "\n" == expected
    assert caught.value.exit_code == EXIT_CONFIG == 78


def test_messages_are_for_people(layouts: Path) -> None:
    said = "".join(path.with_suffix(".txt").read_text(encoding="utf-8") for path in BROKEN)
    for jargon in ("Input should", "Value error", "integer", "string", "boolean", "dict", "None", "pydantic", "parse"):
        assert jargon not in said
    for line in said.splitlines():
        assert re.match(r"[\w-]+\.toml:\d+:\d+: \S", line), line


@pytest.mark.parametrize("key", ["sources", "sponsors", "screens", "places", "site"])
def test_a_number_in_place_of_a_section_is_one_of_the_problems(key: str, layouts: Path) -> None:
    assert any(f" {key}: " in line for line in problems(f"{key} = 5\n", layouts))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_problems_come_in_file_order(path: Path, layouts: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(path.read_bytes(), path.name, layouts)
    spots = [(problem.line, problem.column) for problem in caught.value.problems]
    assert spots == sorted(spots)


def test_a_column_is_counted_in_letters_not_bytes(layouts: Path) -> None:
    text = SMALL.replace('{ show = "today" }', '{ show = "notice", title = "Blåbærtur på Rådhuset", secnds = 3 }')
    (line,) = [number for number, content in enumerate(text.splitlines(), 1) if "secnds" in content]
    column = text.splitlines()[line - 1].index("secnds") + 1
    assert problems(text, layouts)[0].startswith(f"screens.toml:{line}:{column}: screens.library.playlist[0].secnds: ")


def test_the_issues_own_example(layouts: Path) -> None:
    text = SMALL.replace('place = "library"', 'layout = "fjrd"\nplace = "library"')
    line = text.splitlines().index('layout = "fjrd"') + 1
    expected = f'screens.toml:{line}:10: screens.library.layout: There is no layout "fjrd". Hint: did you mean "fjord"?'
    assert problems(text, layouts) == [expected]


def test_a_zone_of_a_split_page_is_told_what_a_zone_can_show(layouts: Path) -> None:
    text = SMALL.replace('{ show = "today" }', '{ show = "split", main = { show = "split" }, side = { show = "now" } }')
    (said,) = problems(text, layouts)
    assert '"news" or "evergreen", not "split"' in said
    assert "did you mean" not in said


def test_for_an_unknown_layout_it_is_printed_where_layouts_were_looked_for(tmp_path: Path) -> None:
    written = SMALL.replace('place = "library"', 'layout = "winter"\nplace = "library"')
    (found,) = problems(written, tmp_path / "nowhere")
    looked = f"{tmp_path / 'nowhere'} and in {LAYOUTS}"
    assert f'There is no layout "winter". Hint: there is fjord, natt, plakat in {looked}.' in found
    assert "--layouts" in found


def test_a_file_from_windows_notepad_is_fine(layouts: Path) -> None:
    data = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert parse_config(data, "screens.toml", layouts) == parse_config(SMALL.encode(), "screens.toml", layouts)


def test_a_file_that_is_not_utf8_names_the_letter(layouts: Path) -> None:
    text = SMALL.replace("Hemne bibliotek", "Åsen på Hemne")
    line = next(number for number, content in enumerate(text.splitlines(), 1) if "Åsen" in content)
    with pytest.raises(ConfigError, match=rf"^screens.toml:{line}:9: .*UTF-8"):
        parse_config(text.encode("latin-1"), "screens.toml", layouts)


def test_a_missing_file_a_folder_and_a_huge_file_are_one_sentence_each(layouts: Path, tmp_path: Path) -> None:
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * (MAX_BYTES + 1))
    for path, words in ((tmp_path / "no.toml", "no such file"), (tmp_path, "a folder"), (huge, "over 1 MiB")):
        with pytest.raises(ConfigError) as caught:
            load(path, layouts)
        assert str(caught.value).startswith(f"{path}: ")
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == EXIT_CONFIG


def test_the_largest_file_that_is_allowed_loads(layouts: Path, tmp_path: Path) -> None:
    path = tmp_path / "screens.toml"
    path.write_bytes((SMALL + "#" * MAX_BYTES).encode()[:MAX_BYTES])
    assert load(path, layouts).screens


def notice(settings: str, layouts: Path, site: str = "") -> Notice:
    text = SMALL.replace('{ show = "today" }', f'{{ show = "notice", title = "Dugnad", {settings} }}')
    config = parse_config(text.replace("[site]", f"[site]\n{site}").encode(), "screens.toml", layouts)
    (entry,) = config.screens["library"].playlist
    assert isinstance(entry, Notice)
    return entry


def test_a_notice_without_an_offset_is_in_the_sites_zone(layouts: Path) -> None:
    entry = notice("from = 2026-10-24T18:00:00, until = 2026-10-25T18:00:00", layouts)  # clocks go back in between
    assert entry.from_ == datetime(2026, 10, 24, 16, tzinfo=UTC)
    assert entry.until == datetime(2026, 10, 25, 17, tzinfo=UTC)
    elsewhere = notice("from = 2026-10-24T18:00:00", layouts, 'zone = "Asia/Tokyo"')
    assert elsewhere.from_ == datetime(2026, 10, 24, 9, tzinfo=UTC)


def test_a_notice_until_a_day_is_still_there_on_that_day(layouts: Path) -> None:
    entry = notice("from = 2026-09-19, until = 2026-09-20", layouts)
    assert entry.from_ == datetime(2026, 9, 18, 22, tzinfo=UTC)
    assert entry.until == datetime(2026, 9, 20, 22, tzinfo=UTC)
    assert notice("from = 2026-09-20, until = 2026-09-20", layouts).until == entry.until


def test_a_notice_time_in_quotation_marks_or_with_an_offset_counts_as_well(layouts: Path) -> None:
    assert notice('from = "2026-09-20 18:00"', layouts).from_ == datetime(2026, 9, 20, 16, tzinfo=UTC)
    assert notice("from = 2026-09-20T18:00:00Z", layouts).from_ == datetime(2026, 9, 20, 18, tzinfo=UTC)


@pytest.mark.parametrize("day", ["2026-12-24", '"2026-12-24"'])
def test_the_day_of_a_picture_in_quotation_marks_counts_as_well(day: str, layouts: Path) -> None:
    picture = f'{{ show = "picture", file = "a.png", day = {day} }}'
    side = '{ show = "notice", title = "Dugnad" }'
    playlist = f'{picture}, {{ one_of = [{picture}] }}, {{ show = "split", main = {picture}, side = {side} }}'
    text = SMALL.replace('{ show = "today" }', playlist)
    alone, group, split = parse_config(text.encode(), "screens.toml", layouts).screens["library"].playlist
    assert isinstance(group, OneOf)
    assert isinstance(split, Split)
    for entry in (alone, group.one_of[0], split.main):
        assert isinstance(entry, OwnPicture)
        assert entry.day == date(2026, 12, 24)


def test_positions_agree_with_tomllib_on_every_form_of_the_same_setting() -> None:
    text = 'a.b = 1\n[c]\n"d e".f = [1, {g = 2}]\n[[h]]\ni = 1\n[[h]]\ni = 2\n[h.j]\nk = 3\n'
    data, positions = tomllib.loads(text), find_positions(text)
    spots = {"a.b": (1, 7), "c.d e.f.1.g": (3, 20), "h.0.i": (5, 5), "h.1.i": (7, 5), "h.1.j.k": (9, 5)}
    for key, spot in spots.items():
        path = tuple(int(part) if part.isdigit() else part for part in key.split("."))
        assert positions.of_value(path) == spot
        value: Any = data
        for part in path:
            value = value[part]
        assert text.splitlines()[spot[0] - 1][spot[1] - 1] == str(value)


def test_a_remark_after_a_value_is_not_the_value() -> None:
    assert find_positions('[a]\nb = "c"  # d\n').of_value(("a", "b")) == (2, 5)


LINES = REAL.read_text(encoding="utf-8").splitlines(keepends=True)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_typed_there_is_an_answer_and_it_points_into_the_file(data: st.DataObject, layouts: Path) -> None:
    index = data.draw(st.integers(0, len(LINES) - 1))
    start = data.draw(st.integers(0, len(LINES[index])))
    typed = data.draw(st.text(alphabet="\"[]{}=,.#\n abæ0-9:\\'", max_size=8))
    cut = data.draw(st.integers(0, 12))
    line = LINES[index][:start] + typed + LINES[index][start + cut :]
    text = "".join([*LINES[:index], line, *LINES[index + 1 :]])
    found: list[Problem] = []
    try:
        parse_config(text.encode(), "screens.toml", layouts)
    except ConfigError as error:
        found = error.problems
        assert_points_into(text, found)
    assert len({(p.line, p.column, p.key, p.message) for p in found}) == len(found), "something is said twice"


def assert_points_into(text: str, found: list[Problem]) -> None:
    assert found
    lines = text.split("\n")
    for problem in found:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


@pytest.mark.parametrize("number", ["72 46 00 00", "+47 72 46 00 00", "(+47) 72460000", " 72\u00a046 00 00 ", ""])
def test_a_telephone_number_is_written_as_people_write_it(number: str) -> None:
    site = Site.model_validate({"name": "Heim", "calendar": "https://iheim.no", "phone": number})
    assert site.phone == " ".join(number.split())


@pytest.mark.parametrize("number", ["post@heim.no", "tel:72460000", "72 46 00 00 eller 73", "7", "1" * 50, "٧٢ ٤٦ ٠٠"])
def test_what_is_no_telephone_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="isn't a telephone number"):
        Site.model_validate({"name": "Heim", "calendar": "https://iheim.no", "phone": number})
