"""How an order arrives: message 3, its fields in wire order, groups and versions included."""

from __future__ import annotations

import math
from typing import Any

from app.practice.wire.kinds import INT, OPTIONAL_FLOAT, TEXT
from app.practice.wire.layout import Const, Fields, Many, Nested, Part, Slot, Values, When, read
from app.practice.wire.records import ContractQuery, TagValue
from app.practice.wire.terms import LegPrice, OrderComboLeg, OrderCondition, OrderTerms, slots
from app.practice.wire.text import request


def is_combination(values: Values) -> bool:
    return bool(values["contract"].sec_type.upper() == "BAG")


def is_pegged_to_benchmark(values: Values) -> bool:
    return values["order_type"] in {"PEG BENCH", "PEGBENCH"}


def _is_pegged_to_mid(values: Values) -> bool:
    return values["order_type"] in {"PEG MID", "PEGMID"}


def _is_pegged_to_best(values: Values) -> bool:
    return values["order_type"] in {"PEG BEST", "PEGBEST"}


def has_scale(values: Values) -> bool:
    return (values["scale_increment"] or 0.0) > 0.0


def _competes_up_to_mid(values: Values) -> bool:
    # IB: an infinite offset means "up to the mid price" and brings two more fields.
    return _is_pegged_to_best(values) and values["compete_offset"] == math.inf


def given(name: str) -> Any:
    """Return a test that holds when this field is neither empty nor zero."""
    return lambda values: bool(values[name])


MIDDLE_OFFSETS = slots("mid_offset_whole mid_offset_half")

PLACE_ORDER: tuple[Part, ...] = (
    Slot("order_id", INT),
    Nested("contract", ContractQuery),
    Slot("sec_id_type", TEXT),
    Slot("sec_id", TEXT),
    *slots("action quantity order_type"),
    # IB: an unset price arrives blank here and is told as 0.0 in open orders.
    Slot("limit_price", OPTIONAL_FLOAT),
    Slot("aux_price", OPTIONAL_FLOAT),
    *slots("tif oca_group account open_close origin order_ref"),
    *slots("transmit parent_id block_order sweep_to_fill display_size trigger_method outside_hours hidden"),
    When(
        is_combination,
        (Many("legs", OrderComboLeg), Many("leg_prices", LegPrice), Many("combo_routing", TagValue)),
    ),
    Const(""),
    *slots("discretionary_amount good_after good_till fa_group fa_method fa_percentage"),
    *slots("fa_profile", until=177),
    *slots("model_code short_sale_slot designated_location exempt_code oca_type rule_80a settling_firm all_or_none"),
    *slots("min_quantity percent_offset"),
    Const("0"),
    Const("0"),
    Const(""),
    *slots("auction_strategy starting_price stock_ref_price delta range_lower range_upper override_constraints"),
    *slots("volatility volatility_type neutral_type neutral_aux_price"),
    When(
        given("neutral_type"),
        slots(
            "neutral_con_id neutral_settling_firm neutral_clearing_account neutral_clearing_intent"
            " neutral_open_close neutral_short_sale neutral_short_sale_slot neutral_location"
        ),
    ),
    *slots("continuous_update reference_price_type trail_stop_price trailing_percent"),
    *slots("scale_init_size scale_subs_size scale_increment"),
    When(
        has_scale,
        slots(
            "scale_adjust_value scale_adjust_interval scale_profit_offset scale_auto_reset"
            " scale_init_position scale_init_fill scale_random_percent"
        ),
    ),
    *slots("scale_table active_start active_stop hedge_type"),
    When(given("hedge_type"), slots("hedge_param")),
    *slots("opt_out_smart clearing_account clearing_intent not_held is_delta_neutral"),
    When(given("is_delta_neutral"), slots("companion_con_id companion_delta companion_price")),
    *slots("algo_strategy"),
    When(given("algo_strategy"), (Many("algo_params", TagValue),)),
    *slots("algo_id what_if misc_options solicited randomize_size randomize_price"),
    When(
        is_pegged_to_benchmark,
        slots("reference_con_id pegged_decrease pegged_change reference_change reference_exchange"),
    ),
    Many("conditions", OrderCondition),
    When(given("conditions"), slots("conditions_ignore_hours conditions_cancel_order")),
    *slots("adjusted_type trigger_price limit_offset adjusted_stop adjusted_stop_limit adjusted_trailing"),
    *slots("adjustable_unit ext_operator soft_dollar_name soft_dollar_value cash_quantity"),
    *slots("mifid_decision_maker mifid_decision_algo mifid_execution_trader mifid_execution_algo"),
    *slots("no_auto_hedge_price oms_container discretionary_to_limit price_management"),
    *slots("duration", since=158),
    *slots("post_to_ats", since=160),
    *slots("auto_cancel_parent", since=162),
    *slots("error_override", since=166),
    *slots("manual_time", since=169),
    When(lambda values: values["contract"].exchange == "IBKRATS", slots("min_trade_quantity"), since=170),
    When(_is_pegged_to_best, slots("min_compete_size compete_offset"), since=170),
    When(_competes_up_to_mid, MIDDLE_OFFSETS, since=170),
    When(_is_pegged_to_mid, MIDDLE_OFFSETS, since=170),
)

_BESIDE_TERMS = ("order_id", "contract", "sec_id_type", "sec_id")


@request(3)
class PlaceOrder:
    """An order as it was sent; `terms` holds everything but identity and contract."""

    order_id: int
    contract: ContractQuery
    sec_id_type: str
    sec_id: str
    terms: OrderTerms

    @classmethod
    def read_from(cls, source: Fields, version: int) -> PlaceOrder:
        """Read the message body."""
        values = read(PLACE_ORDER, source, version)
        beside = {name: values.pop(name) for name in _BESIDE_TERMS}
        return cls(terms=OrderTerms(**_set_only(values)), **beside)


def _set_only(values: dict[str, Any]) -> dict[str, Any]:
    """Drop unset values whose default is not None, so that the terms hold no None where none is meant."""
    return {name: value for name, value in values.items() if value is not None or name in _NONE_BY_DEFAULT}


_NONE_BY_DEFAULT = frozenset(name for name, field in OrderTerms.__dataclass_fields__.items() if field.default is None)
