"""Everything between the player and its server: HTTP, polling, sync, pairing, heartbeats, discovery."""
