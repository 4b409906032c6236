"""The four words of the essay as figures: unified, lean, efficient, accountable; and who is behind nobody in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from simulation.measures import CATALOGUE
from simulation.measures.causes import late_days_by_department
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View

if TYPE_CHECKING:
    from optimization.bodies import Partitioned
    from simulation.experiment import Variant
    from simulation.result import Result


def late_days_owned(view: View) -> Rows:
    """Of the time of late cases, what lay in or before a task of one named department."""
    found = late_days_by_department(view)
    return Rows(["all"], [float(sum(found.total))], [float(found.n[0]) if found.n else 0.0])


OWNED = replace(
    CATALOGUE["late_days_by_department"], name="late_days_owned", direction="higher", rows=late_days_owned,
    formula="office hours from receipt to decision of cases late against the promise, in or waiting for a task of one department / all",
)  # fmt: skip
MEASURES: tuple[Measure, ...] = (
    *(CATALOGUE[n] for n in ("lead_wd", "hops", "trips", "wait_mean", "paid_hours", "late_promise", "site_gap")), OWNED,
)  # fmt: skip
GAP = ("site_gap", "all")
WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "unified": (GAP,),
    "efficient": (("lead_wd", "class:joint"), ("lead_wd", "all"), ("trips", "all")),
    "lean": (("paid_hours", "all"),),
    "accountable": (("late_days_owned", "all"),),
}
"""Measure and group by word. Lean counts bodies too; unified is asked only where there are several sites."""
KEYS = ("value", "low", "high", "difference", "difference_low", "difference_high", "n")
TINY = 0.01
"""A difference whose whole interval lies within this share of what it is held against is none in practice, here as in `compare`."""
Judged = Literal["better", "worse", "same", "open"]


@dataclass(frozen=True)
class Point:
    """One proposal or alternative on fresh seeds.

    Attributes
    ----------
    bodies : how many departments there are.
    gain, bound : of the model, money a year, where it is a partition.
    figures : by (measure, group) the value, its interval and the paired difference from today.
    unknown : measures that have no value, since nobody was served or decided; with no late case nothing is unowned, which is known.
    front : whether no other point is as good in all of the words and better in one, by values; never where a value is unknown.
    apart : rows like `figures` of the paired difference from the proposal that is shown; empty where none is.
    """

    name: str
    bodies: int
    gain: float | None
    bound: float | None
    figures: Mapping[tuple[str, str], Mapping[str, Any]]
    unknown: tuple[str, ...] = ()
    front: bool = False
    apart: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        told = [{"measure": m, "group": g, **f} for (m, g), f in self.figures.items()]
        return {
            "scenario": self.name, "bodies": self.bodies, "gain": self.gain, "bound": self.bound,
            "unknown": list(self.unknown), "front": self.front, "figures": told,
        }  # fmt: skip


def points(
    result: Result, variants: Sequence[Variant], gains: Mapping[str, Partitioned], against: Result | None = None
) -> tuple[Point, ...]:
    """Return a point for each variant, today first, and mark those on the front; a class of which no case was decided is left out.

    `against` : the same replications, differences from the proposal that is shown.
    """
    found, seen = [], {(r["measure"], r["group"]) for r in result.rows}
    for variant in variants:
        several = len(variant.scenario.centre.sites) > 1
        keys = [key for word in WORDS.values() for key in word if (key in seen or key[1] == "all") and (several or key != GAP)]
        figures = {(m, g): {k: result.row(variant.name, m, g)[k] for k in KEYS} for m, g in keys}
        unknown = tuple(dict.fromkeys(m for (m, _), f in figures.items() if f["value"] is None and m != OWNED.name))
        answer = gains.get(variant.name)
        gain, bound = (None, None) if answer is None else (answer.value, answer.bound)
        apart = {} if against is None else {(m, g): {k: against.row(variant.name, m, g)[k] for k in KEYS} for m, g in keys}
        found.append(Point(variant.name, len(variant.scenario.centre.departments), gain, bound, figures, unknown, apart=apart))
    return on_front(found)


def on_front(found: Sequence[Point]) -> tuple[Point, ...]:
    """Return points with those marked that no other beats; a point with an unknown value neither is on the front nor beats another."""
    losses = [None if p.unknown else _losses(p) for p in found]
    return tuple(
        replace(p, front=mine is not None and not any(_beats(other, mine) for other in losses if other is not None))
        for p, mine in zip(found, losses, strict=True)
    )


def judged(row: Mapping[str, Any], measure: str) -> Judged:
    """Say what a paired difference is: surely better or worse, none in practice (all of its interval within 1 %), or not told apart.

    Examples
    --------
    >>> row = {"value": 4.0, "difference": 0.02, "difference_low": 0.01, "difference_high": 0.03}
    >>> judged(row, "lead_wd"), judged({**row, "value": 1.0}, "lead_wd")
    ('same', 'worse')
    """
    low, high = row["difference_low"], row["difference_high"]
    if row["value"] is None or row["difference"] is None or low is None or high is None:
        return "same" if row["difference"] == 0 and low in (None, 0) and high in (None, 0) else "open"
    if max(abs(low), abs(high)) <= TINY * abs(row["value"] - row["difference"]):
        return "same"
    if low <= 0 <= high:
        return "open"
    higher = next(m.direction for m in MEASURES if m.name == measure) == "higher"
    return "better" if (low > 0) == higher else "worse"


def not_behind(found: Sequence[Point], point: Point) -> tuple[Point, ...]:
    """Return the others that are surely better than the shown proposal in some figure of the words and surely worse in none.

    Those come first that are surely worse than today in the fewest figures, then those better than the proposal in the most. How many
    bodies there are does not count here: a merger always has fewer. Nothing where a value is unknown.
    """
    others = [p for p in found if p.name != point.name and p.apart and not p.unknown and not point.unknown]
    told = [(p, [judged(row, m) for (m, _), row in p.apart.items()]) for p in others]
    better = [(p, words.count("better")) for p, words in told if "better" in words and "worse" not in words]
    worse = {p.name: sum(judged(row, m) == "worse" for (m, _), row in p.figures.items()) for p, _ in better}
    return tuple(p for p, _ in sorted(better, key=lambda row: (worse[row[0].name], -row[1])))


def _losses(point: Point) -> tuple[float, ...]:
    """What is to be small, the bodies first; where no case is late, nothing is unowned."""
    figures = [-_owned(f["value"]) if m == OWNED.name else float(f["value"]) for (m, _), f in point.figures.items()]
    return (float(point.bodies), *figures)


def _owned(share: float | None) -> float:
    return 1.0 if share is None else share


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other
