"""What the ground floor raises when a process cannot live as asked."""

from __future__ import annotations


class Refusal(Exception):
    """Something a person can put right, said in one sentence fit to show."""
