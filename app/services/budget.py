"""What readings may use: an estimate before a call, a reservation during it, and the caps held with both.

Days are dates of this machine's zone by its own clock: a provider bills real days, however fast a practice market runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from app.domain.errors import UserError
from app.domain.providers import Estimate, Meter, Provider, Used
from app.domain.readings import Question, Reading
from app.domain.signals import StrategyId
from app.runtime.clock import Clock
from app.services.facts import Facts

_CHARACTERS_A_TOKEN = 3.5
_TOKENS_AROUND = 2500
"""The schema of the answer and the frame of the messages, rounded up."""


class Budget:
    """Counts what readings use, and refuses what could go past a cap."""

    def __init__(self, facts: Facts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock
        self._pending: dict[object, tuple[str, StrategyId | None, Used]] = {}
        self._runs: dict[str, Used] = {}

    def today(self) -> str:
        """Return the date that is spent on now."""
        return self._clock.now().astimezone(self._clock.local_zone()).date().isoformat()

    def estimate(self, question: Question, provider: Provider) -> Estimate:
        """Return the most that a question may use."""
        tokens = tokens_of(question.prompt.system) + tokens_of(question.prompt.text) + _TOKENS_AROUND
        tokens += provider.picture_tokens if question.picture is not None else 0
        return self.of(provider, tokens, provider.max_answer_tokens)

    def of(self, provider: Provider, tokens_in: int, tokens_out: int) -> Estimate:
        """Return an estimate of so many tokens."""
        return Estimate(tokens_in, tokens_out, provider.cost(tokens_in, tokens_out))

    @contextmanager
    def reserved(self, provider: Provider, run: str, strategy: StrategyId | None, most: Estimate) -> Iterator[None]:
        """Hold the most that a call may use while it is made; raise UserError when a cap is too small for it."""
        asked = Used(most.tokens, most.money or Decimal(0))
        self._hold_to_caps(provider, run, strategy, asked, is_priced=most.money is not None)
        token = object()
        self._pending[token] = (run, strategy, asked)
        try:
            yield
        finally:
            del self._pending[token]

    def note(self, run: str, reading: Reading) -> None:
        """Count what a reading used towards its run; days and strategies are counted by the facts."""
        used = Used((reading.tokens_in or 0) + (reading.tokens_out or 0), reading.cost or Decimal(0))
        self._runs[run] = self._runs.get(run, Used()) + used

    def forget(self, run: str) -> None:
        """Let go of a run that has ended."""
        self._runs.pop(run, None)

    def meter(self) -> Meter:
        """Return how much of today is used."""
        today = self.today()
        days = [spent for (day, _), spent in self._facts.state.spending.items() if day == today]
        provider = self._facts.state.provider
        return Meter(
            day=today,
            calls=sum(spent.calls for spent in days),
            used=self._spent(today),
            pending=_sum(used for _, _, used in self._pending.values()),
            caps=provider.caps if provider else None,
        )

    def _spent(self, day: str, strategy: StrategyId | None = None, *, of_one: bool = False) -> Used:
        return _sum(
            Used(spent.tokens, spent.money)
            for (when, whose), spent in self._facts.state.spending.items()
            if when == day and (not of_one or whose == strategy)
        )

    def _hold_to_caps(
        self, provider: Provider, run: str, strategy: StrategyId | None, asked: Used, *, is_priced: bool
    ) -> None:
        today, caps, pending = self.today(), provider.caps, self._pending.values()
        of_run = self._runs.get(run, Used()) + _sum(used for whose, _, used in pending if whose == run)
        of_day = self._spent(today) + _sum(used for _, _, used in pending)
        of_strategy = self._spent(today, strategy, of_one=True) + _sum(
            used for _, whose, used in pending if whose == strategy
        )
        for words, used, tokens, money in (
            ("a run", of_run, caps.run_tokens, caps.run_money),
            ("a day", of_day, caps.day_tokens, caps.day_money),
            ("a strategy and day", of_strategy, caps.strategy_tokens, caps.strategy_money),
        ):
            _hold(words, used, asked, tokens, money, is_priced=is_priced)


def tokens_of(text: str) -> int:
    """Return about how many tokens a text has, rather too many: other scripts take a token or more a character."""
    plain = sum(character < "\u0250" for character in text)
    return int(plain / _CHARACTERS_A_TOKEN + 1.3 * (len(text) - plain)) + 1


def _sum(parts: Iterator[Used]) -> Used:
    return sum(parts, Used())


def _hold(words: str, used: Used, asked: Used, tokens: int | None, money: Decimal | None, *, is_priced: bool) -> None:
    raised = "raise the cap in Settings › Models or wait"
    if tokens is not None and used.tokens + asked.tokens > tokens:
        taken = f"{used.tokens:,} are used and this may take {asked.tokens:,}"
        raise UserError(f"The cap is {tokens:,} tokens {words}: {taken}; {raised}.")
    if money is None:
        return
    if not is_priced:
        raise UserError(
            f"The cap is ${money} {words} and the model's price is not known; enter it in Settings › Models."
        )
    if used.money + asked.money > money:
        raise UserError(
            f"The cap is ${money} {words}: ${used.money:.4f} is used and this may take ${asked.money:.4f}; {raised}."
        )
