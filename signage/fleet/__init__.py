"""The players that hang behind the televisions: how they are paired with a screen, and how they are.

In: what players send (docs/pairing.md, docs/heartbeat.md) and what the administrator decides. Out: grants, signed
assignments, and a verdict on every screen. Codes, messages, verdict and comparison are pure; the registry is SQLite.
"""
