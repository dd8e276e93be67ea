"""Page kind "dark": a black page outside the opening hours. No playlist names it."""

from __future__ import annotations

from collections.abc import Mapping

from signage.config.playlist import PlaylistEntry
from signage.domain.page_plan import PagePlan
from signage.planning.kinds.base import PageKind
from signage.planning.page_writer import PageWriter


class DarkKind(PageKind[PlaylistEntry]):
    name = "dark"
    order = 130

    def context(self, plan: PagePlan, writer: PageWriter) -> Mapping[str, object]:
        return {}


KIND = DarkKind()
