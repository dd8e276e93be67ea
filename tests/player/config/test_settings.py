"""The settings file: whatever somebody's editor makes of it is read, and a wrong line costs that line only."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.config.options import parse, start_options
from player.config.settings import (
    KEYS,
    MAX_BYTES,
    MOST_PROBLEMS,
    Settings,
    SettingsProblem,
    parse_settings,
    read_settings,
)
from player.display.display_options import Resolution
from tests.fixtures.paths import ROOT

CARD = Path("/boot/firmware/signage-player.txt")
KEY = "0123456789abcdef" * 4
GOOD = f"""# made by: signage pair --file
server = http://192.0.2.10:8080
screen = hemne-bibliotek
key = {KEY}
token = {KEY[::-1]}
"""


def read(text: str | bytes) -> tuple[Settings, list[SettingsProblem]]:
    found, problems = parse_settings(CARD, text.encode() if isinstance(text, str) else text)
    return Settings(**found), problems


def value(line: str, key: str) -> Any:
    """What one line sets; fails when it is complained of."""
    settings, problems = read(line)
    assert problems == []
    return getattr(settings, key)


def complaint(text: str | bytes) -> str:
    _, problems = read(text)
    assert len(problems) == 1, problems
    return str(problems[0])


def test_the_file_that_pairing_writes() -> None:
    settings, problems = read(GOOD)
    assert problems == []
    assert settings.server == "http://192.0.2.10:8080"
    assert settings.screen == "hemne-bibliotek"
    assert settings.key == bytes.fromhex(KEY)
    assert settings.token == bytes.fromhex(KEY[::-1])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(codecs.BOM_UTF8 + GOOD.encode(), id="Notepad's UTF-8"),
        pytest.param(codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"), id="Notepad's Unicode"),
        pytest.param(codecs.BOM_UTF16_BE + GOOD.encode("utf-16-be"), id="Unicode big endian"),
        pytest.param(GOOD.encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="Windows' line ends"),
        pytest.param(GOOD.replace("\n", "\r").encode(), id="an old Mac's line ends"),
        pytest.param(GOOD.replace(" = ", ": ").encode(), id="colons"),
        pytest.param(GOOD.replace(" = ", "=").encode(), id="no spaces"),
        pytest.param(GOOD.replace(" = ", " ").encode(), id="spaces only"),
        pytest.param(GOOD.replace(" = ", "\u00a0=\t\u200b").encode(), id="spaces that nobody sees"),
        pytest.param(GOOD.upper().replace("HTTP", "http").encode(), id="capitals"),
        pytest.param(GOOD.replace("= ", '= "').replace("\n", '"\n').encode(), id="quotes"),
        pytest.param(GOOD.replace("= ", "= “").replace("\n", "”\n").encode(), id="typographic quotes"),
        pytest.param(GOOD.replace("\n", "   # på biblioteket\n").encode("cp1252"), id="ANSI, with remarks"),
        pytest.param(("[player]\n" + GOOD.replace("\n", ",\n")).encode(), id="as in some other format"),
        pytest.param(GOOD.rstrip("\n").encode() + bytes(400), id="zeros after it, after a power cut"),
    ],
)
def test_what_editors_make_of_it(data: bytes) -> None:
    settings, problems = read(data)
    assert problems == []
    assert (settings.server, settings.screen) == ("http://192.0.2.10:8080", "hemne-bibliotek")
    assert settings.key is not None
    assert settings.token is not None


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("192.0.2.10:8080", "http://192.0.2.10:8080"),
        ("skjerm.example", "http://skjerm.example"),
        ("HTTP://skjerm.example/", "http://skjerm.example"),
        ("http:\\\\skjerm.example\\heim\\", "http://skjerm.example/heim"),
        ("https//skjerm.example", "https://skjerm.example"),
        ("htpp://skjerm.example", "http://skjerm.example"),
        ("http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
        ("http://192.0.2.10:8080/screen/hemne-bibliotek", "http://192.0.2.10:8080"),
    ],
)
def test_addresses_as_people_write_them(written: str, server: str) -> None:
    assert value(f"server = {written}", "server") == server


def test_the_address_of_a_screens_own_page_says_which_screen_it_is() -> None:
    assert value("server = http://192.0.2.10:8080/screen/hemne-bibliotek", "screen") == "hemne-bibliotek"
    settings, _ = read("server = http://192.0.2.10/screen/hemne-bibliotek\nscreen = radhuset")
    assert settings.screen == "radhuset"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("rotate = 90", 90),
        ("rotate: 90°", 90),
        ("rotate = -90", 270),
        ("rotate = 270 grader", 270),
        ("rotate = venstre", 270),
        ("rotasjon = høyre", 90),
        ("rotate = nei", 0),
        ("overscan = 3,5 %", 3.5),
        ("overscan = ja", 3.0),
        ("overscan = nei", 0.0),
        ("resolution = 1920 × 1080 @ 60 Hz", Resolution(1920, 1080, 60)),
        ("oppløsning = 1080p", Resolution(1920, 1080)),
        ("resolution = auto", None),
        ("output = KMS", "kms"),
        ("display = svart", "black"),
        ("verbose = ja", True),
        ("skjerm = Hemne-Bibliotek", "hemne-bibliotek"),
    ],
)
def test_values_as_people_write_them(line: str, meant: object) -> None:
    settings, problems = read(line)
    assert problems == []
    changed = {key: getattr(settings, key) for key in KEYS if getattr(settings, key) != getattr(Settings(), key)}
    assert meant in changed.values() or (not changed and meant in (None, 0, 0.0))


def test_nothing_set_is_no_problem() -> None:
    assert read("server =\n# screen = x\n\n;\n// hello\n") == (Settings(), [])
    assert read((ROOT / "packaging" / "signage-player.txt").read_bytes()) == (Settings(), [])


def test_a_typo_costs_its_own_line_only() -> None:
    settings, problems = read("servr = http://192.0.2.10\nscreen = hemne-bibliotek\nrotate = 45\noverscan = 2\n")
    assert (settings.screen, settings.overscan, settings.server, settings.rotate) == (
        "hemne-bibliotek",
        2.0,
        None,
        None,
    )
    assert [str(problem) for problem in problems] == [
        f'{CARD}:1: Unknown setting "servr". Did you mean "server"?',
        f'{CARD}:3: rotate: Invalid value "45". Write 0, 90, 180 or 270 (degrees clockwise).',
    ]


def test_the_display_shows_it_in_norwegian_and_english() -> None:
    _, (problem,) = read("\n\nscreen = Hemne Bibliotek")
    assert problem.on_display == (
        "Linje 3 i signage-player.txt (screen): Ugyldig verdi «Hemne Bibliotek». Navnet på en skjerm består av små "
        "bokstaver, tall og bindestreker. Mente du «hemne-bibliotek»?",
        'Line 3 of signage-player.txt (screen): Invalid value "Hemne Bibliotek". A screen\'s name consists of '
        'lower-case letters, digits and hyphens. Did you mean "hemne-bibliotek"?',
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("server = ftp://skjerm.example", "must begin with http:// or https://"),
        ("server = http://skjerm.example:8o80", "Write a web address"),
        ("server = http://", "Write a web address"),
        ("key = abc", "must have 64 digits, but has 3"),
        (f"key = {KEY[:-1]}x", "0-9 and the letters a-f"),
        ("resolution = big", "1920x1080@60"),
        ("overscan = 40", "0 to 15"),
        ("output = kmss", 'Did you mean "kms"?'),
        ("verbose = kanskje", "yes or no"),
        ("<!DOCTYPE html>", "Invalid line"),
        ("rotate = 90\nrotate = 180", "Also set on line 1"),
        (b"{\\rtf1 server = http://192.0.2.10}", "plain text"),
        (b"PK\x03\x04 server = http://192.0.2.10", "plain text"),
        (b"# long\n" * MAX_BYTES, "too long"),
    ],
)
def test_what_cannot_be_used_is_said(line: str | bytes, said: str) -> None:
    assert said in complaint(line)


def test_a_whole_book_does_not_flood_the_journal() -> None:
    _, problems = read("det var en gang\n" * 4000)
    assert len(problems) == MOST_PROBLEMS


@pytest.mark.parametrize(
    "line", [f"tokn = {KEY}", f"token = {KEY}0", KEY, f"server = {KEY}//", "server = http://me:" + KEY + "@x"]
)
def test_a_secret_is_never_said(line: str) -> None:
    for problem in read(line)[1]:
        assert KEY[:16] not in str(problem) + "".join(problem.on_display)
    assert KEY not in repr(read(GOOD)[0])


LINES = st.one_of(
    st.text(max_size=80),
    st.builds(
        lambda key, sep, text: key + sep + text,
        st.sampled_from([*KEYS, "Server", "skjerm"]),
        st.sampled_from(["=", ":", " ", " = "]),
        st.text(max_size=80),
    ),
)


@given(
    st.one_of(
        st.binary(max_size=600),
        st.lists(LINES, max_size=8)
        .map("\n".join)
        .flatmap(
            lambda text: st.sampled_from(
                [
                    text.encode("utf-8", "replace"),
                    text.encode("utf-16", "replace"),
                    text.encode("utf-16-be", "replace"),
                    text.encode("latin-1", "replace"),
                ]
            )
        ),
    )
)
def test_no_bytes_are_too_hostile(data: bytes) -> None:
    settings, problems = read(data)
    assert isinstance(settings, Settings)
    assert settings.server is None or settings.server.startswith(("http://", "https://"))
    for problem in problems:
        assert str(problem).isprintable()
        assert all(sentence.isprintable() and len(sentence) < 400 for sentence in problem.on_display)


@given(st.lists(LINES, max_size=6))
def test_wrong_lines_do_not_hurt_the_right_ones(lines: list[str]) -> None:
    around = "\n".join(line for line in lines if "overscan" not in line.lower())
    settings, _ = read(f"{around}\noverscan = 2\n")
    assert settings.overscan == 2.0


# -- files ----------------------------------------------------------------------------------------------------------


def test_the_card_goes_before_etc_key_by_key(tmp_path: Path) -> None:
    card, etc = tmp_path / "card.txt", tmp_path / "etc.txt"
    card.write_text("screen = radhuset\nrotate = 45\n")
    etc.write_text("screen = hemne-bibliotek\nserver = http://192.0.2.10\n")
    settings, problems = read_settings([tmp_path / "missing.txt", card, etc])
    assert (settings.screen, settings.server) == ("radhuset", "http://192.0.2.10")
    assert [(problem.file, problem.line) for problem in problems] == [(card, 2)]


@pytest.mark.parametrize(
    "name", ["signage-player.txt.txt", "Signage-Player.TXT", "signage_player", "signage-player (1).txt"]
)
def test_a_name_that_windows_made_of_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "._signage-player.txt").write_bytes(b"\0\5\x16\7")
    (tmp_path / name).write_text(GOOD)
    settings, problems = read_settings([tmp_path / "signage-player.txt"])
    assert settings.screen == "hemne-bibliotek"
    assert problems == []


def test_what_is_no_file_is_said_and_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "nowhere")
    settings, problems = read_settings([tmp_path / f"{name}.txt" for name in ("folder", "pipe", "dangling")])
    assert settings == Settings()
    assert [problem.file.stem for problem in problems] == ["folder", "pipe", "dangling"]
    assert all("can't be read" in str(problem) for problem in problems)


# -- together with the command line ---------------------------------------------------------------------------------


def test_a_service_needs_nothing(tmp_path: Path) -> None:
    options = parse(["--service", "--settings", str(tmp_path / "none.txt")], {"STATE_DIRECTORY": str(tmp_path)})
    assert (options.server, options.screen, options.key, options.token) == ("", "", None, None)
    assert options.store == tmp_path
    assert options.look.fullscreen


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "signage-player.txt"
    file.write_text(GOOD + "rotate = 90\noverscan = 3\noutput = kmss\n")
    options = parse(["--service", "--settings", str(file), "--screen", "radhuset", "--overscan", "0"])
    assert (options.screen, options.server) == ("radhuset", "http://192.0.2.10:8080")
    assert (options.look.rotate, options.look.overscan, options.look.output) == (90, 0.0, "auto")
    assert options.token == bytes.fromhex(KEY[::-1])
    assert len(options.problems) == 1


def test_a_developer_is_still_told_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--screen", "library"])
    assert ended.value.code == 2
    assert "required: --store" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parse(["--once-synced"])
    assert "required: --server, --screen, --store" in capsys.readouterr().err


def test_at_a_desk_a_player_can_be_paired_too() -> None:
    options = parse(["--store", "x", "--server", "http://192.0.2.10:8080"])
    assert (options.screen, options.look.fullscreen, options.service) == ("", False, False)
    assert start_options(options).identity is None
    assert start_options(parse(["--store", "x"])).server is None, "it looks for one"


def test_every_setting_is_in_the_documents() -> None:
    table = (ROOT / "docs" / "player.md").read_text("utf-8")
    manual = (ROOT / "packaging" / "signage-player.1").read_text("utf-8")
    for key in KEYS:
        assert f"\n- `{key}`: " in table, key
        assert f".B {key}\n" in manual or f'.BR key ", " {key}\n' in manual or f".BR {key} " in manual, key
