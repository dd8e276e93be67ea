"""What the player keeps on its card: the bundle, its identity, and as few writes as possible."""
