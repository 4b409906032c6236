"""Programs small enough to enumerate, the enumeration, and hard ones that no solver proves in seconds."""

from collections.abc import Collection
from itertools import combinations, product
from math import inf

import numpy as np

from optimization.program import Program, violations
from optimization.solvers import minimise

CLOSE = 1e-9


def small_program(seed: int, whole: bool = False) -> Program:
    """Up to four whole variables of at most three, perhaps one that is not whole, up to five rows of up to three requirements."""
    rng = np.random.default_rng(seed)
    program, step = Program(), float(rng.choice([1.0, 0.5, 0.1]))
    n = int(rng.integers(1, 5))
    for _ in range(n):
        program.variable(step * int(rng.integers(-6, 7)), float(rng.integers(0, 4)), whole=True)
    if not whole and rng.random() < 0.5:
        endless = rng.random() < 0.5
        program.variable(step * int(rng.integers(0 if endless else -4, 5)), inf if endless else float(rng.integers(1, 9)) / 2)
    for _ in range(int(rng.integers(1, 6))):
        some = rng.choice(len(program.costs), int(rng.integers(1, len(program.costs) + 1)), replace=False)
        terms = {int(i): step * int(f) for i in some if (f := rng.integers(-3, 4))}
        middle = step * int(rng.integers(-5, 9))
        lower, upper = [(middle, inf), (-inf, middle), (middle, middle), (middle, middle + 2 * step)][int(rng.integers(0, 4))]
        program.row(terms, lower, upper, str(rng.choice(["", "quota", "budget", "hours", "seats"])))
    return program


def quarrel(seed: int) -> Program:
    """Three whole variables and four to nine rows that can each be kept, of up to six requirements: what clashes is several."""
    rng = np.random.default_rng(seed)
    program = Program()
    for _ in range(3):
        program.variable(float(rng.integers(-2, 4)), 3.0, whole=True)
    for _ in range(int(rng.integers(4, 10))):
        terms = {i: float(rng.integers(-1, 3)) for i in range(3)}
        sums = sorted(sum(f * x for f, x in zip(terms.values(), at, strict=True)) for at in product(range(4), repeat=3))
        limit = sums[int(rng.integers(0, len(sums)))]
        ends = {"lower": limit} if rng.random() < 0.5 else {"upper": limit}
        program.row(terms, **ends, rule=str(rng.choice(["", *"abcdef"])))
    return program


def enumerated(program: Program) -> float | None:
    """Return the least cost over all whole values, with the one that is not whole at an end of its interval; None when infeasible."""
    free = [i for i, whole in enumerate(program.whole) if not whole]
    assert len(free) <= 1
    best: float | None = None
    for chosen in product(*(range(int(top) + 1) if whole else (0,) for top, whole in zip(program.tops, program.whole, strict=True))):
        low, high = (0.0, program.tops[free[0]]) if free else (0.0, 0.0)
        for lower, terms, upper, _ in program.rows:
            fixed = sum(f * chosen[i] for i, f in terms.items())
            factor = terms.get(free[0], 0.0) if free else 0.0
            if factor:
                ends = sorted(((lower - fixed) / factor, (upper - fixed) / factor))
                low, high = max(low, ends[0]), min(high, ends[1])
            elif not lower - CLOSE <= fixed <= upper + CLOSE:
                high = -inf
        if low <= high + CLOSE:
            cost = sum(c * v for c, v in zip(program.costs, chosen, strict=True))
            cost += program.costs[free[0]] * (low if program.costs[free[0]] >= 0 else high) if free else 0.0
            best = cost if best is None else min(best, cost)
    return best


def falsely_told(program: Program) -> bool:
    """Say whether the solvers' status, cost or values are wrong."""
    best, answer = enumerated(program), minimise(program, explain=False)
    if best is None or answer.values is None or answer.objective is None:
        return best is not None or answer.values is not None or answer.status != "infeasible"
    return answer.status != "proved" or bool(violations(program, answer.values, best)) or abs(answer.objective - best) > 1e-5


def fewest_that_clash(program: Program) -> int:
    """Return the size of the smallest set of requirements that has no solution."""
    rules = program.rules()
    return next(n for n in range(len(rules) + 1) for some in combinations(rules, n) if not holds(program, some))


def holds(program: Program, rules: Collection[str]) -> bool:
    return enumerated(program.keeping(rules)) is not None


def covering(columns: int, seed: int = 1) -> Program:
    """Set covering by columns of cost 80 to 99, each in a twentieth of the rows: hard from about 200 columns on."""
    rng = np.random.default_rng(seed)
    program = Program()
    for cost in rng.integers(80, 100, columns):
        program.variable(float(cost), 1.0, True)
    for _ in range(columns * 3 // 4):
        program.row({int(j): 1.0 for j in rng.choice(columns, max(2, columns // 20), replace=False)}, lower=1.0)
    return program


def partition(bodies: int, seed: int = 1) -> Program:
    """Clique partition with weights -5 to 5 and all triangles: logical."""
    rng = np.random.default_rng(seed)
    program = Program(logical=True)
    x = {pair: program.variable(float(rng.integers(-5, 6)), 1.0, True) for pair in combinations(range(bodies), 2)}
    for i, j, k in combinations(range(bodies), 3):
        for a, b, c in ((x[i, j], x[j, k], x[i, k]), (x[i, j], x[i, k], x[j, k]), (x[j, k], x[i, k], x[i, j])):
            program.row({a: 1.0, b: 1.0, c: -1.0}, upper=1.0)
    return program
