"""The table of legal moves and the names of legs."""

from __future__ import annotations

import pytest

from app.domain.order_states import MOVES
from app.domain.orders import IntentId, OrderState, Role, Side, leg_ref, may_move
from tests.domain.examples import bracket

S = OrderState


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(OrderState)


@pytest.mark.parametrize("state", [state for state in S if state.is_final])
def test_an_end_gives_way_only_to_the_brokers_word(state: OrderState) -> None:
    assert not MOVES[state] & {S.INTENDED, S.SENT, S.VERIFYING, S.NEVER_SENT}


def test_filled_is_for_good() -> None:
    assert not MOVES[S.FILLED]


@pytest.mark.parametrize("state", [state for state in S if state is not S.FILLED])
def test_a_fill_wins_over_everything(state: OrderState) -> None:
    assert may_move(state, S.FILLED)


def test_only_what_may_not_have_left_can_be_never_sent() -> None:
    assert {state for state in S if may_move(state, S.NEVER_SENT)} == {S.INTENDED, S.VERIFYING}


def test_nothing_returns_to_intended() -> None:
    assert not [state for state in S if may_move(state, S.INTENDED)]


def test_a_state_is_working_or_final_or_still_on_its_way() -> None:
    assert not [state for state in S if state.is_final and state.is_working]
    assert {state for state in S if not state.is_final and not state.is_working} == {S.INTENDED, S.SENT, S.VERIFYING}


def test_children_carry_their_role_in_their_ref() -> None:
    refs = [leg_ref(IntentId("abc"), role) for role in (Role.ENTRY, Role.STOP, Role.TARGET, Role.CLOSE)]
    assert refs == ["abc", "abc.stop", "abc.target", "abc"]


def test_a_bracket_is_an_entry_and_the_children_that_protect_it() -> None:
    intent = bracket("abc")
    assert intent.entry.side is Side.BUY
    assert [leg.side for leg in intent.children] == [Side.SELL, Side.SELL]
