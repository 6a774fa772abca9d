"""How the panels write what they show: prices on their tick, moments in the display zone, words for enums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.hours import zone_of
from app.domain.instruments import ConId, Instrument
from app.domain.orders import Side
from app.ui.binding import display_zone
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.widgets.format import UNKNOWN, number

_CENT = Decimal("0.01")


class Moments:
    """Writes moments as the display zone has them, the day only when it is not today."""

    def __init__(self, handles: Handles) -> None:
        self._h = handles

    def title(self, name: str = "Time") -> str:
        """Return a column title that prints the zone."""
        return f"{say(name)} {self.zone}"

    @property
    def zone(self) -> str:
        """The zone's name at this moment."""
        return self._h.clock.now().astimezone(display_zone(self._h)).tzname() or ""

    def write(self, at: datetime | None) -> str:
        """Write a moment to the second, an earlier day's to the minute."""
        if at is None:
            return UNKNOWN
        there = at.astimezone(display_zone(self._h))
        today = self._h.clock.market().astimezone(there.tzinfo).date()
        return f"{there:%H:%M:%S}" if there.date() == today else f"{there:%d %b %H:%M}"

    def midnight(self) -> datetime:
        """Return when the day that is shown began."""
        there = self._h.clock.market().astimezone(display_zone(self._h))
        return there.replace(hour=0, minute=0, second=0, microsecond=0)

    def minute(self, at: datetime) -> str:
        """Write a day and minute that is to come."""
        return f"{at.astimezone(display_zone(self._h)):%a %d %b %H:%M}"

    def whole(self, at: datetime | None) -> str:
        """Write day, second and zone."""
        return UNKNOWN if at is None else f"{at.astimezone(display_zone(self._h)):%Y-%m-%d %H:%M:%S %Z}"


class Prices:
    """Puts prices on the decimals of their instrument, so that they are written as the exchange writes them."""

    def __init__(self, handles: Handles) -> None:
        self._facts = handles.facts
        self._quanta: dict[ConId, tuple[Instrument, Decimal]] = {}

    def instrument(self, con_id: ConId) -> Instrument | None:
        """Return the instrument where it is known."""
        return self._facts.state.instruments.get(con_id)

    def currency(self, con_id: ConId) -> str:
        """Return the currency that an instrument trades in, empty where it is not known."""
        known = self.instrument(con_id)
        return known.currency if known else ""

    def on_tick(self, price: Decimal | float | None, con_id: ConId, *, more: int = 0) -> Decimal | None:
        """Return a price with its instrument's decimals (two when unknown), with `more` where it lies between ticks."""
        if price is None:
            return None
        exact = price if isinstance(price, Decimal) else Decimal(str(price))
        quantum = self._quantum(con_id)
        written = exact.quantize(quantum)
        return written if written == exact or not more else exact.quantize(quantum.scaleb(-more))

    def _quantum(self, con_id: ConId) -> Decimal:
        """Return the last decimal of an instrument's prices; it is worked out once, tables ask for it by thousands."""
        known = self.instrument(con_id)
        if known is None:
            return _CENT
        held = self._quanta.get(con_id)
        if held is None or held[0] is not known:
            held = self._quanta[con_id] = (known, Decimal(1).scaleb(-known.decimals))
        return held[1]


def end_words(good_till: datetime, instrument: Instrument | None) -> str:
    """Write when an order ends on its exchange's clock, with that zone's name; in UTC only where no zone is known."""
    zone = zone_of(instrument.time_zone) if instrument else None
    if zone is None:
        return f"{good_till.astimezone(UTC):%Y-%m-%d %H:%M} UTC (exchange zone unknown)"
    return f"{good_till.astimezone(zone):%Y-%m-%d %H:%M %Z} ({zone.key})"


def write_exact(value: Decimal) -> str:
    """Write a Decimal with the decimals it carries."""
    exponent = value.as_tuple().exponent
    return number(value, max(0, -exponent) if isinstance(exponent, int) else 0)


def words(value: StrEnum | str) -> str:
    """Write an enum's value as people read it: `strong_bullish` is “Strong bullish”."""
    text = str(value).replace("_", " ")
    return say(text[:1].upper() + text[1:])


def side_token(side: Side | str) -> str:
    """Return the token of a direction."""
    return {"BUY": "up", "SELL": "down"}.get(str(side), "text.muted")


def side_icon(side: Side | str) -> tuple[str, str]:
    """Return the mark of a direction and its token."""
    icon = {"BUY": "arrow-up", "SELL": "arrow-down"}.get(str(side), "minus")
    return icon, side_token(side)


def toned(read: Callable[[object], Decimal | None]) -> Callable[[object], str | None]:
    """Return what colours a signed number read from a row."""

    def token(row: object) -> str | None:
        value = read(row)
        return None if value is None or value == 0 else "up" if value > 0 else "down"

    return token
