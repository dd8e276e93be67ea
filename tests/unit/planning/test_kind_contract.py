"""What every page kind keeps to, whoever wrote it: found by name, words for any text, nothing that is over."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import get_type_hints, is_typeddict

import pytest

from signage.config.load import parse_config
from signage.config.playlist import Timed
from signage.config.schema import screens_schema
from signage.domain.model import PageSpec
from signage.errors import ConfigError
from signage.planning.kinds import KINDS, TEMPLATES, split_page
from signage.planning.page_contexts import PageContextBuilder
from signage.planning.page_writer import CommonContext
from signage.planning.screen_plan import plan_screen
from signage.preview import SIZES, read_sample
from signage.rendering.document import Renderer
from signage.rendering.layouts import load_layout
from signage.wording.languages import FOLDER, load
from tests.fixtures import hostile
from tests.fixtures.paths import LAYOUTS

NAMES = [kind.name for kind in KINDS.values() if kind.model]
LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.toml"))
SEEDS = (9000, 9005)
HORIZON = timedelta(hours=14)  # over midnight
BROKEN = '[screens.a]\nplaylist = [{ show = "nonsense" }, { show = "KIND", nonsense = 1 }]\n'


@pytest.mark.parametrize("kind", NAMES)
def test_it_is_in_the_schema_and_explains_its_settings(kind: str) -> None:
    found = [
        one
        for one in screens_schema()["definitions"].values()
        if one["properties"].get("show", {}).get("enum") == [kind]
    ]
    assert len(found) == 1
    assert all("description" in setting for name, setting in found[0]["properties"].items())


@pytest.mark.parametrize("kind", NAMES)
def test_its_entries_can_have_times(kind: str) -> None:
    model = KINDS[kind].model
    assert model
    assert issubclass(model, Timed)


@pytest.mark.parametrize("kind", NAMES)
def test_it_is_in_the_messages(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(BROKEN.replace("KIND", kind).encode(), "screens.toml", tmp_path)
    unknown, setting = (str(one) for one in caught.value.problems if "nonsense" in str(one))
    assert f'"{kind}"' in unknown
    assert 'no setting "nonsense" here' in setting


@pytest.mark.parametrize("kind", NAMES)
def test_it_shows_no_past_event_and_survives_hostile_texts(kind: str) -> None:
    for seed in SEEDS:
        case = hostile.make_case(seed, kind)
        screen = case.config.screens["s"]
        layout = load_layout(LAYOUTS / case.layout, TEMPLATES)
        capacity = layout.capacity(screen.width, screen.height, screen.smallest_text)
        end = hostile.AT + HORIZON
        plan = plan_screen(case.config, "s", case.catalog, hostile.AT, end, capacity, {})
        assert plan.failures == ()
        writer = PageContextBuilder(case.config, "s", load(screen.language or "nb"), case.catalog, "nb_NO")
        renderer = Renderer(layout)
        pages = {planned.plan for planned in plan.pages}
        for planned in plan.pages:
            ends = [case.catalog.events[i].ends_at for i in planned.plan.event_ids]
            assert all(planned.until <= end_of_event for end_of_event in ends), (seed, planned)
        for page in {*pages, *(part for each in pages for part in split_page(each))}:
            assert renderer.document(writer.spec(page)).body


@cache
def samples(layout: str, size: str, language: str) -> dict[str, PageSpec]:
    return read_sample(LAYOUTS / layout, stress=True).pages(load_layout(LAYOUTS / layout), size, language)


@pytest.mark.parametrize("layout", ["fjord", "natt", "plakat"])
@pytest.mark.parametrize("kind", KINDS)
def test_its_samples_are_worded_and_set_in_every_size_and_language(kind: str, layout: str) -> None:
    renderer = Renderer(load_layout(LAYOUTS / layout, TEMPLATES))
    for size in SIZES:
        for language in LANGUAGES if layout == "fjord" else ["nb"]:
            for name, spec in samples(layout, size, language).items():
                if spec.kind == (KINDS[kind].template or kind):
                    assert renderer.document(spec).body, (name, size, language)


@pytest.mark.parametrize("kind", KINDS)
def test_its_samples_have_the_context_that_its_type_names(kind: str) -> None:
    declared = get_type_hints(type(KINDS[kind]).context)["return"]
    own = set(get_type_hints(declared)) if is_typeddict(declared) else set()
    for name, spec in samples("fjord", next(iter(SIZES)), "nb").items():
        if spec.kind == (KINDS[kind].template or kind) == KINDS[kind].name:
            assert CommonContext.__required_keys__ | own <= set(spec.context), name
            assert set(spec.context) <= set(get_type_hints(CommonContext)) | own, name
