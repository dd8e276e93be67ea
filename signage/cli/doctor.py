"""`signage doctor`: everything that has to be right on this machine, on one page that can be read aloud."""

from __future__ import annotations

from dataclasses import asdict
from zoneinfo import ZoneInfo

from signage.app.doctor import Section, Surroundings, examine
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    ConfigFile,
    LayoutsFolder,
    StateFolder,
    layouts_folder,
    new_app,
    the_instant,
)
from signage.cli.output import print_json, print_line
from signage.errors import EXIT_OK, EXIT_PARTIAL

app = new_app()


@app.command()
def doctor(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    json: AsJson = False,
) -> int:
    """Examine this machine, and print what is wrong.

    It looks at versions, paths, permissions, the browser, fonts, the clock, the network and the object store, and
    changes nothing. The exit code is 0 when nothing is wrong, otherwise 3.
    """
    now = the_instant(None, ZoneInfo("UTC"))
    sections = examine(Surroundings(config, layouts_folder(layouts, config), var, now))
    if json:
        print_json([{**asdict(section), "wrong": section.wrong} for section in sections], indent=1)
    else:
        for line in page(sections):
            print_line(line)
    return EXIT_PARTIAL if any(section.wrong for section in sections) else EXIT_OK


def page(sections: list[Section]) -> list[str]:
    """The page, line by line: the verdict first, then the numbered sections, so that a line can be referred to."""
    wrong = [f"{number} ({section.name})" for number, section in enumerate(sections, 1) if section.wrong]
    lines = [f"Something is wrong with number {' and '.join(wrong)}." if wrong else "Nothing is wrong."]
    for number, section in enumerate(sections, 1):
        attention = "WRONG" if section.wrong else "look at this" if section.findings else "all right"
        lines += ["", f"{number}. {section.name.capitalize()}: {attention}"]
        for finding in section.findings:
            lines.append(f"   {'✗' if finding.wrong else '!'} {finding.message}")
            if finding.hint:
                lines.append(f"     Hint: {finding.hint}")
        lines += [f"   {fact}" for fact in section.facts]
    return lines
