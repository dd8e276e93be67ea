"""Drawings that people drop: what could run, move or lead elsewhere is taken out, or the drawing is refused."""

from __future__ import annotations

import pytest

from signage.sources.images.decoding import BadPicture
from signage.sources.images.svg_drawing import harmless

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" viewBox="0 0 40 30">'
    '{}<path d="M0 0h9v9z"/></svg>'
)


def drawn(content: str) -> str:
    return harmless(SVG.format(content).encode(), 1000)[0].decode()


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        '<script x:href="https://example.org/a.js"/>',
        '<script xmlns=""/>',
        '<g><animate attributeName="x" dur="1s"/></g>',
        '<switch><foreignObject><div xmlns="http://www.w3.org/1999/xhtml"><img src="https://example.org/a.png"/></div>'
        "</foreignObject><g/></switch>",
        '<g onload="alert(1)"/>',
    ],
)
def test_what_runs_or_moves_is_taken_out_with_what_is_in_it(content: str) -> None:
    kept = drawn(content)
    assert "M0 0h9v9z" in kept
    assert not any(word in kept for word in ("script", "animate", "foreignObject", "example.org", "onload", "alert"))


@pytest.mark.parametrize(
    "content",
    [
        '<image x:href="https://example.org/a.png"/>',
        '<image href="plakat.png"/>',
        '<use x:href="other.svg#a"/>',
        '<g style="fill: url(https://example.org/a.svg#b)"/>',
        "<style>@import 'https://example.org/a.css';</style>",
    ],
)
def test_what_leads_elsewhere_is_refused(content: str) -> None:
    with pytest.raises(BadPicture, match="refers to another file or address"):
        drawn(content)
