"""A ticket's terms: what is wrong with them is said in one sentence, and what is filled in passes every gate."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instruments import ConId, Instrument, InstrumentKind, TickBand
from app.domain.orders import Distance, Limit, Market, Side, Stop, TimeInForce
from app.domain.quotes import DataClass, Quote
from app.ui.panels.ticket_problems import problems_of
from app.ui.panels.ticket_proposed import Means, bracket_prices, following_price, usual_quantity
from app.ui.panels.ticket_terms import Entry, Kind, SizeBy, Terms, Written, entries_of
from app.ui.widgets.fields import parse_decimal

BANDS = (TickBand(Decimal(0), Decimal("0.01")), TickBand(Decimal(1000), Decimal("0.05")))
AAPL = Instrument(ConId(900_000_001), "AAPL", InstrumentKind.STOCK, "SMART", "NASDAQ", "USD", bands=BANDS)
HUNDREDS = replace(AAPL, lot=Decimal(100))


def written(text: str) -> Written:
    return Written(text, parse_decimal(text))


def terms(**changes: object) -> Terms:
    sound = Terms(
        instrument=AAPL,
        side=Side.BUY,
        kind=Kind.LIMIT,
        tif=TimeInForce.DAY,
        quantity=written("53"),
        price=written("187.20"),
        has_bracket=False,
        stop=written(""),
        target=written(""),
    )
    return replace(sound, **changes)


def bracket(price: str, stop: str, target: str, side: Side = Side.BUY) -> Terms:
    return terms(side=side, price=written(price), has_bracket=True, stop=written(stop), target=written(target))


@pytest.mark.parametrize(
    ("wrong", "entry", "words"),
    [
        (terms(quantity=written("")), Entry.QUANTITY, "A quantity is needed."),
        (terms(quantity=written("ten")), Entry.QUANTITY, "“ten”"),
        (terms(quantity=written("NaN")), Entry.QUANTITY, "“NaN”"),
        (terms(quantity=written("1e18")), Entry.QUANTITY, "“1e18”"),
        (terms(quantity=written("-5")), Entry.QUANTITY, "whole number above 0 is needed, not −5"),
        (terms(quantity=written("0")), Entry.QUANTITY, "not 0"),
        (terms(quantity=written("1.5")), Entry.QUANTITY, "not 1.5"),
        (terms(quantity=written("1000000000000000000")), Entry.QUANTITY, "One order may have 10,000"),
        (terms(instrument=HUNDREDS, quantity=written("150")), Entry.QUANTITY, "multiple of 100"),
        (terms(price=written("")), Entry.PRICE, "A price is needed."),
        (terms(price=written("inf")), Entry.PRICE, "“inf”"),
        (terms(price=written("-187.20")), Entry.PRICE, "above 0"),
        (terms(price=written("0")), Entry.PRICE, "above 0"),
        (terms(price=written("1000000000000000000")), Entry.PRICE, "below 1,000,000,000"),
        (terms(price=written("187.205")), Entry.PRICE, "steps of 0.01: 187.20 or 187.21, not 187.205"),
        (terms(price=written("1000.01")), Entry.PRICE, "steps of 0.05: 1000.00 or 1000.05"),
        (bracket("187.20", "", "190"), Entry.STOP, "A stop is needed."),
        (bracket("187.20", "187.20", "190"), Entry.STOP, "below the entry at 187.20"),
        (bracket("187.20", "180", "187.19"), Entry.TARGET, "above the entry at 187.20"),
        (bracket("187.20", "180", "190", Side.SELL), Entry.STOP, "above the entry"),
        (terms(size_by=SizeBy.RISK, quantity=written("0.5")), Entry.STOP, "needs a stop"),
        (terms(size_by=SizeBy.RISK, quantity=written("101")), Entry.QUANTITY, "up to 100 %"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_in_one_sentence(wrong: Terms, entry: Entry, words: str) -> None:
    first = problems_of(wrong)[0]
    assert first.entry is entry
    assert words in first.text
    assert first.text.endswith(".")
    assert "check the" in wrong.act(problems_of(wrong))


NO_NUMBERS = (
    "", "   ", "ten", "NaN", "nan", "inf", "-inf", "Infinity", "1e18", "1E5", "1" + "0" * 24, "٣", "０５", "½", "0x1F",
    "12,5", "0,500", "1234,567", ",500", "1,2,3", "1.2.3", "12 5", "1 2345", "$5", "5%", "--5", "1_000", "5-", ".", "-",
)  # fmt: skip
OUT_OF_BOUNDS = ("-5", "−5", "0", "-0", "0.00", "1" + "0" * 18)


def with_text(kind: Kind, entry: Entry, text: str, **changes: object) -> Terms:
    """Return a sound bracket order of a kind but for what stands in one of its fields."""
    numbers = {each.value if each is not Entry.OTHER else "other": written("187.20") for each in entries_of(kind)}
    return replace(
        terms(kind=kind, has_bracket=True, near=Decimal("187.20"), stop=written("180"), target=written("200")),
        **{**numbers, entry.value: written(text), **changes},
    )


def fields_of(kind: Kind) -> list[Entry]:
    return [Entry.QUANTITY, *entries_of(kind), Entry.STOP, Entry.TARGET]


@pytest.mark.parametrize("kind", list(Kind))
def test_no_field_of_any_order_takes_what_is_no_number_or_out_of_bounds(kind: Kind) -> None:
    tif = TimeInForce.DAY
    for entry in fields_of(kind):
        for text in (*NO_NUMBERS, *OUT_OF_BOUNDS):
            if entry is Entry.OFFSET and text in ("0", "-0", "0.00"):
                continue  # a limit may stand right at its stop
            found = problems_of(with_text(kind, entry, text, tif=tif))
            told = [problem.text for problem in found if problem.entry is entry]
            assert told, (kind, entry, text)
            assert told[0].endswith("."), told
            if text in NO_NUMBERS and text.strip():
                assert f"“{text.strip()[:24]}”" in told[0], "what was found is said"
            assert "check the" in with_text(kind, entry, text, tif=tif).act(found)


@pytest.mark.parametrize("kind", list(Kind))
def test_prices_off_the_tick_and_quantities_below_a_lot_are_told_with_what_would_do(kind: Kind) -> None:
    for entry in fields_of(kind)[1:]:
        told = [problem for problem in problems_of(with_text(kind, entry, "187.205")) if problem.entry is entry]
        assert "moves in steps of 0.01: 187.20 or 187.21, not 187.205." in told[0].text
    for text in ("1", "50", "99", "150"):
        (told_of, *_) = problems_of(with_text(kind, Entry.QUANTITY, text, instrument=HUNDREDS))
        assert (told_of.entry, told_of.text) == (
            Entry.QUANTITY,
            f"A positive multiple of 100 is needed, not {text}.",
        )


@pytest.mark.parametrize("by", [SizeBy.MONEY, SizeBy.RISK])
def test_a_size_by_money_or_risk_takes_no_less_exact_a_number(by: SizeBy) -> None:
    for text in (*NO_NUMBERS, *OUT_OF_BOUNDS):
        sized = with_text(Kind.LIMIT, Entry.QUANTITY, text, size_by=by)
        told = [problem.text for problem in problems_of(sized) if problem.entry is Entry.QUANTITY]
        assert told, text
        assert told[0].endswith(".")


@pytest.mark.parametrize(
    ("text", "value"),
    [(" 53 ", "53"), ("\t187.20\n", "187.20"), ("1,234.50", "1234.50"), ("1 234.50", "1234.50"), ("+5", "5"),
     ("1\u202f234", "1234"), ("5.", "5"), (".5", "0.5")],
)  # fmt: skip
def test_what_is_pasted_with_spaces_is_read_where_it_can_mean_one_thing_only(text: str, value: str) -> None:
    assert parse_decimal(text) == Decimal(value)


def test_the_button_names_the_whole_act() -> None:
    assert terms().act(()) == "Buy 53 AAPL limit 187.20"
    assert terms(side=Side.SELL, kind=Kind.MARKET).act(()) == "Sell 53 AAPL market"
    assert terms(kind=Kind.STOP, price=written("190")).act(()) == "Buy 53 AAPL stop 190.00"
    assert bracket("187.20", "180", "200").act(()) == "Buy 53 AAPL limit 187.20"


def test_terms_become_the_proposal_they_say() -> None:
    proposal = bracket("187.20", "180", "200").proposal("hand:1")
    assert (proposal.decision, proposal.side, proposal.quantity) == ("hand:1", Side.BUY, Decimal(53))
    assert (proposal.type, proposal.stop, proposal.target) == (Limit(Decimal("187.20")), Decimal(180), Decimal(200))
    assert terms(kind=Kind.MARKET, price=written("")).proposal("x").type == Market()
    assert terms(kind=Kind.STOP).proposal("x").type == Stop(Decimal("187.20"))
    assert replace(bracket("187.20", "180", "200"), size_by=SizeBy.RISK).proposal("x").quantity is None
    trailing = replace(bracket("187.20", "180", "200"), is_trailing=True)
    assert (trailing.proposal("x").stop, trailing.proposal("x").trail) == (Decimal(180), Distance(Decimal("7.20")))
    assert replace(trailing, has_bracket=False).proposal("x").trail is None
    assert bracket("187.20", "180", "200").proposal("x").trail is None


@given(
    bid=st.decimals(min_value="0.05", max_value="5000", places=2),
    spread=st.integers(min_value=1, max_value=50),
    side=st.sampled_from(Side),
)
def test_a_price_that_follows_the_market_is_on_the_tick_and_crosses_the_quote_by_little(
    bid: Decimal, spread: int, side: Side
) -> None:
    bid = AAPL.round_to_tick(bid)
    ask = bid + spread * AAPL.tick_at(bid)
    quote = Quote(AAPL.con_id, DataClass.LIVE, bid=float(bid), ask=float(ask), last=float(bid))
    price = following_price(AAPL, side, Kind.LIMIT, quote)
    assert price is not None
    assert AAPL.is_on_tick(price)
    near = ask if side is Side.BUY else bid
    beyond = (price - near) * side.sign
    assert beyond > 0 or price == AAPL.tick_at(near)
    assert beyond <= max(near / 1000, 2 * AAPL.tick_at(near)) + AAPL.tick_at(near)


def test_without_a_quote_no_price_is_made_up() -> None:
    assert following_price(AAPL, Side.BUY, Kind.LIMIT, None) is None
    assert following_price(AAPL, Side.BUY, Kind.LIMIT, Quote(AAPL.con_id, DataClass.LIVE)) is None
    assert bracket_prices(AAPL, Side.BUY, Decimal(100), None) is None
    assert bracket_prices(AAPL, Side.BUY, Decimal(3), 2.0) is None  # the stop would be below zero


def test_a_bracket_starts_two_and_four_daily_ranges_away_on_both_sides() -> None:
    assert bracket_prices(AAPL, Side.BUY, Decimal(100), 2.5) == (Decimal("95.00"), Decimal("110.00"))
    assert bracket_prices(AAPL, Side.SELL, Decimal(100), 2.5) == (Decimal("105.00"), Decimal("90.00"))


RICH = Means(
    equity=Decimal(100_000),
    available=Decimal(100_000),
    exposure=Decimal(0),
    held=Decimal(0),
    fx=Decimal(1),
    position_percent=Decimal(20),
    exposure_warn_percent=Decimal(75),
    max_quantity=Decimal(10_000),
)


@pytest.mark.parametrize(
    ("means", "side", "quantity"),
    [
        (RICH, Side.BUY, 53),  # a tenth of 100,000 at 187.20
        (replace(RICH, held=Decimal(90)), Side.BUY, 11),  # 19,000 less the 16,848 held
        (replace(RICH, held=Decimal(200)), Side.BUY, 1),
        (replace(RICH, held=Decimal(90)), Side.SELL, 90),
        (replace(RICH, held=Decimal(-7)), Side.BUY, 7),
        (replace(RICH, available=Decimal(2_000)), Side.BUY, 10),
        (replace(RICH, exposure=Decimal(70_000)), Side.BUY, 6),
        (replace(RICH, max_quantity=Decimal(20)), Side.BUY, 20),
        (replace(RICH, equity=None), Side.BUY, 1),
        (replace(RICH, fx=None), Side.BUY, 1),
    ],
)
def test_the_proposed_quantity_stays_within_every_limit(means: Means, side: Side, quantity: int) -> None:
    assert usual_quantity(AAPL, side, Decimal("187.20"), means) == quantity


def test_the_proposed_quantity_comes_in_lots() -> None:
    assert usual_quantity(HUNDREDS, Side.BUY, Decimal("18.72"), RICH) == 500
    assert usual_quantity(HUNDREDS, Side.BUY, Decimal(500), RICH) == 100
