"""Put page plans into words: from a `PagePlan` to the `PageSpec` that a layout's template sees as `page`."""

from __future__ import annotations

from dataclasses import replace

from signage.domain.model import PageSpec
from signage.domain.page_plan import PagePlan, Variant
from signage.domain.page_shapes import shape
from signage.planning.kinds import kind_of, page_context, split_page, template_of
from signage.planning.page_writer import PageWriter


class PageContextBuilder(PageWriter):
    """Contexts for one screen in one language."""

    def spec(self, plan: PagePlan) -> PageSpec:
        """The page's data, ready for the layout. Equal plans give equal specs."""
        screen = self.screen
        orientation = "landscape" if screen.width >= screen.height else "portrait"
        form = shape(screen.width, screen.height)
        season = plan.variant.season
        context = page_context(plan, self, {"orientation": orientation, "shape": form, "zone": False}, season)
        layout = plan.variant.layout or screen.layout
        bare = replace(plan, variant=Variant())
        return PageSpec(
            template_of(kind_of(plan)),
            layout,
            screen.width,
            screen.height,
            self.words.language,
            context,
            splittable=split_page(bare) != [bare],
        )
