"""Pages that are made between the builds: how they get into a published manifest, and stay in the next one. Pure.

They are those with `live` (docs/bundle-format.md). A build knows where they go, and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from signage.publishing.bundle_format import AssetEntry, Manifest, ManifestContent, PageEntry
from signage.publishing.manifest import Bundle


def apart(manifest: Manifest, places: Collection[str], now: datetime) -> tuple[Manifest, list[PageEntry]]:
    """The manifest without live pages, and those of them that are in one of these places, and not over yet."""
    rest = [page for page in manifest["pages"] if not page.get("live")]
    stay = [
        page
        for page in manifest["pages"]
        if page.get("live") and page["id"].startswith(tuple(places)) and now < datetime.fromisoformat(page["until"])
    ]
    return {**manifest, "pages": rest}, stay


def with_live(manifest: ManifestContent, live: Sequence[PageEntry], assets: dict[str, AssetEntry]) -> ManifestContent:
    """The manifest with live pages at their places in the rotation. `assets`: theirs, and perhaps others."""
    pages = list(manifest["pages"])
    for page in live:
        number = next((n for n, other in enumerate(pages) if _comes_after(other, page)), len(pages))
        pages.insert(number, page)
    named = {page["asset"] for page in pages} | {page["clock"]["font"] for page in pages if page["clock"]}
    if "updated" in manifest:
        named.add(manifest["updated"]["font"])
    known = {**assets, **manifest["assets"]}
    return {**manifest, "pages": pages, "assets": {s: about for s, about in known.items() if s in named}}


def replaced(old: Manifest, bundle: Bundle) -> ManifestContent:
    """The published manifest with the pages of a bundle, which are live ones, instead of those that it has.

    `planned` and `planned_serial` say when all else was published: who lacks only this is no more than a minute behind.
    """
    rest, _ = apart(old, (), bundle.generated)
    new = bundle.manifest()
    content: ManifestContent = {
        **{key: value for key, value in rest.items() if key not in ("serial", "news")},  # type: ignore[typeddict-item]
        "generated": new["generated"],
        "planned": old.get("planned", old["generated"]),
        "planned_serial": old.get("planned_serial", old["serial"]),
    }
    return with_live(content, new["pages"], {**old["assets"], **new["assets"]})


def _comes_after(other: PageEntry, page: PageEntry) -> bool:
    """Whether a page is behind a live one in the rotation, or is the fallback page. Ids begin with the position."""
    if other["fallback"]:
        return True
    apart = _instant(other, "until") <= _instant(page, "from") or _instant(page, "until") <= _instant(other, "from")
    return not apart and _position(other) > _position(page)


def _position(page: PageEntry) -> int:
    number = page["id"].partition("-")[0]
    return int(number) if number.isdecimal() else 0


def _instant(page: PageEntry, key: str) -> datetime:
    return datetime.fromisoformat(str(page[key]))  # type: ignore[literal-required]
