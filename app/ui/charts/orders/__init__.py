"""Order lines under a hand: dragged, cancelled, edited; what is wanted is told, never done here."""
