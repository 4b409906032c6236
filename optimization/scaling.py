"""A program in whole numbers, as CP-SAT wants it: scaled by us, exactly, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, inf, isfinite, lcm

import numpy as np

from optimization.program import Floats, Program

EXACT, LARGEST, ROOM = 1e-14, 10**6, 2**52
EDGE = 1e-9


@dataclass(frozen=True)
class Scaled:
    """Whole numbers; rows are (low, variables, factors, high). A bound on costs @ x, less `error`, over `scale` bounds the objective."""

    costs: tuple[int, ...]
    tops: tuple[int, ...]
    rows: tuple[tuple[int, tuple[int, ...], tuple[int, ...], int], ...]
    scale: float
    error: float

    def bound(self, said: float) -> float | None:
        """Return the bound on the program's own objective; None without."""
        return (said - self.error) / self.scale if isfinite(said) and abs(said) < 2 * ROOM else None


def scaled(program: Program) -> Scaled | None:
    """Write a program in whole numbers; None where a variable is not whole or has no top, or factors have no common denominator."""
    if not all(program.whole):
        return None
    tops = implied_tops(program)
    if not np.isfinite(tops).all() or (tops >= ROOM).any():
        return None
    rows = []
    for lower, terms, upper, _ in program.rows:
        found = _whole(list(terms.values()))
        if found is None:
            return None
        factors, times = found
        reach = sum(abs(f) * int(tops[i]) for i, f in zip(terms, factors, strict=True))
        if reach >= ROOM:
            return None
        low = -reach - 1 if lower == -inf else max(-reach - 1, ceil(lower * times - EDGE * max(1.0, abs(lower * times))))
        high = reach + 1 if upper == inf else min(reach + 1, floor(upper * times + EDGE * max(1.0, abs(upper * times))))
        rows.append((low, tuple(terms), tuple(factors), high))
    costs, scale, error = _costs(program.costs, tops)
    return Scaled(costs, tuple(int(t) for t in tops), tuple(rows), scale, error)


def implied_tops(program: Program) -> Floats:
    """Return whole tops (n,) of whole variables that the rows imply, all variables being at least zero; inf where they imply none.

    x_j <= (upper - least of the others) / a_j for a_j > 0, and the same of -row >= -lower; five rounds.
    """
    tops = np.floor(np.asarray(program.tops, dtype=np.float64) + EDGE)
    for _ in range(5):
        before = tops.copy()
        for lower, terms, upper, _ in program.rows:
            for sign, limit in ((1.0, upper), (-1.0, -lower)):
                if limit == inf:
                    continue
                parts = {i: min(0.0, sign * f * tops[i]) if f else 0.0 for i, f in terms.items()}
                endless = [i for i, part in parts.items() if part == -inf]
                if endless:
                    continue
                least = sum(parts.values())
                for i, f in terms.items():
                    if sign * f > 0:
                        room = (limit - least) / (sign * f)
                        tops[i] = max(0.0, min(tops[i], floor(room + EDGE * max(1.0, abs(room)))))
        if (tops == before).all():
            break
    return tops


def _whole(factors: Sequence[float]) -> tuple[list[int], int] | None:
    """Return factors times the least whole number that makes them whole, and that number; None where it is above a million."""
    parts = [Fraction(f).limit_denominator(LARGEST) for f in factors]
    if any(abs(float(p) - f) > EXACT * max(1.0, abs(f)) for p, f in zip(parts, factors, strict=True)):
        return None
    times = lcm(*(p.denominator for p in parts)) if parts else 1
    return None if times > LARGEST else ([int(p * times) for p in parts], times)


def _costs(costs: Sequence[float], tops: Floats) -> tuple[tuple[int, ...], float, float]:
    """Return whole costs, their scale, and by how much costs @ x may be off for being rounded."""
    reach = float(np.abs(costs) @ np.maximum(tops, 1.0)) if len(costs) else 0.0
    found = _whole(costs)
    if found is not None and reach * found[1] < ROOM:
        return tuple(found[0]), float(found[1]), 0.0
    scale = 2.0 ** floor(np.log2(ROOM / max(1.0, reach + float(tops.sum()))))
    whole = tuple(round(c * scale) for c in costs)
    return whole, scale, float(sum(abs(c * scale - w) * t for c, w, t in zip(costs, whole, tops, strict=True)))
