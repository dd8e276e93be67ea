"""What the player was told: settings files and command line; and the messages it shows by itself."""
