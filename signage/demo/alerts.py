"""The demo's official alert: an answer in the shape of MET Norway's MetAlerts 2.0 (JSON), the same all day. Pure.

It is a calm one, of level yellow, and says that it is made up.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

TEXTS = {
    "no": {
        "title": "Kuling, gult nivå, demoen",
        "eventAwarenessName": "Kuling (demo)",
        "description": "Dette varselet er oppdiktet og hører til demoen.",
        "instruction": "Fest løse ting, og vent med båtturen.",
        "area": "Kysten i demoen",
    },
    "en": {
        "title": "Gale, yellow level, the demo",
        "eventAwarenessName": "Gale (demo)",
        "description": "This warning is made up. It belongs to the demo.",
        "instruction": "Fasten loose objects, and wait with the boat trip.",
        "area": "The coast of the demo",
    },
}
EVERYWHERE = [[-179.0, -89.0], [179.0, -89.0], [179.0, 89.0], [-179.0, 89.0], [-179.0, -89.0]]


def current_alerts(now: datetime, language: str, county: str) -> bytes:
    """The answer of `current.json` in a language ("no" or "en"), for a county, "" for all. `now`: aware."""
    day = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    properties = {
        "id": f"demo.{day:%Y%m%d}",
        "event": "gale",
        "awareness_level": "2; yellow; Moderate",
        "severity": "Moderate",
        "certainty": "Likely",
        "status": "Actual",
        "type": "Alert",
        "county": [county] if county else [],
        **TEXTS.get(language, TEXTS["no"]),
    }
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [EVERYWHERE]},
        "properties": properties,
        "when": {"interval": [day.isoformat(), (day + timedelta(days=1)).isoformat()]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False).encode()
