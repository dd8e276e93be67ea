"""Editors and people are told the truth: the JSON Schema and docs/configuration.md say what the models say."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from signage.config.load import parse_config
from signage.config.schema import SCHEMA_FILE, schema_text, screens_schema
from signage.config.sources import source_models
from signage.errors import ConfigError
from signage.planning.kinds import KINDS
from tests.fixtures.docs import items
from tests.fixtures.paths import FIXTURES, ROOT

HERE = FIXTURES / "config"
DOCS = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
PLAYLIST = (*(kind.model.__name__ for kind in KINDS.values() if kind.model), "Use", "OneOf")
SECTIONS = {
    "Site": "## `[site]`",
    "Colours": "## `[site.colours]`",
    "Fonts": "## `[site.fonts]`",
    "Rendering": "## `[render]`",
    "AlertFeed": "## `[[alert_feeds]]`",
    "ShownAs": "## How alerts are shown",
    "Sponsor": "## `[[sponsors]]`",
    "Source": "## `[[sources]]`",
    "HoldBack": "## `[[hold_back]]`",
    "Place": "## `[places.…]`",
    "Publishing": "## `[publish]`",
    "Services": "## `[services]`",
    "Alerts": "## `[alerts]`",
    "PreparedAlert": "## `[prepared_alerts.…]`",
    "Screen": "## `[screens.…]`",
    "SharedPlaylist": "## `[playlists.…]`",
    "Group": "## `[groups.…]`",
    "Defaults": "## `[screens.…]`",
    **dict.fromkeys(PLAYLIST, "### Playlist"),
}


def definitions() -> dict[str, Any]:
    """The tables of the schema, without what only single source types accept: their own pages explain that."""
    found: dict[str, Any] = screens_schema()["definitions"]
    source = found["Source"]["properties"]
    del source["type"]["enum"]
    for model in source_models().values():
        for name in model.own_settings():
            source.pop(name, None)
    return found


@pytest.fixture
def layouts(tmp_path: Path) -> Path:
    folder = tmp_path / "layouts"
    (folder / "fjord").mkdir(parents=True)
    (folder / "fjord" / "layout.toml").touch()
    return folder


def rows(section: str) -> dict[str, tuple[str, str]]:
    """setting -> what it is, default; from the tables and the lists of one section of the docs."""
    level = section.split(" ")[0]
    body = DOCS.split(f"\n{section}\n")[1]
    body = re.split(rf"\n#{{2,{len(level)}}} ", body)[0]
    if section == SECTIONS["Screen"]:
        body = body.split("\n### ")[0]
    found = re.findall(r"^\| `([a-z_]+)` \| (.*?) \| (.*?) \|$", body, re.MULTILINE)
    listed = [item for item in items(body) if re.fullmatch(r"`[a-z_]+`", item.name)]
    return {name: (what, default) for name, what, default in found} | {
        item.names[0]: (
            item.text or item.notes["what it is"],
            item.aside.removeprefix("default: ") or item.notes["default"],
        )
        for item in listed
    }


def test_the_schema_in_docs_is_not_stale() -> None:
    stale = "run: make schema"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), stale


def test_screens_toml_names_its_schema_in_the_first_line() -> None:
    first = (ROOT / "screens.toml").read_text(encoding="utf-8").splitlines()[0]
    directive, path = first.split(" ")
    assert directive == "#:schema"  # as Taplo and "Even Better TOML" read it
    assert path.startswith("./")
    assert (ROOT / path).resolve() == SCHEMA_FILE.resolve()


def as_json(path: Path) -> Any:
    """The file as a TOML editor hands it to JSON Schema: times are text."""
    return json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))


def test_the_schema_accepts_what_loads() -> None:
    jsonschema.Draft4Validator.check_schema(screens_schema())
    validator = jsonschema.Draft4Validator(screens_schema())
    for path in (ROOT / "screens.toml", HERE / "small.toml", HERE / "everything.toml"):
        assert list(validator.iter_errors(as_json(path))) == []


@pytest.mark.parametrize(
    "name", ["site", "sources", "places", "screens", "playlist", "sections-missing", "wrong-kinds"]
)
def test_the_schema_refuses_what_does_not_load(name: str) -> None:
    errors = jsonschema.Draft4Validator(screens_schema()).iter_errors(as_json(HERE / "broken" / f"{name}.toml"))
    assert list(errors)


def test_everything_that_may_be_written_loads(layouts: Path) -> None:
    """everything.toml uses every setting there is, so that no name in the models is only a name."""
    data = (HERE / "everything.toml").read_bytes()
    parse_config(data, "everything.toml", layouts)
    words = set(re.findall(r"[a-z_]+", data.decode()))
    for definition in definitions().values():
        assert set(definition["properties"]) <= words


@pytest.mark.parametrize("name", sorted(definitions()))
def test_every_setting_is_explained(name: str) -> None:
    explained = rows(SECTIONS[name])
    for setting in definitions()[name]["properties"]:
        assert setting in explained or setting == "show", (
            f"{setting} isn't in {SECTIONS[name]} of docs/configuration.md"
        )


@pytest.mark.parametrize("name", sorted(source_models()))
def test_every_source_type_has_a_page_that_explains_its_own_settings(name: str) -> None:
    page = (ROOT / "docs" / "sources" / f"{name}.md").read_text(encoding="utf-8")
    for setting in source_models()[name].own_settings():
        assert re.search(rf"\b{setting}\b", page), setting


def test_the_docs_explain_nothing_that_is_not_there() -> None:
    everything = screens_schema()["definitions"]
    for section in set(SECTIONS.values()):
        known = {key for name, s in SECTIONS.items() if s == section for key in everything[name]["properties"]}
        assert set(rows(section)) <= known


def test_the_docs_know_the_defaults_and_what_must_be_given() -> None:
    for name, definition in definitions().items():
        explained = rows(SECTIONS[name])
        for setting, schema in definition["properties"].items():
            if setting == "show":
                continue
            _, default = explained[setting]
            if setting in definition.get("required", []):
                assert default == "must be given", (name, setting)
            elif schema.get("default") not in (None, "") and not isinstance(schema["default"], dict):
                assert f"`{json.dumps(schema['default'], ensure_ascii=False)}`" in default, (name, setting)


def test_the_docs_know_every_choice() -> None:
    for name, definition in definitions().items():
        explained = rows(SECTIONS[name])
        for setting, schema in definition["properties"].items():
            if setting == "language":  # one for each file in a folder, so no list of them is written by hand
                assert "languages.md" in explained[setting][0]
                continue
            for choice in schema.get("enum", []):
                text = DOCS if setting == "show" else explained[setting][0]
                assert f"`{json.dumps(choice)}`" in text, (name, setting, choice)


def test_the_small_file_in_the_docs_works(layouts: Path) -> None:
    example = re.search(r"## A small file that works\n\n.*?```toml\n(.*?)```", DOCS, re.DOTALL)
    assert example
    assert parse_config(example[1].encode(), "screens.toml", layouts).screens["library"].playlist


def test_the_messages_in_the_docs_are_the_real_ones(layouts: Path) -> None:
    example = re.search(r"```toml wrong\n(.*?)```.*?```text\n(.*?)```", DOCS, re.DOTALL)
    assert example
    with pytest.raises(ConfigError) as caught:
        parse_config(example[1].encode(), "screens.toml", layouts)
    assert str(caught.value).replace(" Hint: ", "\n  Hint: ") + "\n" == example[2]  # as `signage check` prints it


def test_every_message_that_the_docs_help_with_exists() -> None:
    section = DOCS.split("## Messages, and what to do")[1]
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "signage" / "config").glob("*.py"))
    messages = [message for item in items(section) for message in item.names]
    assert len(messages) > 10
    for message in messages:
        start = message.split("…")[0].rstrip('"').strip()
        assert start in source.replace('\\"', '"').replace("\\'", "'"), message


def test_every_link_in_the_docs_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", DOCS, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", DOCS)) <= anchors
