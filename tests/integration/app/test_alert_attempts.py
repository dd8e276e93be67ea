"""In how many attempts a text is set that doesn't fit: the best way that there is, and never one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from signage.app.alert_pictures import AlertPool
from signage.domain.alerts import AlertLevel, AlertText
from signage.domain.model import PageSpec
from signage.rendering.render_worker import Capture, Worker
from tests.fixtures.alert_site import AlertSite
from tests.fixtures.quick import QuickWorker

LETTERS_PER_PIXEL = 4  # of the height of a page


def room(spec: PageSpec) -> int:
    return spec.height * LETTERS_PER_PIXEL


def letters(paragraphs: Sequence[str]) -> int:
    return sum(map(len, paragraphs))


class CountingWorker(QuickWorker):
    """A page is full with so many letters. `tried`: what was set, in this order."""

    tried: list[PageSpec]

    async def capture(self, document: Any, spec: PageSpec, *about: Any, **more: Any) -> Capture:
        self.tried.append(spec)
        taken = await super().capture(document, spec, *about, **more)
        full = letters(spec.context["paragraphs"]) > room(spec)
        return replace(taken, report=replace(taken.report, overflow=full), png=None if full else taken.png)


@pytest.fixture
def tried() -> list[PageSpec]:
    return []


@pytest.fixture
def site(tmp_path: Path, tried: list[PageSpec]) -> AlertSite:
    class CountingPool(AlertPool):
        def make_worker(self) -> Worker:
            worker = CountingWorker(self._browser, lambda spec: None)
            worker.tried = tried
            return worker

    made = AlertSite(tmp_path)
    made.pictures.pool_type = CountingPool
    return made


@pytest.mark.parametrize("paragraphs", [1, 2, 3, 7, 30, 80])
@pytest.mark.parametrize("length", [3, 40, 300])
def test_the_best_way_is_found_in_a_few_attempts(
    site: AlertSite, tried: list[PageSpec], paragraphs: int, length: int
) -> None:
    text = "\n\n".join(f"{number:02} {'x' * length}" for number in range(paragraphs))
    official = replace(
        site.draft(texts={"nb": AlertText("Kuling", text)}, screens=("kino",)), level=AlertLevel.BANNER, source="met"
    )
    made = site.pictures.make(official, site.config, site.time.now)
    assert made.problems == (), "nobody can shorten it"
    whole, strips = ([spec for spec in tried if (spec.kind == "alert_banner") is strip] for strip in (False, True))
    assert max(len(whole), len(strips)) <= 8
    (strip,) = made.screens["kino"].pages
    shares = [round(720 * share) for share in (0.1, 0.125, 0.22, 0.25)]
    kept = len(re.findall(r"\d\d x+", strip.alt))
    sizes = [len(part) for part in text.split("\n\n")]
    if sum(sizes) <= 180 * LETTERS_PER_PIXEL:
        assert kept == paragraphs, "whole"
        assert strip.height == next(high for high in shares if sum(sizes) <= high * LETTERS_PER_PIXEL), (
            "as low as will do"
        )
    else:
        assert strip.height == 180
        assert sum(sizes[:kept]) <= 180 * LETTERS_PER_PIXEL < sum(sizes[: kept + 1]), "as many as fit"
