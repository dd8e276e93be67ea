"""Official alerts: from the bytes of an answer to `signage.domain.official_alert.AlertMessage`. Pure; in a worker.

One file per format. `signage.app.alert_feeds` asks for the answers, and decides what holds.
"""
