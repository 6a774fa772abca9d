"""Pictures of every panel in a believable week, for the eye and for the help: `python -m tests.gallery`."""
