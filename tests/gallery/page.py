"""The page that shows the pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tests.gallery.scenes import Scene

HEAD = """# What it looks like

Every panel on the practice market, in both themes, as it stands in a window of 1440×900. They are taken by
`xvfb-run -a -s "-screen 0 1920x1080x24" python -m tests.gallery FOLDER --page PAGE`. The weeks before today are what
the sample strategy's rules make of the practice market's bars; the model is a local server that finds every chart
bullish. The window speaks English and Chinese.
"""


def write_page(page: Path, folder: Path, scenes: Sequence[Scene], themes: Sequence[str]) -> None:
    """Write Markdown that names and shows every picture there is, with relative links."""
    way = os.path.relpath(folder, page.parent).replace(os.sep, "/")
    parts = [HEAD]
    for scene in scenes:
        parts.append(f"\n## {scene.title}\n\n{scene.words}\n")
        for language in scene.languages:
            for theme in themes:
                name = scene.picture(theme, language)
                if (folder / f"{name}.png").exists():
                    parts.append(f"\n![{scene.title}, {theme}, {language}]({way}/{name}.png)\n")
    page.write_text("".join(parts), encoding="utf-8")
