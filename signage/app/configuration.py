"""Reading screens.toml with everything that it may contain.

The configuration knows no page kind and no source type. Importing this module hands them over. It isn't done by the
package itself: the signals of a server are followed before anything so large is loaded.
"""

import signage.planning.kinds
import signage.sources.registry  # noqa: F401
from signage.config.load import find_warnings, load, read

__all__ = ["find_warnings", "load", "read"]
