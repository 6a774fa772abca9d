"""The fields of a model provider: address, model, prices, caps; what does not fit is said below them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.domain.errors import UserError
from app.domain.providers import Caps, Price, Provider
from app.ui.language import say
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role
from app.ui.widgets.fields import parse_decimal

N = TypeVar("N", int, Decimal)
NO_CAP = "no cap"
UNKNOWN = "unknown"
_CAPS = (("run", "A run"), ("strategy", "A strategy, a day"), ("day", "A day"))


class ProviderForm(QFrame):
    """Everything of a provider but its key."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.fields: dict[str, QLineEdit] = {}
        self.model = QComboBox()
        self.needs_key = QCheckBox(say("It needs a key"))
        self.error = QLabel()
        self._provider: Provider | None = None
        self._lay()

    def show_provider(self, provider: Provider) -> None:
        """Fill the fields."""
        self._provider = provider
        caps = provider.caps
        self._fill("name", provider.name)
        self._fill("base_url", provider.base_url)
        self._fill("timeout_s", f"{provider.timeout_s:g}")
        self._fill("answer", _shown(provider.max_answer_tokens))
        for key, _ in _CAPS:
            self._fill(f"{key}_tokens", _shown(getattr(caps, f"{key}_tokens")))
            self._fill(f"{key}_money", _shown(getattr(caps, f"{key}_money")))
        self.needs_key.setChecked(provider.needs_key)
        self.model.clear()
        self.model.addItems(list(provider.models))
        self.model.setCurrentText(provider.model)
        self._show_price(provider.model)
        self.refuse("", "")

    def filled(self) -> Provider:
        """Return the provider as it is filled in; raise UserError, and mark the field, when a number is none."""
        assert self._provider is not None
        self.refuse("", "")
        model = self.model.currentText().strip()
        others = tuple(price for price in self._provider.prices if price.model != model)
        price = self._price(model)
        return replace(
            self._provider,
            name=self._text("name"),
            base_url=self._text("base_url"),
            model=model,
            needs_key=self.needs_key.isChecked(),
            timeout_s=float(self._number("timeout_s", _decimal) or 0),
            max_answer_tokens=self._number("answer", _whole) or 0,
            prices=(*others, price) if price else others,
            caps=self._caps(),
        )

    def refuse(self, key: str, sentence: str) -> None:
        """Say what is wrong and mark the field that it concerns."""
        for name, field in self.fields.items():
            set_role(field, invalid=name == key)
        self.error.setText(say(sentence))
        self.error.setVisible(bool(sentence))

    def _show_price(self, model: str) -> None:
        """Show what a model costs: each has a price of its own."""
        prices = self._provider.prices if self._provider else ()
        price = next((price for price in prices if price.model == model.strip()), None)
        self._fill("price_in", _shown(price.tokens_in if price else None))
        self._fill("price_out", _shown(price.tokens_out if price else None))

    def _caps(self) -> Caps:
        return Caps(
            run_tokens=self._number("run_tokens", _whole),
            day_tokens=self._number("day_tokens", _whole),
            strategy_tokens=self._number("strategy_tokens", _whole),
            run_money=self._number("run_money", _decimal),
            day_money=self._number("day_money", _decimal),
            strategy_money=self._number("strategy_money", _decimal),
        )

    def _price(self, model: str) -> Price | None:
        asked, answered = self._number("price_in", _decimal), self._number("price_out", _decimal)
        if asked is None and answered is None:
            return None
        if asked is None or answered is None:
            raise self._refusal("price_out" if answered is None else "price_in", "Both prices are needed, or neither.")
        return Price(model, asked, answered)

    def _lay(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        self.model.setEditable(True)
        self.model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.needs_key.setAccessibleName(say("It needs a key"))
        grid.addLayout(self._cell("Name", self._line("name", "Name")), 0, 0, 1, 2)
        grid.addLayout(self._cell("Base URL", self._line("base_url", "Base URL", "https://…/v1")), 0, 2, 1, 2)
        grid.addLayout(self._cell("Model (Test lists those on offer)", self._named(self.model, "Model")), 1, 0, 1, 2)
        grid.addLayout(self._cell("Time limit, s", self._right("timeout_s", "Time limit in seconds")), 1, 2)
        grid.addLayout(self._cell("Longest answer, tokens", self._right("answer", "Longest answer in tokens")), 1, 3)
        asked, answered = "Input, $ per 1M tokens", "Output, $ per 1M tokens"
        grid.addLayout(self._cell(asked, self._right("price_in", asked, UNKNOWN)), 2, 0)
        grid.addLayout(self._cell(answered, self._right("price_out", answered, UNKNOWN)), 2, 1)
        grid.addWidget(self.needs_key, 2, 2, Qt.AlignmentFlag.AlignBottom)
        for column, (key, title) in enumerate(_CAPS):
            tokens, money = f"{say(title)}: most tokens", f"{say(title)}: most $"
            grid.addLayout(self._cell(tokens, self._right(f"{key}_tokens", tokens, NO_CAP)), 3, column)
            grid.addLayout(self._cell(money, self._right(f"{key}_money", money, NO_CAP)), 4, column)
        self.model.currentTextChanged.connect(self._show_price)
        for column in range(4):
            grid.setColumnStretch(column, 1)
        set_role(self.error, role="error")
        self.error.setWordWrap(True)
        grid.addWidget(self.error, 5, 0, 1, 4)

    def _cell(self, title: str, field: QWidget) -> QVBoxLayout:
        caption = QLabel(say(title))
        set_role(caption, role="caption")
        caption.setBuddy(field)
        cell = QVBoxLayout()
        cell.setSpacing(2)
        cell.addWidget(caption)
        cell.addWidget(field)
        return cell

    def _line(self, key: str, name: str, hint: str = "") -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(say(hint))
        self.fields[key] = field
        self._named(field, name)
        return field

    def _right(self, key: str, name: str, hint: str = "") -> QLineEdit:
        field = self._line(key, name, hint)
        field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return field

    def _named(self, field: QWidget, name: str) -> QWidget:
        field.setAccessibleName(say(name))
        return field

    def _fill(self, key: str, text: str) -> None:
        self.fields[key].setText(text)
        self.fields[key].setCursorPosition(0)

    def _text(self, key: str) -> str:
        return self.fields[key].text().strip()

    def _number(self, key: str, read: Callable[[str], N | None]) -> N | None:
        """Return the number in a field, None for an empty one."""
        text = self._text(key)
        if not text:
            return None
        number = read(text)
        if number is None:
            raise self._refusal(key, f"{self.fields[key].accessibleName()}: a number was expected, not “{text}”.")
        return number

    def _refusal(self, key: str, sentence: str) -> UserError:
        self.refuse(key, sentence)
        self.fields[key].setFocus()
        return UserError(sentence)


def _decimal(text: str) -> Decimal | None:
    number = parse_decimal(text)
    return number if number is not None and number.is_finite() else None


def _whole(text: str) -> int | None:
    number = _decimal(text)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _shown(number: int | Decimal | None) -> str:
    if number is None:
        return ""
    return f"{number:,}" if isinstance(number, int) else f"{number:,f}"
