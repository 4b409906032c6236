"""Large rosters day by day: a bound from the linear relaxation of the whole week, and a roster from one small proof a day.

Days of a week meet only in rules of the week, in rest between two days and in who works in which group, so a week falls apart almost
exactly: relax, fix, repeat (relax-and-fix; Pochet and Wolsey 2006, Production Planning by Mixed Integer Programming, section 3.6).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimization.solvers import Answer, Program, SolverFailed, minimise

if TYPE_CHECKING:
    from optimization.roster_rules import Model

Floats = NDArray[np.float64]
LARGE = 500
"""Numbers of people from which a week is first solved day by day: below, HiGHS proves whole weeks at once."""


def search(model: Model, seed: int, limit: float, gap: float = 0.0) -> Answer:
    """Solve a roster: a large week day by day in two thirds of the time; where the gap is above `gap`, as one program in the rest."""
    program, began = model.program, time.monotonic()
    if not model.problem.daily or len(model.problem.day_names) == 1 or len(set(model.people.values())) < LARGE:
        return minimise(program, seed, limit)
    first = day_by_day(model, seed, limit * 2 / 3, gap)
    if first is not None and (first.gap is None or first.gap <= gap):
        return first
    try:
        then = minimise(program, seed, max(1.0, limit - (time.monotonic() - began)), start=None if first is None else first.values)
    except SolverFailed:
        if first is None:
            raise
        return first
    if first is None or then.objective is None:
        return then
    best = first if first.objective is not None and first.objective < then.objective else then
    return replace(best, bound=max((b for b in (first.bound, then.bound) if b is not None), default=None))


def day_by_day(model: Model, seed: int, limit: float, enough: float = 0.0) -> Answer | None:
    """Return a roster and a bound; None when the days found in turn do not fit together, and the whole must be solved.

    The relaxation says how much of each week belongs to each day: a day may use what the days before it left, less what the relaxation
    gives to the days after it, in whole numbers. A second round solves each day again beside the others as they are now.

    Parameters
    ----------
    limit : seconds; each day has its share of what is left, and a second round is made of what the first has not used.
    enough : gap at which no second round is made.
    """
    program, began = model.program, time.monotonic()
    relaxed = minimise(replace(program, whole=[False] * len(program.whole)), seed, limit)
    if relaxed.values is None or relaxed.objective is None:
        return relaxed
    whole = np.array(program.whole)
    x = np.where(whole, np.floor(relaxed.values + 1e-6), 0.0)
    days = _days(model)
    costs = np.array(program.costs)
    best: Floats | None = None
    for _ in range(2):
        near = best is not None and float(costs @ best) - relaxed.objective <= enough * max(1.0, float(costs @ best))
        if near or limit - (time.monotonic() - began) < 0.1 * limit:
            break
        for k, mine in enumerate(days):
            share = (limit - (time.monotonic() - began)) / (len(days) - k)
            try:
                found = minimise(_restricted(program, mine, x), seed, max(1.0, share), explain=False)
            except SolverFailed:
                found = replace(relaxed, values=None)
            if found.values is None:
                return None if best is None else _beside(relaxed, best, costs)
            x[mine] = np.where(whole[mine], np.rint(found.values), found.values)
        best = x.copy()
    return None if best is None else _beside(relaxed, best, costs)


def _beside(relaxed: Answer, best: Floats, costs: Floats) -> Answer:
    """Return a whole solution with the bound of the relaxation."""
    return replace(relaxed, values=best, objective=float(costs @ best), bound=relaxed.objective, status="bounded", stopped="")


def _days(model: Model) -> list[NDArray[np.int64]]:
    """Return the variables of each day; who works in which group is decided before, by the relaxation."""
    found: list[list[int]] = [[] for _ in model.problem.day_names]
    for (_, _, d, _), v in model.people.items():
        found[d].append(v)
    for (_, _, d, _, _), v in model.flow.items():
        found[d].append(v)
    for (d, _, _), v in model.unmet.items():
        found[d].append(v)
    return [np.array(some, dtype=np.int64) for some in found if some]


def _restricted(program: Program, mine: NDArray[np.int64], x: Floats) -> Program:
    """Return the program of some variables, all others as they are in `x`."""
    place = {int(v): k for k, v in enumerate(mine)}
    part = Program([program.costs[v] for v in place], [program.tops[v] for v in place], [program.whole[v] for v in place])
    for lower, terms, upper, rule in program.rows:
        if inside := {place[v]: a for v, a in terms.items() if v in place}:
            given = sum(a * x[v] for v, a in terms.items() if v not in place)
            part.row(inside, lower - given, upper - given, rule)
    return part
