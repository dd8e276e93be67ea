"""Whether an answer can be believed: health, freshness, and how long to wait for a source that fails."""
