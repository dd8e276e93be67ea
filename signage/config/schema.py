"""The JSON Schema of screens.toml, for editors: completion, descriptions and a red line under a mistake.

`python -m docs.make_schema` writes docs/screens.schema.json; screens.toml names it in its first line. Taplo, which the
TOML extensions of VS Code and others build on, reads draft 4; so that is what it is written in.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from signage.config.models import Config
from signage.config.sources import source_models

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "screens.schema.json"


def screens_schema() -> dict[str, Any]:
    """The schema as JSON data, the same for every run."""
    schema = _draft4(Config.model_json_schema(by_alias=True, ref_template="#/definitions/{model}"))
    definitions = schema.pop("$defs")
    definitions["Source"]["properties"] |= _settings_of_types()
    definitions["Source"]["properties"]["type"]["enum"] = list(source_models())
    for definition in definitions.values():
        if "weekdays" in definition["properties"]:
            definition["properties"] |= _weekdays(definition["properties"])
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "screens.toml",
        **schema,
        "definitions": definitions,
    }


def _weekdays(properties: dict[str, Any]) -> dict[str, Any]:
    """`days` of an entry: weekdays, and the number of days that some kinds have."""
    words = {"type": "string", "description": 'Only on these weekdays: "mon-fri" or "mon, wed-fri".'}
    number = properties.get("days")
    if number is None:
        return {"days": words}
    shared = {key: number.pop(key) for key in ("description", "default") if key in number}
    return {"days": {**shared, "anyOf": [number, words]}}


def _settings_of_types() -> dict[str, Any]:
    """What single source types accept, each described with its type."""
    settings: dict[str, Any] = {}
    for name, model in source_models().items():
        properties = _draft4(model.model_json_schema())["properties"]
        for key in model.own_settings():
            own = {**properties[key], "description": f"{name}: {properties[key]['description']}"}
            settings[key] = {"anyOf": [settings[key], own]} if key in settings else own
    return settings


def schema_text() -> str:
    """The bytes of docs/screens.schema.json, as text."""
    return json.dumps(screens_schema(), ensure_ascii=False, indent=2) + "\n"


def _draft4(node: Any) -> Any:
    """pydantic's schema in the words of draft 4, without what says nothing about TOML: null, and made-up titles."""
    if isinstance(node, list):
        return [_draft4(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = dict(node)
    choices = [choice for choice in node.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        node |= choices[0]
    elif choices:
        node["anyOf"] = choices
    if isinstance(node.get("title"), str):
        del node["title"]
    if "default" in node and node["default"] is None:
        del node["default"]
    if "const" in node:
        node["enum"] = [node.pop("const")]
    if "exclusiveMinimum" in node and not isinstance(node["exclusiveMinimum"], dict):
        node |= {"minimum": node["exclusiveMinimum"], "exclusiveMinimum": True}
    node.pop("discriminator", None)
    if node.get("format") in ("uri", "date-time"):
        del node["format"]
    if "patternProperties" in node:
        node["additionalProperties"] = False
    if "$ref" in node and len(node) > 1:  # draft 4 ignores what is beside a reference
        node["allOf"] = [{"$ref": node.pop("$ref")}]
    return {key: _draft4(value) for key, value in node.items()}
