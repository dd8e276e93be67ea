"""Fast tests of single parts: no browser, no server, no process of their own. `make check` runs them."""
