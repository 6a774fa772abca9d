"""What kind of market data an instrument has at a gateway: asked on a connection of its own, answered in words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from app.domain.broker import DATA_TAKEN, DataNews, Message
from app.domain.errors import TapelineError
from app.domain.instruments import ConId
from app.domain.quotes import DataClass, Quote
from app.services.ports import DataChannel

PATIENCE_S = 5.0
WORDS = {
    DataClass.LIVE: "live",
    DataClass.PRACTICE: "practice",
    DataClass.DELAYED: "delayed by 15 minutes",
    DataClass.FROZEN: "frozen: the last quotes of the session",
    DataClass.DELAYED_FROZEN: "delayed and frozen",
}
SUBSCRIBE = "Subscribe to the exchange's data in Client Portal > Settings > Market Data, or work with delayed data."
CLOSE_OTHER = "Close the other login (phone, web or TWS), then take the data back in Connection."
AGAIN = "Shake hands again while the market is open."


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one symbol: its class where quotes came, and what the broker said against live ones."""

    symbol: str
    data_class: DataClass | None = None
    refusal: Message | None = None
    trouble: str = ""

    @property
    def has_quotes(self) -> bool:
        """Say whether any quote came."""
        return self.data_class is not None

    @property
    def is_fresh(self) -> bool:
        """Say whether the quotes are those of this moment."""
        return self.data_class in (DataClass.LIVE, DataClass.PRACTICE) and self.refusal is None

    @property
    def words(self) -> str:
        """Write the class, and why it is no better."""
        found = WORDS[self.data_class] if self.data_class else "no quotes came"
        why = self.trouble or (self.refusal.text if self.refusal else "")
        return f"{found}: {why}" if why else found

    @property
    def action(self) -> str:
        """The one thing that would make it better."""
        if self.refusal is not None:
            return CLOSE_OTHER if self.refusal.code == DATA_TAKEN else SUBSCRIBE
        return "Correct the symbol in the watchlist." if self.trouble else AGAIN


class DataProbe:
    """Listens to a data channel and waits for the first quote or the refusal of each symbol."""

    def __init__(self, channel: DataChannel) -> None:
        self._channel = channel
        self._classes: dict[ConId, DataClass] = {}
        self._refusals: dict[ConId, Message] = {}
        self._waiting: list[asyncio.Event] = []
        channel.listen(self._hear_quote, self._hear_news)

    async def find(self, symbol: str) -> Finding:
        """Return what came within five seconds; after a refusal, delayed quotes are waited for as long."""
        try:
            instrument = (await self._channel.describe(symbol))[0]
            await self._channel.watch(instrument)
        except TapelineError as error:
            return Finding(symbol, trouble=str(error))
        con_id = instrument.con_id
        await self._until_quoted(con_id)
        return Finding(symbol, self._classes.get(con_id), self._refusals.get(con_id))

    async def _until_quoted(self, con_id: ConId) -> None:
        came = asyncio.Event()
        self._waiting.append(came)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while con_id not in self._classes:
                    await came.wait()
                    came.clear()
        except TimeoutError:
            pass
        finally:
            self._waiting.remove(came)

    def _hear_quote(self, quote: Quote) -> None:
        self._classes[quote.con_id] = quote.data_class
        for came in self._waiting:
            came.set()

    def _hear_news(self, news: DataNews) -> None:
        if isinstance(news, Message) and news.con_id is not None:
            self._refusals[news.con_id] = news
