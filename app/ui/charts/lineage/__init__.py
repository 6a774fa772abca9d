"""What was decided and traded, on the bars it was decided on: handed in as values, painted, asked about."""
