"""Outside parties, translated at the door in both directions."""
