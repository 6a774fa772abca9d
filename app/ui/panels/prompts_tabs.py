"""The tabs of the chosen prompt: its text at once, the other pages when they are first wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from PySide6.QtWidgets import QWidget

from app.ui.handles import Handles
from app.ui.panels.cells import Moments
from app.ui.panels.prompts_editor import PromptEditor
from app.ui.panels.prompts_performance import PerformanceView
from app.ui.panels.prompts_preview import PreviewView, TrialView
from app.ui.panels.prompts_versions import PromptVersions
from app.ui.widgets.late_tabs import LateTabs


class PromptTabs(LateTabs):
    """The pages by name; `connects` gives what is to be connected to a page once it is made, by its key."""

    def __init__(self, handles: Handles, moments: Moments, connects: Mapping[str, Callable[[], object]]) -> None:
        super().__init__()
        theme, say, figures = handles.theme, handles.language.say, handles.prompts.performance
        self._connects = connects
        self.editor = PromptEditor(theme, say)
        self.add_late("text", say("Text"), lambda: self.editor)
        self.add_late("versions", say("Versions"), lambda: PromptVersions(theme, moments, say))
        self.add_late("preview", say("Preview"), lambda: PreviewView(theme, say))
        self.add_late("trial", say("Test"), lambda: TrialView(theme, say))
        self.add_late("performance", say("Performance"), lambda: PerformanceView(theme, figures, say))
        self.setAccessibleName(say("The chosen prompt"))

    @property
    def versions(self) -> PromptVersions:
        """The versions of the prompt, and what changed between them."""
        return cast(PromptVersions, self.page("versions"))

    @property
    def preview(self) -> PreviewView:
        """The text on the bars of the symbol in sight."""
        return cast(PreviewView, self.page("preview"))

    @property
    def trial(self) -> TrialView:
        """The text put to the model."""
        return cast(TrialView, self.page("trial"))

    @property
    def performance(self) -> PerformanceView:
        """What prompts, strategies and models came to."""
        return cast(PerformanceView, self.page("performance"))

    def page(self, key: str) -> QWidget:
        """Return what is behind a tab, connected."""
        was_made = self.has(key)
        page = super().page(key)
        if not was_made and key in self._connects:
            self._connects[key]()
        return page
