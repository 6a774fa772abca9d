"""The terms of an order: every field a client may give, once, with its kind and its default."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.practice.wire.kinds import (
    FieldError,
    Flag,
    Float,
    Int,
    MaxFloat,
    MaxInt,
    OffsetFloat,
    OptionalFloat,
    OptionalInt,
    Size,
    Text,
    ZeroFloat,
)
from app.practice.wire.layout import Fields, Slot, kinds_of
from app.practice.wire.records import TagValue

CONDITION_FIELDS = {"1": 6, "3": 3, "4": 3, "5": 4, "6": 5, "7": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderComboLeg:
    """One leg of a combination order."""

    con_id: Int
    ratio: Int
    action: Text
    exchange: Text
    open_close: Int = 0
    short_sale_slot: Int = 0
    location: Text = ""
    exempt_code: Int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPrice:
    """The price of one leg of a combination order."""

    price: OptionalFloat


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCondition:
    """A condition under which an order becomes active: 1 price, 3 time, 4 margin, 5 execution, 6 volume, 7 change."""

    kind: int
    texts: tuple[str, ...]

    @classmethod
    def read_from(cls, source: Fields, version: int) -> OrderCondition:
        """Read a condition; what follows its kind depends on it."""
        text = source.take("condition type")
        count = CONDITION_FIELDS.get(text)
        if count is None:
            raise FieldError(f"expected a condition type 1, 3, 4, 5, 6 or 7, found {text[:20]!r}")
        return cls(kind=int(text), texts=tuple(source.take("condition") for _ in range(count)))

    def write_to(self, out: list[str], version: int) -> None:
        """Write the condition as it came."""
        out += [str(self.kind), *self.texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """What the client asked for; unset numbers are None."""

    action: Text = ""
    quantity: Size = Decimal(0)
    order_type: Text = ""
    limit_price: ZeroFloat = None
    aux_price: ZeroFloat = None
    tif: Text = "DAY"
    oca_group: Text = ""
    account: Text = ""
    open_close: Text = ""
    origin: Int = 0
    order_ref: Text = ""
    transmit: Flag = True
    parent_id: Int = 0
    block_order: Flag = False
    sweep_to_fill: Flag = False
    display_size: MaxInt = None
    trigger_method: Int = 0
    outside_hours: Flag = False
    hidden: Flag = False
    legs: tuple[OrderComboLeg, ...] = ()
    leg_prices: tuple[LegPrice, ...] = ()
    combo_routing: tuple[TagValue, ...] = ()
    discretionary_amount: Float = 0.0
    good_after: Text = ""
    good_till: Text = ""
    fa_group: Text = ""
    fa_method: Text = ""
    fa_percentage: Text = ""
    fa_profile: Text = ""
    model_code: Text = ""
    short_sale_slot: Int = 0
    designated_location: Text = ""
    exempt_code: Int = -1
    oca_type: Int = 0
    rule_80a: Text = ""
    settling_firm: Text = ""
    all_or_none: Flag = False
    min_quantity: OptionalInt = None
    percent_offset: OptionalFloat = None
    auction_strategy: Int = 0
    starting_price: OptionalFloat = None
    stock_ref_price: OptionalFloat = None
    delta: OptionalFloat = None
    range_lower: OptionalFloat = None
    range_upper: OptionalFloat = None
    override_constraints: Flag = False
    volatility: OptionalFloat = None
    volatility_type: OptionalInt = None
    neutral_type: Text = ""
    neutral_aux_price: OptionalFloat = None
    neutral_con_id: Int = 0
    neutral_settling_firm: Text = ""
    neutral_clearing_account: Text = ""
    neutral_clearing_intent: Text = ""
    neutral_open_close: Text = "?"
    neutral_short_sale: Flag = False
    neutral_short_sale_slot: Int = 0
    neutral_location: Text = ""
    continuous_update: Int = 0
    reference_price_type: OptionalInt = None
    trail_stop_price: OptionalFloat = None
    trailing_percent: OptionalFloat = None
    scale_init_size: MaxInt = None
    scale_subs_size: MaxInt = None
    scale_increment: OptionalFloat = None
    scale_adjust_value: OptionalFloat = None
    scale_adjust_interval: OptionalInt = None
    scale_profit_offset: OptionalFloat = None
    scale_auto_reset: Flag = False
    scale_init_position: OptionalInt = None
    scale_init_fill: OptionalInt = None
    scale_random_percent: Flag = False
    scale_table: Text = ""
    active_start: Text = ""
    active_stop: Text = ""
    hedge_type: Text = ""
    hedge_param: Text = ""
    opt_out_smart: Flag = False
    clearing_account: Text = ""
    clearing_intent: Text = "IB"
    not_held: Flag = False
    is_delta_neutral: Flag = False
    companion_con_id: Int = 0
    companion_delta: Float = 0.0
    companion_price: Float = 0.0
    algo_strategy: Text = ""
    algo_params: tuple[TagValue, ...] = ()
    algo_id: Text = ""
    what_if: Flag = False
    misc_options: Text = ""
    solicited: Flag = False
    randomize_size: Flag = False
    randomize_price: Flag = False
    reference_con_id: Int = 0
    pegged_decrease: Flag = False
    pegged_change: Float = 0.0
    reference_change: Float = 0.0
    reference_exchange: Text = ""
    conditions: tuple[OrderCondition, ...] = ()
    conditions_ignore_hours: Flag = False
    conditions_cancel_order: Flag = False
    adjusted_type: Text = ""
    trigger_price: MaxFloat = None
    limit_offset: MaxFloat = None
    adjusted_stop: MaxFloat = None
    adjusted_stop_limit: MaxFloat = None
    adjusted_trailing: MaxFloat = None
    adjustable_unit: Int = 0
    ext_operator: Text = ""
    soft_dollar_name: Text = ""
    soft_dollar_value: Text = ""
    cash_quantity: OptionalFloat = None
    mifid_decision_maker: Text = ""
    mifid_decision_algo: Text = ""
    mifid_execution_trader: Text = ""
    mifid_execution_algo: Text = ""
    no_auto_hedge_price: Flag = False
    oms_container: Flag = False
    discretionary_to_limit: Flag = False
    price_management: Flag = False
    duration: OptionalInt = None
    post_to_ats: OptionalInt = None
    auto_cancel_parent: Flag = False
    error_override: Text = ""
    manual_time: Text = ""
    min_trade_quantity: OptionalInt = None
    min_compete_size: OptionalInt = None
    compete_offset: OffsetFloat = None
    mid_offset_whole: OptionalFloat = None
    mid_offset_half: OptionalFloat = None


_SCALARS = kinds_of(OrderTerms)


def slots(names: str, *, since: int = 0, until: int = 1 << 30) -> tuple[Slot, ...]:
    """Return slots for these fields of the terms, in this order; an unknown name is a KeyError at import."""
    return tuple(Slot(name, _SCALARS[name], since, until) for name in names.split())
