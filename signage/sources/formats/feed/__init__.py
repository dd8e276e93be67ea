"""RSS and Atom, and the times that people write in their texts. Pure."""
