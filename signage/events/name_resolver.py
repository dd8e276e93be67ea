"""Which spellings of organisers, in the sources and in the sheet, mean one organisation. Pure.

The order in which they come changes nothing. What is joined are keys (`signage.domain.organisation_names`): by a row of
the sheet, by an id that one source gives to several spellings, and by a town in brackets that nobody else names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from signage.domain.model import Organisation
from signage.domain.organisation_names import LONGEST, key, personal, slug, stem

_NO_ID = frozenset(("", "0", "-1"))  # what systems write for "nobody"


@dataclass(frozen=True, slots=True)
class NameClaim:
    """What one source says of an organiser, once for each occurrence: its name, its id there and its own page.

    `order`: the source's place in screens.toml; between spellings that are as frequent, the first source's wins.
    """

    source: str
    name: str
    uid: str | None = None
    url: str | None = None
    order: int = 0


class NameResolver:
    """Works out which names mean one organisation. `whose`: key of a name -> the organisation's id."""

    def __init__(self, listed: Sequence[Organisation], claims: Iterable[NameClaim]) -> None:
        self.listed = listed
        self.row: dict[str, int] = {}  # key -> the row of the sheet that claims it
        self.first: dict[int, int] = {}  # row -> the first row with the same name
        self.any_key: dict[int, str] = {}  # row -> one of the keys that it claims
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)  # key -> spellings, how often
        self.orders: dict[str, int] = {}  # spelling -> the first source that uses it
        self.urls: dict[str, set[tuple[int, str]]] = defaultdict(set)
        uids: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._read_rows()
        for one in claims:
            name = " ".join(one.name.split())[:LONGEST]
            if not key(name) or personal(name):
                continue
            self.counts[key(name)][name] += 1
            self.orders[name] = min(one.order, self.orders.get(name, one.order))
            if one.url:
                self.urls[key(name)].add((one.order, one.url))
            if one.uid and one.uid not in _NO_ID:
                uids[one.source, one.uid].add(key(name))
        self.home: dict[str, str] = {k: k for k in sorted({*self.counts, *self.row})}
        self._join((self.any_key[row], k) for k, row in self.row.items())
        self._join((min(keys), k) for keys in uids.values() for k in keys)
        self._join(self._towns())
        self.members: dict[str, list[str]] = defaultdict(list)
        for k in self.home:
            self.members[self._root(k)].append(k)
        self.whose: dict[str, str] = {}
        self._uids = uids
        self.by_uid: dict[tuple[str, str], str] = {}

    def organisations(self) -> Iterator[Organisation]:
        """One for each set of names; fills `whose` and `by_uid`."""
        for keys in self.members.values():
            made = self._organisation(keys)
            self.whose.update(dict.fromkeys(keys, made.id))
            yield made
        for uid, names in self._uids.items():
            owners = {self.whose[k] for k in names}
            if len(owners) == 1:
                self.by_uid[uid] = owners.pop()

    def _organisation(self, keys: Sequence[str]) -> Organisation:
        counts = Counter[str]()
        for k in keys:
            counts.update(self.counts[k])
        order = self.orders
        spellings = sorted(counts, key=lambda s: (-counts[s], order[s], s.isupper() or s.islower(), s))
        urls = sorted({url for k in keys for url in self.urls[k]})
        rows = [self.row[k] for k in keys if k in self.row]  # all the same one
        if not rows:
            name = spellings[0]
            return Organisation(slug(name), name, None, tuple(spellings[1:]), url=urls[0][1] if urls else None)
        base = self.listed[rows[0]]
        same = (row for row, first in self.first.items() if first == rows[0])
        aliases = [name for row in same for name in self.listed[row].names if key(name) in keys]
        names = dict.fromkeys(name for name in (*aliases, *spellings) if name != base.name)
        return replace(base, spellings=tuple(names), url=base.url or (urls[0][1] if urls else None), listed=True)

    def _read_rows(self) -> None:
        """A row's name before any row's other spellings, and those before the name with the row's town."""
        named: dict[str, int] = {}
        self.first = {number: named.setdefault(key(row.name), number) for number, row in enumerate(self.listed)}
        claims = [
            [(row.name, n) for n, row in enumerate(self.listed)],
            [(name, n) for n, row in enumerate(self.listed) for name in row.spellings],
            [(f"{row.name} ({row.town})", n) for n, row in enumerate(self.listed) if row.town],
        ]
        for name, number in (claim for some in claims for claim in some):
            if key(name):
                row = self.row.setdefault(key(name), self.first[number])
                self.any_key.setdefault(row, key(name))

    def _towns(self) -> Iterator[tuple[str, str]]:
        """A name, and the same with a town in brackets, when no other town is named with it."""
        full: dict[str, set[str]] = defaultdict(set)
        listed = (name for row in self.listed for name in row.names)
        for name in (*(s for counts in self.counts.values() for s in counts), *listed):
            if (short := stem(name)) and short in self.home and key(name) in self.home:
                full[short].add(key(name))
        for short, keys in full.items():
            if len({self._root(k) for k in keys}) == 1:
                yield from ((short, k) for k in keys)

    def _join(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Join what the pairs connect; not where that would make one organisation of two rows of the sheet."""
        joined: dict[str, str] = {}

        def root(k: str) -> str:
            while joined.get(k, k) != k:
                k = joined[k]
            return k

        for one, other in list(pairs):
            a, b = sorted((root(self._root(one)), root(self._root(other))))
            joined[b] = a
        parts: dict[str, list[str]] = defaultdict(list)
        for k in self.home:
            parts[root(self._root(k))].append(k)
        for top, keys in parts.items():
            if len({self.row[k] for k in keys if k in self.row}) <= 1:
                for k in keys:
                    self.home[k] = top

    def _root(self, k: str) -> str:
        return self.home[k]
