"""Pictures of sample alerts for `signage preview`: alone on the display, as a strip, and an official warning."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta

from PIL import Image

from signage.app.alert_pictures import PAPER, AlertPictures, draw_page
from signage.config.built_in import LAYOUTS, built_in
from signage.config.models import Config
from signage.domain.alerts import AlertDraft, AlertLevel, AlertText
from signage.domain.model import RenderReport
from signage.preview import Shot, read_sample
from signage.rendering.alert_layout import NAME
from signage.wording.alert_times import alert_lines
from signage.wording.languages import load as load_words
from signage.wording.languages.messages import load_messages

KINDS = ("alert", "alert-banner", "alert-warning")
IN_FORCE = timedelta(hours=4)


def alert_shots(pictures: AlertPictures, size: str, language: str, *, stress: bool) -> dict[str, Shot]:
    """A picture of each, by kind, with the times in it. What has no sample in this language is in Bokmål."""
    sample = read_sample(built_in(LAYOUTS) / "fjord")
    config = sample.config(size, "fjord", language)
    texts = tomllib.loads((built_in(LAYOUTS) / NAME / "sample.toml").read_text("utf-8"))
    chosen = texts["stress"] if stress else texts
    spoken = language if language in chosen else "nb"
    text = AlertText(chosen[spoken]["title"], chosen[spoken]["text"].strip())
    draft = AlertDraft({spoken: text}, ("s",), sample.at + IN_FORCE, sender=config.site.name)
    official = replace(draft, sender="Meteorologisk institutt", credit="Data fra MET Norway", warning="orange")
    short = replace(text, text="" if stress else text.text.partition("\n\n")[0])  # a strip has less room
    drafts = (draft, replace(draft, level=AlertLevel.BANNER, texts={spoken: short}), official)
    return {kind: _shot(pictures, each, config, size, spoken) for kind, each in zip(KINDS, drafts, strict=True)}


def _shot(pictures: AlertPictures, draft: AlertDraft, config: Config, size: str, language: str) -> Shot:
    sent = draft.until - IN_FORCE
    made = pictures.make(draft, config, sent)
    width, height = map(int, size.split("x"))
    picture = Image.new("RGB", (width, height), PAPER)
    for page in made.screens["s"].pages:
        times = alert_lines(load_words(language), config.zone_of("s"), sent, draft.until)
        draw_page(picture, page, made.files[page.sha256], times)
    messages = load_messages("en")
    problems = tuple(messages(each.message.key, **each.message.values) for each in made.problems)
    return Shot(picture, RenderReport(bool(problems), 0.0, 1.0, 0, "", problems=problems))
