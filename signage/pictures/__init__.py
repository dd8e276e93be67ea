"""Turn documents into pictures with Chromium, and measure them. I/O: a browser, the picture folder, the picture index.

In: `PageSpec`s with their layout. Out: for each a `Rendered` picture, an overflow, or a fault. What was rendered before
is found by the hash of everything that goes into it.
"""

from signage.pictures.studio import Outcome, Studio

__all__ = ["Outcome", "Studio"]
