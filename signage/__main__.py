"""`python -m signage` is the `signage` command."""

import sys

from signage.cli.main import main_with_signals

if __name__ == "__main__":
    sys.exit(main_with_signals())
