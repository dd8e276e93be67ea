"""Turn documents into pictures with Chromium, and measure them. I/O: a browser, the picture folder, the picture index.

In: `PageSpec`s with their layout. Out: for each a `Rendered` picture, an overflow, or why not. What was rendered before
is found by the hash of everything that goes into it.
"""

from signage.rendering.failed_pages import Outcome
from signage.rendering.page_faults import NotRendered
from signage.rendering.picture_files import PictureFiles
from signage.rendering.plain_page import PlainPage
from signage.rendering.renderer_pool import RendererPool

__all__ = ["NotRendered", "Outcome", "PictureFiles", "PlainPage", "RendererPool"]
