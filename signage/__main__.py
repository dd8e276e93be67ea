"""`python -m signage` is the `signage` command."""

import sys

from signage.cli import main

sys.exit(main())
