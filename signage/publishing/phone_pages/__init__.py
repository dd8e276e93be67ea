"""From the wall to the pocket: pages for telephones and a calendar to subscribe to, for each screen. Pure.

In: the events that a screen may show. Out: files by their path inside the screen's published folder (docs/pocket.md).
"""

from signage.publishing.phone_pages.alerts import with_alerts
from signage.publishing.phone_pages.files import PhonePicture, pocket_files
from signage.wording.qr import address_of, code_of

__all__ = ["PhonePicture", "address_of", "code_of", "pocket_files", "with_alerts"]
