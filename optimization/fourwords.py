"""The four words of the essay as figures: unified, lean, efficient, accountable; and who is behind nobody in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

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
    """

    name: str
    bodies: int
    gain: float | None
    bound: float | None
    figures: Mapping[tuple[str, str], Mapping[str, Any]]
    unknown: tuple[str, ...] = ()
    front: bool = False

    def document(self) -> dict[str, Any]:
        """Return plain values for strict JSON."""
        told = [{"measure": m, "group": g, **f} for (m, g), f in self.figures.items()]
        return {
            "scenario": self.name, "bodies": self.bodies, "gain": self.gain, "bound": self.bound,
            "unknown": list(self.unknown), "front": self.front, "figures": told,
        }  # fmt: skip


def points(result: Result, variants: Sequence[Variant], gains: Mapping[str, Partitioned]) -> tuple[Point, ...]:
    """Return a point for each variant, today first, and mark those on the front; a class of which no case was decided is left out."""
    found, seen = [], {(r["measure"], r["group"]) for r in result.rows}
    for variant in variants:
        several = len(variant.scenario.centre.sites) > 1
        keys = [key for word in WORDS.values() for key in word if (key in seen or key[1] == "all") and (several or key != GAP)]
        figures = {(m, g): {k: result.row(variant.name, m, g)[k] for k in KEYS} for m, g in keys}
        unknown = tuple(dict.fromkeys(m for (m, _), f in figures.items() if f["value"] is None and m != OWNED.name))
        answer = gains.get(variant.name)
        gain, bound = (None, None) if answer is None else (answer.value, answer.bound)
        found.append(Point(variant.name, len(variant.scenario.centre.departments), gain, bound, figures, unknown))
    return on_front(found)


def on_front(found: Sequence[Point]) -> tuple[Point, ...]:
    """Return points with those marked that no other beats; a point with an unknown value neither is on the front nor beats another."""
    losses = [None if p.unknown else _losses(p) for p in found]
    return tuple(
        replace(p, front=mine is not None and not any(_beats(other, mine) for other in losses if other is not None))
        for p, mine in zip(found, losses, strict=True)
    )


def not_behind(found: Sequence[Point], point: Point) -> tuple[Point, ...]:
    """Return the others that are surely better than a point in some figure of the words, and surely worse in none.

    Surely: their intervals of the difference from today do not touch. How many bodies there are does not count here: a merger always has
    fewer. Nothing where a value is unknown.
    """
    signs = {m.name: -1 if m.direction == "higher" else 1 for m in MEASURES}

    def ends(row: Mapping[str, Any], sign: int) -> tuple[float, float]:
        middle = row["difference"] or 0.0
        low, high = sorted(sign * (middle if row[end] is None else row[end]) for end in ("difference_low", "difference_high"))
        return low, high

    better = []
    for other in (p for p in found if p.name != point.name and not p.unknown and not point.unknown):
        pairs = [(ends(other.figures[key], signs[key[0]]), ends(point.figures[key], signs[key[0]])) for key in point.figures]
        if all(low <= mine[1] for (low, _), mine in pairs) and any(high < mine[0] for (_, high), mine in pairs):
            better.append(other)
    return tuple(better)


def _losses(point: Point) -> tuple[float, ...]:
    """What is to be small, the bodies first; where no case is late, nothing is unowned."""
    figures = [-_owned(f["value"]) if m == OWNED.name else float(f["value"]) for (m, _), f in point.figures.items()]
    return (float(point.bodies), *figures)


def _owned(share: float | None) -> float:
    return 1.0 if share is None else share


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other
