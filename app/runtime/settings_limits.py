"""The numbers that orders are held to, each with its title, unit and bounds. What they mean, the gates say."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.config import JsonDict

from app.runtime.errors import Refusal

SECONDS: JsonDict = {"unit": "s"}
MONEY: JsonDict = {"unit": "base currency"}
Percent = Annotated[Decimal, Field(gt=0, le=100, json_schema_extra={"unit": "%"})]


class Limits(BaseModel):
    """What the gates hold every order to, by hand and machine alike."""

    model_config = ConfigDict(extra="ignore", frozen=True, validate_default=True)

    risk_percent: Percent = Field(Decimal("0.5"), title="Risk a trade, of equity")
    position_percent: Percent = Field(Decimal(20), title="Largest position, of equity")
    exposure_percent: Percent = Field(Decimal(90), title="Largest exposure, of equity")
    exposure_warn_percent: Percent = Field(Decimal(75), title="Exposure that warns, of equity")
    open_positions: int = Field(10, ge=1, le=1000, title="Most open positions")
    collar_percent: Percent = Field(Decimal(5), title="Price collar, from the last price")
    plan_atr: Decimal = Field(
        Decimal("0.5"),
        ge=0,
        le=10,
        title="How far beyond its limit a plan is still valid",
        json_schema_extra={"unit": "ATR"},
    )
    daily_loss_percent: Percent = Field(Decimal(3), title="Daily loss, of the last close's net liquidation")
    losses_in_a_row: int = Field(3, ge=1, le=100, title="Consecutive losses that pause a strategy")
    orders_per_minute: int = Field(10, ge=1, le=1000, title="Orders a minute")
    orders_per_day: int = Field(100, ge=1, le=100000, title="Orders a day")
    max_quantity: int = Field(10_000, ge=1, le=10_000_000, title="Largest quantity of one order")
    max_notional: Decimal = Field(
        Decimal(1_000_000), gt=0, le=10**12, title="Largest value of one order", json_schema_extra=MONEY
    )
    duplicate_s: float = Field(10, ge=0, le=3600, title="Window of the duplicate check", json_schema_extra=SECONDS)
    tick_age_s: float = Field(5, gt=0, le=3600, title="Oldest tick that counts as fresh", json_schema_extra=SECONDS)

    @model_validator(mode="after")
    def _warns_before_it_refuses(self) -> Self:
        if self.exposure_warn_percent > self.exposure_percent:
            raise ValueError(f"the exposure that warns must not be above the largest one, {self.exposure_percent} %")
        return self


@dataclass(frozen=True, slots=True)
class LimitField:
    """How one limit is shown and what it may be; `least` itself is not allowed where `is_least_open`."""

    name: str
    title: str
    unit: str
    least: Decimal
    most: Decimal
    is_least_open: bool
    usual: Decimal

    @property
    def bounds(self) -> str:
        """The bounds in words."""
        low = f"above {self.least}" if self.is_least_open else f"{self.least} or more"
        return f"{low}, at most {self.most:,}"


def limit_fields() -> tuple[LimitField, ...]:
    """Return every limit there is, in the order in which they are shown."""
    return tuple(_field(name, Limits.model_json_schema()["properties"][name]) for name in Limits.model_fields)


def with_limit(limits: Limits, name: str, text: str) -> Limits:
    """Return the limits with one of them as it was typed; raise Refusal with what it may be."""
    field = next(field for field in limit_fields() if field.name == name)
    typed = text.strip().removesuffix(field.unit).strip().replace(",", "")
    try:
        return Limits.model_validate({**limits.model_dump(), name: typed})
    except ValidationError as error:
        crossed = next((one["msg"].partition(", ")[2] for one in error.errors() if not one["loc"]), "")
        unit = f" {field.unit}" if field.unit else ""
        wanted = crossed or f"it must be {field.bounds}{unit}, and “{text.strip()}” is not"
        raise Refusal(f"{field.title}: {wanted}. The limit stays as it was.") from error


def _field(name: str, schema: dict[str, Any]) -> LimitField:
    """Return a limit as its schema has it; a Decimal's says number or string, and the number has the bounds."""
    kinds = [schema, *schema.get("anyOf", [])]
    bounds = {key: kind[key] for kind in kinds for key in ("minimum", "exclusiveMinimum", "maximum") if key in kind}
    return LimitField(
        name=name,
        title=schema["title"],
        unit=schema.get("unit", ""),
        least=Decimal(str(bounds.get("minimum", bounds.get("exclusiveMinimum", 0)))).normalize(),
        most=Decimal(str(bounds["maximum"])).to_integral_value(),
        is_least_open="exclusiveMinimum" in bounds,
        usual=Decimal(str(Limits.model_fields[name].default)),
    )
