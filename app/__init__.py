"""Tapeline: a desktop trading workstation for Interactive Brokers that can show why every order exists."""
