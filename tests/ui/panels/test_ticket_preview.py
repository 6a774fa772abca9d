"""The live preview of a ticket: every line by arithmetic of its own, and `unknown` or `–` where a number is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from app.domain.broker import Margin
from app.domain.instruments import ConId, Instrument, InstrumentKind, TickBand
from app.domain.orders import Side, TimeInForce
from app.domain.quotes import DataClass, Quote
from app.services.desk import Proposal
from app.ui.panels.ticket import TicketPanel
from app.ui.panels.ticket_preview import Reckoned, WhatIf, figures
from app.ui.panels.ticket_proposed import Means
from app.ui.panels.ticket_terms import Entry, Kind, Terms, Written
from tests.support.screen import Screen

D = Decimal
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SHARE = Instrument(
    ConId(900_000_001), "AAPL", InstrumentKind.STOCK, "SMART", "NASDAQ", "USD", bands=(TickBand(D(0), D("0.01")),),
    time_zone="America/New_York", liquid_hours="20261123:0930-20261123:1600;20261124:0930-20261124:1600",
)  # fmt: skip
MEANS = Means(
    equity=D(100_000), available=D(40_000), exposure=D(0), held=D(50), fx=D(1), position_percent=D(20),
    exposure_warn_percent=D(75), max_quantity=D(10_000), buying_power=D(160_000), currency="USD",
)  # fmt: skip


def written(value: str) -> Written:
    return Written(value, D(value) if value else None)


def reckoned(
    count: int | None = 100, *, means: Means = MEANS, what_if: WhatIf | None = None, **terms: object
) -> Reckoned:
    """Return a bracket to buy 100 at 187.20 with its stop at 180 and its target at 205, the last price being 186."""
    sound = Terms(
        instrument=SHARE, side=Side.BUY, kind=Kind.LIMIT, tif=TimeInForce.DAY, quantity=written(str(count or "")),
        price=written("187.20"), has_bracket=True, stop=written("180"), target=written("205"),
        near=D("186.05"), now=NOON,
    )  # fmt: skip
    told = what_if or WhatIf(Margin(D("9360.00"), D("4680"), D(90_640), D("1.00")))
    quote = Quote(SHARE.con_id, DataClass.LIVE, last=186.0, bid=185.95, ask=186.05)
    number = None if count is None else D(count)
    return Reckoned(replace(sound, **terms), number, means, quote, told, 3.0, NEW_YORK)


def test_every_line_of_a_long_bracket() -> None:
    assert figures(reckoned()) == {
        "Cost": "18,720.00",
        "Margin": "+9,360.00",
        "Commission": "1.00",
        "Power after": "122,560.00",  # 160,000 − 9,360 · 160,000 / 40,000
        "Target": "2.47 R",  # (205 − 187.20) / (187.20 − 180)
        "Distance": "+0.65 % · 0.4 ATR · 0.2 R",  # 1.20 of 186, of 3, of 7.20
        "At stop": "−720.00 · 0.72 % of equity",
        "Weight": "28.08 %",  # (50 + 100) · 187.20 of 100,000
        "Session": "open until 16:00",
    }


def test_a_short_is_the_mirror_and_another_currency_is_converted_where_it_is_compared() -> None:
    told = figures(reckoned(side=Side.SELL, stop=written("194.40"), target=written("169.40")))
    assert (told["Target"], told["At stop"], told["Weight"]) == ("2.47 R", "−720.00 · 0.72 % of equity", "−9.36 %")
    euro = replace(SHARE, currency="EUR")
    told = figures(reckoned(instrument=euro, means=replace(MEANS, fx=D("1.25"))))
    assert told["Cost"] == "18,720.00 EUR"
    assert told["At stop"] == "−720.00 EUR · 0.90 % of equity"
    assert told["Weight"] == "35.10 %"


def test_a_multiplier_counts_and_a_market_order_is_about() -> None:
    future = replace(SHARE, kind=InstrumentKind.FUTURE, multiplier=D(50))
    told = figures(reckoned(2, instrument=future))
    assert (told["Cost"], told["At stop"]) == ("18,720.00", "−720.00 · 0.72 % of equity")
    told = figures(reckoned(kind=Kind.MARKET))
    assert (told["Cost"], told["Distance"]) == ("~18,605.00", "–")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"what_if": WhatIf(is_asking=True)}, {"Margin": "…", "Commission": "…", "Power after": "…"}),
        ({"what_if": WhatIf(why="silence")}, {"Margin": "unknown", "Commission": "unknown", "Power after": "unknown"}),
        ({"means": replace(MEANS, buying_power=None)}, {"Power after": "unknown", "Margin": "+9,360.00"}),
        ({"means": replace(MEANS, equity=None)}, {"Weight": "–", "At stop": "−720.00"}),
        ({"means": replace(MEANS, fx=None)}, {"Weight": "–", "At stop": "−720.00"}),
        ({"count": None}, {"Cost": "–", "Weight": "–", "At stop": "–"}),
        ({"price": written("")}, {"Cost": "–", "Distance": "–", "Weight": "–", "Target": "–"}),
        ({"has_bracket": False}, {"At stop": "–", "Target": "–", "Distance": "+0.65 % · 0.4 ATR"}),
        ({"now": None}, {"Session": "–"}),
        ({"now": datetime(2026, 11, 23, 22, 0, tzinfo=UTC)}, {"Session": "closed, opens Tue 09:30"}),
    ],
)
def test_what_is_not_known_is_never_a_number(changes: dict[str, object], expected: dict[str, str]) -> None:
    told = figures(reckoned(**changes))
    assert {name: told[name] for name in expected} == expected


@pytest_asyncio.fixture(loop_scope="session")
async def ticket(screen: Screen) -> AsyncIterator[TicketPanel]:
    panel = TicketPanel(screen.handles)
    screen.show(panel, 300, 640)
    screen.handles.selection.pick(await screen.trader.instrument("KESL"))
    await screen.until(lambda: " KESL" in panel.form.act.text() and panel.form.terms().near is not None)
    yield panel
    panel.acts.drop()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_hand_that_types_on_asks_the_broker_once_it_rests(
    screen: Screen, ticket: TicketPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await screen.until(lambda: ticket.preview.values["Margin"].text().startswith("+"))
    asked: list[Decimal] = []
    preview = screen.handles.desk.preview

    async def counted(proposal: Proposal, quantity: Decimal) -> Margin:
        asked.append(quantity)
        return await preview(proposal, quantity)

    monkeypatch.setattr(screen.handles.desk, "preview", counted)
    field = ticket.form.fields()[Entry.QUANTITY]
    for text in ("1", "12", "123"):
        field.setText(text)
        field.textEdited.emit(text)
        assert ticket.preview.values["Margin"].text() == "…"
    assert ticket._filling.what_ifs._soon.interval() == 300
    await screen.until(lambda: ticket.preview.values["Margin"].text().startswith("+"))
    assert asked == [Decimal(123)]
