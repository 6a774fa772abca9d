"""The services' `ChartPainter`: a chart as a PNG, by the code that paints the window, with or without a display.

Qt is imported with the first picture: the command line starts without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.domain.bars import Bars, Timeframe
from app.domain.claims import Finding
from app.domain.errors import UserError
from app.services.studies import StudyColumns


class OffscreenPainter:
    """Paints 1920×1080; call it from the main thread, where Qt lives."""

    async def paint(
        self,
        bars: Bars,
        studies: Sequence[StudyColumns],
        symbol: str,
        timeframe: Timeframe,
        theme: str = "dark",
        claims: Sequence[Finding] = (),
        *,
        source: str = "",
        zone: str = "UTC",
        decimals: int = 2,
        visible: int = 150,
    ) -> bytes:
        """Return the newest `visible` bars with their studies and claims as PNG; raise UserError where Qt is not."""
        try:
            from app.ui.charts.offscreen import Subject, image_of, png_of
        except ImportError as error:
            raise UserError(
                f"A chart picture needs Qt, and it cannot be loaded here ({error}); install what is named, "
                "or run the strategy without a reading."
            ) from None
        subject = Subject(symbol, timeframe, source, zone, decimals)
        image = image_of(bars, studies, subject, theme, claims, visible)
        return await asyncio.to_thread(png_of, image)
