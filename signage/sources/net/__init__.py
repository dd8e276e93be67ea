"""HTTP to strangers: one client under limits, a cache that asks politely, and a guard against private addresses."""
