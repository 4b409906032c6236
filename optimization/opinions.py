"""Second opinions: what is asked until somebody knows, and who confirms that there is no solution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimization.backends import Found, Told, glop, highs, scip
from optimization.cp_sat import cp_sat
from optimization.program import Floats, Program, SolverFailed, violations


def sound(program: Program, told: Told, but: str = "") -> Found:
    """Ask HiGHS, CP-SAT and SCIP in turn until one has a verdict; `but` is the name of one that is not asked.

    HiGHS breaks off on a few in ten thousand small programs (6 of 23,000 tried, all without a solution).

    Raises
    ------
    SolverFailed : all broke off.
    KeyboardInterrupt : half a verdict is none.
    """
    found: Found | None = None
    for name, solve in (("HiGHS", highs), ("CP-SAT", cp_sat), ("SCIP", scip)):
        if not but.startswith(name):
            try:
                found = solve(program, told) or found
            except SolverFailed:
                continue
            if found is not None and found.interrupted:
                raise KeyboardInterrupt
            if found is not None and found.verdict not in ("nothing", "unsound"):
                return found
    if found is None:
        raise SolverFailed(f"no solver but {but or 'none'} can read this program without breaking off")
    return found


def exact(program: Program, values: Floats) -> Floats:
    """Return values with whole ones made whole; where that breaks a row, the others are worked out anew by GLOP."""
    whole = np.asarray(program.whole, dtype=bool)
    x = np.clip(np.where(whole, np.rint(values), values), 0.0, np.asarray(program.tops, dtype=np.float64))
    if whole.all() or not violations(program, x):
        return x
    fixed = replace(program, rows=[*program.rows, *((x[i], {int(i): 1.0}, x[i], "") for i in np.flatnonzero(whole))])
    found, _ = glop(fixed)
    return x if found.values is None else np.where(whole, x, np.maximum(found.values, 0.0))


def confirmed(program: Program, first: Found, told: Told, limit: float = 120.0) -> str:
    """Return who confirms that `program` has no solution.

    Raises
    ------
    SolverFailed : another solver has a solution that the checker accepts, or none can tell within the limit.
    """
    bare = program.keeping(program.rules(), costs=False)
    second, _ = glop(bare)
    if second.verdict != "infeasible" and (any(program.whole) or second.values is None):
        told = replace(told, work=limit) if told.steady else replace(told, seconds=max(10.0, limit))
        second = sound(bare, told, but=first.backend)
    if second.verdict == "infeasible":
        return second.backend
    if second.values is None or violations(bare, exact(bare, second.values)):
        raise SolverFailed(f"{first.backend} finds no solution, and {second.backend} can neither confirm nor refute it; give it more time")
    if first.verdict == "unsound":
        raise SolverFailed(f"{first.backend}: costs fall without end, so a requirement is missing")
    raise SolverFailed(f"{first.backend} says that there is no solution, {second.backend} has one: do not rely on either")
