"""Ten thousand damaged replies: none crashes, and none says more than a sound one could."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.llm.client import ModelClient, judged
from app.adapters.llm.redaction import Redactor
from app.adapters.llm.requests import Manner
from app.domain.providers import Structure
from app.domain.readings import Answer, ReadingStatus, View
from app.domain.signals import Direction
from app.runtime.clock import Clock
from tests.support.model_server import KEY, Reply, completion, model_server, provider, question, reply, said

WEIRD: tuple[Any, ...] = (
    None, True, -1, 0, 71, 1e308, 1e-308, "", "BUY", "HOLD", "x" * 5000, [], {}, [[]], {"a": 1}, "‮", "\x00", "\ud800",
    "'; DROP TABLE orders; --", "<img src=file:///etc/passwd>", "=1+1", "$decimal", 10**17, "NaN", float("inf"),
)  # fmt: skip
Mutation = Callable[[random.Random, dict[str, Any]], bytes]


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a reply."""
    keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [(node, key) for key in keys] + [place for key in keys for place in _places(node[key])]


def _swapped(dice: random.Random, found: dict[str, Any]) -> bytes:
    container, key = dice.choice(_places(found))
    container[key] = dice.choice(WEIRD)
    return completion(json.dumps(found))


def _dropped(dice: random.Random, found: dict[str, Any]) -> bytes:
    container, key = dice.choice(_places(found))
    del container[key]
    return completion(json.dumps(found))


def _scaled(dice: random.Random, found: dict[str, Any]) -> bytes:
    numbers = [(box, key) for box, key in _places(found) if type(box[key]) is float]
    container, key = dice.choice(numbers)
    container[key] *= dice.choice((-1, 0, 0.5, 0.99, 1.01, 1.3, 10, 1e300))
    return completion(json.dumps(found))


def _cut(dice: random.Random, found: dict[str, Any]) -> bytes:
    whole = completion(json.dumps(found))
    return whole[: dice.randrange(len(whole))]


def _flipped(dice: random.Random, found: dict[str, Any]) -> bytes:
    whole = bytearray(completion(json.dumps(found)))
    for _ in range(dice.randint(1, 4)):
        whole[dice.randrange(len(whole))] = dice.randrange(256)
    return bytes(whole)


def _inner_flipped(dice: random.Random, found: dict[str, Any]) -> bytes:
    text = list(json.dumps(found))
    text[dice.randrange(len(text))] = dice.choice('{}[]",:0123456789.eE-+ \\ntf')
    return completion("".join(text))


def _envelope(dice: random.Random, found: dict[str, Any]) -> bytes:
    whole = json.loads(completion(json.dumps(found)))
    container, key = dice.choice(_places(whole))
    container[key] = dice.choice(WEIRD)
    return json.dumps(whole).encode()


def _wrapped(dice: random.Random, found: dict[str, Any]) -> bytes:
    before, after = dice.choice(
        (("Buy! ", ""), ("", " do not buy"), ("```json\n", "\n```"), ("[", "]"), ("<b>", "</b>"))
    )
    return completion(before + json.dumps(found) + after)


MUTATIONS: tuple[Mutation, ...] = (
    _swapped, _dropped, _scaled, _cut, _flipped, _inner_flipped, _envelope, _wrapped,
)  # fmt: skip


def mutated(seed: int) -> bytes:
    """Return a damaged reply, the same for the same seed."""
    dice = random.Random(seed)
    return dice.choice(MUTATIONS)(dice, reply())


def hold_to_the_rules(answer: Answer) -> None:
    """Assert that an answer is a view within all bounds, or none."""
    assert (answer.view is not None) == (answer.status is ReadingStatus.VALID)
    assert answer.status is ReadingStatus.VALID or answer.why
    hold_to_view(answer.view)


def hold_to_view(view: View | None) -> None:
    """Assert that a view of TEST at 100 is within all bounds."""
    if view is None:
        return
    assert 0 <= view.confidence <= 1
    prices = [view.stop, view.entry_low, view.entry_high, *(target.price for target in view.targets)]
    known = [price for price in prices if price is not None]
    assert all(math.isfinite(price) and 79.99 <= price <= 120.01 for price in known)
    if view.direction is Direction.BUY:
        assert known == sorted(known)
        assert len(known) == 5
    if view.direction is Direction.SELL:
        assert known == sorted(known, reverse=True)
        assert len(known) == 5
    repr(view).encode()


@pytest.mark.parametrize("structure", list(Structure))
def test_f1_no_mutation_of_a_reply_gets_past_the_rules(structure: Structure) -> None:
    valid = 0
    for seed in range(3334):
        answer = judged(mutated(seed * 3 + len(structure)), question(), Manner(structure), b"", Redactor(KEY))
        hold_to_the_rules(answer)
        valid += answer.status is ReadingStatus.VALID
    assert 0 < valid < 1600  # what a mutation left sound may stand; most do not


async def test_f1_damaged_replies_over_the_wire_are_answers_too() -> None:
    await hold_over_the_wire(50)


@pytest.mark.slow
async def test_f1_five_hundred_damaged_replies_over_the_wire_are_answers() -> None:
    await hold_over_the_wire(500)


async def hold_over_the_wire(count: int) -> None:
    seeds = iter(range(100_000, 100_000 + count))
    async with model_server(lambda _: Reply(mutated(next(seeds)))) as server:
        client, asked = ModelClient(Clock()), provider(server.base_url)
        for _ in range(count):
            hold_to_the_rules(await client.ask(question(), asked, None))
    assert len(server.requests) == count


def test_a_sound_reply_is_sound() -> None:
    assert judged(said(), question(), Manner(), b"", Redactor(None)).status is ReadingStatus.VALID


ODD = st.one_of(
    st.floats(width=64), st.integers(-(10**20), 10**20), st.floats(70, 130), st.floats(-1, 2), st.booleans(), st.none()
)


@given(
    numbers=st.fixed_dictionaries(
        dict.fromkeys(("confidence", "entry_low", "entry_high", "stop", "first", "second"), ODD)
    ),
    signal=st.sampled_from(["BUY", "SELL", "HOLD", "buy", "", "STRONG_BUY"]),
    symbol=st.sampled_from(["TEST", "test", "MSFT", "", "TEST; MSFT"]),
)
def test_f2_no_number_out_of_range_and_no_other_symbol_becomes_a_view(
    numbers: dict[str, Any], signal: str, symbol: str
) -> None:
    first, second = ({"price": numbers.pop(name), "basis": ""} for name in ("first", "second"))
    told = reply(symbol=symbol, signal=signal, trend="neutral", target_1=first, target_2=second, **numbers)
    answer = judged(completion(json.dumps(told)), question(), Manner(), b"", Redactor(None))
    hold_to_the_rules(answer)
    if answer.status is ReadingStatus.VALID:
        assert symbol.upper() == "TEST"
        assert signal in ("BUY", "SELL", "HOLD")
