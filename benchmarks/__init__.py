"""What the renderer and the player cost, measured. `make bench` runs all; `python -m benchmarks.NAME` runs one."""
