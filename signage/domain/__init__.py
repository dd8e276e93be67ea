"""The values that flow between the stages: events, organisations, pictures, pages. Pure: no I/O, no clock."""
