"""The sheet of organisations that `site.organisations` names: a CSV file, as spreadsheets save it.

It is read in a worker process, since it often is what somebody has sent.

Columns for personal data are not there to be read; what looks like an e-mail address or a telephone number is left out.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from signage.app.unchanged_files import FilesRead
from signage.config.load import FileProblem
from signage.domain.model import Organisation, OrganisationKind
from signage.domain.organisation_names import key, personal, slug
from signage.errors import ConfigError
from signage.events.text import clean_line, clean_text
from signage.runtime.cancel import CancelToken
from signage.runtime.workers import RESPONSE, WorkerKilled, shared
from signage.sources.formats.decoding import decode

MAX_BYTES = 1024 * 1024  # 1 MiB; a municipality has a few hundred associations
MOST_ROWS = 5000
HEADING_WITHIN = 6  # lines; above the headings there is at most a title and a few words
TEXT = 1000  # characters of "Om"; more does not fit a page
DELIMITERS = (";", "\t", ",")

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "name": ("navn", "namn", "name", "organisasjon", "organisation", "organization"),
    "aliases": ("også kjent som", "også kjend som", "andre navn", "andre namn", "aliases", "alias", "also known as"),
    "kind": ("type", "slag", "kind"),
    "about": ("om", "om oss", "omtale", "beskrivelse", "about", "description"),
    "url": ("nettside", "nettsted", "nettstad", "hjemmeside", "heimeside", "website", "url"),
    "town": ("sted", "stad", "tettsted", "town", "place"),
    "picture": ("bilde", "bilete", "logo", "picture", "image"),
    "contact": ("kontaktside", "contact page"),
}
KINDS = {
    **dict.fromkeys(("forening", "foreining", "lag", "lag og foreninger", "association"), OrganisationKind.ASSOCIATION),
    **dict.fromkeys(("bedrift", "verksemd", "virksomhet", "firma", "business", "company"), OrganisationKind.BUSINESS),
}
_MEANINGS = {heading: field for field, headings in HEADINGS.items() for heading in headings}
_NAMES_END = re.compile(r"[;|\n]")
_PERSONAL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.\w|(?<!\d)(?:\+47\s?|0047\s?)?[2-9](?:[ .]?\d){7}(?!\d)")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own first line

Row = Mapping[str, str]


Sheet = tuple[Sequence[Organisation], Sequence[str]]


def read_organisations(
    path: Path | str, cancel: CancelToken | None = None, known: FilesRead[Sheet] | None = None
) -> tuple[list[Organisation], list[str]]:
    """The sheet's organisations in its order, and what is wrong with single rows, each with its line. `known`: the
    sheets that were read before.

    Raises ConfigError when the file can't be read, or has no column of names, and Cancelled.
    """
    path = Path(path)
    try:
        data = _read(path)
        found, said = (known or FilesRead[Sheet]()).get(
            str(path),
            data,
            lambda: shared().call(parse_organisations, data, str(path), limits=RESPONSE, cancel=cancel),
        )
    except WorkerKilled as killed:
        raise _refused(str(path), killed.reason) from None
    warnings = list(said)
    return [_with_picture(one, path, warnings) for one in found], warnings


def parse_organisations(data: bytes, file: str) -> tuple[list[Organisation], list[str]]:
    """As `read_organisations`, from bytes; pictures are not looked for. `file` is the name that problems carry.

    Runs in a worker process.
    """
    text = decode(data)
    if "\x00" in text:
        raise _refused(file, "This is not a CSV file.", "save the sheet as CSV.")
    warnings: list[str] = []
    lines = list(_lines(text, file, warnings))
    start = next((n for n, (_, cells) in enumerate(lines[:HEADING_WITHIN]) if "name" in _columns(cells)), None)
    if start is None:
        if not lines:
            return [], [f"{file}: The sheet is empty."]
        headings = ", ".join(f'"{cell.strip()[:30]}"' for cell in lines[0][1][:8])
        raise _refused(file, f'The sheet has no column "Navn". Its first line is {headings}.')
    columns = _columns(lines[start][1])
    found: list[Organisation] = []
    claimed: dict[str, tuple[int, str]] = {}  # key of a name -> the line that has it, and how it is spelled there
    for line, cells in lines[start + 1 :]:
        row = {field: cells[i].strip() if i < len(cells) else "" for field, i in columns.items()}
        problems: list[str] = []
        if one := _organisation(row, problems):
            problems += _claims(one, line, claimed)
            found.append(one)
        warnings += [f"{file}:{line}: {sentence}" for sentence in problems]
    return found, warnings


def _organisation(row: Row, problems: list[str]) -> Organisation | None:
    """One row; None with a sentence in `problems` when it can't be one."""
    name = clean_line(row["name"])
    if not name:
        if any(row.values()):
            problems.append("The row has no name and is left out.")
        return None
    if "\n" in row["name"]:
        problems.append("The name runs over several lines; the row is left out. Hint: is a quotation mark missing?")
        return None
    if personal(name) or not key(name):
        problems.append(f'"{name[:40]}" is not the name of an organisation; the row is left out.')
        return None
    aliases = [clean_line(alias) for alias in _NAMES_END.split(row.get("aliases", ""))]
    kind = clean_line(row.get("kind", "")).casefold()
    if kind and kind not in KINDS:
        problems.append(f'The type "{kind[:40]}" is ignored. Hint: write "forening" or "bedrift".')
    about = clean_text(row.get("about", ""))
    if _PERSONAL.search(about):
        problems.append(
            "The text contains an e-mail address or a telephone number and is left out. Hint: write it without."
        )
        about = ""
    if len(about) > TEXT:
        problems.append(f"The text is longer than {TEXT} characters and is cut.")
        about = about[: TEXT - 1].rsplit(" ", 1)[0] + "…"
    return Organisation(
        id=slug(name),
        name=name,
        kind=KINDS.get(kind),
        spellings=tuple(dict.fromkeys(a for a in aliases if key(a) and a != name and not personal(a))),
        about=about,
        url=_address(row.get("url", ""), problems),
        town=clean_line(row.get("town", "")),
        picture=row.get("picture") or None,
        contact=_address(row.get("contact", ""), problems),
        listed=True,
    )


def _claims(one: Organisation, line: int, claimed: dict[str, tuple[int, str]]) -> Iterator[str]:
    for name in one.names:
        first, spelled = claimed.setdefault(key(name), (line, name))
        if first != line:
            same = f'"{name}"' if name == spelled else f'"{name}" ("{spelled}")'
            yield f"{same} is already in line {first}. A name can belong to one organisation only."


def _with_picture(one: Organisation, sheet: Path, warnings: list[str]) -> Organisation:
    """The picture's path, seen from the sheet's folder; none when there is no such file below it."""
    if one.picture is None:
        return one
    folder = sheet.resolve().parent
    try:
        path = (folder / one.picture).resolve()
        found = path.is_relative_to(folder) and path.is_file()
    except (OSError, ValueError):  # a name that is too long, or no name at all
        found = False
    if not found:
        warnings.append(f'{sheet}: {one.name}: There is no picture "{one.picture[:80]}" beside the sheet.')
    return Organisation(
        **{f: getattr(one, f) for f in one.__slots__ if f != "picture"}, picture=str(path) if found else None
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refused(str(path), "There is no such file.", "check site.organisations in screens.toml.") from None
    except (OSError, ValueError) as error:
        code = error.errno if isinstance(error, OSError) else None
        raise _refused(str(path), f"The file can't be read: {os.strerror(code).lower() if code else error}.") from None
    if len(data) > MAX_BYTES:
        raise _refused(str(path), "The file is larger than 1 MiB.", "is it the right file?")
    return data


def _lines(text: str, file: str, warnings: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with the line on which it begins."""
    before = 0
    if mark := _SEPARATOR_LINE.match(text):
        delimiter, text, before = mark[1], text[mark.end() :], 1
    else:
        delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = before + 1
    try:
        for count, cells in enumerate(reader):
            if count == MOST_ROWS:
                warnings.append(f"{file}:{line}: The sheet has more than {MOST_ROWS} rows. The rest is left out.")
                return
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = before + reader.line_num + 1
    except csv.Error:  # a cell of more than 128 KB
        warnings.append(f"{file}:{line}: The rest of the sheet can't be read. Hint: is a quotation mark missing?")


def _delimiter(text: str) -> str:
    """The one with which one of the first lines has most headings that are understood."""
    first = text.splitlines()[:HEADING_WITHIN]
    return max(DELIMITERS, key=lambda d: max((len(_columns(line.split(d))) for line in first), default=0))


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Which column holds what; the first of two with the same meaning."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        if meaning := _MEANINGS.get(" ".join(re.sub(r"[^\w\s]", " ", cell.casefold()).split())):
            found.setdefault(meaning, index)
    return found


def _address(written: str, problems: list[str]) -> str | None:
    """An address of a page; "www.kiwi.no" is one. None with a sentence when it is something else."""
    if not written:
        return None
    full = written if "://" in written or ":" in written.split("/")[0] else f"https://{written}"
    try:
        parts = urlsplit(full)
        fine = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and "@" not in parts.netloc
    except ValueError:
        fine = False
    if fine and not re.search(r"[\s\\]", full):
        return full
    shown = "An e-mail address" if "@" in written else f'"{written[:60]}"'
    problems.append(f"{shown} is not the address of a web page and is left out.")
    return None


def _refused(file: str, message: str, hint: str = "") -> ConfigError:
    return ConfigError([FileProblem(file, 1, 1, "", message, hint)])
