"""What a former version kept can be read again."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from signage.domain.model import Record
from signage.sources.record_json import dumps, loads
from tests.fixtures.make import oslo


def test_a_field_that_is_no_longer_kept_costs_no_record() -> None:
    record = Record("iheim", "1", title="Korkveld", start=oslo("2026-12-01 18:00"), organizer="Heim sanglag")
    (row,) = json.loads(dumps([record]))
    assert loads(json.dumps([{**row, "region": "Heim"}]), ZoneInfo("Europe/Oslo")) == (record,)
