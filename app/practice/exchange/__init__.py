"""The exchange: orders, their life, and the matching of orders against the market's ticks. Knows no sockets."""
