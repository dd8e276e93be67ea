"""Turn what is selected into pages: arranged, put into words, set in the layout. Pure: no I/O, no clock.

In: occurrences and the instant. Out: `PageSpec` (all data of one page) and, from it and a layout, one HTML document.
"""
