"""CP-SAT behind one function that returns Found: for logic, and for a second opinion on whatever can be written in whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from optimization.backends import Found, Note, Told, Verdict, waited
from optimization.program import Program, SolverFailed
from optimization.scaling import scaled

WORKERS = 8
"""Also on two cores: two to four workers lack the strategies that prove (google/or-tools#3662)."""


def tell_cp_sat(solver: Any, told: Told) -> None:
    """Set every parameter of CP-SAT, here and nowhere else; a name that it does not have is refused.

    With 8 workers the answer may differ from run to run; with one it does not, and given all cuts it proves most of what eight do,
    where eight that take turns (`interleave_search`) took 2 to 40 times the work.

    Raises
    ------
    SolverFailed : CP-SAT has no such parameter.
    """
    wanted: dict[str, object] = {
        "num_workers": 1 if told.steady else WORKERS,
        "random_seed": told.seed % 2**31,
        "relative_gap_limit": 0.0,
        "absolute_gap_limit": 0.0,
        "catch_sigint_signal": False,
        "linearization_level": 2 if told.steady else 1,
    }
    if told.seconds is not None:
        wanted["max_time_in_seconds"] = max(0.0, told.seconds)
    if told.work is not None:
        wanted["max_deterministic_time"] = told.work
    for name, setting in wanted.items():
        if not hasattr(solver.parameters, name):
            raise SolverFailed(f"CP-SAT {version('ortools')} has no parameter {name}")
        setattr(solver.parameters, name, setting)


def cp_sat(program: Program, told: Told) -> Found | None:
    """Solve by CP-SAT; None when the program cannot be written in whole numbers.

    Raises
    ------
    SolverFailed : CP-SAT calls the model invalid.
    """
    from ortools.sat.python import cp_model

    whole = scaled(program)
    if whole is None:
        return None
    name = f"CP-SAT in OR-Tools {version('ortools')}"
    if any(low > high or (not index and not low <= 0 <= high) for low, index, _, high in whole.rows):
        return Found("infeasible", None, None, name)  # CP-SAT calls a row without variables kept, whatever it asks
    model = cp_model.CpModel()
    x = [model.new_int_var(0, top, "") for top in whole.tops]
    for low, index, factors, high in whole.rows:
        row = cp_model.LinearExpr.weighted_sum([x[i] for i in index], list(factors))
        model.add_linear_expression_in_domain(row, cp_model.Domain(low, high))
    model.minimize(cp_model.LinearExpr.weighted_sum(x, list(whole.costs)))
    if told.start is not None:
        for variable, at in zip(x, told.start, strict=True):
            model.add_hint(variable, round(float(at)))
    solver = cp_model.CpSolver()
    tell_cp_sat(solver, told)
    callback = _Solutions(whole.bound, told.note) if told.note is not None else None
    if told.note is not None:
        note = told.note
        solver.best_bound_callback = lambda bound: note(None, whole.bound(bound))
    status, interrupted = waited(lambda: solver.solve(model, None if callback is None else callback.listener()), solver.stop_search)
    verdicts: dict[Any, Verdict] = {
        cp_model.OPTIMAL: "optimal",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "infeasible",
        cp_model.UNKNOWN: "nothing",
    }
    if status not in verdicts:
        raise SolverFailed(f"CP-SAT calls the model invalid: {model.validate()[:300]}")
    verdict = verdicts[status]
    bound = None if verdict == "infeasible" else whole.bound(float(solver.best_objective_bound))
    if verdict not in ("optimal", "feasible"):
        return Found(verdict, None, bound, name, interrupted)
    values = np.array([solver.value(v) for v in x], dtype=np.float64)
    return Found(verdict, values, bound, name, interrupted, float(solver.objective_value) / whole.scale)


@dataclass(frozen=True)
class _Solutions:
    """What CP-SAT calls at each solution."""

    scale: Callable[[float], float | None]
    note: Note

    def listener(self) -> Any:
        from ortools.sat.python import cp_model

        outer = self

        class Listener(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                outer.note(outer.scale(self.objective_value), outer.scale(self.best_objective_bound))

        return Listener()
