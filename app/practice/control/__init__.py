"""The control port: JSON lines to look at the true book, to move time and prices, and to order faults."""
