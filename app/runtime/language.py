"""What the product says, by language: one TOML file each in `resources/i18n`, looked up by `section.key`.

Sentences that come from the rules, and phrases of panels that are written out in English, are said in another language
by the template of the same key in both files (`sentence`). What has no template stays as it was written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache

from app.runtime.paths import resource

FIRST = "en"
LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
"""Every language there is, by its own name."""
_SENTENCES, _TERMS = ("sentences.", "phrases."), ("terms.",)
_MOST_KNOWN = 4096
_NUMBER = r"[\d.,\s–−+-]+"
_BLANK = re.compile(r"\\\{(\w+)\\\}")


class Words:
    """The texts of one language; what it lacks is said in English."""

    def __init__(self, language: str = FIRST) -> None:
        self.language = language if language in LANGUAGES else FIRST
        self._texts = {**_texts(FIRST), **_texts(self.language)}
        self._known: dict[str, str] = {}

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its blanks filled; raise KeyError for a key no file has."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Say whether there is a text of this key."""
        return key in self._texts

    def sentence(self, english: str) -> str:
        """Return a sentence of the rules in this language, or as it is where no template fits."""
        if self.language == FIRST or not english:
            return english
        found = self._known.get(english)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:  # sentences with prices in them are another every time
                self._known.clear()
            found = self._known[english] = self._said(_SENTENCES, english)
        return found

    def _said(self, section: tuple[str, ...], english: str) -> str:
        whole = _whole(section).get(english)
        if whole is not None:
            return self(whole)
        for key, start, template in _templates(section):
            found = _pattern(template).fullmatch(english) if english.startswith(start) else None
            if found is not None:
                return self(key, **{name: self._terms(value) for name, value in found.groupdict().items()})
        return english

    def _terms(self, english: str) -> str:
        """Return what filled a blank, term by term: names and short phrases are of the language too."""
        whole = self.sentence(english)
        return whole if whole != english else ", ".join(self._said(_TERMS, part) for part in english.split(", "))


@cache
def _texts(language: str) -> dict[str, str]:
    sections = tomllib.loads(resource("i18n", f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{key}": text for section, texts in sections.items() for key, text in texts.items()}


@cache
def _whole(section: tuple[str, ...]) -> dict[str, str]:
    """Return the keys of a section's texts that have no blanks, by their English."""
    return {text: key for key, text in _texts(FIRST).items() if key.startswith(section) and "{" not in text}


@cache
def _templates(section: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return the English templates of a section with what they begin with, the longest first: it says the most."""
    templates = [(key, text) for key, text in _texts(FIRST).items() if key.startswith(section) and "{" in text]
    templates.sort(key=lambda pair: -len(pair[1]))
    return tuple((key, text.partition("{")[0], text) for key, text in templates)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_BLANK.sub(_blank, re.escape(template)))


def _blank(found: re.Match[str]) -> str:
    """Return what a blank takes: one whose name begins with `n_` a number, any other one what stands there."""
    return f"(?P<{found[1]}>{_NUMBER if found[1].startswith('n_') else '.+?'})"
