"""Columns: all bodies that the rules of size and pairs allow, where they can be listed, and the best partition into them.

Set partitioning by column generation (Mehrotra and Trick 1998, Operations Research Letters 22, 1-12, price by a search; here all columns
are at hand and priced at once). Its relaxation is far tighter than that of pairs when bodies are small. Those columns are kept that the
gap left by the relaxation does not rule out, and HiGHS chooses among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import inf
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from optimization.moves import Limits
from optimization.solvers import TOLERANCE, Answer, Program, minimise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BATCH = 150
FEW, MANY = 1500, 20_000
"""Columns for a first choice, and as many as are handed to the solver at all."""


@dataclass(frozen=True)
class Columns:
    """All bodies, by size.

    Attributes
    ----------
    members : of each size (count, size) in rising order; `parents` says of which smaller body each is one more than (the first have none).
    gains : (all,) in that order.
    sides, ends : rules on the sum over the chosen bodies (rules, all), and the most of each (rules,).
    """

    members: tuple[NDArray[np.int16], ...]
    parents: tuple[NDArray[np.int32], ...]
    gains: Floats
    sides: Floats
    ends: Floats

    def summed(self, prices: Floats) -> Floats:
        """Return the sum of the members' prices for each body."""
        found = [prices]
        for members, parents in zip(self.members[1:], self.parents[1:], strict=True):
            found.append(found[-1][parents] + prices[members[:, -1]])
        return np.concatenate(found)

    def body(self, number: int) -> tuple[int, ...]:
        """Return the members of a body."""
        for members in self.members:
            if number < len(members):
                return tuple(members[number].tolist())
            number -= len(members)
        raise IndexError(number)

    def numbers(self, label: Ints) -> list[int]:
        """Return the numbers of the bodies of a partition into them."""
        place, first = {}, 0
        for members in self.members:
            size = members.shape[1]
            for b in range(int(label.max()) + 1):
                own = np.flatnonzero(label == b)
                if len(own) == size:
                    place[b] = first + int(np.flatnonzero((members == own).all(axis=1))[0])
            first += len(members)
        return list(place.values())


def listed(weights: Floats, limits: Limits, most: int) -> Columns | None:
    """Return all bodies within the limits, without sides; None where they are more than `most`."""
    n = len(weights)
    numbers, fits = np.arange(n, dtype=np.int16), ~limits.apart
    members, after, gain = numbers[:, None], np.triu(fits, 1), np.zeros(n)
    heads, size = limits.heads, limits.members
    levels, gains, total = [members], [gain], n
    parents: list[NDArray[np.int32]] = [numbers.astype(np.int32)]
    while True:
        after = after & (heads[:, None] + limits.heads <= limits.most_heads) & (size[:, None] + limits.members <= limits.most_members)
        total += int(after.sum())
        if total > most:
            return None
        row, new = np.nonzero(after)
        if not len(row):
            return Columns(tuple(levels), tuple(parents), np.concatenate(gains), np.zeros((0, total)), np.zeros(0))
        row, new = np.asarray(row, dtype=np.int32), np.asarray(new, dtype=np.int16)
        added = weights[members[row, 0], new]
        for place in range(1, members.shape[1]):
            added += weights[members[row, place], new]
        gain = gain[row] + added
        members = np.concatenate([members[row], new[:, None]], axis=1)
        heads, size = heads[row] + limits.heads[new], size[row] + limits.members[new]
        after = after[row] & fits[new] & (numbers > new[:, None])
        levels.append(members)
        parents.append(row.astype(np.int32))
        gains.append(gain)


def relaxed(columns: Columns, start: Ints, value: float, ends: float) -> tuple[float, Floats] | None:
    """Return a bound on all partitions into the columns, and the reduced gain of each column; None where time ends or nothing fits.

    A partition that holds a column gains at most the bound with the column's reduced gain added, which is never positive. It ends as soon
    as `FEW` columns are left that may be in a partition of more than `value`. A bound below the least that any partition gains means that
    there is none: -inf. The bound is worked out from the solver's multipliers over all columns, so it holds whatever they are: the
    members' prices, those of the sides, and the largest reduced gain once for each body there can be.
    """
    from ortools.math_opt.python import mathopt

    n, sides = len(columns.members[0]), len(columns.ends)
    least = n * min(0.0, float(columns.gains.min()))
    large = 1.0 + 100 * float(np.abs(columns.gains).max()) * n
    model = mathopt.Model()
    rows = [model.add_linear_constraint(lb=1.0, ub=1.0) for _ in range(n)]
    rows += [model.add_linear_constraint(lb=-inf, ub=float(end)) for end in columns.ends]
    missing = []
    for k, row in enumerate(rows):
        v = model.add_variable(lb=0.0)
        row.set_coefficient(v, 1.0 if k < n else -1.0)
        model.objective.set_linear_coefficient(v, -large)
        missing.append(v)
    model.objective.is_maximize = True
    solver = mathopt.IncrementalSolver(model, mathopt.SolverType.GLOP)
    known = np.zeros(len(columns.gains), dtype=bool)
    fresh, best = np.unique(np.append(np.arange(n), start)), inf
    while True:
        for c in fresh.tolist():
            v = model.add_variable(lb=0.0)
            for i in columns.body(c):
                rows[i].set_coefficient(v, 1.0)
            for s in range(sides):
                rows[n + s].set_coefficient(v, float(columns.sides[s, c]))
            model.objective.set_linear_coefficient(v, float(columns.gains[c]))
        known[fresh] = True
        try:
            found = solver.solve(params=mathopt.SolveParameters(time_limit=timedelta(seconds=max(0.01, ends - monotonic()))))
        except Exception:  # the error path of MathOpt itself raises AttributeError
            return None
        if not found.has_dual_feasible_solution():
            return None
        duals = np.array(found.dual_values(rows), dtype=np.float64)
        prices, charges = duals[:n], np.maximum(duals[n:], 0.0)
        reduced = columns.gains - columns.summed(prices) - charges @ columns.sides
        most = float(reduced.max())
        bound = float(prices.sum() + charges @ columns.ends) + n * max(0.0, most)
        if bound < best:
            best, kept = bound, reduced - max(0.0, most)
            if best < least - 1.0 or int((best + kept >= value).sum()) <= FEW:
                return best if best >= least - 1.0 else -inf, kept
        if most <= 1e-7 * max(1.0, abs(bound)) / n:
            if max(found.variable_values(missing)) > TOLERANCE:
                return None
            return best, kept
        if monotonic() > ends:
            return None
        hopeful = np.flatnonzero((reduced > 1e-9) & ~known)
        if not len(hopeful):
            return None
        fresh = hopeful[np.argsort(-reduced[hopeful], kind="stable")[:BATCH]]


def chosen(columns: Columns, among: Ints, seed: int, limit: float) -> tuple[Answer, list[int]]:
    """Return the solver's answer for the best partition into the columns `among`, and their numbers."""
    program = Program()
    variables = {int(c): program.variable(-float(columns.gains[c]), 1.0, True) for c in among}
    has: list[dict[int, float]] = [{} for _ in range(len(columns.members[0]))]
    for c, v in variables.items():
        for i in columns.body(c):
            has[i][v] = 1.0
    for terms in has:
        program.row(terms, 1.0, 1.0)
    for side, end in zip(columns.sides, columns.ends, strict=True):
        program.row({v: float(side[c]) for c, v in variables.items()}, upper=float(end))
    answer = minimise(program, seed, limit, explain=False)
    return answer, [] if answer.values is None else [c for c, v in variables.items() if answer.values[v] > 0.5]
