"""What the player was told: by its file, its command line, or by an administrator who paired it."""
