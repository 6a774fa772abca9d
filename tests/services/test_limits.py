"""Limits that a person changes: bounds in words, at work at once, kept over a restart, and written down."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.orders import Limit
from app.domain.risk import RiskLimits
from app.services import desk
from tests.support.core import Trader, trading
from tests.support.gateway import PracticeGateway


async def test_a_changed_limit_judges_the_next_order_and_is_kept(
    tmp_path: Path, practice_gateway: PracticeGateway
) -> None:
    async with trading(tmp_path / "app", practice_gateway) as trader:
        aapl = await trader.instrument()
        await trader.core.limits.change("max_quantity", "3")
        review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 5))
        assert "5 is more than the 3" in review.why_not
        facts = [fact for fact in await trader.core.store.journal.facts() if isinstance(fact, ev.LimitChanged)]
        assert [(fact.name, fact.old, fact.new) for fact in facts] == [("max_quantity", "10000", "3")]
    async with trading(tmp_path / "app", practice_gateway) as again:
        assert again.core.situations.limits.max_quantity == 3


@pytest.mark.parametrize("text", ["", "many", "-1", "0", "nan", "inf", "1e30", "100.01"])
async def test_what_a_percentage_may_not_be_is_refused_with_its_bounds(trader: Trader, text: str) -> None:
    with pytest.raises(UserError, match="above 0, at most 100 %"):
        await trader.core.limits.change("position_percent", text)
    assert trader.core.situations.limits.position_percent == 20


def test_every_limit_of_the_gates_can_be_changed_and_has_a_title(trader_limits: RiskLimits) -> None:
    from app.runtime.settings_limits import limit_fields

    fields = limit_fields()
    assert {field.name for field in fields} == set(RiskLimits.__slots__)
    assert all(field.title and field.least < field.most for field in fields)
    assert all(Decimal(str(getattr(trader_limits, field.name))) == field.usual for field in fields)


@pytest.fixture
def trader_limits() -> RiskLimits:
    """The limits as they are when nobody changed any."""
    return RiskLimits()


async def test_an_override_lets_one_order_pass_and_its_reason_is_kept(trader: Trader) -> None:
    aapl = await trader.instrument()
    await trader.core.limits.change("max_quantity", "3")
    review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 5))
    with pytest.raises(UserError, match="at least 8 letters"):
        await trader.core.desk.override(review, "yes")
    passed = await trader.core.desk.override(review, "Agreed with the other trustee.")
    assert passed.is_fit
    intent = await trader.core.desk.submit(passed)
    steps = await trader.core.store.lineage.chain(str(intent.id))
    reasons = [step.inputs["override"] for step in steps if "override" in step.inputs]
    assert reasons == ["Agreed with the other trustee."]
    given = [fact for fact in await trader.core.store.journal.facts() if isinstance(fact, ev.GatesOverridden)]
    assert [fact.gates for fact in given] == [("quantity",)]
    other = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -4)), 6))
    assert not other.is_fit


async def test_an_override_runs_out(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    aapl = await trader.instrument()
    await trader.core.limits.change("max_quantity", "3")
    review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 5))
    passed = await trader.core.desk.override(review, "Agreed with the other trustee.")
    monkeypatch.setattr(desk, "OVERRIDE_LASTS_S", 0.0)
    with pytest.raises(UserError, match="The override was good for"):
        await trader.core.desk.submit(passed)
    assert trader.state.intents == {}


async def test_an_override_does_not_answer_for_what_refuses_later(trader: Trader) -> None:
    aapl = await trader.instrument()
    await trader.core.limits.change("max_quantity", "3")
    review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 5))
    passed = await trader.core.desk.override(review, "Agreed with the other trustee.")
    await trader.core.limits.change("max_notional", "100")
    with pytest.raises(UserError, match="more than the 100 that one order may be"):
        await trader.core.desk.submit(passed)


async def test_a_gate_that_is_no_matter_of_judgement_cannot_be_overridden(trader: Trader) -> None:
    aapl = await trader.instrument()
    trader.core.desk.hold("Stopped by hand.")
    await trader.until(lambda state: state.trading.reason == "Stopped by hand.")
    review = await trader.core.desk.review(trader.proposal(aapl, Limit(trader.near(aapl, -3)), 5))
    with pytest.raises(UserError, match="Trading state” cannot be overridden"):
        await trader.core.desk.override(review, "Because I really want to.")
