"""How the player looks after itself and tells how it is: watchdog, proof, heartbeat, clock, display, memory."""
