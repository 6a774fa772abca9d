"""Endpoints: what is sent, what is taken, and what every failure becomes."""
