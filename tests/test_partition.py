"""Clique partitioning with side rules against every partition there is, against published optima, and its rules one by one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.optimisers import departments, weights

from optimization.bodies import Partition, Partitioned, bodies_of, breaches, distance, value
from optimization.partition import COLUMNS, best_partitions, partition
from optimization.solvers import Answer, SolverFailed, minimise

BENCHMARKS = next((p / "shared/data/optimization" for p in Path(__file__).parents if (p / "shared").exists()), Path("absent"))


@cache
def every(n: int) -> np.ndarray:
    """Labels of all partitions of n members (Bell number, n)."""
    rows = [(0,)]
    for _ in range(n - 1):
        rows = [(*row, k) for row in rows for k in range(max(row) + 2)]
    return np.array(rows)


@cache
def joined(n: int) -> np.ndarray:
    """Whether a partition has i and j in one body (Bell number, n, n)."""
    labels = every(n)
    return labels[:, :, None] == labels[:, None, :]


def drawn(rng: np.random.Generator) -> Partition:
    """A random question of at most 8 members, its rules on or off; many of them without an answer."""
    n = int(rng.integers(2, 9))
    whole = rng.random() < 0.5
    raw = rng.integers(-9, 10, (n, n)).astype(float) if whole else rng.normal(0, 5, (n, n))
    if rng.random() < 0.3:
        raw *= rng.random((n, n)) < 0.4
    weights = np.triu(raw, 1)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]

    def some(most: int) -> tuple[tuple[int, int], ...]:
        return tuple(pairs[k] for k in rng.integers(0, len(pairs), rng.integers(0, most + 1)))

    least = int(rng.integers(1, n + 2)) if rng.random() < 0.25 else 1
    return Partition(
        weights=weights + weights.T,
        heads=rng.integers(0, 9, n).astype(float) if rng.random() < 0.5 else None,
        together=some(2) if rng.random() < 0.4 else (),
        apart=some(4) if rng.random() < 0.5 else (),
        alone=tuple(int(i) for i in rng.integers(0, n, 1)) if rng.random() < 0.25 else (),
        most_heads=float(rng.integers(6, 24)) if rng.random() < 0.4 else inf,
        span=float(rng.integers(1, 5)) if rng.random() < 0.3 else inf,
        least=least,
        most=float(rng.integers(1, n + 1)) if rng.random() < 0.4 else inf,
    )


def allowed(q: Partition) -> np.ndarray:
    """Which of all partitions keep the rules, in words of sets; nothing of the code under test."""
    n = len(q.weights)
    same, labels = joined(n), every(n)
    heads = np.zeros(n) if q.heads is None else q.heads
    count = labels.max(axis=1) + 1
    good = (count >= q.least) & (count <= q.most)
    good &= ((same * heads).sum(axis=2) <= q.most_heads).all(axis=1) & (same.sum(axis=2) <= q.span).all(axis=1)
    for i, j in q.together:
        good &= same[:, i, j]
    for i, j in q.apart:
        good &= ~same[:, i, j]
    for i in q.alone:
        good &= same[:, i].sum(axis=1) == 1
    return good


def held_against_all(cases: int, seed: int) -> int:
    rng = np.random.default_rng(seed)
    impossible = 0
    for case in range(cases):
        q = drawn(rng)
        n, good = len(q.weights), allowed(q)
        gains = (joined(n) * np.triu(q.weights, 1)).sum(axis=(1, 2))
        found = partition(q, columns=COLUMNS if case % 2 else 0)
        if not good.any():
            impossible += 1
            assert found.status == "infeasible", (case, q, found)
            continue
        best = gains[good].max()
        assert found.status == "proved", (case, q, found)
        assert found.value == pytest.approx(best, abs=1e-6) and found.bound == pytest.approx(best, abs=1e-6), (case, q, found, best)
        assert not breaches(q, found.bodies, found.value)
    return impossible


def test_exact_on_a_thousand_random_questions_against_every_partition() -> None:
    impossible = held_against_all(1000, 1)
    assert 100 < impossible < 600, "questions with and without an answer are both asked often"


@pytest.mark.campaign
def test_exact_on_ten_thousand_random_questions() -> None:
    held_against_all(10_000, 2)


def test_the_best_three_that_differ_are_the_best_three_that_differ() -> None:
    """Greedily from all partitions: the best, the best at least `differ` pairs away from it, and so on."""
    rng = np.random.default_rng(3)
    for _ in range(60):
        q, differ = drawn(rng), int(rng.integers(1, 4))
        n = len(q.weights)
        good = np.flatnonzero(allowed(q))
        gains = (joined(n) * np.triu(q.weights, 1)).sum(axis=(1, 2))
        found = best_partitions(q, 3, differ=differ)
        bodies = [f.bodies for f in found]
        assert all(distance(a, b) >= differ for k, a in enumerate(bodies) for b in bodies[:k])
        left = [g for g in good if all(distance(bodies_of(every(n)[g]), b) >= differ for b in bodies)]
        if len(found) < 3:
            assert not left
        for k, one in enumerate(found):
            others = [g for g in good if all(distance(bodies_of(every(n)[g]), b) >= differ for b in bodies[:k])]
            assert one.status == "proved" and one.value == pytest.approx(gains[others].max(), abs=1e-6)


@pytest.mark.parametrize("name, optimum", [("karate", 5714), ("dolphins", 27805), ("lesmis", 75321)])
def test_published_optima_are_proved(name: str, optimum: int) -> None:
    """Modularity in whole numbers; optima as published for these networks."""
    file = BENCHMARKS / f"{name}.txt"
    if not file.exists():
        pytest.skip("benchmark instances are not here")
    found = partition(Partition(weights(file.read_text(encoding="utf-8"))))
    assert (found.status, found.value, found.bound) == ("proved", optimum, optimum)


def test_no_time_at_all_still_gives_a_partition_and_a_bound() -> None:
    rng = np.random.default_rng(5)
    raw = np.triu(rng.normal(0, 5, (18, 18)), 1)
    found = partition(Partition(raw + raw.T), limit=0.0)
    assert found.status == "bounded" and found.bodies is not None
    assert found.value <= found.bound and found.gap > 0
    better = partition(Partition(raw + raw.T), limit=30.0)
    assert better.status == "proved" and found.value <= better.value == better.bound < found.bound


def test_forty_members_with_all_rules_are_proved() -> None:
    """Sparse gains of shared work against a small loss of each pair; bodies listed and chosen, or pairs cut, the same optimum."""
    q = departments(3)
    found = partition(q)
    assert found.status == "proved" and not breaches(q, found.bodies, found.value)
    assert partition(replace(q, least=1, most=len(found.bodies) - 1)).value < found.value < partition(replace(q, most_heads=140)).value


def test_the_checker_names_each_broken_rule() -> None:
    """Four members, gains 1..6 in the order of pairs: {0,1},{2,3} gain 1 + 6."""
    weights = np.zeros((4, 4))
    weights[np.triu_indices(4, 1)] = range(1, 7)
    q = Partition(weights + weights.T, np.array([1.0, 2, 3, 4]), ((0, 2),), ((0, 1),), (3,), 6, 1, 3, 4)
    assert value(q, ((0, 1), (2, 3))) == 7
    said = breaches(q, ((0, 1), (2, 3)), 8.0)
    assert len(said) == 8
    for words in ("must be together", "must be apart", "stays alone", "too many heads", "spans too many", "2 bodies", "gains are 7, not 8"):
        assert any(words in line for line in said), words
    assert breaches(q, ((0, 1), (2,))) == ["some member is in no body, or in two"]


def test_same_question_same_answer() -> None:
    rng = np.random.default_rng(7)
    raw = np.triu(rng.normal(0, 5, (25, 25)), 1)
    q = Partition(raw + raw.T, rng.integers(1, 9, 25).astype(float), most_heads=30, least=6, most=9)
    assert partition(q) == partition(q)


@pytest.mark.parametrize("when", ["with the best so far", "before there was any"])
def test_ctrl_c_ends_all_searches_with_the_best_so_far(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third best partition is not looked for when the search for the first was stopped in HiGHS."""
    rng = np.random.default_rng(0)
    raw = np.triu(rng.integers(-100, 101, (22, 22)), 1).astype(float)
    q, asked = Partition(raw + raw.T), []

    def stopped(*told: Any, **named: Any) -> Answer:
        asked.append(1)
        if when == "before there was any":
            raise SolverFailed("HiGHS was interrupted without a solution; give it more time")
        return replace(minimise(*told, **named), bound=None, status="heuristic", stopped="interrupted")

    monkeypatch.setattr("optimization.partition.minimise", stopped)
    (found,) = best_partitions(q, 3)
    assert (found.stopped, len(asked)) == (True, 1)
    assert found.bodies is not None and breaches(q, found.bodies, found.value) == []
    assert found.status == "bounded" and found.bound is not None and found.bound > value(q, found.bodies)


def test_ctrl_c_before_any_partition_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    none = Partitioned("bounded", None, None, 1.0, "by hand", stopped=True)
    monkeypatch.setattr("optimization.partition.partition", lambda *_, **__: none)
    with pytest.raises(KeyboardInterrupt):
        best_partitions(Partition(np.zeros((2, 2))), 3)
