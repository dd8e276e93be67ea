"""How the box is: vitals, watchdog, proof that a version works, recent problems."""
