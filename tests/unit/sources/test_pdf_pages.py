"""Documents that people drop: how large the letters on a page are."""

from __future__ import annotations

import pytest

from signage.sources.images.pdf_pages import draw_page
from tests.fixtures.hostile_files import USUAL, pdf

CONTENT = "BT /F1 4 Tf 5 5 Td (plakat.indd trykkeri) Tj ET BT /F1 40 Tf 60 200 Td (Julekonsert) Tj ET"


def document(boxes: str) -> bytes:
    font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] {boxes} /Contents 4 0 R /Resources {font} >>"
    return pdf(*USUAL, page, f"<< /Length {len(CONTENT)} >>\nstream\n{CONTENT}\nendstream")


@pytest.mark.parametrize("boxes", ["/TrimBox [20 20 280 380]", "/CropBox [20 20 280 380]"])
def test_what_the_printer_has_written_beside_the_page_is_not_small_print(boxes: str) -> None:
    _, prints = draw_page(document(boxes), 0, 1000)
    ((height, words, text),) = prints
    assert (words, text) == (1, "Julekonsert")
    uncut = draw_page(document(""), 0, 1000)[1][-1][0]
    assert height == pytest.approx(uncut * 400 / 360, rel=0.02), "of the page that is left"


def test_small_print_on_the_page_is_measured() -> None:
    _, prints = draw_page(document(""), 0, 1000)
    assert [text for _, _, text in prints] == ["plakat.indd trykkeri", "Julekonsert"]
