"""The name of the registry's file. Apart from the registry, which loads much more."""

REGISTRY_FILE = "players.db"
