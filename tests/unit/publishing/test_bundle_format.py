"""The types of the bundle's files have the keys that docs/bundle-format.md and the JSON Schema have."""

import json
import re
from typing import get_type_hints

import jsonschema
import pytest

from signage.publishing.bundle_format import (
    AlertDocument,
    AlertEntry,
    AlertLine,
    AlertPicture,
    AssetEntry,
    ClockPlace,
    Manifest,
    NamedAsset,
    PageEntry,
    ShownEvent,
    UpdatedLine,
    VideoPlace,
)
from tests.fixtures.paths import ROOT

PAGE = (ROOT / "docs" / "bundle-format.md").read_text("utf-8")
SCHEMA = json.loads((ROOT / "docs" / "manifest.schema.json").read_text("utf-8"))
ALERTS = json.loads((ROOT / "docs" / "alerts.schema.json").read_text("utf-8"))
JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}
_PAGE = SCHEMA["$defs"]["page"]["properties"]
SHAPES = {
    "manifest": (Manifest, SCHEMA),
    "page": (PageEntry, SCHEMA["$defs"]["page"]),
    "event": (ShownEvent, _PAGE["events"]["items"]),
    "clock": (ClockPlace, _PAGE["clock"]["oneOf"][1]),
    "video": (VideoPlace, _PAGE["video"]),
    "film": (AssetEntry, SCHEMA["properties"]["videos"]["additionalProperties"]),
    "updated": (UpdatedLine, SCHEMA["properties"]["updated"]),
    "asset": (AssetEntry, SCHEMA["properties"]["assets"]["additionalProperties"]),
    "alert document": (AlertDocument, ALERTS),
    "alert": (AlertEntry, ALERTS["$defs"]["alert"]),
    "alert picture": (AlertPicture, ALERTS["$defs"]["picture"]),
    "alert picture's page": (NamedAsset, ALERTS["$defs"]["picture"]["properties"]["page"]),
    "alert line": (AlertLine, ALERTS["$defs"]["line"]),
    "alert asset": (AssetEntry, ALERTS["properties"]["assets"]["additionalProperties"]),
}


def keys_of_list(heading: str) -> set[str]:
    """The keys that the page explains under a heading, each in an item of a list."""
    section = PAGE.split(f"\n{heading}\n")[1].split("\n#")[0]
    items = re.findall(r"^- (.+?):", section, flags=re.MULTILINE)
    return {key for item in items for key in re.findall(r"`(\w+)`", item)}


def item(key: str) -> set[str]:
    """Every word in code that the page has about a key."""
    found, *_ = re.findall(rf"^- `{key}`:(.+?)(?=^- |\n\n)", PAGE, flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`(\w+)`", found)) | set(re.findall(r'"(\w+)"', found))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_type_has_the_keys_of_the_schema(shape: str) -> None:
    kind, schema = SHAPES[shape]
    assert set(get_type_hints(kind)) == set(schema["properties"])
    assert kind.__required_keys__ == set(schema["required"])


@pytest.mark.parametrize("shape", SHAPES)
def test_the_values_have_the_types_of_the_schema(shape: str) -> None:
    kind, schema = SHAPES[shape]
    for key, hint in get_type_hints(kind).items():
        written = schema["properties"][key].get("type")
        if written in JSON_TYPES.values():
            assert JSON_TYPES[hint] == written, key


def test_the_page_explains_the_keys_that_the_types_have() -> None:
    assert keys_of_list("## manifest.json") == set(get_type_hints(Manifest))
    assert keys_of_list("### pages[]") == set(get_type_hints(PageEntry))
    assert set(get_type_hints(ShownEvent)) <= item("events")
    assert set(get_type_hints(ClockPlace)) <= item("clock")
    assert set(get_type_hints(UpdatedLine)) <= item("updated")
    assert set(get_type_hints(VideoPlace)) <= item("video")
    assert set(get_type_hints(AssetEntry)) <= item("assets")


def test_the_page_explains_alert_documents() -> None:
    assert keys_of_list("## Alerts") == set(get_type_hints(AlertDocument))
    explained = PAGE.split("\n### alerts[]\n")[1].split("\n#")[0]
    for kind in (AlertEntry, AlertPicture, AlertLine, NamedAsset):
        assert {key for key in get_type_hints(kind) if f"`{key}`" not in explained} == set(), kind


def test_the_schema_is_a_schema() -> None:
    """The tests that hold manifests to it take that for granted: to look again each time takes long."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(ALERTS)
