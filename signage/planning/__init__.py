"""Turn occurrences into a screen's pages, and the windows of time in which each is shown. Pure: no I/O, no clock.

In: occurrences, a screen, the horizon, and what rendering has measured so far. Out: the instants at which anything
changes and, for each slice between them, the pages in the order of the playlist.
"""
