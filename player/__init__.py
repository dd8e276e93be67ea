"""The player: fetches one screen's bundle, checks it, keeps it, and shows the right picture at the right second.

    sync -> rotation -> glass

It shares no code with the renderer; docs/bundle-format.md is the contract between the two.
"""

__version__ = "0.5.0"
