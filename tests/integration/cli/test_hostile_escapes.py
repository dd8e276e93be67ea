"""What strangers write gives no orders to a terminal: no command, no log and no error passes them on."""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from signage.cli.main import main
from signage.cli.output import PrintableFormatter, make_console
from signage.domain.printable import printable, printable_json, printable_line
from signage.errors import SourceError
from signage.sources.base import Warnings
from tests.fixtures import portal as answers
from tests.fixtures.paths import LAYOUTS, ROOT
from tests.fixtures.portal import Portal

# Title of the window, red letters, cleared screen, C1's control sequence, another direction, a bell, a line of its own
ORDERS = "\x1b]0;x\x07\x1b[31m\x1b[2J\x9b31m\u202eabc\u2066\u200f\x7f\x08\x85"
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
AT = ["--at", "2026-12-01T12:00"]
TOML = """
[site]
name = "Heim kommune"
calendar = "https://iheim.no"

[[sources]]
id = "page"
type = "jsonld"
url = "{url}/page"

[[sources]]
id = "tec"
type = "tec"
url = "{url}/tec"

[[sources]]
id = "feed"
type = "rss"
url = "{url}/feed"

[[sources]]
id = "calendar"
type = "ical"
url = "{url}/calendar"

[[sources]]
id = "sheet"
type = "csv"
url = "{url}/sheet"

[[sources]]
id = "portal"
type = "wis"
url = "{url}"

[[hold_back]]
title = "Styremøte*"
reason = "styremøter"

[places.kulorn]
name = "kulØr'n"

[screens.kulorn]
place = "kulorn"
playlist = [ {{ show = "today" }} ]
"""


def page(name: str, start: str) -> str:
    event = {"@context": "https://schema.org", "@type": "Event", "name": name, "startDate": start, "location": ORDERS}
    return f'<script type="application/ld+json">{json.dumps(event)}</script>'


def feed(*items: str) -> str:
    """The controls that XML allows: C1, DEL and directions."""
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:ev="http://purl.org/rss/1.0/modules/event/"><channel>'
        f"<title>x</title>{''.join(items)}</channel></rss>"
    )


def item(title: str, start: str) -> str:
    return f"<item><title>{title}</title><guid>{title}</guid><ev:startdate>{start}</ev:startdate></item>"


def calendar(*events: tuple[str, str]) -> str:
    rows = (f"BEGIN:VEVENT\r\nUID:{t}\r\nSUMMARY:{t}\r\nDTSTART:{s}\r\nEND:VEVENT\r\n" for t, s in events)
    return f"BEGIN:VCALENDAR\r\n{''.join(rows)}END:VCALENDAR\r\n"


def tec_row(number: int, title: str, start: str) -> dict[str, Any]:
    times = {"start_date": start, "end_date": start, "utc_start_date": start, "timezone": f"UTC{ORDERS}"}
    return {"id": number, "status": "publish", "title": title, **times, "venue": {"venue": ORDERS}, "organizer": []}


@dataclass
class House:
    folder: Path
    portal: Portal

    def run(self, *words: str) -> int:
        config = [] if words[0] == "show" else ["--config", str(self.folder / "screens.toml")]
        return main([*words, *config, "--var", str(self.folder / "var")])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    fine, bad, xml = f"{ORDERS}Kor", f"{ORDERS}Quiz", ORDERS.translate({0x1B: "", 7: "", 8: ""})
    with Portal() as portal:
        good_day, no_day = "2026-12-05T18:00:00+01:00", f"snart{ORDERS}"
        wis = [
            {"id": ORDERS, "title": fine, "startDate": "2026-12-05", "startTime": "18:00", "location": ORDERS},
            {"id": f"2{ORDERS}", "title": f"Styremøte {ORDERS}", "startDate": "2026-12-06", "startTime": "18:00"},
            {"id": f"3{ORDERS}", "title": bad, "startDate": ORDERS, "startTime": "18:00"},
        ]
        portal.paths |= {
            "/page": answers.ok(page(fine, good_day) + page(bad, no_day), "text/html"),
            "/tec/wp-json/tribe/events/v1/events": answers.ok(
                json.dumps({"events": [tec_row(1, fine, "2026-12-05 18:00:00"), tec_row(2, bad, no_day)]})
            ),
            "/feed": answers.ok(feed(item(f"{xml}Kor", "2026-12-05T18:00"), item(f"{xml}Quiz", f"snart{xml}"))),
            "/calendar": answers.ok(calendar((fine, "20261205T180000"), (bad, no_day)), "text/calendar"),
            "/sheet": answers.ok(f"Tittel;Dato;Tid\n{fine};05.12.2026;18:00\n{bad};{no_day};18\n", "text/csv"),
            "/ends": answers.status(404, f"{ORDERS}"),
        }
        portal.wis(answers.ok(json.dumps(wis)))
        (tmp_path / "screens.toml").write_text(TOML.format(url=portal.url), encoding="utf-8")
        (tmp_path / "layouts").symlink_to(LAYOUTS)
        yield House(tmp_path, portal)


def check_output(capsys: pytest.CaptureFixture[str], least: int = 10) -> str:
    said = capsys.readouterr()
    whole = said.out + said.err
    assert len(whole) >= least
    found = FORBIDDEN.search(whole)
    assert found is None, f"{whole[max(0, found.start() - 80) : found.end() + 20]!r}"
    return whole


COMMANDS = [
    ["events", *AT],
    ["events", "--json", *AT],
    ["events", "--held-back", *AT],
    ["organisations", *AT],
    ["organisations", "--json", *AT],
    ["sources", "status", *AT],
    ["sources", "status", "--json", *AT],
    ["status", *AT],
    ["status", "--json", *AT],
    ["check"],
    ["pair"],
    ["layouts", "list"],
    ["report", "sponsors", "--month", "2026-12"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_passes_orders_on(house: House, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    house.run("events", *AT)
    check_output(capsys)
    house.run(*words)
    check_output(capsys, 0)


def test_the_warnings_are_there_and_harmless(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """What the sources say is still said: the orders in it are all that goes."""
    house.run("events", *AT)
    capsys.readouterr()
    house.run("sources", "status", *AT)
    said = check_output(capsys)
    assert said.count("Quiz") >= 4
    house.run("events", *AT)
    assert "Kor" in check_output(capsys)


@pytest.mark.parametrize("path", ["page", "tec", "feed", "calendar", "sheet", "", "ends"])
def test_a_probe_passes_no_orders_on(house: House, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--json"]):
        house.run("sources", "probe", f"{house.portal.url}/{path}", "--from", "2026-12-01", *more)
        check_output(capsys, 0)


def test_an_event_is_explained_without_orders(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.run("events", "--json", *AT)
    lines = check_output(capsys).splitlines()
    for line in [each for each in lines if each.startswith("{")]:
        house.run("events", "--explain", json.loads(line)["id"], *AT)
        house.run("events", "--explain", json.loads(line)["id"], "--json", *AT)
        check_output(capsys)


@pytest.mark.browser
def test_a_build_and_what_it_shows_pass_no_orders_on(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["build", *AT],
        ["show", "kulorn", *AT],
        ["show", "kulorn", "--json", *AT],
        ["check", "--pages", *AT],
    ):
        house.run(*words)
        check_output(capsys)


def test_a_terminal_gets_colours_of_ours_only() -> None:
    import io

    written = io.StringIO()
    console = make_console(file=written, force_terminal=True, color_system="standard", width=200)
    console.print(f"[red]here[/] {ORDERS}")
    console.print_json(json.dumps({"a": ORDERS}, ensure_ascii=False))
    without_ours = re.sub(r"\x1b\[[0-9;]*m", "", written.getvalue().replace("\x1b[31mhere", "here"))
    assert "\x1b[31m" in written.getvalue()
    assert written.getvalue().count("\x1b[31m") == 1
    assert not FORBIDDEN.search(without_ours)


def test_a_log_has_no_orders_and_no_line_of_a_stranger() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "%s", (ORDERS,), None)
    assert not FORBIDDEN.search(PrintableFormatter("%(message)s").format(record))
    error = SourceError("k", f"http://x/{ORDERS}", f"said {ORDERS}\n12:00:00 all is well")
    assert not FORBIDDEN.search(str(error))
    assert "\n" not in str(error)
    warnings = Warnings()
    warnings.add(f"{ORDERS}\nall is well" + "x" * 10_000)
    assert not FORBIDDEN.search(warnings.all[0])
    assert "\n" not in warnings.all[0]
    assert len(warnings.all[0]) <= 500


def test_json_is_read_as_what_it_was() -> None:
    value = {"a": ORDERS + "æøå\n", ORDERS: [1, None]}
    assert json.loads(printable_json(value)) == value
    assert not FORBIDDEN.search(printable_json(value))
    assert "æøå" in printable_json(value)
    assert printable("æ\n\tø") == "æ\n\tø"
    assert printable_line("a\r\nb\tc") == "a b c"


def test_one_module_of_the_commands_prints() -> None:
    """`print` and rich's own console pass anything on: only `signage.cli.output` uses them."""
    for path in sorted((ROOT / "signage").rglob("*.py")):
        if path.name == "output.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            own = path.parts[-2:] in {("config", "schema.py")}
            assert own or called not in ("print", "Console"), f"{path}:{node.lineno} calls {called}()"
