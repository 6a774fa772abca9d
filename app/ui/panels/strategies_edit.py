"""Changing what a strategy is set to do, each change one fact; what cannot be is refused in one sentence."""

from __future__ import annotations

import re
from dataclasses import replace

from app.domain.errors import UserError
from app.domain.events import StrategyDeleted, StrategySaved, new_id
from app.domain.fold_signals import refuse_to_delete
from app.domain.signals import SignalState, StrategyId
from app.domain.strategies import Mode, Strategy
from app.ui.handles import Handles
from app.ui.widgets.ask import CANCEL, Choice, ask

LONGEST_NAME = 40
MOST_SYMBOLS, FIRST_SYMBOLS = 5, ("AAPL",)


def parse_symbols(text: str) -> tuple[str, ...]:
    """Return the symbols in a line, upper case, each once; raise UserError when there is none."""
    found = tuple(dict.fromkeys(word.upper() for word in re.split(r"[\s,;]+", text) if word))
    if not found:
        raise UserError("A strategy needs at least one symbol; write them with commas between.")
    return found


async def save(handles: Handles, strategy: Strategy) -> None:
    """Keep a strategy as it is now."""
    await handles.facts.enter(StrategySaved(at=handles.clock.now(), strategy=strategy))


async def create(handles: Handles, name: str) -> Strategy:
    """Set up a strategy over the watchlist's first symbols that only observes; raise UserError for a bad name."""
    state, title = handles.facts.state, " ".join(name.split())
    if not 0 < len(title) <= LONGEST_NAME:
        raise UserError(f"A strategy needs a name of 1 to {LONGEST_NAME} characters; give it one.")
    if any(one.name.casefold() == title.casefold() for one in state.known_strategies.values()):
        raise UserError(f"There is or was a strategy {title} already; choose another name.")
    settings = handles.settings.current
    symbols = settings.watchlists.get(settings.watchlist, ())[:MOST_SYMBOLS]
    made = Strategy(id=StrategyId(new_id()), name=title, symbols=symbols or FIRST_SYMBOLS)
    await save(handles, made)
    return made


async def delete(handles: Handles, strategy: Strategy) -> bool:
    """Delete a strategy that holds and works nothing, after saying what stays; return whether it was."""
    refuse_to_delete(handles.facts.state, strategy)
    state = handles.facts.state
    raised = [signal for signal in state.signals.values() if signal.strategy == strategy.id]
    waiting = sum(signal.state is SignalState.ACTIVE for signal in raised)
    runs = sum(run.strategy == strategy.id for run in state.runs.values())
    act = Choice("delete", f"Delete {strategy.name}", "danger")
    text = (
        f"Its {len(raised)} signals, {runs} runs, their lineage and its closed trades stay readable under its name; "
        f"{waiting} signals that wait for an answer are rejected, and it runs no more."
    )
    if await ask(handles.theme, handles.window, f"Delete {strategy.name}?", text, [CANCEL, act]) != act.id:
        return False
    await handles.facts.enter(StrategyDeleted(at=handles.clock.now(), strategy=strategy.id, by="hand"))
    return True


async def change_symbols(handles: Handles, strategy: Strategy, text: str) -> None:
    """Give a strategy other symbols; raise UserError for one that the gateway does not know."""
    symbols = parse_symbols(text)
    for symbol in symbols:
        if symbol not in strategy.symbols:
            await handles.market.resolve(symbol)
    if symbols != strategy.symbols:
        await save(handles, replace(strategy, symbols=symbols))


async def change_cron(handles: Handles, strategy: Strategy, text: str) -> None:
    """Give a strategy another schedule; raise UserError when it is none."""
    changed = replace(strategy, cron=" ".join(text.split()))
    handles.schedule.upcoming(changed, 1)
    if changed != strategy:
        await save(handles, changed)


async def change_mode(handles: Handles, strategy: Strategy, mode: Mode) -> bool:
    """Let a strategy go so far by itself and no further; `auto` is confirmed first. Return whether it was changed."""
    if mode is strategy.mode:
        return True
    if mode is Mode.AUTO and not await _may_trade_alone(handles, strategy):
        return False
    await save(handles, replace(strategy, mode=mode))
    return True


async def _may_trade_alone(handles: Handles, strategy: Strategy) -> bool:
    limits, account = handles.settings.current.limits, handles.session.view.account or "the account"
    act = Choice("auto", f"Let {strategy.name} trade by itself", "danger")
    answer = await ask(
        handles.theme,
        handles.window,
        "Trade without asking?",
        f"From its next run on, {strategy.name} sends bracket orders for {', '.join(strategy.symbols)} to {account} "
        "without asking. The same gates hold it as hold you:",
        [CANCEL, act],
        details="\n".join(
            [
                f"Risk a trade  {strategy.risk_percent} % of equity",
                f"Largest position  {limits.position_percent} % of equity",
                f"Daily loss that stops it  {limits.daily_loss_percent} %",
                f"Consecutive losses that pause it  {limits.losses_in_a_row}",
                f"Orders  {limits.orders_per_minute} a minute, {limits.orders_per_day} a day",
            ]
        ),
    )
    return answer == act.id
