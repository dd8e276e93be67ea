"""The message catalogue: both languages say the same, and a page is in the language of who reads it."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from signage.errors import SourceFault
from signage.planning.kinds import KINDS, AnyKind
from signage.wording.languages.messages import load_messages, negotiate
from tests.fixtures.paths import ROOT

NB, EN = load_messages("nb").sentences, load_messages("en").sentences
SOURCES = [
    *sorted((ROOT / "signage" / "web").rglob("*.html")),
    *sorted(path for folder in ("web", "fleet", "app") for path in (ROOT / "signage" / folder).rglob("*.py")),
]


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_each_sentence_exists_in_both_languages_with_the_same_names() -> None:
    assert NB.keys() ^ EN.keys() == set()
    assert {key for key in NB if names(NB[key]) != names(EN[key])} == set()
    assert [key for key in NB if not NB[key].strip() or not EN[key].strip()] == []


def test_no_sentence_was_left_in_the_other_language() -> None:
    english = re.compile(r"\b(the|is|not|was|has|its|this|can't|with|paired|player)\b", re.IGNORECASE)
    norwegian = re.compile(r"[æøå]|\b(ikke|og|er|på|skjerm\w*|spiller\w*)\b", re.IGNORECASE)
    assert {key: text for key, text in NB.items() if english.search(re.sub(r"\{\w+\}", "", text))} == {}
    assert {key: text for key, text in EN.items() if norwegian.search(text)} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_key_that_is_used_is_in_the_catalogue(path: Path) -> None:
    used = set(re.findall(r'\b(?:messages|m)\(\s*"([a-z_]+\.[\w.-]+)"', path.read_text("utf-8")))
    assert used - NB.keys() == set()


@pytest.mark.parametrize(
    ("accepted", "first", "language"),
    [
        ("", "nb", "nb"),
        ("", "nn", "nb"),
        ("", "en", "en"),
        ("", "uk", "en"),
        ("*", "nb", "nb"),
        ("nb-NO,nb;q=0.9,en-US;q=0.8", "en", "nb"),
        ("no", "en", "nb"),
        ("nn-NO,en;q=0.9", "en", "nb"),
        ("en-GB,en;q=0.9", "nb", "en"),
        ("en;q=0.3,nb;q=0.7", "en", "nb"),
        ("en;q=0,nb;q=0.1", "en", "nb"),
        ("fr-FR,fr;q=0.9,en;q=0.5", "nb", "en"),
        ("fr", "nb", "nb"),
        ("en;q=x,nb", "nb", "nb"),
        ("../../etc/passwd,\u00e6", "nb", "nb"),
        (",;=" * 500, "nb", "nb"),
    ],
)
def test_a_page_is_in_the_best_language_that_the_browser_accepts(accepted: str, first: str, language: str) -> None:
    assert negotiate(accepted, first) == language


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_each_page_kind_has_a_name(kind: AnyKind) -> None:
    assert f"kinds.{kind.name}" in NB.keys() & EN.keys()


def test_each_fault_of_a_source_has_a_sentence_and_no_other_has() -> None:
    keys = {key for key in load_messages("nb").sentences if key.startswith("sources.")}
    assert keys == {f"sources.{fault}" for fault in get_args(SourceFault)}
