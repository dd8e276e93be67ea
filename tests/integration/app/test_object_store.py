"""`[publish]` in screens.toml: a build brings an object store up to date, and is not disturbed by one that is down."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from signage.app.folders import Folders
from signage.app.mirroring import Mirroring
from signage.app.pipeline import Pipeline
from signage.cli.main import main
from signage.config.load import load
from signage.config.publishing import Publishing
from signage.publishing import object_store
from signage.runtime.extras import install_command
from tests.fixtures.object_stores import KEYS, MotoServer, Reader, moto_server
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import NOW, Site, small_site

PUBLISH = '\n[publish]\nto = "s3://heim/info"\nendpoint = "{url}"\n'


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[MotoServer]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(object_store, "ATTEMPTS", 1)
    with moto_server() as server:
        yield server


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with small_site(tmp_path) as made:
        yield made


@pytest.mark.browser
def test_a_build_publishes_to_the_store_and_a_store_without_bucket_costs_a_sentence(
    site: Site, moto: MotoServer, capsys: pytest.CaptureFixture[str]
) -> None:
    site.write(more=PUBLISH.format(url=moto.url))
    at = ("--at", "2026-11-23T12:00")
    code = main(site.arguments("build", *at))
    captured = capsys.readouterr()
    assert "There is no bucket heim." in captured.err
    assert "Published to s3://" not in captured.out + captured.err
    serial = site.manifest()["serial"]
    url = moto.make_bucket("heim")
    assert main(site.arguments("build", *at)) == code, "the store has nothing to do with the exit code"
    captured = capsys.readouterr()
    assert "Published to s3://heim/info" in captured.out + captured.err
    key = (site.folder / "var" / "published" / "signage.pub").read_text().strip()
    reader = Reader(f"{url}/info", "bibliotek", bytes.fromhex(key))
    assert reader.read().version.serial == serial
    assert (site.folder / "var" / "published" / "screen" / "bibliotek.html").is_file()
    reader.close()


def test_without_boto3_a_sentence_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    mirroring = Mirroring(Folders(tmp_path))
    mirroring.follow(Publishing.model_validate({"to": "s3://heim/info"}), trial=False)
    mirroring.changed("bibliotek", NOW)
    assert mirroring.wait(30)
    [problem] = mirroring.problems
    assert problem == f"Publishing to s3://heim/info needs boto3. Hint: {install_command('s3')}"
    mirroring.stop()


def test_without_the_section_and_in_trials_nothing_is_sent_and_boto3_is_not_loaded(tmp_path: Path) -> None:
    mirroring = Mirroring(Folders(tmp_path))
    mirroring.follow(Publishing(), trial=False)
    mirroring.changed("bibliotek", NOW)
    mirroring.finished(NOW, pretended=False)
    assert (mirroring.wait(0), mirroring.problems, mirroring.address) == (True, [], None)
    mirroring.follow(Publishing.model_validate({"to": "s3://heim/info"}), trial=True)
    assert mirroring.address is None


def test_the_server_reports_a_store_that_is_down(site: Site, moto: MotoServer) -> None:
    config = site.write(more=PUBLISH.format(url=moto.url).replace("heim", "edited"))
    pipeline = Pipeline(Folders(site.folder / "var"), LAYOUTS)
    pipeline.mirroring.follow(config.publish, trial=False)
    pipeline.mirroring.finished(NOW, pretended=False)
    assert pipeline.mirroring.wait(30)
    assert "There is no bucket edited." in pipeline.mirroring.problems[0]
    moto.make_bucket("edited")
    pipeline.mirroring.finished(NOW, pretended=False)
    assert pipeline.mirroring.wait(30)
    assert pipeline.mirroring.problems == []
    edited = load(site.path, LAYOUTS).publish.model_copy(update={"to": None, "endpoint": None})
    pipeline.mirroring.follow(edited, trial=False)
    assert pipeline.mirroring.address is None
    assert json.loads((site.folder / "var" / "object-store.json").read_bytes())["address"].endswith("s3://edited/info")
