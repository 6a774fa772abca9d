"""Reports as files that other programs read."""
