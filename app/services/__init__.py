"""Use cases: one class a file, owning its state, knowing vendors only as Protocols."""
