"""The player: its rules, its store, and its picture in a real window."""
