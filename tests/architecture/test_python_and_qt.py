"""The pair of Python and PySide6 that is installed does not lose references: 6.12.0 on Python 3.11 does, and aborts."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot


def test_none_keeps_its_references_over_hundreds_of_rounds_of_events(qtbot: QtBot) -> None:
    label = QLabel("tick")
    qtbot.addWidget(label)
    timer = QTimer()
    timer.timeout.connect(label.update)
    timer.start(0)
    before = sys.getrefcount(None)
    for _ in range(300):
        label.setText("tick")
        label.setVisible(False)
        QApplication.postEvent(label, QEvent(QEvent.Type.User))
        QApplication.processEvents()
    timer.stop()
    assert sys.getrefcount(None) > before - 100
