"""What each permission to move people beyond their employer or contract is worth: the model solved once more without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from optimization.cover import Cover, Covered, cover
from optimization.master import Floats, Master
from optimization.solvers import Answer
from optimization.staffing_case import Case, permissions_used
from optimization.staffing_problem import Permission
from optimization.trials import Trial, Trials, cost


@dataclass(frozen=True)
class Worth:
    """The gain of one permission, all others kept; in the model, not simulated.

    Attributes
    ----------
    people : moved by it in the answer.
    gain : points a week that the answer costs more without it; endless where there is no answer without it.
    """

    permission: Permission
    people: int
    gain: float


def worth_in_levels(case: Case, found: Covered, answer: Answer, seed: int = 1, steady: bool = False) -> tuple[Worth, ...]:
    """Return what each permission is worth to a cover of levels, which is solved again without it."""

    def without(instance: Cover) -> float:
        again = cover(instance, seed, steady=steady)[1].objective
        return inf if again is None else again

    return _worth(case, found, without, answer.objective)


def worth_in_parts(case: Case, trials: Trials, master: Master, margin: Floats, best: Trial) -> tuple[Worth, ...]:
    """Return what each permission is worth to the joint problem: the cheapest staffing put together from sections that were simulated,
    with and without it.

    Ctrl-C leaves out those that are not worked out yet.
    """
    known = list(trials.known.values())

    def without(instance: Cover) -> float:
        limits = Master(instance, master.limits, master.requirements, master.at_most, master.seed, master.steady)
        parts = limits.recombined(known, margin)
        return inf if parts is None else cost(instance, *parts)

    if not case.permitted:
        return ()
    now = min(best.cost, without(case.instance))
    return _worth(case, Covered(best.people, best.moved, {}, np.zeros((0, 0))), without, now)


def _worth(case: Case, found: Covered, without: Callable[[Cover], float], now: float | None) -> tuple[Worth, ...]:
    used = permissions_used(case, found)
    worth: list[Worth] = []
    for k, (one, _) in enumerate(case.permitted):
        left = frozenset(pair for j, (_, pairs) in enumerate(case.permitted) if j != k for pair in pairs)
        try:
            gain = without(replace(case.instance, permitted=left)) - (now or 0.0)
        except KeyboardInterrupt:
            break
        worth.append(Worth(one, sum(n for other, n in used if other is one), max(0.0, gain)))
    return tuple(worth)


__all__ = ["Worth", "worth_in_levels", "worth_in_parts"]
