"""On how many shared calendars do we and mozilla's ical.js agree, over ten years of occurrences each?

`python -m benchmarks calendars`; needs Node and ical.js, which `make test` installs. The disagreements are explained in
docs/calendar-disagreements.md.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fixtures import oracle
from tests.fixtures.paths import shared_data
from tests.integration.sources import test_ical_oracle as comparison

Say = Callable[[str, str, str], None]
FULL, MENDED = "agree fully", "agree once the grammar is mended"
DIFFER, EMPTY = "differ", "have no occurrence, for both"


def run(say: Say) -> None:
    """Say how many calendars agree, and on how many occurrences."""
    files = [file for file in comparison.files() if file.is_relative_to(shared_data())]
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            body = file.read_bytes()
            for wrong, right in comparison.MENDED.get(file.name, []):
                body = re.sub(wrong.encode(), right.encode(), body)
            (Path(folder) / file.name).write_bytes(body)
        theirs = oracle.ask(Path(folder).glob("*.ics"), comparison.ZONE)
    counts = dict.fromkeys((FULL, MENDED, DIFFER, EMPTY), 0)
    agreed = only_ours = only_theirs = 0
    for file in files:
        said, found = theirs[file.name], comparison.ours(file)
        keys = () if isinstance(said, str) else ((told.uid, told.start, told.end) for told in said)
        expected = comparison.within(keys, *oracle.window(file.read_bytes()))
        same = found == expected
        kind = EMPTY if not found and not expected else DIFFER if not same else FULL
        counts[MENDED if kind == FULL and file.name in comparison.MENDED else kind] += 1
        agreed += (found & expected).total()
        only_ours += (found - expected).total()
        only_theirs += (expected - found).total()
    for kind, count in counts.items():
        say(f"calendars: of {len(files)} that are shared, {kind}", f"{count}", "")
    say("calendars: occurrences that both have", f"{agreed:,}", "")
    say("calendars: occurrences that one of the two has", f"{only_ours} and {only_theirs}", "explained in docs/")
