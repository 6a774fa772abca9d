"""Numbers in, numbers out: indicators, confirmation, levels and sizing."""
