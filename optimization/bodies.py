"""Bodies: an instance of clique partitioning with its side rules, its answer, and a checker that knows no solver."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bodies = tuple[tuple[int, ...], ...]
Pair = tuple[int, int]
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Partition:
    """An instance of n members.

    Attributes
    ----------
    weights : (n, n) symmetric; gain when two members share a body. The diagonal is not read.
    heads : (n,) people of each member; all zero when left out.
    together, apart : pairs that must, and must not, share a body.
    alone : members that stay a body of their own.
    most_heads, span : people, and members, in one body at most.
    least, most : number of bodies.
    """

    weights: Floats
    heads: Floats | None = None
    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    alone: tuple[int, ...] = ()
    most_heads: float = inf
    span: float = inf
    least: int = 1
    most: float = inf


@dataclass(frozen=True)
class Partitioned:
    """An answer; `bodies` is None when there is none (`infeasible`), or none was found in time (`bounded`).

    `bound` is what no partition within the rules exceeds. `backend` names what proved it. `stopped`: by the user.
    """

    status: Literal["proved", "bounded", "infeasible"]
    bodies: Bodies | None
    value: float | None
    bound: float | None
    backend: str
    cuts: int = 0
    stopped: bool = False

    @property
    def gap(self) -> float | None:
        """Return (bound - value) / max(1, |value|)."""
        if self.value is None or self.bound is None:
            return None
        return max(0.0, self.bound - self.value) / max(1.0, abs(self.value))


def value(question: Partition, bodies: Bodies) -> float:
    """Return the summed gains of all pairs that share a body."""
    label = labels(bodies)
    same = np.triu(label[:, None] == label[None, :], 1)
    return float(question.weights[same].sum())


def labels(bodies: Bodies) -> Ints:
    """Return the number of its body for each member.

    >>> labels(((0, 2), (1,)))
    array([0, 1, 0])
    """
    found = np.full(sum(map(len, bodies)), -1, dtype=np.int64)
    for number, body in enumerate(bodies):
        found[list(body)] = number
    return found


def bodies_of(label: Ints) -> Bodies:
    """Return the bodies of labels, each in order, by their first members."""
    found: dict[int, list[int]] = {}
    for i, name in enumerate(label.tolist()):
        found.setdefault(name, []).append(i)
    return tuple(sorted(tuple(body) for body in found.values()))


def distance(one: Bodies, other: Bodies) -> int:
    """Return in how many pairs of members two partitions differ.

    >>> distance(((0, 1, 2),), ((0, 1), (2,)))
    2
    """
    a, b = labels(one), labels(other)
    return int(np.triu((a[:, None] == a[None, :]) != (b[:, None] == b[None, :]), 1).sum())


def breaches(question: Partition, bodies: Bodies, objective: float | None = None) -> list[str]:
    """Return every rule that a partition breaks, worked out in NumPy without the program or the solver."""
    n = len(question.weights)
    if sorted(i for body in bodies for i in body) != list(range(n)) or not all(bodies):
        return ["some member is in no body, or in two"]
    label = labels(bodies)
    heads = np.zeros(n) if question.heads is None else question.heads
    wrong = [f"{i} and {j} must be together" for i, j in question.together if label[i] != label[j]]
    wrong += [f"{i} and {j} must be apart" for i, j in question.apart if label[i] == label[j]]
    size = np.bincount(label)
    wrong += [f"{i} stays alone" for i in question.alone if size[label[i]] > 1]
    wrong += [f"body {b} has too many heads" for b in np.flatnonzero(np.bincount(label, heads) > question.most_heads + TOLERANCE)]
    wrong += [f"body {b} spans too many" for b in np.flatnonzero(size > question.span)]
    if not question.least <= len(bodies) <= question.most:
        wrong.append(f"{len(bodies)} bodies")
    if objective is not None and abs(value(question, bodies) - objective) > 1e-6 * max(1.0, abs(objective)):
        wrong.append(f"the gains are {value(question, bodies):.9g}, not {objective:.9g}")
    return wrong
