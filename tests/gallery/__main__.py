"""`python -m tests.gallery FOLDER`: the real window on the practice market, a picture a scene, theme and language."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QSize

from app import desktop
from app.compose import Core
from app.life import Life
from app.runtime.instance import Instance
from tests.gallery.model import answer
from tests.gallery.page import write_page
from tests.gallery.scenes import LANGUAGES, SCENES, Scene
from tests.gallery.stage import Stage
from tests.gallery.today import Day
from tests.support.core import WIDE_LIMITS, Trader
from tests.support.gateway import PracticeGateway
from tests.support.model_server import model_server

THEMES = ("dark", "light")


class GalleryLife(Life):
    """The product's life, with somebody in front of it who takes pictures and leaves."""

    wanted: argparse.Namespace

    async def _work(self, core: Core, left: asyncio.Event) -> None:
        async def play() -> None:
            try:
                await self._play(core)
            finally:
                left.set()

        playing = asyncio.gather(play())
        try:
            await super()._work(core, left)
        finally:
            await playing

    async def _play(self, core: Core) -> None:
        await core.session.ready()
        home = core.data_dir / "practice"
        gateway = PracticeGateway(home)
        gateway.told = json.loads((home / "gateway.json").read_text())
        async with model_server(answer) as server:
            day = Day(Trader(core, gateway))
            await day.begin(server.base_url)
            await day.trade()
            wanted = self.wanted
            stage = Stage(self._shown, core, day, wanted.size, wanted.folder, wanted.whole)
            for language in LANGUAGES:
                stage.handles.language.set(language)
                await stage.calm()
                for scene in SCENES:
                    if language in scene.languages and (not wanted.only or scene.name in wanted.only):
                        await _take(stage, scene, language, wanted.themes)
            sys.stdout.write(f"{len(stage.sizes)} pictures, {sum(stage.sizes.values()) / 1e6:.2f} MB\n")


async def _take(stage: Stage, scene: Scene, language: str, themes: list[str]) -> None:
    """Set a scene once and take it in every theme."""
    await scene.show(stage)
    for theme in themes:
        stage.shown.theme.set(theme)
        await stage.take(scene.picture(theme, language), scene.panel)
    stage.leave()


def _size(text: str) -> QSize:
    width, height = text.split("x")
    return QSize(int(width), int(height))


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=_size, default=QSize(1440, 900), help="of the window, default 1440x900")
    parser.add_argument("--themes", nargs="+", default=list(THEMES))
    parser.add_argument("--only", nargs="+", default=[], help="names of scenes")
    parser.add_argument("--whole", action="store_true", help="the whole window instead of the panel alone")
    parser.add_argument("--page", type=Path, help="write a page that shows them all")
    return parser.parse_args()


def main() -> None:
    """Take the pictures."""
    wanted = _wanted()
    with tempfile.TemporaryDirectory(prefix="tapeline-gallery-") as folder:
        data_dir = Path(folder)
        settings = {"schema": 1, "theme": wanted.themes[0], "limits": WIDE_LIMITS}
        (data_dir / "settings.json").write_text(json.dumps(settings))
        (data_dir / "logs").mkdir()
        instance = Instance(data_dir)
        assert instance.acquire()
        shown = desktop.show(data_dir)
        shown.window.resize(wanted.size)
        life = GalleryLife(desktop.Wish(data_dir), shown, instance)
        life.wanted = wanted
        life.live()
    if wanted.page:
        write_page(wanted.page, wanted.folder, SCENES, THEMES)


main()
