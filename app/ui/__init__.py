"""The window: PySide6 and pyqtgraph, nothing else."""
