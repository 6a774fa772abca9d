"""How an order is told: open orders (5) and completed orders (101), their fields in wire order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from app.practice.wire.kinds import INT, MAX_FLOAT, OPTIONAL_FLOAT, SIZE, TEXT, MaxFloat, Text
from app.practice.wire.layout import Const, Many, Nested, Part, Slot, Values, When, Within
from app.practice.wire.placing import given, has_scale, is_pegged_to_benchmark
from app.practice.wire.records import ContractLine, TagValue
from app.practice.wire.terms import LegPrice, OrderComboLeg, OrderCondition, OrderTerms, slots
from app.practice.wire.text import reply


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """What is known of an order beside its terms; margins only for a what-if."""

    status: Text
    init_before: MaxFloat = None
    maint_before: MaxFloat = None
    equity_before: MaxFloat = None
    init_change: MaxFloat = None
    maint_change: MaxFloat = None
    equity_change: MaxFloat = None
    init_after: MaxFloat = None
    maint_after: MaxFloat = None
    equity_after: MaxFloat = None
    commission: MaxFloat = None
    min_commission: MaxFloat = None
    max_commission: MaxFloat = None
    commission_currency: Text = ""
    warning: Text = ""


def _consts(*texts: str) -> tuple[Const, ...]:
    return tuple(Const(text) for text in texts)


def _no_neutral(values: Values) -> bool:
    return not values["neutral_type"]


def _no_adjusted(values: Values) -> bool:
    return not values["adjusted_type"]


_HEAD = slots("action quantity order_type limit_price aux_price tif oca_group account open_close origin order_ref")
_ACTIVITY = slots("outside_hours hidden discretionary_amount good_after")
_ADVISOR: tuple[Part, ...] = (*slots("fa_group fa_method fa_percentage"), *slots("fa_profile", until=177))
_SHORT = slots(
    "model_code good_till rule_80a percent_offset settling_firm short_sale_slot designated_location exempt_code"
)
_BOX = slots("starting_price stock_ref_price delta range_lower range_upper display_size")
_LEGS: tuple[Part, ...] = (
    Const(""),
    Many("legs", OrderComboLeg),
    Many("leg_prices", LegPrice),
    Many("combo_routing", TagValue),
)
_SCALE: tuple[Part, ...] = (
    *slots("scale_init_size scale_subs_size scale_increment"),
    When(
        has_scale,
        slots(
            "scale_adjust_value scale_adjust_interval scale_profit_offset scale_auto_reset"
            " scale_init_position scale_init_fill scale_random_percent"
        ),
    ),
    *slots("hedge_type"),
    When(given("hedge_type"), slots("hedge_param")),
)
_CLEARING: tuple[Part, ...] = (
    *slots("clearing_account clearing_intent not_held is_delta_neutral"),
    When(given("is_delta_neutral"), slots("companion_con_id companion_delta companion_price")),
    *slots("algo_strategy"),
    When(given("algo_strategy"), (Many("algo_params", TagValue),)),
    *slots("solicited"),
)
_CONDITIONS: tuple[Part, ...] = (
    *slots("randomize_size randomize_price"),
    When(
        is_pegged_to_benchmark,
        slots("reference_con_id pegged_decrease pegged_change reference_change reference_exchange"),
    ),
    Many("conditions", OrderCondition),
    When(given("conditions"), slots("conditions_ignore_hours conditions_cancel_order")),
)
# IB: a gateway tells these defaults for every order, pegged or not.
_PEGGING: tuple[Part, ...] = (
    *slots("min_trade_quantity", since=170),
    *(Const(text, since=170) for text in ("100", "0.02", "", "")),
)

OPEN_ORDER: tuple[Part, ...] = (
    Slot("order_id", INT),
    Nested("contract", ContractLine),
    Within("terms", _HEAD),
    Slot("client_id", INT),
    Slot("perm_id", INT),
    Within("terms", _ACTIVITY),
    Slot("allocation", TEXT),
    Within(
        "terms",
        (
            *_ADVISOR,
            *_SHORT,
            *slots("auction_strategy"),
            *_BOX,
            *slots("block_order sweep_to_fill all_or_none min_quantity oca_type"),
            *_consts("0", "0", ""),
            *slots("parent_id trigger_method volatility volatility_type"),
            When(_no_neutral, _consts("None", "", "0", "", "", "", "?", "0", "0", "")),
            When(
                given("neutral_type"),
                slots(
                    "neutral_type neutral_aux_price neutral_con_id neutral_settling_firm neutral_clearing_account"
                    " neutral_clearing_intent neutral_open_close neutral_short_sale neutral_short_sale_slot"
                    " neutral_location"
                ),
            ),
            *slots("continuous_update reference_price_type trail_stop_price trailing_percent"),
            *_consts("", ""),
            *_LEGS,
            *_SCALE,
            *slots("opt_out_smart"),
            *_CLEARING,
            *slots("what_if"),
        ),
    ),
    Nested("state", OrderState),
    Within(
        "terms",
        (
            *_CONDITIONS,
            When(_no_adjusted, _consts("None")),
            When(given("adjusted_type"), slots("adjusted_type")),
            *slots("trigger_price"),
            Slot("trail_stop_price", MAX_FLOAT),
            *slots("limit_offset adjusted_stop adjusted_stop_limit adjusted_trailing adjustable_unit"),
            *slots("soft_dollar_name soft_dollar_value"),
            Const(""),
            *slots("cash_quantity no_auto_hedge_price oms_container discretionary_to_limit price_management"),
            *slots("duration", since=158),
            *slots("post_to_ats", since=160),
            *slots("auto_cancel_parent", since=162),
            *_PEGGING,
        ),
    ),
)

COMPLETED_ORDER: tuple[Part, ...] = (
    Nested("contract", ContractLine),
    Within("terms", _HEAD),
    Slot("perm_id", INT),
    Within(
        "terms",
        (
            *_ACTIVITY,
            *_ADVISOR,
            *_SHORT,
            *_BOX,
            *slots("sweep_to_fill all_or_none min_quantity oca_type trigger_method volatility volatility_type"),
            When(_no_neutral, _consts("None", "", "0", "0", "0", "")),
            When(
                given("neutral_type"),
                slots(
                    "neutral_type neutral_aux_price neutral_con_id neutral_short_sale"
                    " neutral_short_sale_slot neutral_location"
                ),
            ),
            *slots("continuous_update reference_price_type trail_stop_price trailing_percent"),
            *_LEGS,
            *_SCALE,
            *_CLEARING,
        ),
    ),
    Slot("status", TEXT),
    Within("terms", (*_CONDITIONS, Slot("trail_stop_price", OPTIONAL_FLOAT), *slots("limit_offset cash_quantity"))),
    Within("terms", slots("no_auto_hedge_price oms_container")),
    Const(""),
    Slot("filled", SIZE),
    Const("0"),
    Within("terms", slots("auto_cancel_parent")),
    *_consts("", "0", "0"),
    Slot("parent_perm_id", INT),
    Slot("completed_time", TEXT),
    Slot("completed_status", TEXT),
    Within("terms", _PEGGING),
)


@reply(5)
class OpenOrder:
    """An order that works (or the answer to a what-if)."""

    LAYOUT: ClassVar[tuple[Part, ...]] = OPEN_ORDER

    order_id: int
    contract: ContractLine
    terms: OrderTerms
    client_id: int
    perm_id: int
    allocation: str
    state: OrderState


@reply(101)
class CompletedOrder:
    """An order that is filled, cancelled or refused."""

    LAYOUT: ClassVar[tuple[Part, ...]] = COMPLETED_ORDER

    contract: ContractLine
    terms: OrderTerms
    perm_id: int
    status: str
    filled: Decimal
    parent_perm_id: int
    completed_time: str
    completed_status: str
