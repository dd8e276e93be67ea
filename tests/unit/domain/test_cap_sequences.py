"""250 sequences of CAP files, at 20 places each: what holds, where and in which language agrees with the oracle."""

from __future__ import annotations

import pytest

from signage.domain.official_alert import AlertMessage, concerns, in_force
from signage.sources.alerts.cap import read_cap
from signage.sources.base import UnusableAnswer
from tests.fixtures.cap_oracle import Oracle, OraclePlace
from tests.fixtures.cap_sequences import Sequences

BATCHES, OF_BATCH = 25, 10
SCREENS = ("nb", "nn", "en", "de")


def messages_of(files: list[bytes]) -> list[AlertMessage]:
    found: list[AlertMessage] = []
    for file in files:
        try:
            read = read_cap(file)
        except UnusableAnswer:
            continue
        assert read.problems == ()
        found += read.messages
    return found


def position(place: OraclePlace) -> tuple[float, float] | None:
    return None if place.at is None else (place.at[0] / 1e4, place.at[1] / 1e4)


def compare(seed: int) -> tuple[int, int]:
    """Compare everything; gives how many places were compared at how many instants, and how many alerts were shown."""
    made = Sequences(seed)
    oracle, messages = Oracle(made.files), messages_of(made.files)
    language = SCREENS[seed % len(SCREENS)]
    compared = shown = 0
    known: dict[tuple[str, str, str, str], bool] = {}
    for at in oracle.instants():
        expected = oracle.shown(at, made.places, language)
        active = in_force(messages, at)
        for place in made.places:
            found = []
            for alert in active:
                key = alert.sender, alert.identifier, alert.id, place.name
                if key not in known:
                    known[key] = concerns(alert, position(place), place.municipality)
                if known[key]:
                    found.append(alert.text_in(language).headline)
            assert sorted(found) == expected[place.name], f"seed {seed}, {at}, {place}, {made.files!r}"
            compared += 1
            shown += len(found)
    return compared, shown


@pytest.mark.parametrize("batch", range(BATCHES))
def test_what_is_shown_agrees_with_the_oracle(batch: int) -> None:
    results = [compare(seed) for seed in range(batch * OF_BATCH, (batch + 1) * OF_BATCH)]
    assert sum(compared for compared, _ in results) > 2_000
    assert sum(shown for _, shown in results) > 500
