"""Mistakes that people make in screens.toml: the message names the real fault, where it is, and a way out.

The 90 files in tests/fixtures/config/mistakes are in order (000-ok.toml) or have one mistake each. answers.txt has what
must be printed of each, "-" where nothing is wrong. more.txt has changes of 000-ok.toml: what is there, what somebody
writes in its place, and what must be printed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest

import signage.app.configuration  # noqa: F401 what may stand in a playlist, and the types of sources
from signage.config.load import find_warnings, parse_config
from signage.config.syntax import parse
from signage.errors import ConfigError
from tests.fixtures.paths import FIXTURES, LAYOUTS, ROOT

NOW = datetime(2026, 11, 28, 20, tzinfo=UTC)
HERE = FIXTURES / "config" / "mistakes"
OK = (HERE / "000-ok.toml").read_text(encoding="utf-8")
ANSWERS = [line.split(" ", 1) for line in (HERE / "answers.txt").read_text(encoding="utf-8").splitlines()]

MORE = [block.split("\n") for block in (HERE / "more.txt").read_text(encoding="utf-8").strip().split("\n\n")]


def printed(data: bytes) -> list[str]:
    """What is printed of a file, without its name: its problems or, if it can be used, its warnings."""
    try:
        config = parse_config(data, "", LAYOUTS)
        found = find_warnings(data, "", config, NOW)
    except ConfigError as error:
        found = error.problems
    return [str(problem).lstrip(":") for problem in found]


@pytest.mark.parametrize("name", sorted({name for name, _ in ANSWERS}))
def test_a_file_with_a_mistake_gets_the_right_answer(name: str) -> None:
    expected = [answer for other, answer in ANSWERS if other == name and answer != "-"]
    assert printed((HERE / f"{name}.toml").read_bytes()) == expected


def test_every_file_has_an_answer() -> None:
    assert {name for name, _ in ANSWERS} == {path.stem for path in HERE.glob("*.toml")}
    assert len({name for name, _ in ANSWERS}) == 90


@pytest.mark.parametrize(("right", "mistake", "answer"), MORE, ids=[mistake for _, mistake, _ in MORE])
def test_a_mistake_gets_the_right_answer(right: str, mistake: str, answer: str) -> None:
    right, mistake = (text.replace("\\n", "\n").replace("<nbsp>", "\u00a0") for text in (right, mistake))
    assert right in OK
    assert printed(OK.replace(right, mistake, 1).encode()) == [answer]


def warned(config: str) -> list[str]:
    return printed(config.encode())


@pytest.mark.parametrize("hours", ["18-03", "12-02", "20-08", "00-24", "10-18, 22-24"])
def test_nights_that_people_do_keep_open_are_no_mistake(hours: str) -> None:
    assert warned(OK.replace('sat = "10-14"', f'sat = "{hours}"')) == []


def test_a_slot_on_a_screen_that_no_sponsor_has_is_reported() -> None:
    sponsored = OK.replace('{ show = "evergreen" }', '{ show = "sponsor" }')
    assert warned(sponsored) == []
    (found,) = warned(sponsored.replace('name = "Hemne Bygg"', 'name = "Hemne Bygg"\nscreens = ["bibliotek"]'))
    assert found.startswith('47:12: screens.radhuset.playlist[1].show: No sponsor is shown on the screen "radhuset".')


def test_news_of_a_feed_and_a_notice_that_is_yet_to_come_are_no_mistake() -> None:
    feed = '[[sources]]\nid = "kommunen"\ntype = "rss"\nurl = "https://heim.kommune.no/rss"\n\n[places.bibliotek]'
    page = '{ show = "news", source = "kommunen" }, { show = "notice", title = "Hei", from = 2026-12-30 }'
    assert warned(OK.replace("[places.bibliotek]", feed).replace('{ show = "today" }', page, 1)) == []


def test_the_log_and_the_start_page_get_no_password_out_of_an_address() -> None:
    for url in ("htps://kari:1234@iheim.no", "//kari:1234@iheim.no", "https://kari:1234@iheim.no/a b"):
        assert "1234" not in "".join(warned(OK.replace('url = "https://iheim.no"', f'url = "{url}"')))


def test_a_variable_that_is_set_is_no_mistake() -> None:
    text = OK.replace('id = "iheim"', 'id = "iheim"\nuser_env = "KARI"\npassword_env = "PASSWORD"')
    config = parse_config(text.encode(), "", LAYOUTS)
    (found,) = find_warnings(text.encode(), "", config, NOW, {"KARI": "kari"})
    assert found.key == "sources[0].password_env"


def test_a_certificate_file_that_cannot_be_used_is_named_with_a_way_out(tmp_path: Path) -> None:
    text = OK.replace("[site]", '[site]\nca_file = "ca.pem"').encode()
    file = tmp_path / "ca.pem"

    def said() -> str:
        (found,) = find_warnings(text, "", parse_config(text, str(tmp_path / "screens.toml"), LAYOUTS), NOW)
        return str(found)

    assert said() == (
        f":2:11: site.ca_file: There is no file {file}. "
        "Hint: copy the authority's certificate there, or correct the path."
    )
    for data, wrong in (
        (b"\x30\x82\x01", "isn't in the format PEM. Hint: convert it: openssl x509 -inform der"),
        (b"-----BEGIN PRIVATE KEY-----", "holds a private key. Hint: use the authority's certificate"),
        (b"ingenting", "holds no certificate that can be read. Hint: it must begin with -----BEGIN CERTIFICATE"),
    ):
        file.write_bytes(data)
        assert f"{file} {wrong}" in said()


def test_a_message_is_short_however_long_the_mistake() -> None:
    assert all(len(line) < 700 for line in warned(f"[{'a b' * 9999}]\n"))


def test_the_time_for_finding_a_mistake_grows_with_the_file_and_not_with_its_square() -> None:
    def seconds(lines: int) -> float:
        began = process_time()
        parse(f"#{'x' * 48}\n" * lines + "a = x\n")
        return process_time() - began

    seconds(100)
    assert seconds(20_000) < 24 * seconds(2_500)  # 8 times as long a file: 8, or 64


def test_the_files_that_we_ship_have_no_warnings() -> None:
    for path in (ROOT / "screens.toml", *(ROOT / "signage").rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        if "[[sources]]" in text:
            assert warned(text) == [], path
