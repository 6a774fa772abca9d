"""Asking where a table goes as a file: one dialog for every panel that exports one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

KINDS = {"xlsx": "Workbook (*.xlsx)", "csv": "CSV (*.csv)", "pdf": "PDF (*.pdf)"}


def ask_file(owner: QWidget, title: str, name: str, kind: str, chosen: Callable[[Path], object]) -> None:
    """Open a save dialog for a file of a kind; `chosen` gets the path, and nothing happens when it is left."""
    dialog = QFileDialog(owner, title, "", KINDS[kind])
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(kind)
    dialog.selectFile(f"{name}.{kind}")
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
