"""Turn documents into pictures with Chromium, and measure them. I/O: a browser, the picture folder, the picture index.

In: `PageSpec`s with their layout. Out: for each a `Rendered` picture, an overflow, or why not. What was rendered before
is found by the hash of everything that goes into it.
"""

from signage.pictures.faults import NotRendered
from signage.pictures.files import PictureFiles
from signage.pictures.memory import Outcome
from signage.pictures.plain import PlainPage
from signage.pictures.studio import Studio

__all__ = ["NotRendered", "Outcome", "PictureFiles", "PlainPage", "Studio"]
