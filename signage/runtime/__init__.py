"""What every stage may use: cancelling, containment of failures, worker processes, systemd. Knows no stage."""
