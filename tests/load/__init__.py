"""A hostile crowd and fifty players at one real server; `tests.bench_load` puts them together."""
