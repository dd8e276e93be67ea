"""`python -m player`."""

import sys

from player.main import main

sys.exit(main())
