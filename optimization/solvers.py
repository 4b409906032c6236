"""The one gateway to OR-Tools: a linear program as rows, solved by HiGHS through MathOpt, and its prices by GLOP.

HiGHS first because cover models are nearly linear: it proves in a fraction of a second what CP-SAT proves in many. `threads` is never
set: MathOpt refuses it for HiGHS. Nothing here trusts the solver; each problem has a checker of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.errors import OneWindowError

Floats = NDArray[np.float64]
TOLERANCE = 1e-6


class SolverFailed(OneWindowError):
    """The solver gave no answer and no proof that there is none."""


@dataclass
class Program:
    """Minimise costs @ x with lower <= row @ x <= upper and 0 <= x <= top, some x whole. Built by `variable` and `row`."""

    costs: list[float] = field(default_factory=list)
    tops: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[tuple[float, Mapping[int, float], float, str]] = field(default_factory=list)

    def variable(self, cost: float = 0.0, top: float = inf, whole: bool = False) -> int:
        """Add a variable and return its index."""
        self.costs.append(float(cost))
        self.tops.append(float(top))
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(self, terms: Mapping[int, float], lower: float = -inf, upper: float = inf, rule: str = "") -> None:
        """Add a constraint; `rule` names it in words where its price is of interest."""
        self.rows.append((float(lower), terms, float(upper), rule))


@dataclass(frozen=True)
class Answer:
    """What the solver says: `values` is None when the program is infeasible."""

    values: Floats | None
    objective: float | None
    bound: float | None
    backend: str

    @property
    def gap(self) -> float | None:
        """Return (objective - bound) / max(1, |objective|)."""
        if self.objective is None or self.bound is None:
            return None
        return max(0.0, self.objective - self.bound) / max(1.0, abs(self.objective))


def minimise(program: Program, seed: int = 1, limit: float = 120.0) -> Answer:
    """Solve `program` to a proved optimum, or to the best bound within `limit` seconds.

    Raises
    ------
    SolverFailed : neither a solution nor a proof that there is none.
    """
    from ortools.math_opt.python import mathopt

    model, variables, _ = _model(program, relaxed=False)
    told = mathopt.SolveParameters(
        random_seed=seed, relative_gap_tolerance=0.0, absolute_gap_tolerance=TOLERANCE, time_limit=timedelta(seconds=limit)
    )
    found = _solve(model, mathopt.SolverType.HIGHS, told)
    backend = f"HiGHS in OR-Tools {version('ortools')}"
    reason = found.termination.reason
    if reason in (mathopt.TerminationReason.INFEASIBLE, mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED):
        return Answer(None, None, None, backend)
    if not found.has_primal_feasible_solution():
        raise SolverFailed(f"HiGHS stopped without a solution: {found.termination}")
    values = np.array([found.variable_values(v) for v in variables], dtype=np.float64)
    bound = float(found.termination.objective_bounds.dual_bound)
    return Answer(values, float(found.objective_value()), bound if isfinite(bound) else None, backend)


def prices(program: Program) -> dict[str, float]:
    """Return what one unit of relief of each named rule saves in the linear relaxation; rules of price zero are left out."""
    from ortools.math_opt.python import mathopt

    model, _, rows = _model(program, relaxed=True)
    found = _solve(model, mathopt.SolverType.GLOP, mathopt.SolveParameters())
    if not found.has_dual_feasible_solution():
        return {}
    total: dict[str, float] = {}
    for row, (_, _, _, rule) in zip(rows, program.rows, strict=True):
        if rule:
            total[rule] = total.get(rule, 0.0) + abs(float(found.dual_values(row)))
    return {rule: price for rule, price in total.items() if price > TOLERANCE}


def _solve(model: Any, solver: Any, told: Any) -> Any:
    from ortools.math_opt.python import mathopt

    try:
        return mathopt.solve(model, solver, params=told)
    except Exception as error:  # the error path of MathOpt itself raises AttributeError
        raise SolverFailed(f"{solver.name}: {error}") from error


def _model(program: Program, relaxed: bool) -> tuple[Any, list[Any], list[Any]]:
    from ortools.math_opt.python import mathopt

    model = mathopt.Model()
    variables = [
        model.add_variable(lb=0.0, ub=top, is_integer=whole and not relaxed) for top, whole in zip(program.tops, program.whole, strict=True)
    ]
    rows = []
    for lower, terms, upper, _ in program.rows:
        row = model.add_linear_constraint(lb=lower, ub=upper)
        for variable, factor in terms.items():
            row.set_coefficient(variables[variable], float(factor))
        rows.append(row)
    for variable, cost in zip(variables, program.costs, strict=True):
        model.objective.set_linear_coefficient(variable, cost)
    model.objective.is_maximize = False
    return model, variables, rows
