"""What is said around a question to the model: what it may cost, what it does, what it took. Plain text."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.providers import Meter
from app.domain.readings import Preview, Question, Reading, ReadingKind, ReadingProgress
from app.ui.language import Language
from app.ui.panels.signals_readings import failed_words
from app.ui.widgets.format import duration, number


def estimate_words(preview: Preview, words: Language) -> str:
    """Return the most that it may use, and to whom it goes."""
    most, provider = preview.estimate, preview.provider
    return words(
        "reading.estimate",
        tokens=number(most.tokens),
        money=_money(most.money, words),
        model=provider.model,
        provider=provider.name,
        address=provider.base_url,
    )


def meter_words(meter: Meter, words: Language) -> str:
    """Return what today used, against the day's caps."""
    caps, used = meter.caps, meter.used
    tokens, money = number(used.tokens), f"${used.money:.4f}"
    if caps is not None and caps.day_tokens:
        tokens = words("reading.of", used=tokens, most=number(caps.day_tokens))
    if caps is not None and caps.day_money is not None:
        money = words("reading.of", used=money, most=f"${caps.day_money}")
    said = words("reading.meter", calls=meter.calls, tokens=tokens, money=money)
    if not meter.pending.tokens:
        return said
    return f"{said}  ·  {words('reading.pending', tokens=number(meter.pending.tokens))}"


def preview_text(preview: Preview, words: Language) -> str:
    """Return what would be sent, word by word: the texts, then each request as it goes over the wire."""
    texts = [_question(question, words) for question in preview.questions]
    bodies = [f"── {words('reading.wire')} ──\n{body.decode(errors='replace')}" for body in preview.requests]
    return "\n\n".join([*map(words.say, preview.notes), *texts, *bodies])


def _question(question: Question, words: Language) -> str:
    what = question.timeframe.value if question.timeframe else words("signals.reading_consolidation")
    size = number(len(question.picture) / 1024, 0) if question.picture else None
    picture = words("reading.picture_size", size=size) if size else words("reading.no_picture")
    prompt = question.prompt
    return f"── {question.symbol} {what} · {picture} ──\n{prompt.system}\n\n{prompt.text}"


def progress_words(progress: ReadingProgress, words: Language) -> str:
    """Return what one question is at."""
    is_chart = progress.kind is ReadingKind.CHART and progress.timeframe is not None
    what = progress.timeframe.value if is_chart and progress.timeframe else words("signals.reading_consolidation")
    reading = progress.reading
    if reading is None:
        return words("reading.asking", what=what)
    if reading.view is None or not reading.is_valid:
        return failed_words(reading, what, words)
    return words("reading.came", what=what, took=duration(reading.latency_ms))


def spent_words(readings: Sequence[Reading], words: Language) -> str:
    """Return what readings took."""
    tokens = sum((each.tokens_in or 0) + (each.tokens_out or 0) for each in readings)
    costs = [each.cost for each in readings if each.attempts or each.cached_from]
    known = [cost for cost in costs if cost is not None]
    money = sum(known, Decimal(0)) if len(known) == len(costs) else None
    said = words("reading.spent", tokens=number(tokens), money=_money(money, words))
    if readings and all(each.cached_from for each in readings):
        said = f"{said}  ·  {words('reading.cached')}"
    return said


def _money(money: Decimal | None, words: Language) -> str:
    return words("reading.no_price") if money is None else f"${money:.4f}"
