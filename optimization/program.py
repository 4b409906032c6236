"""A mixed-integer linear program as rows, its digest, and the independent checker of what solvers answer."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from math import inf, isfinite, isnan

import numpy as np
from numpy.typing import NDArray

from simulation.errors import OneWindowError

Floats = NDArray[np.float64]
Row = tuple[float, Mapping[int, float], float, str]
TOLERANCE = 1e-6
NEAR = 1e-5
"""How far a row may be off, relative to the larger of 1 and its bound: ten times what solvers are told."""


class SolverFailed(OneWindowError):
    """The solver gave no answer and no proof that there is none, or an answer that the checker rejects."""


@dataclass
class Program:
    """Minimise costs @ x with lower <= row @ x <= upper and 0 <= x <= top, some x whole. Built by `variable` and `row`.

    Attributes
    ----------
    logical : choices rather than amounts (all whole, factors that are whole when scaled): CP-SAT is asked first.
    """

    costs: list[float] = field(default_factory=list)
    tops: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    logical: bool = False

    def variable(self, cost: float = 0.0, top: float = inf, whole: bool = False) -> int:
        """Add a variable and return its index."""
        self.costs.append(float(cost))
        self.tops.append(float(top))
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(self, terms: Mapping[int, float], lower: float = -inf, upper: float = inf, rule: str = "") -> None:
        """Add a constraint; `rule` names in words the requirement it belongs to. Without a name it is structure, never to be left out."""
        self.rows.append((float(lower), terms, float(upper), rule))

    def rules(self) -> tuple[str, ...]:
        """Return the names of the requirements, each once, in order of their first row."""
        return tuple(dict.fromkeys(rule for _, _, _, rule in self.rows if rule))

    def keeping(self, rules: Collection[str], costs: bool = True) -> Program:
        """Return the program with the rows of these requirements and those without a name; without `costs`, any solution will do."""
        rows = [row for row in self.rows if not row[3] or row[3] in rules]
        return replace(self, rows=rows, costs=self.costs if costs else [0.0] * len(self.costs))


def digest(program: Program) -> str:
    """Return the SHA-256 of costs, tops, wholes and rows in canonical bytes; names of rules do not count."""
    told = hashlib.sha256(f"program 1 {len(program.costs)} {len(program.rows)}\n".encode())
    for numbers in (program.costs, program.tops, program.whole):
        told.update((np.asarray(numbers, dtype="<f8") + 0.0).tobytes())
    for lower, terms, upper, _ in program.rows:
        index = np.array(sorted(terms), dtype="<i8")
        factors = np.array([terms[int(i)] for i in index], dtype="<f8") + 0.0
        told.update(np.array([lower, upper, len(index)], dtype="<f8").tobytes() + index.tobytes() + factors.tobytes())
    return told.hexdigest()


def value(program: Program, values: Floats) -> float:
    """Return costs @ values."""
    return float(np.asarray(program.costs, dtype=np.float64) @ values)


def violations(program: Program, values: Floats, objective: float | None = None) -> list[str]:
    """Say in words what values (n,) break, worked out in NumPy from the rows alone; `objective` is what the solver says of them."""
    x = np.asarray(values, dtype=np.float64)
    if x.shape != (len(program.costs),):
        return [f"{x.size} values for {len(program.costs)} variables"]
    if not np.isfinite(x).all():
        return [f"x{i} is no number" for i in np.flatnonzero(~np.isfinite(x))]
    tops, whole = np.asarray(program.tops, dtype=np.float64), np.asarray(program.whole, dtype=bool)
    wrong = [f"x{i} is {x[i]:.9g}, below 0" for i in np.flatnonzero(x < -NEAR)]
    wrong += [f"x{i} is {x[i]:.9g}, above its top {tops[i]:.9g}" for i in np.flatnonzero(x > tops + NEAR * np.maximum(1, np.abs(tops)))]
    wrong += [f"x{i} is {x[i]:.9g}, not whole" for i in np.flatnonzero(whole & (np.abs(x - np.rint(x)) > NEAR))]
    for n, (there, low, high, rule) in enumerate(_sides(program, x)):
        name = rule or f"row {n}"
        if there < low - NEAR * max(1.0, abs(low)):
            wrong.append(f"{name}: {there:.9g} is below {low:.9g}")
        if there > high + NEAR * max(1.0, abs(high)):
            wrong.append(f"{name}: {there:.9g} is above {high:.9g}")
    real = value(program, x)
    if objective is not None and not abs(real - objective) <= NEAR * max(1.0, abs(real)):
        wrong.append(f"the objective is {real:.9g}, not {objective:.9g}")
    return wrong


def _sides(program: Program, x: Floats) -> list[tuple[float, float, float, str]]:
    """Return of each row: its left side at x, lower, upper, name."""
    lengths = [len(terms) for _, terms, _, _ in program.rows]
    index = np.fromiter((i for _, terms, _, _ in program.rows for i in terms), dtype=np.int64, count=sum(lengths))
    factors = np.fromiter((f for _, terms, _, _ in program.rows for f in terms.values()), dtype=np.float64, count=sum(lengths))
    left = np.bincount(np.repeat(np.arange(len(lengths)), lengths), weights=factors * x[index], minlength=len(lengths))
    return [(float(a), row[0], row[2], row[3]) for a, row in zip(left, program.rows, strict=True)]


def refuse_nonsense(program: Program) -> None:
    """Refuse a program that no solver should see.

    Raises
    ------
    SolverFailed : a number that is none, a top below zero, a variable that does not exist.
    """
    n = len(program.costs)
    wrong = [f"x{i}: cost {c}" for i, c in enumerate(program.costs) if not isfinite(c)]
    wrong += [f"x{i}: top {t}" for i, t in enumerate(program.tops) if isnan(t) or t < 0]
    for k, (lower, terms, upper, rule) in enumerate(program.rows):
        bad = isnan(lower) or isnan(upper) or lower == inf or upper == -inf
        bad = bad or any(not 0 <= i < n or not isfinite(f) for i, f in terms.items())
        wrong += [f"{rule or f'row {k}'}: a bound or factor that is no number, or an unknown variable"] if bad else []
    if wrong:
        raise SolverFailed("the program makes no sense: " + "; ".join(wrong[:5]) + "; mend what built it")
