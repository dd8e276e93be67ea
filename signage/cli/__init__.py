"""The command line: reads the clock for a build, prints for people, and turns errors into exit codes."""

from signage.cli.main import main

__all__ = ["main"]
