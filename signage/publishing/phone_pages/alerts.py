"""A screen's alerts on its pages for telephones, as the server puts them in: the next load shows them without scripts.

`phone.js` does the same on a page that is open, and where there are only files (docs/pocket.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from signage.publishing.phone_pages.files import ENVIRONMENT

# In what comes from outside, quotes and angle brackets are escaped.
_PLACE = re.compile(r'(<div class="alerts" data-alerts="[^"<>]*">)(</div>)')


def with_alerts(page: bytes, texts: bytes, now: datetime) -> bytes:
    """A page with the alerts of `texts` (`alerts/<screen>.json`) that hold at the instant `now` (aware).

    When none do, the very bytes of `page`.
    """
    shown = [alert for alert in _alerts(texts) if _holds(alert, now)]
    if not shown:
        return page
    block = ENVIRONMENT.get_template("alerts.html").render(alerts=shown)
    return _PLACE.sub(lambda place: place[1] + block + place[2], page.decode(), count=1).encode()


def _alerts(texts: bytes) -> list[Mapping[str, Any]]:
    try:
        found: list[Mapping[str, Any]] = json.loads(texts)["alerts"]
        return found
    except (ValueError, TypeError, KeyError):
        return []


def _holds(alert: Mapping[str, Any], now: datetime) -> bool:
    return datetime.fromisoformat(alert["from"]) <= now < datetime.fromisoformat(alert["until"])
