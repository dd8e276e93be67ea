"""Publish: manifest and pictures, signed, activated last. I/O: disk.

In: each screen's pages with their windows and pictures. Out: a folder of plain files as docs/bundle-format.md says.
"""

from signage.bundle.keys import SigningKeys
from signage.bundle.manifest import Bundle, Page, open_pages
from signage.bundle.publish import Publisher

__all__ = ["Bundle", "Page", "Publisher", "SigningKeys", "open_pages"]
