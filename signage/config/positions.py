"""Where each setting is in a TOML text: path -> line and column. tomllib reads the values; this only points."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from signage.config.base import AS_WRITTEN

Path = tuple[str | int, ...]
"""("screens", "library", "playlist", 2, "seconds"): keys, and places in a list counted from 0."""

Spot = tuple[int, int]
"""Line and column, both counted from 1; columns in characters."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
Point = tuple[int, int]
MAX_DEPTH = 12  # names in a path that are followed; screens.toml needs six
_LANGUAGE = Language(tree_sitter_toml.language())


@dataclass(slots=True)
class Positions:
    """The first mention of every setting (`keys`) and where its value begins (`values`), as line and byte from 0."""

    lines: list[bytes]
    keys: dict[Path, Point] = field(default_factory=dict)
    values: dict[Path, Point] = field(default_factory=dict)
    repeats: list[tuple[Path, Point]] = field(default_factory=list)
    """Settings and headings that were there before: `keys` has the first mention, this the later ones."""

    def of_value(self, path: Path) -> Spot:
        """Where the value begins; for something that isn't there, the heading of the table it belongs in."""
        return self._nearest(path, self.values)

    def of_key(self, path: Path) -> Spot:
        """Where the setting's name is; for something that isn't there, the heading of the table it belongs in."""
        return self._nearest(path, self.keys)

    def _nearest(self, path: Path, first: dict[Path, Point]) -> Spot:
        for end in range(len(path), 0, -1):
            last = path[end - 1]
            for part in (path[:end], (*path[: end - 1], AS_WRITTEN.get(last, last))):
                point = first.get(part) or self.keys.get(part) or self.values.get(part)
                if point:
                    return self.spot(point)
        return 1, 1

    def spot(self, point: Point) -> Spot:
        """Line and column of a point, as people count."""
        row, column = point
        return row + 1, len(self.lines[row][:column].decode(errors="replace")) + 1


def dotted(path: Path) -> str:
    """The path as people write it: screens.library.playlist[2].seconds."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += "." * bool(text) + (part if _BARE.fullmatch(part) else f'"{part}"')
    return text


def find_positions(text: str) -> Positions:
    """Positions of everything in `text`. Never fails: in a broken file, what can be recognised is there."""
    return _PositionReader(text.encode()).read()


class _PositionReader:
    def __init__(self, source: bytes) -> None:
        self.source = source
        self.found = Positions(source.split(b"\n"))
        self.lengths: dict[Path, int] = {}  # of arrays of tables, [[sources]]

    def read(self) -> Positions:
        for node in Parser(_LANGUAGE).parse(self.source).root_node.children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)
        return self.found

    def _table(self, node: Node) -> None:
        heading = next((child for child in node.children if child.type.endswith("_key")), None)
        if heading is None:
            return
        path: Path = ()
        names = list(islice(self._names(heading), MAX_DEPTH))
        if node.type == "table" and tuple(names) in self.found.keys:
            self.found.repeats.append((tuple(names), _point(node)))
        for depth, name in enumerate(names, 1):
            path = (*path, name)
            # [[a.b]] counts on at its last name only; [a.b.c] belongs to the last b so far
            if depth == len(names) and node.type == "table_array_element":
                self.found.keys.setdefault(path, _point(node))
                self.lengths[path] = self.lengths.get(path, 0) + 1
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
            self.found.keys.setdefault(path, _point(node))
        for child in node.children:
            if child.type == "pair":
                self._pair(child, path)

    def _pair(self, node: Node, table: Path) -> None:
        # a remark at the end of the line is part of the pair
        key, value = node.children[0], [child for child in node.children if child.type != "comment"][-1]
        if not key.type.endswith("_key"):
            return
        path, known = table, _point(key)
        for name in islice(self._names(key), MAX_DEPTH):
            path = (*path, name)
            known = self.found.keys.setdefault(path, _point(key))
        if known != _point(key):
            self.found.repeats.append((path, _point(key)))
        self._value(value, path)

    def _value(self, node: Node, path: Path) -> None:
        self.found.values.setdefault(path, _point(node))
        if node.type == "array":
            items = [child for child in node.named_children if child.type not in ("comment", "ERROR")]
            for index, item in enumerate(items):
                self._value(item, (*path, index))
        elif node.type == "inline_table":
            for child in node.named_children:
                if child.type == "pair":
                    self._pair(child, path)

    def _names(self, key: Node) -> Iterator[str]:
        pending = [key]  # a.b.c is ((a.b).c); a loop, since a recursion as deep as somebody's key is long would fail
        while pending:
            node = pending.pop()
            if node.type == "dotted_key":
                pending += reversed(node.named_children)
            else:
                text = self._text(node)
                yield _unquoted(text) if node.type == "quoted_key" else text

    def _text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode(errors="replace")


def _point(node: Node) -> Point:
    return node.start_point.row, node.start_point.column


def _unquoted(key: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except tomllib.TOMLDecodeError:
        return key
