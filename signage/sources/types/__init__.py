"""The kinds of sources: one file each with a class that asks and reads. `signage.sources.registry` lists them."""
