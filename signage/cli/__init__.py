"""The command line: one file per command. It reads the clock and turns errors into messages and exit codes.

Nothing imports this package, except for the console script and `python -m signage`.
"""
