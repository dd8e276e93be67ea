"""Ask every source for its events. In: addresses and a window of days. Out: raw records, or a clear failure.

`registry` names the types of sources, `types/` reads them, `collect` asks them all and keeps what was good.
"""
