"""What strangers are not shown: the paths of this machine in sentences of the status, and secrets in addresses.

Problems name the files that they are about. The administrator needs that, and reads it in the log and in the terminal;
on the status pages a file is shown as it is seen from the folder of screens.toml or of the state. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HIDDEN = "…"
# An absolute path that no known folder holds. Those in web addresses have a letter or a slash before them.
_QUOTED = re.compile(r"""(?<=['"«])(?:file:/{2,3})?/[^'"»\n]+(?=['"»])""")
_ABSOLUTE = re.compile(r"""(?<![\w/.~%<@…-])/[\w.~%+@-][^\s'"«»:,;()<>\[\]{}|]*""")
_FILE_ADDRESS = re.compile(r"""\bfile:/{1,3}[^\s'"«»<>:,;()]+""", re.IGNORECASE)
_ADDRESS = re.compile(r"""\b(?:https?|webcal)://[^\s'"«»<>]+""", re.IGNORECASE)
_TOKEN = re.compile(r"(?<=[/=&?])(?=[^/&=?#]*\d)[\w.~%+-]{20,}", re.ASCII)  # of a secret calendar address


class Redactor:
    """Takes known folders out of sentences: `folders` maps each to its replacement, like "" or "var/"."""

    def __init__(self, folders: Mapping[Path, str]) -> None:
        known: dict[str, str] = {}
        for folder, shown in folders.items():
            for spelled in {str(folder), str(folder.absolute()), str(folder.resolve())} - {".", "/", ""}:
                known.setdefault(spelled.rstrip("/"), shown)
        # the deepest first: var/ may lie in the folder of screens.toml
        self._folders = sorted(
            ((_folder(spelled), shown) for spelled, shown in known.items() if spelled.startswith("/")),
            key=lambda pair: -len(pair[0].pattern),
        )

    def text(self, sentence: str) -> str:
        """The sentence without any path of this machine."""
        for folder, shown in self._folders:
            sentence = folder.sub(_PublicStatus(shown), sentence)
        sentence = _FILE_ADDRESS.sub(_name, sentence)
        sentence = _QUOTED.sub(_name, sentence)
        sentence = _ABSOLUTE.sub(_name, sentence)
        return _ADDRESS.sub(lambda found: _TOKEN.sub(HIDDEN, found[0]), sentence)

    def data(self, value: Any) -> Any:
        """The same for every text in JSON data, also the names of its keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key) if isinstance(key, str) else key: self.data(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(each) for each in value]
        return value

    def texts(self, sentences: Iterable[object]) -> list[str]:
        """Each of them."""
        return [self.text(str(sentence)) for sentence in sentences]


class _PublicStatus:
    """The replacement of a folder: nothing of it may be left when a sentence names the folder itself."""

    def __init__(self, shown: str) -> None:
        self._shown = shown

    def __call__(self, found: re.Match[str]) -> str:
        return self._shown if found[1] else self._shown.rstrip("/") or HIDDEN


def _folder(path: str) -> re.Pattern[str]:
    """The folder, with the slash behind it; not another one whose name only begins like it."""
    return re.compile(rf"(?<![\w/]){re.escape(path)}(?:(/)|(?![\w-]|\.\w))")


def _name(found: re.Match[str]) -> str:
    """Of a path: the file's name, when it looks like one."""
    path = found[0].rstrip("/.")
    name, end = path.rpartition("/")[2], "." if found[0].endswith(".") else ""
    return (f"{HIDDEN}/{name}" if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", name) else HIDDEN) + end
