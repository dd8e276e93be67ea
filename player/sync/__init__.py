"""What the player has of the server: fetched, verified, kept; the old bundle stays until the new one is whole."""
