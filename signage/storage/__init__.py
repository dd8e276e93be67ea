"""SQLite files, and files that survive a power cut. I/O: disk."""
