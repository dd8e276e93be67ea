"""Who took a picture is said with it, whichever way the source says so."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from signage.domain.model import Picture
from signage.sources.collect import completed
from signage.sources.credits import LONGEST, credit_line
from signage.sources.images.decoding import decode_picture
from signage.sources.images.focal_point import image_focus
from signage.sources.types.csv import Csv, CsvSource
from tests.fixtures.portal import picture
from tests.unit.sources.test_jsonld_events import SOURCE, WINDOW, ZONE, one


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("Ola Nordmann", "Foto: Ola Nordmann"),
        ("  Foto:\n Åse Bjørnå ", "Foto: Åse Bjørnå"),
        ("Photo: A. Person", "Photo: A. Person"),
        ("&copy; Heim kommune", "© Heim kommune"),
        ("(c) 2026 Klubben", "(c) 2026 Klubben"),
        ("Illustrasjon: Kari", "Illustrasjon: Kari"),
        *(
            (nobody, "")
            for nobody in ("", "  ", "Picasa", "unknown", "2026", "https://example.org", "a@example.org", "<b>x")
        ),
    ],
)
def test_a_line_that_names_somebody(said: str, line: str) -> None:
    assert credit_line(said) == line


def test_a_long_one_is_cut_at_a_word() -> None:
    line = credit_line("Foto: " + "Kari " * 40)
    assert len(line) <= LONGEST + 1
    assert line.endswith("Kari…")


def iptc(credit: bytes) -> bytes:
    """A JPEG with an IPTC credit line, as picture agencies write them (Photoshop's image resource 0x0404)."""
    field = b"\x1c\x02\x6e" + len(credit).to_bytes(2, "big") + credit
    padded = field + b"\0" * (len(field) % 2)
    resource = b"8BIM\x04\x04\0\0" + len(field).to_bytes(4, "big") + padded
    segment = b"Photoshop 3.0\0" + resource
    plain = picture(kind="JPEG")
    return plain[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + plain[2:]


def exif(tag: int, text: str) -> bytes:
    fields = Image.Exif()
    fields[tag] = text.encode() if not text.isascii() else text
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture(kind="JPEG"))) as plain:
        plain.save(out, "JPEG", exif=fields)
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "credit"),
    [
        (iptc("Bjørg Næss / Avisa".encode()), "Foto: Bjørg Næss / Avisa"),
        (exif(0x013B, "Ola Nordmann"), "Foto: Ola Nordmann"),
        (exif(0x8298, "(c) Heim kommune"), "(c) Heim kommune"),
        (exif(0x013B, "Picasa"), ""),
        (exif(0x010E, "OLYMPUS DIGITAL CAMERA"), ""),
        (picture(kind="JPEG"), ""),
    ],
)
def test_what_stands_in_the_file_stays_with_it(body: bytes, credit: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jpg"
    kept.write_bytes(decode_picture(body).data)
    assert image_focus(kept).credit == credit
    assert image_focus(kept).credit == credit  # from the file beside it
    with Image.open(kept) as again:
        assert not again.getexif()  # where it was taken is nobody's business
        assert "photoshop" not in again.info


@pytest.mark.parametrize(
    ("image", "credit"),
    [
        ({"url": "https://example.org/a.jpg", "creditText": "Foto: Ola", "creator": {"name": "Kari"}}, "Foto: Ola"),
        ({"url": "https://example.org/a.jpg", "creator": {"@type": "Person", "name": "Kari"}}, "Kari"),
        ({"contentUrl": "https://example.org/a.jpg", "copyrightNotice": "© Klubben"}, "© Klubben"),
        ([{"creditText": "of none"}, {"url": "https://example.org/a.jpg", "author": "Kari"}], "Kari"),
        (["https://example.org/a.jpg", {"url": "https://example.org/b.jpg", "creditText": "of another"}], ""),
        ("https://example.org/a.jpg", ""),
    ],
)
def test_schema_org_says_whose_the_picture_is(image: object, credit: str) -> None:
    record = one(image=image)
    assert record.picture_url == "https://example.org/a.jpg"
    assert record.picture_credit == credit


def test_what_the_source_says_goes_before_what_the_file_says(tmp_path: Path) -> None:
    record = replace(one(image="https://example.org/a.jpg"), picture_credit="Kari")
    of_the_file = Picture("0" * 64, 400, 300, "Foto: Ola")
    for said, credit in ((record, "Foto: Kari"), (replace(record, picture_credit=""), "Foto: Ola")):
        picture = completed(said, SOURCE, of_the_file).picture
        assert picture is not None
        assert picture.credit == credit


def test_a_sheet_has_a_column_for_it() -> None:
    sheet = "Dato;Tittel;Bilde;Fotograf\n05.12.2026;Kor;https://example.org/a.jpg;Åse Bjørnå\n"
    source = CsvSource(id="ark", type="csv", url="https://example.org/ark.csv")
    (record,) = Csv().parse(sheet.encode(), source, WINDOW, ZONE).records
    assert record.picture_credit == "Åse Bjørnå"
