"""Layouts hold no words of their own: every word comes in `page`, in the screen's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tests.fixtures.paths import LAYOUTS

TEMPLATES = sorted(LAYOUTS.glob("**/*.html"))
STYLES = sorted(LAYOUTS.glob("**/*.css"))
SPOKEN = {"alt", "title", "aria-label", "aria-description", "aria-roledescription", "placeholder", "label", "content"}
QUIET = {"style", "script"}  # elements whose text nobody reads
ATTRIBUTES = ("classes", "fit", "form")  # blocks that base.html has inside a tag
IN_STYLES = ("grid", "columns")  # macros that write a style
VALUE = "\ufffc"  # stands where an expression puts in what `page` has
_LETTER = re.compile(r"[^\W\d_]")
_NAMED_BY_VALUE = re.compile(rf"(</?){VALUE}[^\s>]*")  # <{{ "section" if zone else "main" }}
_ENVIRONMENT = Environment(autoescape=True)


def said_by(node: nodes.Node) -> Iterator[str]:
    """The literal texts that an expression may put on the page: "a" if x else "b", x or "a", [x, y]|join("a")."""
    match node:
        case nodes.Const():
            if isinstance(node.value, str):
                yield node.value
        case nodes.CondExpr():
            yield from said_by(node.expr1)
            if node.expr2 is not None:
                yield from said_by(node.expr2)
        case nodes.Compare() | nodes.Getattr() | nodes.Getitem() | nodes.Test():
            pass  # what is compared with, and names of fields
        case nodes.Filter(name="select" | "reject" | "selectattr" | "rejectattr" | "groupby" | "sort"):
            yield from said_by(node.node) if node.node else ()
        case nodes.Call():
            yield from (text for part in (*node.args, *node.kwargs) for text in said_by(part))
        case _:
            yield from (text for part in node.iter_child_nodes() for text in said_by(part))


def literal(node: nodes.Node) -> Iterator[str]:
    """A template's own text in its order, tags and all."""
    if isinstance(node, nodes.Block) and node.name in ATTRIBUTES:
        return
    if isinstance(node, nodes.Macro) and node.name in IN_STYLES:
        return
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Expr):
        yield VALUE.join(["", *said_by(node), ""])
    elif isinstance(node, nodes.Assign):
        yield ""  # nothing is written here; what is in it is looked at by `assigned`
    else:
        inner = (getattr(node, "body", None), getattr(node, "elif_", None), getattr(node, "else_", None))
        parts = node.nodes if isinstance(node, nodes.Output) else [part for some in inner for part in some or ()]
        for part in parts:
            yield from literal(part)


def assigned(tree: nodes.Template) -> Iterator[str]:
    """What a template gives a name to: {% set x = "Gratis" %}."""
    for node in tree.find_all(nodes.Assign):
        yield from said_by(node.node)


class Reader(HTMLParser):
    """Collects what a person would read or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._quiet += tag in QUIET
        self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in QUIET

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.found.append(data)


def words_of(source: str) -> list[str]:
    tree = _ENVIRONMENT.parse(source)
    reader = Reader()
    reader.feed(_NAMED_BY_VALUE.sub(r"\1div", "".join(literal(tree))))
    reader.close()
    pieces = [piece for text in [*reader.found, *assigned(tree)] for piece in text.split(VALUE)]
    return [piece.strip() for piece in pieces if _LETTER.search(piece)]


def words_of_style(source: str) -> list[str]:
    """Letters that a stylesheet writes by itself: content, and the marks of lists and quotations."""
    bare = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    values = re.findall(r"(?:content|list-style(?:-type)?|quotes)\s*:([^;}]*)", bare)
    texts = [text for value in values for pair in re.findall(r'"([^"]*)"|\'([^\']*)\'', value) for text in pair]
    return [text for text in texts if _LETTER.search(re.sub(r"\\[0-9a-fA-F]{1,6}\s?", "", text))]


def test_there_are_templates_to_look_at() -> None:
    assert len(TEMPLATES) > 10
    assert STYLES


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_template_has_no_word_of_its_own(path: Path) -> None:
    assert words_of(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.parent.name)
def test_a_stylesheet_writes_no_word(path: Path) -> None:
    assert words_of_style(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>I dag</p>",
        '<img alt="Et bilde">',
        "<img alt='Et bilde'>",
        '<p aria-label="Nå {{ page.time }}"></p>',
        "<p>{{ page.time }} kl.</p>",
        "{% if page.x %}Gratis{% endif %}",
        "{% if page.x %}{% else %}Gratis{% endif %}",
        "{% for row in page.rows %}{% else %}Ingenting{% endfor %}",
        '{{ "Gratis" if page.free }}',
        '{{ page.price or "Gratis" }}',
        '{{ page.price|default("Gratis") }}',
        "{{ page.names|join(' og ') }}",
        '<p>{{ "kl. " ~ page.time }}</p>',
        '{{ "kl. %s"|format(page.time) }}',
        '{% set word = "Gratis" %}{{ word }}',
        "{% macro price(x) %}<b>Fra {{ x }}</b>{% endmacro %}",
        '{{ parts.badge("Gratis") }}',
        "{% block content %}<svg><text>Nå</text></svg>{% endblock %}",
        "<p>&aring;</p>",
    ],
)
def test_a_hard_coded_word_is_found(source: str) -> None:
    assert words_of(source)


@pytest.mark.parametrize(
    "source",
    [
        '<p class="{{ page.kind }} row">{{ page.title }} · {{ page.venue }}</p><img alt="">',
        '<p class="row {{ "off" if item.off }}" {{ "data-zone" if zone }}>{{ page.text }}</p>',
        '{% if page.badge.tone == "stop" %}<b>{{ page.badge.word }}</b>{% endif %}',
        '{{ page["title"] }}{{ page.rows|selectattr("off")|list|length }}',
        '<{{ "section" if zone else "main" }} class="x">1–2</{{ "section" if zone else "main" }}>',
        "<style>p { color: red }</style>{# Et ord #}<!-- Et ord -->",
    ],
)
def test_what_a_layout_may_write_is_not_taken_for_a_word(source: str) -> None:
    assert words_of(source) == []


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ('a::after { content: "Nå" }', True),
        ("a::after { content: counter(n) ' av ' counter(m); }", True),
        ('a { quotes: "sa " ""; }', True),
        ('a::before { content: "\\00d7" }', False),
        ('a::before { content: "–" } /* content: "Nå" */ b { font-family: "Noto Sans" }', False),
    ],
)
def test_a_word_in_a_stylesheet_is_found(rule: str, found: bool) -> None:
    assert bool(words_of_style(rule)) == found
