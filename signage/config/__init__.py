"""screens.toml: read, check whole, and hand on as frozen values."""
