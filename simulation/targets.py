"""Targets 目标: what a hall is to reach, as a limit of a measure with where it comes from, and whether an interval says that it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import model_validator

from simulation.errors import Broken, nearest
from simulation.frozen import Frozen, Title
from simulation.units import Duration, Factor, Number, Price, Share

UNITED: Mapping[str, tuple[type[Number], float, str]] = {
    "s": (Duration, 1, "a time, like 5 min or 90 s"), "h": (Duration, 3600, "a time, like 2 h or 30 min"),
    "h per working day": (Duration, 3600, "a time, like 2 h or 30 min"), "share": (Share, 1, "a share, like 2 % or 0.02"),
    "CNY": (Price, 1, "money, like 100 CNY"), "CNY per working day": (Price, 1, "money, like 100 CNY"),
}  # fmt: skip
"""How a quantity of a measure's unit is written, what it is divided by, and in words; all others are plain numbers."""
State = Literal["met", "missed", "undecided", "nothing"]
NOISE = 1e-9


def quantity(text: str, unit: str) -> float:
    """Return a quantity that a person wrote, in the unit of a measure.

    Raises
    ------
    Broken : it is not written as one; the rule says what is.

    Example
    -------
    >>> quantity("1.5 min", "s"), quantity("2 %", "share"), quantity("0.5 wd", "wd")
    (90.0, 0.02, 0.5)
    """
    kind, factor, words = UNITED.get(unit, (Factor, 1.0, f"a plain number, like 0.5 or 0.5 {unit}"))
    try:
        return float(kind.parse(text if unit in UNITED else text.removesuffix(unit))) / factor
    except Broken as broken:
        raise Broken(f"what is measured in {unit!r} is written as {words}", broken.remedy, found=text) from None


class Source(Frozen):
    """Where a target comes from, in the words of a report; `judgement` where somebody only thinks so."""

    title: Title
    basis: Literal["law", "document", "judgement"]
    address: str | None = None


class Target(Frozen):
    """A measure of a group that is to stay at a limit or on its good side, over the whole measured window."""

    measure: str
    group: str = "all"
    at_most: str | None = None
    at_least: str | None = None
    """The limit, in the unit of the measure: ``20 min``, ``95 %``."""
    source: Source

    @model_validator(mode="after")
    def _has_one_limit(self) -> Target:
        from simulation.measures import CATALOGUE

        if self.measure not in CATALOGUE:
            raise Broken("a measure of the catalogue", nearest(self.measure, CATALOGUE), at=("measure",), found=self.measure)
        limits = {name: text for name in ("at_most", "at_least") if (text := getattr(self, name)) is not None}
        if len(limits) != 1:
            raise Broken("a target has one of `at_most` and `at_least`", "write {measure: wait_mean, at_most: 20 min, source: …}")
        for name, text in limits.items():
            unit = CATALOGUE[self.measure].unit
            try:
                limit = quantity(text, unit)
            except Broken as broken:
                raise Broken(broken.rule, broken.remedy, at=(name,), found=text) from None
            if unit == "share" and limit == (name == "at_least"):
                rule = "a share is at least less than 100 %, or at most more than 0 %: no interval of it reaches either end"
                raise Broken(rule, "say 99 % or 1 % or so", at=(name,), found=text)
        return self

    @property
    def limit(self) -> float:
        """The limit in the unit of the measure."""
        from simulation.measures import CATALOGUE

        return quantity(self.at_most or self.at_least or "", CATALOGUE[self.measure].unit)


class Judged(NamedTuple):
    """A measure beside its target: value and interval in the unit of the measure, None where there is none."""

    value: float | None
    low: float | None
    high: float | None
    state: State


def judged(target: Target, row: Mapping[str, Any] | None, came: bool = False) -> Judged:
    """Hold a row of a result against a target: missed or met where the whole interval is, else undecided.

    Parameters
    ----------
    row : None, or without value and interval, where nothing was measured.
    came : whether somebody came all the same. Without a value that may be because nobody was served or finished: `undecided`, and
        `nothing` where nobody came, who could miss it.

    Notes
    -----
    A side of the interval that is not known reaches to infinity; a quantile that is not reached by the end of the log has a lower end only.
    """
    from simulation.estimates import NO_CASE

    value, low, high = (None, None, None) if row is None else (row["value"], row["low"], row["high"])
    if value is None and low is None and (row is None or row["note"] == NO_CASE):
        return Judged(None, None, None, "undecided" if came else "nothing")
    least, most = (-float("inf") if low is None else low, float("inf") if high is None else high)
    if target.at_least is not None:
        least, most = -most, -least
    limit, slack = (target.limit if target.at_least is None else -target.limit), NOISE * max(1.0, abs(target.limit))
    state: State = "met" if most <= limit + slack else "missed" if least > limit + slack else "undecided"
    return Judged(value, low, high, state)


__all__ = ["Judged", "Source", "State", "Target", "judged", "quantity"]
