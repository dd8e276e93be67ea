"""What the display shows is in Norwegian and English, and no English sentence gets into the Norwegian part."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import player
from player import texts
from player.config import settings
from player.display import notices
from player.net import http
from player.texts import Text

SOURCES = {file: file.read_text("utf-8") for file in sorted(Path(player.__file__).parent.rglob("*.py"))}
SERVER = "http://192.0.2.10:8080"
# of any English sentence one of these is a word, and of no Norwegian one
ENGLISH = re.compile(r"\b(the|is|are|was|of|and|it|its|not|this|that|with|answered|be|has|an)\b", re.IGNORECASE)
NORWEGIAN = re.compile(r"\b(er|og|ikke|en|et|på|som|skjermen|serveren|av)\b|[æøå]", re.IGNORECASE)


def _texts(name: str, value: object) -> Iterator[tuple[str, Text]]:
    if isinstance(value, Text):
        yield name, value
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from _texts(f"{name}.{number}", part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(f"{name}.{key}", part)


CATALOGUE = dict(pair for name, value in vars(texts).items() for pair in _texts(name, value))


def kinds() -> set[str]:
    """Every word for an error that the network's code can raise."""
    network = "".join(text for file, text in SOURCES.items() if file.parent.name in ("net", "store"))
    found = set(re.findall(r'(?:Refused|__init__)\(\s*"([\w-]+)"', network)) | set(http._KINDS.values())
    found |= set(re.findall(r'(?:Unreachable|BadGrant)\((?:[^()]|\(\w*\))*?, "([\w-]+)"[,)]', network))
    return found | {"answer", "shape", "silent", "fault"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_sentence_exists_in_both_languages(name: str) -> None:
    text = CATALOGUE[name]
    assert text.norwegian.strip()
    assert text.english.strip()
    assert text.norwegian != text.english
    assert re.findall(r"{\w+}", text.norwegian) == re.findall(r"{\w+}", text.english)
    assert not ENGLISH.search(re.sub(r"signage\S*|{\w+}|server = \S+", "", text.norwegian)), text.norwegian
    assert not NORWEGIAN.search(text.english), text.english
    assert text.norwegian.endswith((".", "?")) == text.english.endswith((".", "?"))


def test_every_text_of_the_catalogue_is_used() -> None:
    elsewhere = "".join(text for file, text in SOURCES.items() if file.name != "texts.py")
    own = SOURCES[Path(texts.__file__)]
    for name in (name for name in vars(texts) if name.isupper()):
        assert f"texts.{name}" in elsewhere or len(re.findall(rf"\b{name}\b", own)) > 1, name


@pytest.mark.parametrize("kind", sorted(kinds()))
@pytest.mark.parametrize("clock_trusted", [True, False])
def test_every_error_is_explained_in_norwegian(kind: str, clock_trusted: bool) -> None:
    notice = notices.no_content(kind, SERVER, "radhuset", clock_trusted)
    assert (notice.headline == texts.FAULT.headline) == (kind == "fault"), "each kind has a text of its own"
    for text in (notice.headline, notice.text, notices.in_short(kind, SERVER)):
        assert not ENGLISH.search(text.norwegian), text.norwegian
        assert "{" not in "".join(text)


def test_the_kinds_are_really_found() -> None:
    assert {
        "name",
        "certificate",
        "missing",
        "incomplete",
        "host",
        "busy",
        "forged",
        "not-json",
        "rolled-back",
        "redirected",
    } < kinds()


def test_a_file_that_cannot_be_read_is_explained_in_norwegian() -> None:
    for number in (errno.EACCES, errno.EIO, errno.EISDIR, errno.ENOENT, errno.ELOOP):
        text = settings._unreadable(OSError(number, "Too many levels of symbolic links"))
        assert not ENGLISH.search(text.norwegian)
        assert "symbolic" not in text.norwegian
