"""Relaxation: a linear program that grows by cuts and is solved anew from where it stood (GLOP), with a bound that trusts no solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = tuple[tuple[int, ...], tuple[float, ...], float]
"""Variables, their factors, and what factors @ x is at most."""


@dataclass(frozen=True)
class Relaxed:
    """What the relaxation says.

    Attributes
    ----------
    x : (variables,) values of an optimal vertex.
    bound : no x within the rows and the tops has a larger gain: worked out in NumPy from whatever multipliers the solver gave.
    reduced : (variables,) gain less what the multipliers charge; `bound` - |reduced| bounds all x where this variable is at its other end.
    slack : (rows,) what is left of each row.
    """

    x: Floats
    bound: float
    reduced: Floats
    slack: Floats


class Relaxation:
    """Maximise gains @ x with rows @ x <= upper and 0 <= x <= tops; rows and fixed variables may be added between solves."""

    def __init__(self, gains: Floats, tops: Floats) -> None:
        from ortools.math_opt.python import mathopt

        self.gains, self.tops, self.bottoms = gains, tops.copy(), np.zeros_like(tops)
        self.rows: list[Row] = []
        self._model = mathopt.Model()
        self._variables = [self._model.add_variable(lb=0.0, ub=float(top)) for top in tops]
        for variable, gain in zip(self._variables, gains, strict=True):
            self._model.objective.set_linear_coefficient(variable, float(gain))
        self._model.objective.is_maximize = True
        self._constraints: list[Any] = []
        self._solver = mathopt.IncrementalSolver(self._model, mathopt.SolverType.GLOP)

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        for variables, factors, upper in rows:
            constraint = self._model.add_linear_constraint(lb=-inf, ub=upper)
            for v, factor in zip(variables, factors, strict=True):
                constraint.set_coefficient(self._variables[v], factor)
            self._constraints.append(constraint)
            self.rows.append((variables, factors, upper))

    def drop(self, numbers: Sequence[int]) -> None:
        """Take rows away, by their numbers."""
        for k in sorted(numbers, reverse=True):
            self._model.delete_linear_constraint(self._constraints.pop(k))
            del self.rows[k]

    def fix(self, variables: Ints, value: float) -> None:
        """Hold variables at 0 or at 1."""
        for v in variables:
            if value:
                self.bottoms[v] = 1.0
                self._variables[v].lower_bound = 1.0
            else:
                self.tops[v] = 0.0
                self._variables[v].upper_bound = 0.0

    def solve(self, limit: float) -> Relaxed | None:
        """Return the optimum; None where the solver has none in `limit` seconds (whether there is any must be found out elsewhere)."""
        from ortools.math_opt.python import mathopt

        try:
            found = self._solver.solve(params=mathopt.SolveParameters(time_limit=timedelta(seconds=max(0.01, limit))))
        except Exception:  # the error path of MathOpt itself raises AttributeError
            return None
        if not found.has_primal_feasible_solution() or not found.has_dual_feasible_solution():
            return None
        x = np.array(found.variable_values(self._variables), dtype=np.float64)
        duals = np.array(found.dual_values(self._constraints), dtype=np.float64)
        charge = np.maximum(duals, 0.0)
        reduced, activity, upper = self.gains.copy(), np.zeros(len(self.rows)), np.zeros(len(self.rows))
        if self.rows:
            lengths = np.array([len(row[0]) for row in self.rows])
            at = np.repeat(np.arange(len(self.rows)), lengths)
            variables = np.fromiter((v for row in self.rows for v in row[0]), dtype=np.int64, count=lengths.sum())
            factors = np.fromiter((f for row in self.rows for f in row[1]), dtype=np.float64, count=lengths.sum())
            upper = np.array([row[2] for row in self.rows])
            np.subtract.at(reduced, variables, charge[at] * factors)
            np.add.at(activity, at, factors * x[variables])
        bound = float(charge @ upper + np.maximum(reduced * self.bottoms, reduced * self.tops).sum())
        return Relaxed(x, bound, reduced, upper - activity)
