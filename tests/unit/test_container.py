"""The Containerfile says the same as the service. packaging/test-container.sh builds and runs it, where podman is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from signage.cli.application import app
from signage.installation.service_unit import CONFIG_FILE, STATE_FOLDER, USER
from tests.fixtures.paths import ROOT

TEXT = (ROOT / "Containerfile").read_text("utf-8")
IGNORED = (ROOT / ".containerignore").read_text("utf-8").splitlines()


def parse(words: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The command's path ("signage service install") and its options by the names of their parameters."""
    context = get_command(app).make_context("signage", list(words))
    while isinstance(context.command, TyperGroup):
        rest = [*context._protected_args, *context.args]
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return context.command_path, context.params


def steps() -> list[tuple[str, str]]:
    """Instructions and their arguments; a line that ends with a backslash goes on."""
    text = re.sub(r"(?m)^#.*\n", "", TEXT)
    joined = re.sub(r"\\\n\s*", "", text)
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def last(instruction: str) -> str:
    return [rest for word, rest in steps() if word == instruction][-1]


def test_it_runs_as_a_number_that_is_not_root() -> None:
    user, group = last("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert f"--uid {user} --gid {group}" in TEXT
    made = [at for at, step in enumerate(steps()) if step[0] == "USER"]
    assert all(word not in {"RUN", "COPY", "ADD"} for word, _ in steps()[made[-1] :])


def test_its_folders_are_those_of_the_service() -> None:
    assert f"install -d -o root -g {USER} -m 0750 {CONFIG_FILE.parent}" in TEXT
    assert f"install -d -o {USER} -g {USER} -m 0700 {STATE_FOLDER}" in TEXT
    assert json.loads(last("VOLUME")) == [str(STATE_FOLDER)]


def test_its_command_is_one_of_ours() -> None:
    program, *words = json.loads(last("CMD"))
    assert program == "signage"
    command, options = parse(words)
    assert (command, options["config"], options["var"]) == ("signage run", CONFIG_FILE, STATE_FOLDER)
    assert f":{options['port']}/" in last("HEALTHCHECK")
    assert last("EXPOSE") == str(options["port"])
    assert json.loads(last("ENTRYPOINT")) == ["/usr/bin/tini", "--"]


def test_what_is_copied_is_there_and_nothing_else_is_offered() -> None:
    assert next(line for line in IGNORED if line and line[0] != "#") == "*"
    allowed = {line[1:] for line in IGNORED if line.startswith("!")}
    copied = {name for word, rest in steps() if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in allowed)
    assert (ROOT / ".dockerignore").read_text("utf-8") == (ROOT / ".containerignore").read_text("utf-8")


def test_no_secret_goes_into_a_layer() -> None:
    assert not re.search(r"(?i)(password|secret|token|key)\s*=", TEXT)
    assert not [rest for word, rest in steps() if word == "ARG" and not rest.startswith("BASE=")]
    assert not [rest for word, rest in steps() if word == "ADD"]


@pytest.mark.parametrize(
    "package", ["chromium-headless-shell", "libatomic1", "tini", "fonts-noto-core", "fonts-noto-color-emoji"]
)
def test_it_brings_what_rendering_needs(package: str) -> None:
    installed = [rest for word, rest in steps() if word == "RUN" and "apt-get install" in rest][-1]
    assert package in installed.split()
    assert "--no-install-recommends" in installed
    assert "rm -rf /var/lib/apt/lists/*" in installed


def test_it_brings_the_extras_of_a_server() -> None:
    """What screens.toml may name works: an object store, films, other machines."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    (installed,) = re.findall(r"--editable '\.\[(.*?)\]'", TEXT)
    assert {*installed.split(",")} == {*extras} - {"player", "dev"}


def test_packages_are_checked_by_their_hashes() -> None:
    fetched = [rest for word, rest in steps() if "pip " in rest and "--no-index" not in rest]
    assert fetched
    assert all("--require-hashes" in rest for rest in fetched)
