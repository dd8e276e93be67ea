"""The ways to the pixels that a box offers, behind one small protocol; `choose` picks the lightest."""
