"""Clique partitioning with side rules: which members share a body so that the summed gains of pairs are largest, exact or with a bound.

Maximise sum w_ij x_ij with x_ij + x_ik - x_jk <= 1 (Groetschel and Wakabayashi 1989, Mathematical Programming 45, 59-96): a linear
program whose triangles, and 2-partition cuts when those are used up, are added where they are broken; partitions by `moves` from its
values; pairs whose reduced cost settles them fixed; and HiGHS for what is left. With side rules the proofs that some triangles may be left
out do not hold, so all are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor, inf
from time import monotonic
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimization.bodies import TOLERANCE, Bodies, Pair, Partition, Partitioned, bodies_of, breaches, distance, labels, value
from optimization.columns import FEW, MANY, Columns, chosen, listed, relaxed
from optimization.cuts import stars, triangles
from optimization.moves import Limits, agglomerated, improved
from optimization.relaxation import Relaxation, Relaxed, Row
from optimization.solvers import Program, SolverFailed, minimise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
COLUMNS = 3_000_000
"""So many bodies are listed at most; beyond it, and where the rules of size leave too many, pairs are cut instead."""
FREELY = 20
"""So many members have few enough bodies without any rule of size."""
CUTS_A_ROUND = 600
OFTEN = 4
"""Rounds between two searches for a better partition."""


def partition(
    question: Partition, *, seed: int = 1, limit: float = 60.0, avoid: Sequence[Bodies] = (), differ: int = 1, columns: int = COLUMNS
) -> Partitioned:
    """Return the best partition within the rules, proved, or the best found in `limit` seconds with a bound.

    Parameters
    ----------
    avoid : partitions that the answer differs from, each in at least `differ` pairs of members.
    columns : bodies to list at most, before pairs are cut instead; 0 always cuts.
    """
    groups = _groups(question)
    if groups is None:
        return Partitioned("infeasible", None, None, None, "counted: pairs that must be together against the rest, or fewest bodies")
    kept = [b for b in avoid if not breaches(replace(question, most=inf, least=1), b)]
    return _Search(question, groups, kept, differ, seed, limit).run(columns)


def best_partitions(question: Partition, k: int, *, differ: int = 1, seed: int = 1, limit: float = 60.0) -> list[Partitioned]:
    """Return the k best partitions that differ pairwise in at least `differ` pairs, the best first; fewer where there are no more.

    Ctrl-C ends the search: the last of them is then the best so far, and `stopped`.

    Raises
    ------
    KeyboardInterrupt : stopped before there was any.
    """
    found: list[Partitioned] = []
    for _ in range(k):
        one = partition(question, seed=seed, limit=limit, avoid=[f.bodies for f in found if f.bodies is not None], differ=differ)
        if one.stopped and one.bodies is None and not found:
            raise KeyboardInterrupt
        if one.bodies is not None:
            found.append(one)
        if one.stopped or one.bodies is None:
            break
    return found


def _groups(question: Partition) -> list[list[int]] | None:
    """Return the members that must be together, group by group; None where that breaks a rule at once."""
    n = len(question.weights)
    label = np.arange(n)
    for i, j in question.together:
        label[label == label[j]] = label[i]
    groups = [list(body) for body in bodies_of(label)]
    heads = np.zeros(n) if question.heads is None else question.heads
    bad = any(label[i] == label[j] for i, j in question.apart) or any((label == label[i]).sum() > 1 for i in question.alone)
    bad |= any(heads[g].sum() > question.most_heads + TOLERANCE or len(g) > question.span for g in groups)
    alone = len({*question.alone})
    others = [i for i in range(n) if i not in question.alone]
    fewest = alone + max(ceil(len(others) / question.span), ceil(heads[others].sum() / question.most_heads - TOLERANCE), bool(others))
    return None if bad or not question.least <= len(groups) or question.most < fewest else groups


class _Search:
    """One search: the instance with its groups as members, what is known so far, and what is left of the time."""

    def __init__(self, question: Partition, groups: list[list[int]], avoid: list[Bodies], differ: int, seed: int, limit: float) -> None:
        self.question, self.groups, self.avoid, self.differ, self.seed = question, groups, avoid, differ, seed
        self.ends, n = monotonic() + limit, len(groups)
        belongs = np.zeros((n, len(question.weights)))
        for g, members in enumerate(groups):
            belongs[g, members] = 1.0
        pairs = question.weights.astype(np.float64).copy()
        np.fill_diagonal(pairs, 0.0)
        self.weights = belongs @ pairs @ belongs.T
        self.inside = float(np.diag(self.weights).sum() / 2)
        np.fill_diagonal(self.weights, 0.0)
        heads = np.zeros(len(pairs)) if question.heads is None else question.heads
        self.heads, self.members = belongs @ heads, belongs.sum(axis=1)
        apart = np.zeros((n, n), dtype=bool)
        of = {i: g for g, members in enumerate(groups) for i in members}
        for i, j in question.apart:
            apart[of[i], of[j]] = apart[of[j], of[i]] = True
        for i in question.alone:
            apart[of[i], :] = apart[:, of[i]] = True
        apart |= self.heads[:, None] + self.heads[None, :] > question.most_heads + TOLERANCE
        apart |= self.members[:, None] + self.members[None, :] > question.span
        np.fill_diagonal(apart, False)
        self.limits = Limits(
            apart, self.heads, self.members, question.most_heads + TOLERANCE, question.span, question.least, int(min(question.most, n))
        )
        self.first, self.second = np.nonzero(np.triu(~apart, 1))
        self.number = np.full((n, n), -1, dtype=np.int64)
        self.number[self.first, self.second] = self.number[self.second, self.first] = np.arange(len(self.first))
        whole = bool(np.allclose(pairs, np.round(pairs), atol=1e-9))
        self.grain = 1.0 if whole else 0.0
        self.slight = 1e-9 * max(1.0, float(np.abs(pairs).sum()))
        self.best: Ints | None = None
        positive = np.maximum(self.weights[self.first, self.second], 0.0).sum()
        self.value, self.bound, self.cuts = -inf, float(positive) + self.inside, 0
        self.rows: list[Row] = []
        self.stopped = False
        self.backend = "sum of the positive gains"

    def run(self, columns: int) -> Partitioned:
        self._look(np.arange(len(self.weights)))
        self._improve(agglomerated(self.weights, self.limits))
        small = len(self.weights) < FREELY or min(self.question.most_heads, self.question.span) < inf
        infeasible = columns > 0 and small and not self._done() and self._choose(columns)
        if not infeasible and not self._done() and not self._over():
            self.rows = self._side_rows()
            if len(self.first):
                self._relax()
            infeasible = not self._done() and not self._finish()
        if self.best is None:
            status: Literal["bounded", "infeasible"] = "infeasible" if infeasible else "bounded"
            return Partitioned(status, None, None, None if infeasible else self.bound, self.backend, self.cuts, self.stopped)
        bodies = bodies_of(self._spread(self.best))
        total = value(self.question, bodies)
        if wrong := breaches(self.question, bodies, self.value):
            raise SolverFailed("the checker rejects the partition: " + "; ".join(wrong[:5]))
        if self._done():
            return Partitioned("proved", bodies, total, total, self.backend, self.cuts, self.stopped)
        return Partitioned("bounded", bodies, total, self.bound, self.backend, self.cuts, self.stopped)

    def _done(self) -> bool:
        return self.best is not None and self.bound - self.value <= max(self.slight, self.grain - TOLERANCE)

    def _over(self) -> bool:
        """Say whether the time is over, or the user has stopped the search."""
        return self.stopped or monotonic() >= self.ends

    def _tighten(self, bound: float, backend: str) -> None:
        bound = floor(bound + self.slight + TOLERANCE) if self.grain else bound
        if bound < self.bound:
            self.bound, self.backend = max(bound, self.value), backend

    def _spread(self, label: Ints) -> Ints:
        found = np.zeros(len(self.question.weights), dtype=np.int64)
        for g, members in enumerate(self.groups):
            found[members] = label[g]
        return found

    def _look(self, label: Ints) -> None:
        """Keep a partition that is within the rules and better."""
        same = np.triu(label[:, None] == label[None, :], 1)
        total = float(self.weights[same].sum()) + self.inside
        if total <= self.value + self.slight and self.best is not None:
            return
        bodies = bodies_of(self._spread(label))
        if not breaches(self.question, bodies) and all(distance(bodies, other) >= self.differ for other in self.avoid):
            self.best, self.value = label.copy(), total

    def _improve(self, label: Ints) -> None:
        self._look(label)
        self._look(improved(self.weights, self.limits, label))

    def _round(self, x: Floats) -> None:
        """Look for partitions near fractional values: the partition they mean themselves, and what it becomes by moves."""
        half = self._matrix(x) - 0.5
        np.fill_diagonal(half, 0.0)
        self._improve(improved(half, self.limits, agglomerated(half, self.limits)))

    def _matrix(self, x: Floats) -> Floats:
        n = len(self.weights)
        found = np.zeros((n, n))
        found[self.first, self.second] = found[self.second, self.first] = x[: len(self.first)]
        return found

    def _side_rows(self) -> list[Row]:
        """Return the rows of sizes, of the number of bodies (one representative each, its first member) and of partitions to avoid."""
        rows: list[Row] = []
        n, pairs, q = len(self.weights), len(self.first), self.question
        for sizes, most in ((self.heads, q.most_heads), (self.members, q.span)):
            for i in range(n) if most < inf else ():
                near = np.flatnonzero(self.number[i] >= 0)
                if sizes[near].sum() + sizes[i] > most + TOLERANCE:
                    rows.append((tuple(self.number[i, near].tolist()), tuple(sizes[near].tolist()), float(most - sizes[i])))
        if q.most < n:
            rows.append((tuple(range(pairs, pairs + n)), (1.0,) * n, float(q.most)))
            rows += [((*self._before(i), pairs + i), (-1.0,) * (len(self._before(i)) + 1), -1.0) for i in range(n)]
            rows.append((tuple(range(pairs)), (-1.0,) * pairs, -_fewest_pairs(n, int(q.most))))
        if q.least > 1:
            rows.append((tuple(range(pairs, pairs + n)), (-1.0,) * n, -float(q.least)))
            rows += [((v, pairs + i), (1.0, 1.0), 1.0) for i in range(n) for v in self._before(i)]
        for other in self.avoid:
            label = labels(other)[[g[0] for g in self.groups]]
            same = label[self.first] == label[self.second]
            size = self.members[self.first] * self.members[self.second]
            rows.append((tuple(range(pairs)), tuple(np.where(same, size, -size).tolist()), float(size[same].sum()) - self.differ))
        return rows

    def _before(self, i: int) -> list[int]:
        return [int(v) for v in self.number[:i, i] if v >= 0]

    def _gains(self) -> Floats:
        counted = len(self.weights) if self.question.most < len(self.weights) or self.question.least > 1 else 0
        return np.append(self.weights[self.first, self.second], np.zeros(counted))

    def _cut(self, x: Floats, most: int) -> list[Row]:
        found = [self._row([(i, j), (i, k)], [(j, k)], 1.0) for i, j, k in triangles(self._matrix(x), most)]
        if len(found) < 20:
            inner = [(i, t) for i, t in stars(self._matrix(x))][:200]
            found += [self._row([(i, j) for j in t], [(j, k) for a, j in enumerate(t) for k in t[a + 1 :]], 1.0) for i, t in inner]
        return found

    def _row(self, plus: list[Pair], minus: list[Pair], upper: float) -> Row:
        terms = [(int(self.number[p]), 1.0) for p in plus] + [(int(self.number[p]), -1.0) for p in minus]
        terms = [(v, f) for v, f in terms if v >= 0]
        return tuple(v for v, _ in terms), tuple(f for _, f in terms), upper

    def _choose(self, most: int) -> bool:
        """Where all bodies can be listed: the best partition into those that the relaxation leaves. Return whether there is none at all."""
        found = listed(self.weights, self.limits, most)
        if found is None:
            return False
        columns = self._sided(found)
        start = [] if self.best is None else columns.numbers(np.unique(self.best, return_inverse=True)[1])
        told = relaxed(columns, np.array(start, dtype=np.int64), self.value - self.inside - self.slight, self.ends)
        if told is None:
            return False
        bound, reduced = told
        if bound == -inf:
            self.backend = "GLOP over all bodies, bound recomputed"
            return self.best is None
        self._tighten(bound + self.inside, "GLOP over all bodies, bound recomputed")
        order = np.argsort(-reduced, kind="stable")
        for most in (FEW, MANY):
            among = order[bound + self.inside + reduced[order] >= self.value - max(self.slight, TOLERANCE)]
            all_there = len(among) <= most
            if self._done() or self._over() or not (all_there or most == FEW):
                break
            try:
                answer, numbers = chosen(columns, among[:most], self.seed, self.ends - monotonic())
            except SolverFailed as error:
                self.stopped = "was interrupted" in str(error)
                break
            self.stopped = answer.stopped == "interrupted"
            if numbers:
                label = np.zeros(len(self.weights), dtype=np.int64)
                for b, chosen_one in enumerate(numbers):
                    label[list(columns.body(chosen_one))] = b
                self._improve(label)
            if all_there:
                if answer.bound is not None:
                    self._tighten(self.inside - answer.bound, answer.backend)
                break
        return False

    def _sided(self, columns: Columns) -> Columns:
        """Return the columns with the rules on the number of bodies and on partitions to avoid."""
        sides, ends, q, n, gains = [], [], self.question, len(self.weights), columns.gains
        if q.most < n:
            sides, ends = [np.ones(len(gains))], [float(q.most)]
        if q.least > 1:
            sides, ends = [*sides, -np.ones(len(gains))], [*ends, -float(q.least)]
        for other in self.avoid:
            label = labels(other)[[g[0] for g in self.groups]]
            same = label[:, None] == label[None, :]
            size = np.outer(self.members, self.members) * np.where(same, 1.0, -1.0)
            np.fill_diagonal(size, 0.0)
            sides.append(np.concatenate([size[m[:, :, None], m[:, None, :]].sum(axis=(1, 2)) / 2 for m in columns.members]))
            ends.append(float(np.maximum(size, 0.0).sum() / 2) - self.differ)
        return replace(columns, sides=np.array(sides).reshape(len(sides), len(gains)), ends=np.array(ends, dtype=np.float64))

    def _relax(self) -> None:
        """Cut until nothing is broken, the bound meets the best partition or the time is over."""
        gains = self._gains()
        program = Relaxation(gains, np.ones(len(gains)))
        program.add(self.rows)
        fixed = len(self.rows)
        for turn in range(10_000):
            found = program.solve(self.ends - monotonic())
            if found is None:
                break
            self._tighten(found.bound + self.inside, "GLOP with cuts, bound recomputed")
            if turn % OFTEN == 0 or turn < 3:
                self._round(found.x)
            if self._done() or monotonic() > self.ends:
                break
            self._settle(program, found)
            more = self._cut(found.x, CUTS_A_ROUND)
            if not more:
                self._round(found.x)
                break
            loose = np.flatnonzero(found.slack[fixed:] > 0.2) + fixed
            if turn % OFTEN == OFTEN - 1 and len(loose):
                program.drop(loose.tolist())
            program.add(more)
            self.cuts += len(more)
        self.rows, self.tops, self.bottoms = list(program.rows), program.tops, program.bottoms

    def _settle(self, program: Relaxation, found: Relaxed) -> None:
        """Fix pairs that no partition as good as the best has at their other end."""
        if self.best is None:
            return
        room = found.bound + self.inside - self.value + max(self.slight, TOLERANCE)
        pairs = np.arange(len(self.first))
        open_ = program.tops[pairs] > program.bottoms[pairs]
        program.fix(pairs[open_ & (found.reduced[pairs] < -room)], 0.0)
        program.fix(pairs[open_ & (found.reduced[pairs] > room)], 1.0)

    def _finish(self) -> bool:
        """Let HiGHS find whole values, and add the triangles they break, until none is; False where it proves that there are none."""
        if not len(self.first):
            return self.best is not None
        gains = self._gains()
        while not self._done() and not self._over():
            program = Program()
            number = {
                v: program.variable(-float(gains[v]), 1.0, v < len(self.first)) for v in np.flatnonzero(self.tops > self.bottoms).tolist()
            }
            ones = self.bottoms > 0
            for variables, factors, upper in self.rows:
                terms: dict[int, float] = {}
                for v, factor in zip(variables, factors, strict=True):
                    if v in number:
                        terms[number[v]] = terms.get(number[v], 0.0) + factor
                    elif ones[v]:
                        upper -= factor
                if terms or upper < -TOLERANCE:
                    program.row(terms, upper=upper)
            try:
                answer = minimise(program, self.seed, max(0.05, self.ends - monotonic()), explain=False)
            except SolverFailed as error:
                self.stopped = "was interrupted" in str(error)
                return True
            self.stopped = answer.stopped == "interrupted"
            if answer.values is None:
                return False
            x = self.bottoms.copy()
            for v, column in number.items():
                x[v] = answer.values[column]
            x = np.where(np.arange(len(x)) < len(self.first), np.round(x), x)
            if answer.bound is not None:
                self._tighten(self.inside + float(gains @ self.bottoms) - answer.bound, answer.backend)
            self._round(x)
            self._look(_components(self._matrix(x)))
            more = self._cut(x, 5000)
            if not more:
                break
            self.rows += more
            self.cuts += len(more)
        return True


def _fewest_pairs(n: int, bodies: int) -> float:
    """Return the fewest pairs that share a body when n members are in so many bodies: sizes differ by one at most.

    >>> _fewest_pairs(7, 3)
    5.0
    """
    size, larger = divmod(n, bodies)
    return float(bodies * size * (size - 1) // 2 + larger * size)


def _components(x: Floats) -> Ints:
    """Return labels of what is joined by values of one."""
    label = np.arange(len(x))
    for i, j in np.argwhere(np.triu(x, 1) > 0.5):
        if label[i] != label[j]:
            label[label == label[j]] = label[i]
    return label
