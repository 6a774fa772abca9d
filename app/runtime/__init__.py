"""How a process lives: bus, tasks, clock, settings, paths and logs."""
