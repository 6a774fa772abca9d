"""What the product says by language: the same keys and blanks everywhere, and English where nothing else is known."""

from __future__ import annotations

import string

import pytest

from app.runtime.language import LANGUAGES, Words, _texts

CODES = tuple(LANGUAGES)
SAME = {
    *("word.unknown", "word.macd", "word.rsi", "analysis.reward", "analysis.atr"),
    *("signals.target", "signals.reward"),
}
"""Names and signs that are the same in every language."""


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_every_text_with_the_blanks_of_the_english_one(code: str) -> None:
    english, other = _texts("en"), _texts(code)
    assert set(other) == set(english)
    for key, text in english.items():
        assert text.strip(), key
        if key.startswith(("sentences.", "terms.")):
            assert blanks(other[key]) <= blanks(text), key
        else:
            assert blanks(other[key]) == blanks(text), key


def test_chinese_texts_are_chinese() -> None:
    same = {key for key, text in _texts("zh").items() if text == _texts("en")[key]}
    assert same <= SAME, same


def test_an_unknown_language_is_english_and_an_unknown_key_is_an_error() -> None:
    words = Words("xx")
    assert (words.language, words("analysis.title")) == ("en", "Analysis")
    with pytest.raises(KeyError):
        words("analysis.nothing_of_the_kind")


def test_a_sentence_of_the_rules_is_said_in_the_language_or_left_as_it_is() -> None:
    hold = "HOLD: 2 of the 4 checks bullish, 1 bearish; 3 on one side are needed."
    assert Words("zh").sentence(hold) == "观望：4 项检查中 2 项看涨，1 项看跌；需要 3 项一致。"
    assert Words("en").sentence(hold) == hold
    assert Words("zh").sentence("Nobody wrote this {before}.") == "Nobody wrote this {before}."
    assert Words("zh").sentence("") == ""


def test_a_phrase_written_out_in_english_is_said_in_the_language() -> None:
    assert Words("zh").sentence("From version 2 to version 13") == "从版本 2 到版本 13"
    assert Words("zh").sentence("New prompt…") == "新建提示词…"
    assert Words("en").sentence("New prompt…") == "New prompt…"


def test_a_sentence_within_a_sentence_is_said_as_well_and_a_number_fills_only_its_own_blank() -> None:
    words = Words("zh")
    cut = "No usable answer (the answer was cut off at its token limit; raise the limit in Settings › Models)."
    assert words.sentence(cut) == "没有可用的回答（回答在 token 上限处被截断；请在“设置 › 模型”中提高上限）。"
    assert words.sentence("3 of 12") == "12 个中的 3 个"
    assert words.sentence("Statement of account") == "Statement of account"
