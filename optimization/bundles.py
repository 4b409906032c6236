"""Bundles of reforms as a game: designed experiments, effects of single reforms and pairs, and each one's share of the gain.

A bundle is a frozenset of numbers of reforms. Its value in a replication is its gain over today on the same citizens; what follows is
linear in these values, so that it is worked out within each replication, and its interval is Student's t over the replications.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from simulation.estimates import student

Floats = NDArray[np.float64]
Bundle = frozenset[int]
Effect = tuple[int, ...]
FULL = 4
"""So many reforms at most are tried in all their combinations; of more, all singles and pairs."""
SHARED = 5
"""So many reforms at most of which each one's share is worked out: 2^5 bundles."""


@dataclass(frozen=True)
class Band:
    """A mean over replications with its 95 % interval; without one where there is a single replication."""

    value: float
    low: float | None
    high: float | None

    @property
    def document(self) -> dict[str, float | None]:
        """Return plain values."""
        return {"value": self.value, "low": self.low, "high": self.high}


def band(values: Floats, level: float = 0.95) -> Band:
    """Return the mean of values (replications,) with Student's interval.

    >>> band(np.array([1.0, 3.0])).value
    2.0
    """
    n, mean = len(values), float(values.mean())
    if n < 2:
        return Band(mean, None, None)
    half = student(n - 1, level) * float(values.std(ddof=1)) / n**0.5
    return Band(mean, mean - half, mean + half)


@dataclass(frozen=True)
class Ties:
    """What hangs together: `needs[i]` are those that must be there before i; `excludes` are pairs that are never together."""

    needs: Mapping[int, frozenset[int]]
    excludes: frozenset[frozenset[int]]

    def whole(self, bundle: Iterable[int]) -> Bundle:
        """Return the bundle with all that it needs."""
        found: set[int] = set(bundle)
        while more := {k for i in found for k in self.needs.get(i, ())} - found:
            found |= more
        return frozenset(found)

    def working(self, bundle: Iterable[int]) -> Bundle:
        """Return what of the bundle has all that it needs: the others do nothing."""
        found: set[int] = set(bundle)
        while idle := {i for i in found if not self.needs.get(i, frozenset()) <= found}:
            found -= idle
        return frozenset(found)

    def together(self, bundle: Collection[int]) -> bool:
        """Say whether no two of them exclude each other."""
        return not any(pair <= frozenset(bundle) for pair in self.excludes)


def subsets(bundle: Iterable[int]) -> list[Bundle]:
    """Return all subsets, small ones first."""
    members = sorted(bundle)
    return [frozenset(c) for c in chain.from_iterable(combinations(members, k) for k in range(len(members) + 1))]


def design(n: int, ties: Ties) -> list[Bundle]:
    """Return the bundles to simulate: of at most `FULL` reforms all, of more all singles and pairs, each with what it needs."""
    every = subsets(range(n)) if n <= FULL else [b for k in (0, 1, 2) for b in map(frozenset, combinations(range(n), k))]
    return list(dict.fromkeys(whole for b in every if ties.together(whole := ties.whole(b))))


def effects_of(n: int, ties: Ties) -> list[Effect]:
    """Return the effects of the model: every single, and every pair that may stand together and of which neither needs the other.

    Of a reform that needs another only the sum of its own effect and that of the two together can be seen.
    """
    pairs = [p for p in combinations(range(n), 2) if ties.together(ties.whole(p)) and not any(ties.whole((i,)) >= {*p} for i in p)]
    return [*((i,) for i in range(n)), *pairs]


def fitted(values: Mapping[Bundle, Floats], effects: Sequence[Effect]) -> Floats:
    """Return effects (effects, replications) by least squares of values in bundles, each replication by itself.

    Where all effects can be told apart from exactly as many bundles they are the plain contrasts: v(i), and v(ij) - v(i) - v(j).
    """
    bundles = [b for b in values if b]
    matrix = np.array([[float({*e} <= b) for e in effects] for b in bundles]).reshape(len(bundles), len(effects))
    seen = np.array([values[b] for b in bundles])
    found: Floats = np.linalg.lstsq(matrix, seen, rcond=None)[0]
    return found


def predicted(bundle: Collection[int], effects: Sequence[Effect], found: Floats) -> Floats:
    """Return what the effects (effects, ...) say of a bundle (...)."""
    inside = np.array([float({*e} <= {*bundle}) for e in effects])
    total: Floats = np.tensordot(inside, found, axes=1)
    return total


def shapley(bundle: Collection[int], values: Mapping[Bundle, Floats], ties: Ties) -> dict[int, Floats]:
    """Return each member's Shapley value (replications,): the mean over all orders of what it adds to those before it [1]_.

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)), where v of a set in which something is missing that a
    member needs is that of the set without this member. They sum to v of the bundle in every replication.

    References
    ----------
    .. [1] Shapley (1953), A value for n-person games. Contributions to the Theory of Games II, 307-317.
    """
    members, n = sorted(bundle), len(bundle)
    found = {i: np.zeros_like(values[frozenset()]) for i in members}
    for i in members:
        for before in subsets(set(members) - {i}):
            weight = factorial(len(before)) * factorial(n - len(before) - 1) / factorial(n)
            found[i] = found[i] + weight * (values[ties.working(before | {i})] - values[ties.working(before)])
    return found


@dataclass(frozen=True)
class Share:
    """One reform's part in the gain of a bundle, money a year.

    Attributes
    ----------
    shapley : its Shapley value; these sum to the gain of the bundle.
    alone : what it gains without the others; last : what the bundle loses without it and all that needs it.
    """

    reform: str
    shapley: Band
    alone: Band
    last: Band


def shares(bundle: Bundle, values: Mapping[Bundle, Floats], ties: Ties, names: Sequence[str]) -> tuple[Share, ...]:
    """Return the share of each member with its intervals, in the order of the reforms."""
    found = shapley(bundle, values, ties)
    return tuple(
        Share(
            names[i], band(found[i]), band(values[ties.working({i})] - values[frozenset()]),
            band(values[bundle] - values[ties.working(bundle - {i})]),
        )
        for i in sorted(bundle)
    )  # fmt: skip
