"""Dialogs of the menus: opened and awaited, never executed."""
