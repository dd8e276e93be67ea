"""Layouts hold no words of their own: every word comes in `page`, in the screen's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment

LAYOUTS = Path(__file__).parent.parent / "layouts"
TEMPLATES = sorted(LAYOUTS.glob("*/*.html"))
SPOKEN = ("alt", "title", "aria-label", "aria-description", "placeholder")  # attributes that are read out or shown
MARK = "\u0000"
_TAG = re.compile(r"<[^>]*>")
# What stands inside a tag: two blocks of base.html, and the macro that writes a style.
_ATTRIBUTES = re.compile(r"{% block (classes|fit) %}.*?{% endblock %}|{% macro grid\(.*?{% endmacro %}")
_LETTER = re.compile(r"[^\W\d_]")


def literal(source: str) -> str:
    """A template's own text, with a mark where an expression stands (so that tags around one stay whole)."""
    return "".join(
        value if kind == "data" else MARK if kind.endswith("_begin") else ""
        for _, kind, value in Environment(autoescape=True).lex(_ATTRIBUTES.sub("", source))
    )


def words_of(source: str) -> list[str]:
    text = literal(source)
    spoken = [value for name in SPOKEN for value in re.findall(rf'\b{name}="([^"]*)"', text)]
    shown = _TAG.sub(MARK, text).split(MARK)
    return [piece.strip() for piece in [*spoken, *shown] if _LETTER.search(piece)]


def test_there_are_templates_to_look_at() -> None:
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_template_has_no_word_of_its_own(path: Path) -> None:
    assert words_of(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", sorted(LAYOUTS.glob("*/style.css")), ids=lambda path: path.parent.name)
def test_a_stylesheet_writes_no_word(path: Path) -> None:
    contents = re.findall(r"""content:\s*["']([^"']*)["']""", path.read_text("utf-8"))
    assert [text for text in contents if _LETTER.search(re.sub(r"\\[0-9a-f]+", "", text))] == []


@pytest.mark.parametrize(
    "source",
    ["<p>I dag</p>", '<img alt="Et bilde">', "<p>{{ page.time }} kl.</p>", "{% if page.x %}Gratis{% endif %}"],
)
def test_a_hard_coded_word_is_found(source: str) -> None:
    assert words_of(source)


def test_what_a_layout_may_write_is_not_taken_for_a_word() -> None:
    assert words_of('<p class="{{ page.kind }} row">{{ page.title }} · {{ page.venue }}</p><img alt="">') == []
