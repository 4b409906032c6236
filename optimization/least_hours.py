"""Least hours: what the other requirements need where a budget of hours clashes with them, so that a planner knows what to ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimization.joint_staffing import proved_bound, search
from optimization.master import Master
from optimization.trials import Ints, Trials, cost


@dataclass(frozen=True)
class LeastHours:
    """Paid hours a week that all requirements but the budget need.

    Attributes
    ----------
    found : of the cheapest staffing that keeps them in the search's simulations; None where none was found.
    bound : none with fewer hours keeps them, in this sample of chance; None where time ran out.
    """

    found: float | None
    bound: float | None

    @property
    def model(self) -> tuple[tuple[str, float], ...]:
        """Return the figures that are known, by name."""
        told = (("paid_hours_a_week_without_the_budget", self.found), ("least_paid_hours_a_week_without_the_budget", self.bound))
        return tuple((name, value) for name, value in told if value is not None)


def least_hours(trials: Trials, master: Master, first: Callable[[Master], list[tuple[Ints, Ints]]], most: int, gap: float) -> LeastHours:
    """Search once more without the budget, for hours alone: training and change are free; what was simulated is not simulated again.

    Parameters
    ----------
    master : with the budget; its `ends` bound this search too.
    first : what is simulated before the master, which is handed in without the budget, is asked.
    most : staffings simulated besides those known already.
    gap : relative gap at which the search may stop.
    """
    bare = replace(trials.case.instance, training=0.0, change=0.0)
    known = {key: replace(t, cost=cost(bare, t.people, t.moved)) for key, t in trials.known.items()}
    free = replace(trials, case=replace(trials.case, instance=bare), known=known)
    without = Master(bare, replace(master.limits, budget=None), master.requirements, master.at_most, master.seed, master.steady)
    without.ends = master.ends
    found = search(free, without, np.zeros(len(master.requirements)), first(without), most + len(known), gap)
    answer, _ = proved_bound(free, without)
    return LeastHours(None if found.best is None else found.best.cost, None if answer is None else answer.bound)


__all__ = ["LeastHours", "least_hours"]
