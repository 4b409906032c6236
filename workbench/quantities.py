"""How a quantity is written: by its unit, with decimals that never change, and never as minus nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulation.measures import CATALOGUE

TINY = 0.01
"""A difference whose whole interval lies within this share of today's value is none in practice."""
NOISE = 1e-9
"""What arithmetic with fractions leaves of nothing."""
NONE = "–"


@dataclass(frozen=True)
class Unit:
    """A unit as people read it.

    Attributes
    ----------
    factor : from the measure's own unit.
    decimals : of every figure.
    name, apart : of values and of differences, in English and Chinese.
    """

    factor: float
    decimals: int
    name: tuple[str, str]
    apart: tuple[str, str]


def _unit(factor: float, decimals: int, en: str, zh: str, apart: tuple[str, str] | None = None) -> Unit:
    return Unit(factor, decimals, (en, zh), apart or (en, zh))


UNITS: Mapping[str, Unit] = {
    "s": _unit(1 / 60, 1, "minutes", "分钟"),
    "share": _unit(100, 1, "%", "%", ("percentage points", "百分点")),
    "trips": _unit(1, 3, "trips", "次"),
    "referrals": _unit(1, 3, "referrals", "次"),
    "contacts": _unit(1, 3, "contacts", "次"),
    "wd": _unit(1, 3, "working days", "工作日"),
    "d": _unit(1, 2, "days", "天"),
    "people": _unit(1, 2, "people", "人"),
    "cases": _unit(1, 1, "cases", "件"),
    "1 per working day": _unit(1, 1, "tickets", "张"),
    "h": _unit(1, 2, "hours", "小时"),
    "hops": _unit(1, 2, "hand-overs", "次流转"),
    "CNY": _unit(1, 1, "CNY", "元"),
    "CNY per working day": _unit(1, 0, "CNY a day", "元/日"),
    "openings per working day": _unit(1, 1, "openings a day", "次/日"),
    "h per working day": _unit(1, 1, "hours a day", "小时/日"),
}


def unit_of(unit: str) -> Unit:
    """Return how a unit is written; one that nobody described stands for itself, with two decimals."""
    return UNITS.get(unit) or _unit(1, 2, unit, unit)


def unit_name(unit: str, language: str) -> str:
    """Return a unit as it stands in a heading, with that of differences where it is another."""
    name, apart = (words[language == "zh"] for words in (unit_of(unit).name, unit_of(unit).apart))
    if name == apart:
        return name
    return f"{name}，差值为{apart}" if language == "zh" else f"{name}, differences in {apart}"


def decimals_of(row: Mapping[str, Any]) -> int:
    """Return the decimals of a row's figures: none where a measure counts whole days."""
    known = CATALOGUE.get(row["measure"])
    return 0 if known is not None and known.kind.startswith("km_") else unit_of(row["unit"]).decimals


def number(row: Mapping[str, Any], key: str, *, signed: bool = False) -> str:
    """Return one figure of a row in its unit, without the unit.

    Example
    -------
    >>> number({"measure": "wait_mean", "unit": "s", "difference": -141.0}, "difference", signed=True)
    '-2.4'
    """
    value = row[key]
    return NONE if value is None else written(value * unit_of(row["unit"]).factor, decimals_of(row), signed=signed)


def written(value: float, decimals: int, *, signed: bool = False) -> str:
    """Return a figure with thousands apart; what rounds to nothing has no sign.

    Example
    -------
    >>> written(-0.004, 1, signed=True), written(1234.56, 1)
    ('0.0', '1,234.6')
    """
    rounded = round(value, decimals) + 0.0
    sign = "+" if signed and rounded > 0 else ""
    return f"{sign}{rounded:,.{decimals}f}"


def span(row: Mapping[str, Any], low: str, high: str, *, signed: bool = False) -> str:
    """Return an interval of a row; the side of which nothing is known is a dash, no interval at all is nothing."""
    if row[low] is None and row[high] is None:
        return ""
    return f"{number(row, low, signed=signed)} .. {number(row, high, signed=signed)}"


def resolved(row: Mapping[str, Any]) -> bool:
    """Return whether the interval of a row's paired difference leaves out nothing-changes."""
    low, high = row["difference_low"], row["difference_high"]
    return low is not None and high is not None and bool(low > NOISE or high < -NOISE)


def tiny(row: Mapping[str, Any]) -> bool:
    """Return whether the whole interval of a paired difference lies within 1 % of today's value: no difference in practice."""
    if row.get("value") is None or any(row[key] is None for key in ("difference", "difference_low", "difference_high")):
        return False
    reach = max(abs(row["difference_low"]), abs(row["difference_high"]))
    return bool(reach < TINY * abs(row["value"] - row["difference"]))


def better(row: Mapping[str, Any]) -> bool | None:
    """Return whether a resolved difference is an improvement; None when it is not resolved or the measure takes no side."""
    known = CATALOGUE.get(row["measure"])
    if not resolved(row) or known is None or known.direction == "none":
        return None
    return bool((row["difference_high"] < 0) == (known.direction == "lower"))
