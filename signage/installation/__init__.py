"""Install the server as a systemd service: a separate user, folders, a hardened unit. Linux only, as root.

`facts` finds out what is there, `steps` plans what to change (pure) and applies it; `unit` writes the unit;
`program` checks that the service's user can read this program; `status` reports how the service is.
"""
