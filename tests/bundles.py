"""Small real bundles (docs/bundle-format.md), signed and published as a renderer would, for players to be held to.

    key = SigningKey(bytes(32))
    publish(folder, 1, page("a"), page("b", clock=CLOCK), evergreen())

makes `folder` a whole bundle of the screen "library". Every manifest is checked against the schema before it is signed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from nacl.signing import SigningKey
from PIL import Image, ImageDraw

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(range(1, 33)))
FROM = "2026-01-01T00:00:00+01:00"
UNTIL = "2027-01-01T00:00:00+01:00"
SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "manifest.schema.json").read_bytes())
VALID = jsonschema.Draft202012Validator(SCHEMA)
CLOCK = {"x": 200.0, "y": 20.0, "width": 100.0, "height": 40.0, "size": 30.0, "color": "#f2b84b", "align": "right"}


@dataclass(frozen=True)
class Page:
    """A page to publish. `picture`: its bytes, or None for one drawn from the id. `clock` comes without font."""

    id: str
    from_: str = FROM
    until: str = UNTIL
    dwell_seconds: float = 12.0
    kind: str = "agenda"
    dated: bool = True
    fallback: bool = False
    alt: str = ""
    clock: dict[str, Any] | None = None
    events: tuple[dict[str, str], ...] = ()
    picture: bytes | None = None


def page(id: str, **more: Any) -> Page:
    """An ordinary page, open all through 2026."""
    return replace(Page(id, alt=f"Side {id}"), **more)


def evergreen(id: str = "evergreen", **more: Any) -> Page:
    """The page that every bundle has: undated, a fallback, always open."""
    always = {"from_": "1970-01-01T00:00:00+00:00", "until": "2100-01-01T00:00:00+00:00"}
    return replace(page(id), **{"kind": "evergreen", "dated": False, "fallback": True, **always, **more})


@cache
def picture(label: str, width: int = 320, height: int = 180, media_type: str = "image/webp") -> bytes:
    """A lossless picture that shows its label, with colours of its own and a mark in its upper left corner.

    The mark tells a turned or mirrored picture from an upright one.
    """
    digest = hashlib.sha256(label.encode()).digest()
    image = Image.new("RGB", (width, height), (digest[0] // 2 + 64, digest[1] // 2 + 64, digest[2] // 2 + 64))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 8, height // 8), fill=(255, 255, 255))
    draw.rectangle((width // 2, height // 2, width - 1, height - 1), fill=(digest[3], digest[4], digest[5]))
    draw.text((width // 4, height // 4), label, fill=(0, 0, 0))
    out = io.BytesIO()
    image.save(out, "WEBP" if media_type == "image/webp" else "PNG", lossless=True)
    return out.getvalue()


@cache
def font() -> bytes:
    """A TrueType font: the one that pygame brings."""
    spec = importlib.util.find_spec("pygame")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "freesansbold.ttf").read_bytes()


def manifest(serial: int, *pages: Page, **more: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest of these pages and the bytes of its assets by file name. `more` replaces manifest keys."""
    size = (int(more.get("width", 320)), int(more.get("height", 180)))
    assets: dict[str, Any] = {}
    files: dict[str, bytes] = {}

    def asset(data: bytes, media_type: str, suffix: str) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        assets[sha256] = {"bytes": len(data), "media_type": media_type}
        files[f"{sha256}.{suffix}"] = data
        return sha256

    listed = []
    for p in pages or (page("a"), evergreen()):
        data = p.picture if p.picture is not None else picture(p.id, *size)
        png = data.startswith(b"\x89PNG")
        listed.append(
            {
                "id": p.id,
                "kind": p.kind,
                "asset": asset(data, "image/png" if png else "image/webp", "png" if png else "webp"),
                "from": p.from_,
                "until": p.until,
                "dwell_seconds": p.dwell_seconds,
                "alt": p.alt,
                "events": list(p.events),
                "dated": p.dated,
                "fallback": p.fallback,
                "clock": None if p.clock is None else {**p.clock, "font": asset(font(), "font/ttf", "ttf")},
            }
        )
    if "updated" in more:
        more["updated"] = {**more["updated"], "font": asset(font(), "font/ttf", "ttf")}
    made = {
        "format": 1,
        "screen": "library",
        "name": "Hemne bibliotek",
        "width": size[0],
        "height": size[1],
        "rotate": 0,
        "serial": serial,
        "generated": FROM,
        "data_as_of": FROM,
        "horizon": UNTIL,
        "zone": "Europe/Oslo",
        "language": "nb",
        "poll_seconds": 60,
        "pages": listed,
        "assets": assets,
        **more,
    }
    VALID.validate(made)
    return made, files


def publish(
    folder: Path, serial: int, *pages: Page, screen: str = "library", key: SigningKey = KEY, **more: Any
) -> dict[str, Any]:
    """Publish these pages (none: one page "a" and the evergreen one) as the bundle of `screen`; gives the manifest.

    `more` replaces keys of the manifest: width, height, rotate, horizon, generated, zone, poll_seconds ...
    The link `screens/<screen>` is replaced by a rename, as docs/bundle-format.md says; older folders go.
    """
    made, files = manifest(serial, *pages, screen=screen, **more)
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "screens").mkdir(exist_ok=True)
    for name, data in files.items():
        if not (folder / "assets" / name).exists():  # a player may be reading it
            (folder / "assets" / name).write_bytes(data)
    write_manifest(folder, made, key=key)
    (folder / "signage.pub").write_text(key.verify_key.encode().hex() + "\n")
    about = {name: made[name] for name in ("name", "width", "height", "rotate")}
    index_file = folder / "screens" / "index.json"
    index = json.loads(index_file.read_bytes())["screens"] if index_file.exists() else []
    index = [entry for entry in index if entry["id"] != screen] + [{"id": screen, **about}]
    index_file.write_text(json.dumps({"screens": index}, ensure_ascii=False, indent=1) + "\n")
    return made


def write_manifest(
    folder: Path, made: dict[str, Any] | bytes, *, screen: str = "", key: SigningKey = KEY, signature: bytes = b""
) -> None:
    """Sign a manifest, or any bytes in its place, and swap the screen's link to it."""
    data = made if isinstance(made, bytes) else json.dumps(made, ensure_ascii=False, indent=1).encode() + b"\n"
    screen = screen or (made["screen"] if isinstance(made, dict) else "library")
    screens = folder / "screens"
    link = screens / screen
    old = link.resolve() if link.is_symlink() else None
    number = int(old.name.rsplit(".", 1)[1]) + 1 if old else 1
    target = screens / f".{screen}.{number}"
    target.mkdir()
    (target / "manifest.json").write_bytes(data)
    (target / "manifest.json.sig").write_bytes(signature or key.sign(data).signature)
    temporary = screens / f".{screen}.link"
    temporary.symlink_to(target.name)
    temporary.replace(link)
    if old is not None:
        shutil.rmtree(old)


def instant(text: str) -> datetime:
    """An RFC 3339 instant, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
