"""Cuts of the clique partitioning polytope, found where a fractional solution breaks them (Groetschel and Wakabayashi 1990)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Triangle = tuple[int, int, int]


def triangles(x: Floats, most: int, least: float = 1e-6, per_pair: int = 6) -> list[Triangle]:
    """Return (i, j, k) with x_ij + x_ik - x_jk > 1, the most broken first: whoever is with j and with k has both in one body.

    Parameters
    ----------
    x : (n, n) symmetric, zero on the diagonal.
    most : how many at most, and `per_pair` of them that share a pair.
    least : by how much one must be broken.
    """
    n = len(x)
    found: list[tuple[Ints, Floats]] = []
    for i in range(n):
        near = np.flatnonzero(x[i] > least)
        if len(near) < 2:
            continue
        excess = np.triu(x[i, near][:, None] + x[i, near][None, :] - x[np.ix_(near, near)] - 1.0, 1)
        j, k = np.nonzero(excess > least)
        if len(j):
            found.append((np.stack([np.full(len(j), i), near[j], near[k]], axis=1), excess[j, k]))
    if not found:
        return []
    rows, excess = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(-excess, kind="stable")
    used: dict[tuple[int, int], int] = {}
    chosen: list[Triangle] = []
    for i, j, k in rows[order].tolist():
        pairs = [(min(i, j), max(i, j)), (min(i, k), max(i, k)), (min(j, k), max(j, k))]
        if all(used.get(p, 0) < per_pair for p in pairs):
            for p in pairs:
                used[p] = used.get(p, 0) + 1
            chosen.append((i, j, k))
            if len(chosen) >= most:
                break
    return chosen


def stars(x: Floats, least: float = 0.02) -> Iterator[tuple[int, list[int]]]:
    """Yield (i, T) with the sum of x_ij over T less that of x_jk within T > 1: the 2-partition cuts of one member against many.

    Of T at most one group is with i, and in a group of s of them s (s - 1) / 2 pairs are together.
    """
    seen: set[tuple[int, frozenset[int]]] = set()
    for i in range(len(x)):
        near = np.flatnonzero((x[i] > 0.05) & (x[i] < 0.999))
        for first in near[np.argsort(-x[i, near], kind="stable")][:8]:
            chosen, total = [int(first)], float(x[i, first])
            worth = x[i] - x[first]
            open_ = np.zeros(len(x), dtype=bool)
            open_[near] = True
            open_[first] = False
            while open_.any():
                j = int(np.where(open_, worth, -np.inf).argmax())
                if worth[j] <= 1e-9:
                    break
                total += float(worth[j])
                chosen.append(j)
                open_[j] = False
                worth = worth - x[j]
            if len(chosen) > 2 and total > 1 + least and (key := (i, frozenset(chosen))) not in seen:
                seen.add(key)
                yield i, sorted(chosen)
