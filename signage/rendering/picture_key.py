"""Names for pictures that are known before they are made: the hash of everything that goes into them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

import PIL
from PIL import features

from signage.domain.model import ClockBox, Excess, PageSpec, Rendered, RenderReport

RENDERING = 2  # raise when the way from document to bytes changes


def tool_chain(browser: str, fit_script: str) -> str:
    """Everything else than page and layout that affects the bytes."""
    parts = [str(RENDERING), browser, PIL.__version__, features.version("webp") or "", fit_script]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def picture_key(spec: PageSpec, layout_fingerprint: str, tools: str) -> str:
    """sha256 (hex) over the page's data, the layout and the tool chain."""
    head = f"{spec.kind}\0{spec.layout}\0{spec.width}\0{spec.height}\0{spec.language}\0{layout_fingerprint}\0{tools}\0"
    return hashlib.sha256((head + _context(spec)).encode()).hexdigest()


def content_key(spec: PageSpec) -> str:
    """sha256 (hex) over what the page says, whatever the layout looks like and the browser is called."""
    head = f"{spec.kind}\0{spec.layout}\0{spec.width}\0{spec.height}\0{spec.language}\0"
    return hashlib.sha256((head + _context(spec)).encode()).hexdigest()


def _context(spec: PageSpec) -> str:
    return json.dumps(spec.context, default=asdict, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def dump_rendered(rendered: Rendered, content: str = "") -> str:
    """JSON for the picture index. `content`: the page's `content_key`."""
    return json.dumps({**asdict(rendered), "content": content}, ensure_ascii=False, separators=(",", ":"))


def content_of(text: str) -> str:
    """The `content_key` in the JSON of a rendered page; empty when there is none."""
    try:
        return str(json.loads(text)["content"])
    except (KeyError, TypeError, ValueError):
        return ""


def load_rendered(text: str) -> Rendered:
    """The inverse of `dump_rendered`. Raises KeyError, TypeError or ValueError for anything else."""
    data: dict[str, Any] = json.loads(text)
    data.pop("content", None)
    lacks = tuple(data.pop("lacks", ()))
    report = data.pop("report")
    clock = report.pop("clock")
    problems = tuple(report.pop("problems"))
    contrasts = tuple((height, ratio, text) for height, ratio, text in report.pop("contrasts"))
    excess = report.pop("excess")
    groups = tuple((number, rows) for number, rows in excess["groups"])
    box = ClockBox(**clock) if clock else None
    lines = tuple((name, ClockBox(**where)) for name, where in report.pop("lines", ()))
    found = RenderReport(
        **report,
        clock=box,
        problems=problems,
        contrasts=contrasts,
        excess=Excess(groups, excess["rows"]),
        lines=lines,
    )
    return Rendered(**data, report=found, lacks=lacks)
