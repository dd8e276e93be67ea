"""The source types: one file each with a class that fetches and reads. `signage.sources.registry` finds them."""
