"""Policies towards a reading: what each may do to a signal, by the numbers, and what none may."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bars import Timeframe
from app.domain.readings import Target, View
from app.domain.signals import Analysis, Direction, Policy, Relation, Trend
from app.domain.strategies import ThreeOfFour
from app.quant.analysis import analyse
from app.quant.opinion import Opinion, with_opinion
from tests.support.paths import flipped
from tests.support.walks import walk

BUY, SELL, HOLD = Direction.BUY, Direction.SELL, Direction.HOLD
WORD = {BUY: SELL, SELL: BUY, HOLD: HOLD}


def cent(price: Decimal) -> Decimal:
    return Decimal("0.01")


def analysed(direction: Direction) -> Analysis:
    """Return an analysis of that direction, no relation; a BUY or SELL is actionable with 4 checks."""
    for seed in range(200):
        found = analyse("X", Timeframe.D1, walk(seed, 120), tick_at=cent)
        votes = max(found.primary.bullish, found.primary.bearish)
        if found.direction is direction and (direction is HOLD or (found.actionable and votes == 4)):
            return found
    raise AssertionError


def view(direction: Direction, confidence: float = 0.8, **prices: float) -> View:
    return View(direction, Trend.NEUTRAL, confidence, **prices)


def judged(analysis: Analysis, policy: Policy, opinion: Opinion, *, use_levels: bool = False) -> Analysis:
    return with_opinion(analysis, policy, opinion, parameters=ThreeOfFour(), use_levels=use_levels, tick_at=cent)


@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize(("says", "share"), [("same", 0.3), ("opposite", -0.3), ("hold", -0.15)])
@pytest.mark.parametrize("policy", [Policy.ADVISE, Policy.CONFIRM])
def test_the_reading_adds_or_takes_its_share(side: Direction, says: str, share: float, policy: Policy) -> None:
    said = {"same": side, "opposite": WORD[side], "hold": HOLD}[says]
    found = judged(analysed(side), policy, Opinion(view(said, 0.8)))
    assert found.confidence.value == pytest.approx(0.6 + share * 0.8)
    assert [(term.term, term.value) for term in found.confidence.terms] == [
        ("base", 0.6),
        ("confirmation", 0.0),
        ("reading", pytest.approx(share * 0.8)),
    ]
    assert found.direction is side
    assert found.actionable is (policy is Policy.ADVISE or says == "same")


def test_confidence_stays_within_0_and_1() -> None:
    sure = replace(analysed(BUY), relation=Relation.ALIGNED)
    assert judged(sure, Policy.ADVISE, Opinion(view(BUY, 1.0))).confidence.value == 1.0
    primary = replace(sure.primary, checks=(*sure.primary.checks[:3], replace(sure.primary.checks[3], verdict="x")))  # type: ignore[arg-type]
    weak = replace(sure, primary=primary, relation=Relation.OPPOSED)
    assert judged(weak, Policy.ADVISE, Opinion(view(SELL, 1.0))).confidence.value == pytest.approx(0.1)


def test_off_changes_nothing_at_all() -> None:
    for side in Direction:
        analysis = analysed(side)
        for said in Direction:
            assert judged(analysis, Policy.OFF, Opinion(view(said)), use_levels=True) is analysis


@given(st.sampled_from(Policy), st.sampled_from(Direction), st.floats(0, 1), st.booleans())
def test_no_policy_lets_a_reading_originate_a_trade(
    policy: Policy, said: Direction, confidence: float, use_levels: bool
) -> None:
    analysis = analysed(HOLD)
    assert judged(analysis, policy, Opinion(view(said, confidence)), use_levels=use_levels) is analysis
    for side in (BUY, SELL):
        assert judged(analysed(side), policy, Opinion(view(said, confidence))).direction in (side, HOLD)


def test_a_missing_reading_under_confirm_is_not_actionable_and_leaves_the_rest() -> None:
    analysis = analysed(BUY)
    found = judged(analysis, Policy.CONFIRM, Opinion(missing="No answer within 60 s."))
    assert not found.actionable
    assert found.reasons[-1] == "The reading that must agree is missing: No answer within 60 s."
    assert replace(found, actionable=True, reasons=analysis.reasons) == analysis
    for policy in (Policy.ADVISE, Policy.VETO):
        still = judged(analysis, policy, Opinion(missing="No answer within 60 s."))
        assert still.actionable
        assert replace(still, reasons=analysis.reasons) == analysis


@pytest.mark.parametrize("said", [SELL, HOLD])
def test_a_veto_turns_a_disagreement_into_hold(said: Direction) -> None:
    found = judged(analysed(BUY), Policy.VETO, Opinion(view(said)))
    assert (found.direction, found.levels, found.actionable) == (HOLD, None, False)
    assert found.reasons[0] == f"HOLD: the checks say BUY, the reading says {said}, and its veto holds."
    assert [term.term for term in found.confidence.terms] == ["split"]
    assert found.confidence.value == 0.0
    assert judged(analysed(BUY), Policy.VETO, Opinion(view(BUY))).direction is BUY


def test_a_false_key_claim_withdraws_the_support_and_not_the_objection() -> None:
    for policy, actionable in ((Policy.ADVISE, True), (Policy.CONFIRM, False), (Policy.VETO, True)):
        found = judged(analysed(BUY), policy, Opinion(view(BUY, 0.9), is_withdrawn=True))
        assert found.confidence.value == pytest.approx(0.6)
        assert found.actionable is actionable
        assert found.reasons[-1] == "A key claim of the reading is false, so it supports no trade."
    against = judged(analysed(BUY), Policy.ADVISE, Opinion(view(SELL, 0.9), is_withdrawn=True))
    assert against.confidence.value == pytest.approx(0.6 - 0.27)
    assert judged(analysed(BUY), Policy.VETO, Opinion(view(SELL), is_withdrawn=True)).direction is HOLD


def levelled(analysis: Analysis, stop: float, first: float) -> View:
    side = 1 if analysis.direction is BUY else -1
    close = analysis.close
    low, high = sorted((close, close + side * 0.504))
    targets = (Target(close + side * first, "a swing"), Target(close + side * 2 * first, "another"))
    return replace(view(analysis.direction), entry_low=low, entry_high=high, stop=close - side * stop, targets=targets)


def test_the_models_levels_hold_only_where_the_policy_says_so_and_they_pass() -> None:
    analysis = analysed(BUY)
    said = levelled(analysis, 2.004, 6.006)
    assert judged(analysis, Policy.CONFIRM, Opinion(said)).levels == analysis.levels
    found = judged(analysis, Policy.CONFIRM, Opinion(said), use_levels=True)
    assert found.levels is not None
    assert found.levels.limit == found.levels.entry_high
    assert found.levels.limit >= analysis.close + 0.504  # the limit up, everything else down
    assert found.levels.stop <= analysis.close - 2.004
    assert found.levels.target_1 <= analysis.close + 6.006
    limit, stop, first = found.levels.limit, found.levels.stop, found.levels.target_1
    assert found.levels.r_1 == pytest.approx((first - limit) / (limit - stop))
    for bad in (levelled(analysis, 2.0, 1.0), levelled(analysis, -3.0, 6.0), replace(said, stop=-1.0)):
        kept = judged(analysis, Policy.CONFIRM, Opinion(bad), use_levels=True)
        assert kept.levels == analysis.levels
        assert kept.actionable
        assert kept.reasons[-1].startswith("The reading's levels do not hold, the drawn ones do: ")
    unnamed = judged(analysis, Policy.CONFIRM, Opinion(view(BUY)), use_levels=True)
    assert unnamed.levels == analysis.levels


@given(st.integers(0, 60), st.floats(0.5, 6), st.floats(0.5, 20), st.sampled_from(Policy), st.sampled_from(Direction))
def test_mirrored_prices_and_a_mirrored_reading_mirror_the_signal(
    seed: int, stop: float, first: float, policy: Policy, said: Direction
) -> None:
    bars = walk(seed, 60)
    around = round(4 * float(bars.high.max()), 2)  # on the tick, so that rounding mirrors too
    pair = []
    for one, word in ((bars, said), (flipped(bars, around), WORD[said])):
        analysis = analyse("X", Timeframe.D1, one, tick_at=cent)
        opinion = Opinion(levelled(replace(analysis, direction=word), stop, first) if word is not HOLD else view(word))
        pair.append(judged(analysis, policy, opinion, use_levels=True))
    one, two = pair
    assert one.direction is WORD[two.direction]
    assert one.actionable is two.actionable
    assert one.confidence.value == two.confidence.value
    assert len(one.reasons) == len(two.reasons)
    if one.levels and two.levels:
        assert one.levels.limit == pytest.approx(around - two.levels.limit, abs=0.011)
