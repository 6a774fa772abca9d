"""Loads every module that answers requests, so that each registers its answers."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "reference",
    "quotes",
    "history",
    "bars",
    "portfolio",
    "balances",
    "trading",
    "blotter",
    "ticks",
    "directory",
    "depth",
    "chains",
)


def load() -> None:
    """Import the answering modules."""
    for name in MODULES:
        import_module(f"app.practice.server.{name}")
