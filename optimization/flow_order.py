"""In which order, and which side by side, checks that may deny are done: exact for few by dynamic programming, by CP-SAT for many.

A check is begun when all it comes after are done and none of them has denied. It costs work then, whether or not another denies meanwhile;
the last answer ends the round of a case that nobody denies. Both are wanted small: work saved by asking first who is likely to deny and
quickly done (van der Aalst 2001), length saved by asking at once.

References
----------
.. [1] van der Aalst (2001), Re-engineering knock-out processes. Decision Support Systems 30, 451-468.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import ceil, exp, floor, inf, log1p

from optimization.solvers import Program, SolverFailed, minimise

FEW = 8
"""So many checks are arranged by dynamic programming, in half a second; of more CP-SAT proves the best sooner."""
PARTS, ROOM = 10**7, 2**50
"""Parts in which the program counts the share of cases that reach a check; how large its objective may become."""
NEAR = 1e-6
"""When a bound is near enough to stop."""


@dataclass(frozen=True)
class Checks:
    """Checks to be arranged, n of them.

    Attributes
    ----------
    names : what they are called (n,).
    effort : expected work of each once it is begun, minutes (n,), none below 0.
    length : expected time from its begin to its answer, whole minutes of office time (n,).
    denial : probability that it denies (n,), below 1; independent of the others.
    before : pairs (i, j): i is done before j begins.
    minute : what a minute of length is worth, in minutes of work.
    """

    names: tuple[str, ...]
    effort: tuple[float, ...]
    length: tuple[int, ...]
    denial: tuple[float, ...]
    before: frozenset[tuple[int, int]]
    minute: float

    def must(self) -> list[int]:
        """Return for each check the bits of all that are done before it, directly or not; a cycle is the caller's to refuse."""
        found = [sum(1 << i for i, k in self.before if k == j) for j in range(len(self.names))]
        for _ in found:
            found = [m | _union(found, m) for m in found]
        return found


@dataclass(frozen=True)
class Arrangement:
    """Which checks come before each: `after[j]` holds all, directly or not. `bound`: no arrangement costs less. `stopped`: by the user."""

    after: tuple[frozenset[int], ...]
    value: float
    bound: float
    backend: str
    stopped: bool = False


def worth(checks: Checks, after: tuple[frozenset[int], ...]) -> tuple[float, int]:
    """Return expected work in minutes, sum of c_i prod (1 - p_j) over the j before i, and the length of the round.

    By hand: two checks of 10 and 20 minutes that deny half and none of the cases, one after the other: 10 + 20 / 2 = 20.

    >>> worth(Checks(("a", "b"), (10.0, 20.0), (60, 30), (0.5, 0.0), frozenset(), 1.0), (frozenset(), frozenset({0})))
    (20.0, 90)
    """
    work = sum(c * _granted(checks, after[j]) for j, c in enumerate(checks.effort))
    ends: dict[int, int] = {}
    for j in sorted(range(len(after)), key=lambda j: len(after[j])):
        ends[j] = checks.length[j] + max((ends[i] for i in after[j]), default=0)
    return work, max(ends.values(), default=0)


def cost(checks: Checks, after: tuple[frozenset[int], ...]) -> float:
    """Return what is minimised: work and length in minutes of work."""
    work, length = worth(checks, after)
    return work + checks.minute * length


def clash(checks: Checks) -> tuple[tuple[int, int], ...]:
    """Return a shortest cycle of precedences, of which none can be left out; empty when there is an order."""
    n, best = len(checks.names), tuple[tuple[int, int], ...]()
    for start in range(n):
        came: dict[int, int] = {}
        todo = [start]
        while todo and start not in came:
            here, todo = todo[0], todo[1:]
            for i, j in sorted(checks.before):
                if i == here and j not in came:
                    came[j] = here
                    todo.append(j)
        if start in came:
            cycle = [(came[start], start)]
            while cycle[0][0] != start:
                cycle.insert(0, (came[cycle[0][0]], cycle[0][0]))
            best = min((b for b in (best, tuple(cycle)) if b), key=len)
    return best


def in_a_row(checks: Checks) -> tuple[frozenset[int], ...]:
    """Return the row of all checks with the least expected work, by dynamic programming over the 2^n sets of those done [1]_.

    Without precedence it is the order of denial over work, the largest first.
    """
    n, must = len(checks.names), checks.must()
    best: list[tuple[float, int]] = [(0.0, -1)] + [(inf, -1)] * ((1 << n) - 1)
    granted = [1.0] * (1 << n)
    for done in range(1 << n):
        for j in range(n) if best[done][0] < inf else ():
            if done >> j & 1 == 0 and must[j] & ~done == 0:
                there = done | 1 << j
                granted[there] = granted[done] * (1 - checks.denial[j])
                best[there] = min(best[there], (best[done][0] + checks.effort[j] * granted[done], j))
    after, done = [frozenset[int]()] * n, (1 << n) - 1
    while done:
        j = best[done][1]
        done &= ~(1 << j)
        after[j] = frozenset(_members(done))
    return tuple(after)


def side_by_side(checks: Checks) -> tuple[frozenset[int], ...]:
    """Return the arrangement in which every check begins as early as it may: the shortest."""
    return tuple(frozenset(_members(m)) for m in checks.must())


def arrange(checks: Checks, seed: int = 1, limit: float = 60.0) -> Arrangement:
    """Return the arrangement that costs least, among all of them, and a bound.

    Begins matter at the beginning and where another check ends only: begun any later, a check saves no more work and ends later.

    Raises
    ------
    SolverFailed : no arrangement within `limit` seconds, or precedences that go round.
    """
    if len(checks.names) <= FEW:
        after = _exactly(checks)
        return Arrangement(after, cost(checks, after), cost(checks, after), "dynamic programming")
    return _by_solver(checks, seed, limit)


def _exactly(checks: Checks) -> tuple[frozenset[int], ...]:
    """Go through time: what is done, what is under way and for how long; what to begin now is chosen."""
    n, must = len(checks.names), checks.must()
    denies = sum(1 << j for j, p in enumerate(checks.denial) if p > 0)
    everything = (1 << n) - 1

    @cache
    def least(done: int, going: tuple[tuple[int, int], ...]) -> tuple[float, tuple[int, ...]]:
        if done == everything:
            return 0.0, ()
        begun = done | sum(1 << j for _, j in going)
        able = [j for j in range(n) if begun >> j & 1 == 0 and must[j] & ~done == 0]
        # To wait costs time; it saves work only where somebody else may still deny.
        now = tuple(j for j in able if checks.effort[j] == 0 or denies & ~done & ~(1 << j) == 0)
        granted = _granted(checks, _members(done))
        best: tuple[float, tuple[int, ...]] = (inf, ())
        free = [j for j in able if j not in now]
        for k in range(len(free) + 1):
            for chosen in combinations(free, k):
                starting = (*now, *chosen)
                if not going and not starting:
                    continue
                rest, spent, step = _advanced(checks, going, starting)
                value = granted * sum(checks.effort[j] for j in starting) + checks.minute * spent
                if value < best[0]:
                    value += least(done | step, rest)[0]
                    best = min(best, (value, starting))
        return best

    after: list[frozenset[int]] = [frozenset()] * n
    done, going = 0, tuple[tuple[int, int], ...]()
    while done != everything:
        starting = least(done, going)[1]
        for j in starting:
            after[j] = frozenset(_members(done & (denies | must[j])))
        going, _, step = _advanced(checks, going, starting)
        done |= step
    return _closed(after)


def _advanced(
    checks: Checks, going: tuple[tuple[int, int], ...], starting: tuple[int, ...]
) -> tuple[tuple[tuple[int, int], ...], int, int]:
    """Return what is still under way when the next check ends, how long that takes, and the bits of those that end."""
    running = sorted([*going, *((checks.length[j], j) for j in starting)])
    spent = running[0][0]
    return tuple((t - spent, j) for t, j in running if t > spent), spent, sum(1 << j for t, j in running if t == spent)


def _by_solver(checks: Checks, seed: int, limit: float) -> Arrangement:
    """Arrange by a mixed-integer program; exp(-L), which is convex, is cut from below by tangents where the last answer lies. Ctrl-C ends
    it with the best so far.
    """
    n = len(checks.names)
    loss = [-log1p(-p) for p in checks.denial]
    points = [{k * sum(loss) / 4 for k in range(5)} for _ in range(n)]
    best, bound, stopped = side_by_side(checks), 0.0, False
    while True:
        program, pairs, scale = _program(checks, loss, points)
        try:
            answer = minimise(program, seed, limit)
        except SolverFailed as error:
            if "was interrupted" in str(error):
                return Arrangement(best, cost(checks, best), bound, "stopped by hand", True)
            raise
        if answer.values is None:
            raise SolverFailed("no order keeps the precedences; `clash` tells which")
        x, stopped = answer.values, answer.stopped == "interrupted"
        bound = max(bound, 0.0 if answer.bound is None else answer.bound / scale)
        found = _closed([frozenset(i for i in range(n) if (i, j) in pairs and x[pairs[i, j]] > 0.5) for j in range(n)])
        best = min((best, found), key=lambda after: cost(checks, after))
        new = [round(sum(loss[i] for i in a), 12) for a in found]
        if stopped or cost(checks, best) - bound <= NEAR * max(1.0, bound) or all(v in p for v, p in zip(new, points, strict=True)):
            value = cost(checks, best)
            return Arrangement(best, value, min(bound, value), answer.backend, stopped)
        for v, p in zip(new, points, strict=True):
            p.add(v)


def _program(checks: Checks, loss: list[float], points: list[set[float]]) -> tuple[Program, dict[tuple[int, int], int], float]:
    """Return the program in whole numbers, its variables "i is done before j begins", and what its objective is to be divided by.

    begin_j >= begin_i + length_i where i is before j; reach_j >= exp(-a) (1 + a - sum of the losses before j) for each point a. All that
    is rounded is rounded so that the program costs no more than what it stands for.
    """
    n, must, program = len(checks.names), checks.must(), Program(logical=True)
    most = sum(checks.length)
    unit = max(1, int(ROOM / (PARTS * (1 + sum(checks.effort) + checks.minute * most))))
    begins = [program.variable(top=most, whole=True) for _ in range(n)]
    end = program.variable(float(int(checks.minute * unit * PARTS)), top=most, whole=True)
    pairs = {}
    for j in range(n):
        program.row({end: 1.0, begins[j]: -1.0}, lower=checks.length[j])
        for i in range(n):
            if i != j and (must[j] >> i & 1 or (loss[i] > 0 and checks.effort[j] > 0 and not must[i] >> j & 1)):
                pairs[i, j] = y = program.variable(top=1.0, whole=True)
                program.row({begins[j]: 1.0, begins[i]: -1.0, y: -float(most)}, lower=checks.length[i] - most)
                program.row({y: 1.0}, lower=float(must[j] >> i & 1))
    for i, j in pairs:
        if i < j and (j, i) in pairs:
            program.row({pairs[i, j]: 1.0, pairs[j, i]: 1.0}, upper=1.0)
        for k in range(n):
            if (j, k) in pairs and (i, k) in pairs:
                program.row({pairs[i, k]: 1.0, pairs[i, j]: -1.0, pairs[j, k]: -1.0}, lower=-1.0)
    for j in range(n):
        if checks.effort[j] > 0:
            reach = program.variable(float(int(checks.effort[j] * unit)), top=PARTS, whole=True)
            for at in sorted(points[j]):
                slope = PARTS * exp(-at)
                terms = {pairs[i, j]: float(ceil(slope * loss[i])) for i in range(n) if (i, j) in pairs and loss[i] > 0}
                program.row({reach: 1.0, **terms}, lower=float(floor(slope * (1 + at))))
    return program, pairs, float(unit * PARTS)


def _closed(after: list[frozenset[int]]) -> tuple[frozenset[int], ...]:
    """Return all predecessors, direct or not."""
    masks = [sum(1 << i for i in a) for a in after]
    for _ in masks:
        masks = [m | _union(masks, m) for m in masks]
    return tuple(frozenset(_members(m)) for m in masks)


def _union(masks: list[int], chosen: int) -> int:
    total = 0
    for i in _members(chosen):
        total |= masks[i]
    return total


def _members(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def _granted(checks: Checks, done: frozenset[int] | list[int]) -> float:
    chance = 1.0
    for j in done:
        chance *= 1 - checks.denial[j]
    return chance
