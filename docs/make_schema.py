"""Write docs/screens.schema.json: `make schema`, or `python -m docs.make_schema`."""

from __future__ import annotations

import sys

import signage.app.configuration  # noqa: F401 knows what may be written in a section
from signage.config.schema import SCHEMA_FILE, schema_text

if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    sys.stdout.write(f"wrote {SCHEMA_FILE.name}\n")
