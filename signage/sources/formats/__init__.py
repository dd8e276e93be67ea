"""What sources send, read in worker processes: iCalendar, schema.org, CSV, feeds, JSON, HTML. Pure."""
