"""Limits that depend on each other through supervision, set together until none moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Vector = Mapping[str, int]
ROUNDS = 8


@dataclass(frozen=True)
class Settled:
    """Limits of which none moves any more, or that go round: then the loosest of each item in the round."""

    limits: Vector
    rounds: int
    cycle: tuple[str, ...] = ()


def settle(first: Vector, choose: Callable[[Vector], dict[str, int]], feedback: bool = True, most: int = ROUNDS) -> Settled:
    """Set all limits together until none moves: limits -> `choose(limits)`, from `first` on; once where nothing feeds back.

    Example
    -------
    >>> settle({"a": 9}, lambda limits: {"a": max(4, limits["a"] - 2)}).limits
    {'a': 4}
    """
    path: list[dict[str, int]] = [dict(first)]
    while len(path) <= most:
        path.append(choose(path[-1]))
        if not feedback or path[-1] == path[-2]:
            return Settled(path[-1], len(path) - 1)
        if path[-1] in path[:-1]:
            break
    ring = path[path.index(path[-1]) : -1] or path[1:]
    names = [name for name in path[-1] if all(name in limits for limits in ring)]
    limits = {name: max(there[name] for there in ring) for name in names}
    moving = tuple(f"{name}: {', '.join(str(there[name]) for there in ring)}" for name in names if len({t[name] for t in ring}) > 1)
    return Settled(limits, len(path) - 1, moving)


def stand(first: Vector, passed: Callable[[Vector, int], dict[str, int]], most: int) -> dict[str, int]:
    """Return limits of which a certificate under these very limits passed each: `passed(limits, attempt)` are those it certifies.

    What passes in part is tried again as far as it passed; the last attempt is of what the one before left standing as it is, and
    where that fails too nothing is returned.

    Example
    -------
    >>> stand({"a": 3, "b": 1}, lambda limits, attempt: {"a": 3, "b": 2}, 4)
    {'a': 3, 'b': 2}
    """
    claimed = dict(first)
    for attempt in range(most):
        if not claimed:
            break
        limits = passed(claimed, attempt)
        held = {name: limit for name, limit in limits.items() if limit == claimed[name]}
        if held == claimed:
            return held
        claimed = held if attempt >= most - 2 else dict(limits)
    return {}
