"""Turn documents into pictures with Chromium, and measure them. I/O: a browser, the picture folder, the picture index.

In: `PageSpec`s with their layout. Out: for each a `Rendered` picture, an overflow, or why not. What was rendered before
is found by the hash of everything that goes into it.
"""
