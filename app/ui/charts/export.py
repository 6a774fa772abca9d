"""A chart as files: its picture as PNG, its visible bars as CSV, where a person says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from app.ui.charts.model import ChartModel
from app.ui.language import say


def ask_where(parent: QWidget, model: ChartModel, kind: str, suffix: str, write: Callable[[Path], None]) -> QFileDialog:
    """Open the question where to write a file of this kind; `write` gets the answer."""
    symbol = model.instrument.symbol if model.instrument is not None else "chart"
    dialog = QFileDialog(parent, say(f"Save {kind}"), f"{symbol}-{model.timeframe.value}.{suffix}", f"*.{suffix}")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.fileSelected.connect(lambda path: write(Path(path)))
    dialog.open()
    return dialog


def write_picture(path: Path, image: QImage, say: Callable[[str], None]) -> None:
    """Write a picture as PNG and say that it was, or why not."""
    done = image.save(str(path), "PNG")  # type: ignore[call-overload]
    say(f"The picture is in {path}." if done else f"The picture could not be written to {path}; choose another place.")


def write_text(path: Path, text: str, say: Callable[[str], None]) -> None:
    """Write rows as UTF-8 and say that they were, or why not."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        say(f"The bars could not be written to {path} ({error.strerror or error}); choose another place.")
        return
    say(f"The visible bars are in {path}.")
