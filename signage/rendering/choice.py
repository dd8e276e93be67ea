"""Which browsers render the pages: this machine's, or those of other machines."""

from __future__ import annotations

from signage.config.rendering import Rendering
from signage.rendering.browsers import Browsers


def make_browsers(rendering: Rendering) -> Browsers:
    """As screens.toml says; what is for other machines is only loaded for them."""
    if rendering.scheduler is None:
        return Browsers()
    from signage.rendering.remote_browsers import RemoteBrowsers

    return RemoteBrowsers(rendering)
