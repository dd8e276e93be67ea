"""Publish: manifest and pictures, signed, activated last. I/O: disk.

In: each screen's pages with their windows and pictures. Out: a folder of plain files as docs/bundle-format.md says.
"""

from signage.publishing.keys import SigningKeys
from signage.publishing.manifest import Bundle, BundlePage, open_pages
from signage.publishing.publish import Publisher

__all__ = ["Bundle", "BundlePage", "Publisher", "SigningKeys", "open_pages"]
