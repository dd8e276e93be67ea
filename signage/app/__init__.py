"""The application: what keeps `signage run` going, watches it, and ends it. Knows the pipeline; no stage knows this."""

import signage.planning.kinds
import signage.sources.registry  # noqa: F401 hands the source types to the configuration
