"""A QR code as rows of modules.

    python3 -m player.display.qr TEXT      prints a line of 0 and 1 for each row, and ends

in a separate process: the library is needed only while a code is on the display. Without python3-segno: no QR code.
"""

from __future__ import annotations

import sys

HELPER_SECONDS = 10.0
MOST_MODULES = 177  # version 40, the largest there is

Rows = tuple[tuple[bool, ...], ...]


def read(printed: bytes | None) -> Rows | None:
    """What the helper printed; None unless it is a square of modules."""
    lines = (printed or b"").decode("ascii", "replace").split()
    square = 0 < len(lines) <= MOST_MODULES and all(len(line) == len(lines) for line in lines)
    if not square or set("".join(lines)) - {"0", "1"}:
        return None
    return tuple(tuple(module == "1" for module in line) for line in lines)


def main() -> int:
    """Print the rows."""
    try:
        import segno
    except ImportError:
        return 69  # EX_UNAVAILABLE
    # a telephone sees the television from some metres, in one corner: level M forgives a reflection
    for row in segno.make_qr(sys.argv[1], error="m").matrix:
        print("".join("1" if module else "0" for module in row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
