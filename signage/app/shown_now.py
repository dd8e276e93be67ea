"""What a screen shows now, by its plan and by the bundle that is in force, so that the two can be compared."""

from __future__ import annotations

from datetime import datetime

from signage.publishing import Bundle
from signage.publishing.bundle_format import Manifest
from signage.publishing.manifest import open_pages

Shown = list[tuple[str, float, datetime]]  # picture, seconds and end of each page that is open now


def planned_now(bundle: Bundle, now: datetime, cut: datetime) -> Shown:
    """What a bundle of pages until `cut` would show."""
    open_now = [page for page in bundle.pages if not page.fallback and page.start <= now < page.until]
    return [(page.rendered.sha256, page.dwell_seconds, min(page.until, cut)) for page in open_now]


def published_now(manifest: Manifest | None, now: datetime, cut: datetime) -> Shown | None:
    """The same of the bundle that is in force; None when there is none that can be read."""
    if manifest is None:
        return None
    try:
        open_now = [page for page in open_pages(manifest, now) if not page["fallback"]]
        ends = [min(datetime.fromisoformat(page["until"]), cut) for page in open_now]
        return [(page["asset"], page["dwell_seconds"], end) for page, end in zip(open_now, ends, strict=True)]
    except (KeyError, TypeError, ValueError):
        return None
