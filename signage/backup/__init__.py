"""A backup: everything that can't be recreated, in one file. `save` writes it, `restore` reads it, `archive` is how.

Keys, pairings, serials, and the configuration with its files. Pictures and events are fetched again.
"""
