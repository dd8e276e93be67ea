"""Read iCalendar (RFC 5545): from bytes to components, times, zones and expanded series. Pure."""
