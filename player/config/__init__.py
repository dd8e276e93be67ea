"""How the player was set up: settings files and command line."""
