"""What a hand draws on a chart: anchored to time and price, kept per instrument, undone and redone."""
