"""The application: what keeps `signage run` going, watches it, and ends it. Knows the pipeline; no stage knows this."""
