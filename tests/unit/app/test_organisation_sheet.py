"""The sheet of organisations, as volunteers and their spreadsheets write it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.app.organisation_sheet import HEADINGS, MAX_BYTES, MOST_ROWS, parse_organisations, read_organisations
from signage.domain.model import Organisation, OrganisationKind
from signage.domain.organisation_names import LEGAL_FORMS
from signage.errors import ConfigError
from signage.events.organisations import register
from tests.fixtures.docs import items
from tests.fixtures.paths import ROOT
from tests.fixtures.properties import examples

SHEET = """\
Navn;Også kjent som;Type;Om;Nettside;Sted;Kontaktside
Kyrksæterøra IL;KIL | Kyrksæterøra idrettslag;Forening;Idrett for alle.;www.kil.example;Kyrksæterøra;https://kil.example/om
Kiwi Liabøen;;bedrift;;https://kiwi.example/liabøen;Liabøen;
"""
KIL = Organisation(
    "kyrksæterøra-il",
    "Kyrksæterøra IL",
    OrganisationKind.ASSOCIATION,
    ("KIL", "Kyrksæterøra idrettslag"),
    "Idrett for alle.",
    "https://www.kil.example",
    "Kyrksæterøra",
    None,
    "https://kil.example/om",
    True,
)
KIWI = Organisation(
    "kiwi-liabøen",
    "Kiwi Liabøen",
    OrganisationKind.BUSINESS,
    url="https://kiwi.example/liabøen",
    town="Liabøen",
    listed=True,
)


def parsed(text: str) -> tuple[list[Organisation], list[str]]:
    return parse_organisations(text.encode(), "f.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_sheet_of_any_spreadsheet_is_read(encoding: str, delimiter: str, newline: str) -> None:
    data = SHEET.replace(";", delimiter).replace("\n", newline).encode(encoding)
    assert parse_organisations(data, "f.csv") == ([KIL, KIWI], [])


@pytest.mark.parametrize(
    "headings",
    [
        "Name;Aliases;Type;About;Website;Town;Contact page",
        "NAMN;Også kjend som:;Slag;Om oss;Heimeside;Stad;Kontaktside",
    ],
)
def test_headings_of_three_languages_are_understood(headings: str) -> None:
    assert parsed(headings + "\n" + SHEET.split("\n", 1)[1]) == ([KIL, KIWI], [])


def test_excel_s_own_first_line_and_a_title_above_the_headings_are_passed_over() -> None:
    assert parsed("sep=;\n" + SHEET)[0] == [KIL, KIWI]
    assert parsed("Foreninger i Heim;;;;;;\n\n" + SHEET)[0] == [KIL, KIWI]


def test_aliases_are_separated_by_semicolons_bars_and_line_breaks() -> None:
    found, _ = parsed('Navn,Aliases\nA lag,"Ett; To|Tre\nFire;;A lag"\n')
    assert found[0].spellings == ("Ett", "To", "Tre", "Fire")


def test_personal_data_is_not_read() -> None:
    text = (
        "Navn;E-post;Telefon;Kontaktperson;Kontaktside;Nettside;Om;Aliases\n"
        "A;kari@a.example;900 00 000;Kari Nordmann;kari@a.example;mailto:kari@a.example;"
        "Ring Kari 900 00 000;kari@a.example\n"
    )
    found, warnings = parsed(text)
    assert found == [Organisation("a", "A", listed=True)]
    assert [w.split(": ", 1)[1] for w in warnings] == [
        "The text contains an e-mail address or a telephone number and is left out. Hint: write it without.",
        "An e-mail address is not the address of a web page and is left out.",
        "An e-mail address is not the address of a web page and is left out.",
    ]
    assert "kari" not in str((found, warnings)).casefold()
    assert "900" not in str((found, warnings))


@pytest.mark.parametrize("text", ["Stiftet 1898, org.nr. 987 654 321.", "Vi er 12 345 678 900 maur", "Kl. 18.00-20.30"])
def test_other_numbers_stay_in_the_text(text: str) -> None:
    assert parsed(f'Navn;Om\nA;"{text}"\n')[0][0].about == text


def test_problems_of_rows_name_their_line() -> None:
    text = (
        "Navn;Type;Nettside;Aliases;Om\n"
        ";forening;;;\n"
        '"Over\nto linjer";;;;\n'
        "C;klubb;ikke en adresse;;\n"
        "c as;;;;\n"
        "D;;;C;\n"
        "@@;;;;\n"
        f"E;;;;{'ord ' * 400}\n"
    )
    found, warnings = parsed(text)
    assert [o.name for o in found] == ["C", "c as", "D", "E"]
    assert warnings == [
        "f.csv:2: The row has no name and is left out.",
        "f.csv:3: The name runs over several lines; the row is left out. Hint: is a quotation mark missing?",
        'f.csv:5: The type "klubb" is ignored. Hint: write "forening" or "bedrift".',
        'f.csv:5: "ikke en adresse" is not the address of a web page and is left out.',
        'f.csv:6: "c as" ("C") is already in line 5. A name can belong to one organisation only.',
        'f.csv:7: "C" is already in line 5. A name can belong to one organisation only.',
        'f.csv:8: "@@" is not the name of an organisation; the row is left out.',
        "f.csv:9: The text is longer than 1000 characters and is cut.",
    ]
    assert len(found[-1].about) <= 1000


def test_text_of_the_sheet_is_cleaned_like_that_of_the_sources() -> None:
    found, _ = parsed("Navn\tOm\nBasar &amp; kaffe \u202e<b>lag</b>\t<p>En</p><script>x</script>to\n")
    assert (found[0].name, found[0].about) == ("Basar & kaffe lag", "En to")


def test_a_quotation_mark_that_is_missing_costs_what_follows_and_is_said() -> None:
    found, warnings = parsed('Navn;Om\nA;fin\n"B;' + "x" * 140_000 + "\n")
    assert [o.name for o in found] == ["A"]
    assert warnings == ["f.csv:3: The rest of the sheet can't be read. Hint: is a quotation mark missing?"]


def test_too_many_rows_are_cut_and_it_is_said() -> None:
    found, warnings = parsed("Navn\n" + "\n".join(f"Lag {n}" for n in range(MOST_ROWS + 5)))
    assert len(found) == MOST_ROWS - 1
    assert len(warnings) == 1


def test_a_picture_lies_beside_the_sheet(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    (folder / "logo").mkdir(parents=True)
    (folder / "logo" / "kil.png").write_bytes(b"x")
    (tmp_path / "secret.png").write_bytes(b"x")
    sheet = folder / "f.csv"
    sheet.write_text("Navn,Logo\nA,logo/kil.png\nB,../secret.png\nC,none.png\nD,\nE," + "x" * 5000 + "\n", "utf-8")
    found, warnings = read_organisations(sheet)
    assert [o.picture for o in found] == [str(folder / "logo" / "kil.png"), None, None, None, None]
    assert [w.split(": ")[1] for w in warnings] == ["B", "C", "E"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "There is no such file. Hint: check site.organisations in screens.toml."),
        (b"x" * (MAX_BYTES + 1), "The file is larger than 1 MiB. Hint: is it the right file?"),
        (b"Forening;Om\nA;b\n", 'The sheet has no column "Navn". Its first line is "Forening", "Om".'),
        (b"PK\x03\x04\x00\x00\x01\xff\x02\x03\x04", "This is not a CSV file. Hint: save the sheet as CSV."),
        (
            b"<!DOCTYPE html><title>Logg inn</title>",
            'The sheet has no column "Navn". Its first line is "<!DOCTYPE html><title>Logg inn".',
        ),
    ],
)
def test_a_file_that_can_not_be_used_is_said_in_one_sentence(tmp_path: Path, data: bytes | None, sentence: str) -> None:
    path = tmp_path / "f.csv"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        read_organisations(path)
    assert str(caught.value) == f"{path}: {sentence}"


def test_a_folder_is_not_a_sheet(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: is a directory"):
        read_organisations(tmp_path)


def test_an_empty_sheet_lists_nobody_and_says_so() -> None:
    assert parsed("\n;;\n") == ([], ["f.csv: The sheet is empty."])


@settings(max_examples=examples(400), deadline=None)
@given(
    st.binary(max_size=400)
    | st.text(alphabet='Navn;,|"\n\t Om@æøå1', max_size=200).map(lambda t: f"Navn;Om\n{t}".encode())
)
def test_no_bytes_are_a_fault(data: bytes) -> None:
    try:
        found, _ = parse_organisations(data, "f.csv")
    except ConfigError:
        return
    names = [o.names for o in register([], found).organisations]
    assert len({n for some in names for n in some}) == sum(len(some) for some in names)


def test_the_docs_name_the_columns_that_are_read() -> None:
    text = (ROOT / "docs" / "organisations.md").read_text("utf-8")
    table = text.split("## The sheet")[1].split("```text")[0]
    rows = [(item.names[0], item.aside.removeprefix("also called: ")) for item in items(table) if item.names]
    assert len(rows) == len(HEADINGS)
    for heading, others in rows:
        meanings = {
            name: [f for f, known in HEADINGS.items() if name.casefold() in known]
            for name in (heading, *others.split(", "))
        }
        assert all(found for found in meanings.values()), meanings
        assert len({found[0] for found in meanings.values()}) == 1, meanings
    forms = re.search(r"a legal form before or after: ([A-Z, ]+[A-Z])", text)
    assert forms
    assert {form.casefold() for form in forms[1].split(", ")} == LEGAL_FORMS


def test_the_sheet_in_the_docs_works() -> None:
    text = (ROOT / "docs" / "organisations.md").read_text("utf-8")
    found, warnings = parsed(text.split("```text\n")[1].split("```")[0])
    assert [o.name for o in found] == ["Kyrksæterøra IL", "Kiwi Liabøen"]
    assert warnings == []
