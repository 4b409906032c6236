"""Moves: good partitions by shifting members and joining bodies (Kernighan and Lin 1970), within the rules of sizes and pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
SLIGHT = 1e-9


@dataclass(frozen=True)
class Limits:
    """What a move may not break: pairs kept apart (n, n), heads (n,) and members (n,) with the most of each in a body, number of bodies."""

    apart: Bools
    heads: Floats
    members: Floats
    most_heads: float
    most_members: float
    least: int
    most: int


def agglomerated(weights: Floats, limits: Limits) -> Ints:
    """Join the two bodies that gain most, while it gains or there are too many; labels (n,) of bodies."""
    n = len(weights)
    gain, apart = weights.copy(), limits.apart.copy()
    heads, members, label = limits.heads.copy(), limits.members.copy(), np.arange(n)
    alive, count = np.ones(n, dtype=bool), n
    while count > max(1, limits.least):
        fits = alive[:, None] & alive[None, :] & ~apart
        fits &= (heads[:, None] + heads[None, :] <= limits.most_heads) & (members[:, None] + members[None, :] <= limits.most_members)
        np.fill_diagonal(fits, False)
        if not fits.any():
            break
        a, b = np.unravel_index(int(np.where(fits, gain, -np.inf).argmax()), gain.shape)
        if gain[a, b] <= SLIGHT and count <= limits.most:
            break
        gain[a] += gain[b]
        gain[:, a] += gain[:, b]
        apart[a] |= apart[b]
        apart[:, a] |= apart[:, b]
        heads[a] += heads[b]
        members[a] += members[b]
        alive[b] = False
        label[label == b] = a
        count -= 1
    return label


def improved(weights: Floats, limits: Limits, label: Ints) -> Ints:
    """Shift members, each once in a chain whose best beginning is kept, until no chain gains; the rules kept that `label` keeps."""
    label = label.copy()
    while True:
        chain, gain = _chain(weights, limits, label)
        if gain <= SLIGHT:
            return label
        for i, to in chain:
            label[i] = to


def _chain(weights: Floats, limits: Limits, start: Ints) -> tuple[list[tuple[int, int]], float]:
    n = len(weights)
    label, free = start.copy(), np.ones(n, dtype=bool)
    into = np.zeros((n, n))
    clash = np.zeros((n, n))
    np.add.at(into.T, label, weights)
    np.add.at(clash.T, label, limits.apart.astype(np.float64))
    heads, members = np.bincount(label, limits.heads, n), np.bincount(label, limits.members, n)
    size = np.bincount(label, minlength=n)
    moves: list[tuple[int, int]] = []
    total = best = 0.0
    kept = 0
    everyone = np.arange(n)
    while free.any():
        count = int((size > 0).sum())
        gains = into - into[everyone, label][:, None]
        fits = free[:, None] & (clash < 0.5)
        fits &= (heads[None, :] + limits.heads[:, None] <= limits.most_heads) & (
            members[None, :] + limits.members[:, None] <= limits.most_members
        )
        fits[everyone, label] = False
        single = size[label] == 1
        empty = size == 0
        if empty.any():
            fits[:, np.flatnonzero(empty)[1:]] = False
            fits[np.ix_(single, empty)] = False
            if count >= limits.most:
                fits[np.ix_(~single, empty)] = False
        if count <= limits.least:
            fits[np.ix_(single, ~empty)] = False
        if not fits.any():
            break
        i, to = np.unravel_index(int(np.where(fits, gains, -np.inf).argmax()), gains.shape)
        total += float(gains[i, to])
        old = label[i]
        into[:, old] -= weights[:, i]
        into[:, to] += weights[:, i]
        clash[:, old] -= limits.apart[:, i]
        clash[:, to] += limits.apart[:, i]
        heads[old] -= limits.heads[i]
        heads[to] += limits.heads[i]
        members[old] -= limits.members[i]
        members[to] += limits.members[i]
        size[old] -= 1
        size[to] += 1
        label[i], free[i] = to, False
        moves.append((int(i), int(to)))
        if total > best + SLIGHT:
            best, kept = total, len(moves)
    return moves[:kept], best
