"""Minimum shift design: as few different shifts as will meet levels that repeat every week, too few and too many people at a price.

Di Gaspero, Gärtner, Kortsarz, Musliu, Schaerf, Slany 2007, "The minimum shift design problem", Annals of Operations Research 155; their
fourth goal, the average number of duties a week, is left out, as in their first set of instances.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd, isfinite

import numpy as np
from numpy.typing import NDArray

from optimization.solvers import Program, SolverFailed, Status, minimise
from simulation.errors import InputRefused, Problem

Ints = NDArray[np.int64]
Shape = tuple[int, int]
"""First interval of the day, and number of intervals."""


@dataclass(frozen=True)
class ShiftDesign:
    """What is asked; T intervals of a week that repeats.

    Attributes
    ----------
    required : people asked for (T,), the first interval that of midnight of day one.
    days, minutes : T = days * intervals of a day; minutes of an interval.
    starts, lengths : for each kind of shift the first and the last interval it may start at, and its least and greatest length.
    under, over : price of a minute in which one person is missing or too many, 1 or more.
    shift : price of a shift that is used at all, 1 or more.
    """

    required: Ints
    days: int
    minutes: int
    starts: tuple[tuple[int, int], ...]
    lengths: tuple[tuple[int, int], ...]
    under: int = 1
    over: int = 1
    shift: int = 60

    def __post_init__(self) -> None:
        if self.days < 1 or self.required.ndim != 1 or len(self.required) % self.days or (self.required < 0).any():
            rule = "one number of people, not below zero, for each interval of the days"
            raise InputRefused(Problem("required", f"{self.required.shape} for {self.days} days", rule))
        if len(self.starts) != len(self.lengths) or not self.shapes():
            rule = "each kind has starts and lengths that allow a shift"
            raise InputRefused(Problem("starts", f"{self.starts}, lengths {self.lengths}", rule))
        for name in ("minutes", "under", "over", "shift"):  # the largest numbers of people in the program hold for prices of 1 or more
            if getattr(self, name) < 1:
                raise InputRefused(Problem(name, str(getattr(self, name)), "minutes and prices are 1 or more", "raise it"))

    def shapes(self) -> list[Shape]:
        """Return every start and length that some kind allows."""
        return sorted({
            (start, length)
            for (a, b), (least, most) in zip(self.starts, self.lengths, strict=True)
            for start in range(a, b + 1) for length in range(max(1, least), most + 1)
        })  # fmt: skip

    def covered(self, shape: Shape, day: int) -> Ints:
        """Return the intervals that a shift of a day covers; the week's end is its beginning."""
        slots = len(self.required) // self.days
        return (day * slots + shape[0] + np.arange(shape[1])) % len(self.required)


@dataclass(frozen=True)
class Designed:
    """An answer: S shifts in use, `people` in each on each day (S, days), and its proof."""

    status: Status
    objective: float
    bound: float
    backend: str
    shifts: tuple[Shape, ...]
    people: Ints


def design(problem: ShiftDesign, seed: int = 1, limit: float = 60.0) -> Designed:
    """Return the cheapest design.

    First nobody missing and nobody too many; where that can be had, it remains to refute everything cheaper, and as costs come in whole
    steps that is a program with hardly any room. It is asked for a bound, not whether it has a solution (`_or_nothing`): a verdict of
    infeasible is told to nobody here, and a second solver takes ten times as long to confirm it. Else the whole program is solved.

    Raises
    ------
    SolverFailed : no design within `limit` seconds.
    """
    exact = minimise(_program(problem, None)[0], seed, limit, explain=False)
    if exact.values is None or exact.objective is None:
        return _best(problem, seed, limit)
    step = gcd(problem.minutes * problem.under, problem.minutes * problem.over, problem.shift)
    goal = round(exact.objective)
    if exact.gap is not None and exact.gap <= 1e-6:
        try:
            least = _cheaper(problem, goal, step, seed, limit) if goal else 0.0
        except SolverFailed:
            return _best(problem, seed, limit)
        if least > goal - step + 1e-3 * step or not goal:
            return _read(problem, "proved", exact.values, _program(problem, None)[1], float(goal), exact.backend)
    return _best(problem, seed, limit)


def _cheaper(problem: ShiftDesign, goal: int, step: int, seed: int, limit: float) -> float:
    """Return a bound on the cost of all designs of `goal - step` at most; above that there is none, for costs come in whole steps."""
    program, start = _or_nothing(_program(problem, goal - step)[0], goal - step / 2)
    answer = minimise(program, seed, limit, start=start)
    return 0.0 if answer.bound is None else answer.bound


def _or_nothing(program: Program, price: float) -> tuple[Program, NDArray[np.float64]]:
    """Return the program in which doing nothing at all is allowed at a price, and that solution.

    With e = 1 for it each row low <= a x <= high becomes low (1 - e) <= a x <= high (1 - e). So the program has a solution, and a bound
    above the cost of all solutions with e = 0 that are allowed says that there is none.
    """
    nothing = program.variable(price, 1, whole=True)
    rows = []
    for low, terms, high, rule in program.rows:
        side = low if isfinite(low) else high
        rows.append((low, {**terms, nothing: side} if side else terms, high, rule))
    program.rows = rows
    return program, np.eye(len(program.costs))[nothing]


def breaches(problem: ShiftDesign, found: Designed) -> list[str]:
    """Return what is wrong with a design, worked out in NumPy."""
    wrong = [f"{shape}: no kind of shift allows it" for shape in found.shifts if shape not in problem.shapes()]
    if (found.people < 0).any() or found.people.shape != (len(found.shifts), problem.days):
        wrong.append("a head count is negative or missing")
    if (made := cost(problem, found.shifts, found.people)) != round(found.objective):
        wrong.append(f"it costs {made}, not {found.objective:.6g}")
    if found.bound > found.objective + 1e-6:
        wrong.append("the bound is above the cost")
    return wrong


def cost(problem: ShiftDesign, shifts: Iterable[Shape], people: Ints) -> int:
    """Return what a design costs: minutes too few and too many, and shifts used."""
    there = np.zeros(len(problem.required), dtype=np.int64)
    used = 0
    for shape, row in zip(shifts, people, strict=True):
        used += bool(row.any())
        for day, n in enumerate(row):
            np.add.at(there, problem.covered(shape, day), int(n))
    short, more = np.maximum(problem.required - there, 0).sum(), np.maximum(there - problem.required, 0).sum()
    return int(problem.minutes * (problem.under * short + problem.over * more) + problem.shift * used)


def _best(problem: ShiftDesign, seed: int, limit: float) -> Designed:
    """Return the best design of the whole program, with its bound."""
    program, people = _program(problem, -1)
    found = minimise(program, seed, limit)
    if found.values is None or found.objective is None:
        raise SolverFailed("a design may miss everybody at a price, and yet the solver says that there is none")
    status: Status = "proved" if found.gap is not None and found.gap <= 1e-6 else "bounded"
    return _read(problem, status, found.values, people, found.bound if found.bound is not None else 0.0, found.backend)


def _read(
    problem: ShiftDesign, status: Status, x: NDArray[np.float64], people: dict[tuple[Shape, int], int], bound: float, backend: str
) -> Designed:
    shapes = sorted({shape for (shape, _), v in people.items() if round(float(x[v]))})
    table = np.zeros((len(shapes), problem.days), dtype=np.int64)
    for (shape, day), v in people.items():
        if n := round(float(x[v])):
            table[shapes.index(shape), day] = n
    objective = float(cost(problem, shapes, table))
    found = Designed(status, objective, min(bound, objective), backend, tuple(shapes), table)
    if wrong := breaches(problem, found):
        raise SolverFailed("the checker rejects the solver's shifts: " + "; ".join(wrong[:5]))
    return found


def _program(problem: ShiftDesign, at_most: int | None) -> tuple[Program, dict[tuple[Shape, int], int]]:
    """Return the program and its variables of people by (shift, day): without deviation (None), or of cost <= `at_most` (-1: any).

    With y[s,d] people in shift s on day d, z[s] = 1 where s is used, o[t] too many, u[t] too few, R[t] asked for:

    - sum of y[s,d] that cover t - o[t] + u[t] = R[t];
    - y[s,d] <= z[s] * the greatest R[t] that s covers: more people are too many everywhere;
    - y[s,d] - o[t] <= z[s] * R[t] for the covered t of the least R, which is tighter where nobody is too many;
    - where R rises by r at t: r * (sum of z[s] that start then) + u[t] + o[t-1] >= r: somebody starts, or it is not met; where it falls
      by r: r * (sum of z[s] that end then) + o[t] + u[t-1] >= r.

    The last two say nothing new of whole numbers, but the bound of the relaxation lives by them.
    """
    program, required, size = Program(), problem.required, len(problem.required)
    exact, slots = at_most is None, size // problem.days
    top = int(required.sum()) if exact or at_most == -1 else int(at_most or 0) // problem.minutes
    used = {shape: program.variable(problem.shift, 1, whole=True) for shape in problem.shapes()}
    over, under = (
        [0] * size if exact else [program.variable(problem.minutes * price, top, whole=True) for _ in range(size)]
        for price in (problem.over, problem.under)
    )

    def off(*deviations: tuple[list[int], int, float]) -> dict[int, float]:
        return {} if exact else {side[t]: factor for side, t, factor in deviations}

    people: dict[tuple[Shape, int], int] = {}
    there: list[dict[int, float]] = [{} for _ in range(size)]
    for shape, z in used.items():
        for day in range(problem.days):
            covered = problem.covered(shape, day)
            t = int(covered[required[covered].argmin()])
            most = float(required[t] if exact else required[covered].max())
            v = people[shape, day] = program.variable(0.0, most, whole=True)
            program.row({v: 1.0, z: -most}, upper=0.0)
            if not exact:
                program.row({v: 1.0, over[t]: -1.0, z: -float(required[t])}, upper=0.0)
            for t in covered:
                there[int(t)][v] = there[int(t)].get(v, 0.0) + 1.0
    for t in range(size):
        program.row({**there[t], **off((over, t, -1.0), (under, t, 1.0))}, float(required[t]), float(required[t]))
        if rise := float(required[t] - required[t - 1]):
            edge = [z for (a, n), z in used.items() if (a if rise > 0 else a + n) % slots == t % slots]
            spared = off((under, t, 1.0), (over, t - 1, 1.0)) if rise > 0 else off((over, t, 1.0), (under, t - 1, 1.0))
            program.row({**dict.fromkeys(edge, abs(rise)), **spared}, lower=abs(rise))
    if at_most is not None and at_most >= 0:
        program.row({v: price for v, price in enumerate(program.costs) if price}, upper=float(at_most))
    return program, people
