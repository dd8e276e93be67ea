"""Pictures of events: fetched, decoded under limits in worker processes, and kept. I/O: network, disk."""
