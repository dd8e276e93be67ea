"""Names for pictures that are known before they are made: the hash of everything that goes into them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

import PIL
from PIL import features

from signage.model import ClockBox, PageSpec, Rendered, Report

RENDERING = 2  # raise when the way from document to bytes changes


def tool_chain(browser: str, fit_script: str) -> str:
    """Everything besides page and layout that has a say in the bytes."""
    parts = [str(RENDERING), browser, PIL.__version__, features.version("webp") or "", fit_script]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def picture_key(spec: PageSpec, layout_fingerprint: str, tools: str) -> str:
    """sha256 (hex) over the page's data, the layout and the tool chain."""
    head = f"{spec.kind}\0{spec.layout}\0{spec.width}\0{spec.height}\0{spec.language}\0{layout_fingerprint}\0{tools}\0"
    body = json.dumps(spec.context, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((head + body).encode()).hexdigest()


def dump_rendered(rendered: Rendered) -> str:
    """JSON for the picture index."""
    return json.dumps(asdict(rendered), ensure_ascii=False, separators=(",", ":"))


def load_rendered(text: str) -> Rendered:
    """The inverse of `dump_rendered`. Raises KeyError, TypeError or ValueError for anything else."""
    data: dict[str, Any] = json.loads(text)
    report = data.pop("report")
    clock = report.pop("clock")
    problems = tuple(report.pop("problems"))
    contrasts = tuple((height, ratio, text) for height, ratio, text in report.pop("contrasts"))
    box = ClockBox(**clock) if clock else None
    return Rendered(**data, report=Report(**report, clock=box, problems=problems, contrasts=contrasts))
