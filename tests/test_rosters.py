"""Rosters: the grouped model against enumeration, flow against naive cover, each rule alone, the checker against wrong rosters."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from optimization.roster_checks import breaches
from optimization.roster_days import day_by_day
from optimization.roster_rules import build
from optimization.rosters import ALL, Contract, Group, Permission, Rostering, read, roster
from optimization.shifts import Patterns

SPOT = Patterns(("day",), np.ones((1, 1, 1), dtype=bool), np.ones((1, 1)))
"""One day of one half hour, one shift that pays an hour."""


def spot(sizes: dict[str, tuple[int, set[int]]], required: list[int], **more: object) -> Rostering:
    """One half hour, one kind of window with room for all; groups by name with their size and queues."""
    groups = tuple(Group(name, "hall", "full", size) for name, (size, _) in sizes.items())
    given: dict[str, object] = {
        "groups": groups, "contracts": {"full": Contract()}, "patterns": SPOT, "windows": np.array([99]), "window_names": ("window",),
        "serves": {(g, 0): frozenset(queues) for g, (_, queues) in enumerate(sizes.values())},
        "required": np.array(required, dtype=np.int64).reshape(1, -1, 1), "queue_names": tuple(f"queue {k}" for k in range(len(required))),
        "day_names": ("Monday",), "missing": np.inf,
    }  # fmt: skip
    return Rostering(**{**given, **more})  # type: ignore[arg-type]


# --- one person, one queue -----------------------------------------------------------------------------------------


def test_billing_13_and_technical_6_need_19_people_not_13() -> None:
    """The case of a well-known library: each flexible person counted for both queues at once gives 13; nobody can serve both."""
    problem = spot({"both": (30, {0, 1})}, [13, 6])
    naive = roster(replace(problem, rules=ALL - {"one_queue"}))
    true = roster(problem)
    assert (naive.people.sum(), true.people.sum()) == (13, 19)
    assert true.status == "proved"
    assert true.bound == true.objective == 19
    assert any("counted twice" in words for words in breaches(problem, naive))


@pytest.mark.parametrize("seed", range(30))
def test_cover_is_the_largest_flow_that_the_people_allow(seed: int) -> None:
    """Hall (1935): a set of queues can miss no less than what its levels exceed the people who serve any of them."""
    rng = np.random.default_rng(seed)
    sizes = {f"g{g}": (int(rng.integers(0, 5)), set(map(int, np.flatnonzero(rng.random(4) < 0.5)))) for g in range(4)}
    required = [int(n) for n in rng.integers(0, 6, 4)]
    found = roster(spot(sizes, required, missing=1000.0, training=1e6), priced=False)
    worst = max(
        sum(r for r, k in zip(required, chosen, strict=True) if k) - sum(n for n, some in sizes.values() if any(chosen[k] for k in some))
        for chosen in product([False, True], repeat=4)
    )
    assert found.unmet.sum() == pytest.approx(max(0, worst))


# --- against enumeration -------------------------------------------------------------------------------------------


def tiny(rng: np.random.Generator) -> Rostering:
    """One to three groups of up to two people, two days of three half hours, two shifts of an hour, two queues, two kinds of windows."""
    on = np.zeros((2, 2, 3), dtype=bool)
    on[0, :, :2] = on[1, :, 1:] = True
    n = int(rng.integers(1, 4))
    some = [frozenset({0}), frozenset({1}), frozenset({0, 1})]
    serves = {(g, w): some[rng.integers(3)] for g in range(n) for w in range(2) if rng.random() < 0.6}
    ours, theirs = ("body 0", "full"), ("body 1", "full")
    return Rostering(
        groups=tuple(Group(f"group {g}", f"body {rng.integers(2)}", "full", int(rng.integers(0, 3))) for g in range(n)),
        contracts={"full": Contract(float(rng.choice([1.0, 2.0, 40.0])), float(rng.choice([1.0, 2.0])))},
        patterns=Patterns(("early", "late"), on, on.sum(axis=2) / 2), windows=rng.integers(1, 3, 2), window_names=("a", "b"),
        serves=serves,
        required=rng.integers(0, 3, (2, 2, 3)), queue_names=("p", "q"), day_names=("Monday", "Tuesday"),
        missing=rng.choice([0.7, 3.0, 9.0], (2, 2, 3)), noon=(1,), noon_people=int(rng.integers(0, 2)),
        rest=float(rng.choice([11.0, 23.5])), training=float(rng.choice([0.1, 1.0])),
        permissions=(Permission(ours, theirs, "district", "lend"),) if rng.random() < 0.3 else (),
    )  # fmt: skip


def lives(problem: Rostering, h: int) -> list[tuple[tuple[int, int] | None, ...]]:
    """Every week of one person in group h: for each day a window and a shift, or None; within days, hours and rest of his contract."""
    terms, p = problem.contracts["full"], problem.patterns
    cells = [None, *((w, shift) for (g, w) in problem.serves if g == h for shift in range(2))]
    most = min(terms.weekly_days, terms.weekly_hours)
    apart = 24 + (p.begins[:, 1][None, :] - p.ends[:, 0][:, None]) / 2
    weeks = product(cells, repeat=2)
    return [w for w in weeks if sum(c is not None for c in w) <= most and (None in w or apart[w[0][1], w[1][1]] >= problem.rest)]


def enumerated(problem: Rostering) -> float:
    """The least cost over every week of every single person, infinite when nothing will do. A state is the number with the digits
    people[g, w, d, p] to the base 8; a person adds to it what his week adds.
    """
    reached = {0: 0.0}
    for g, group in enumerate(problem.groups):
        moves = [(h, problem.training * (h != g)) for h in range(len(problem.groups)) if h == g or problem.may_move(g, h)]
        weeks = {}
        for h, price in moves:
            for week in lives(problem, h):
                added = sum(8 ** (h * 8 + c[0] * 4 + d * 2 + c[1]) for d, c in enumerate(week) if c is not None)
                weeks[added] = min(weeks.get(added, np.inf), price)
        for _ in range(group.size):
            after: dict[int, float] = {}
            for state, spent in reached.items():
                for added, price in weeks.items():
                    if spent + price < after.get(state + added, np.inf):
                        after[state + added] = spent + price
            reached = after
    digits = np.array([[state >> (3 * k) & 7 for k in range(len(problem.groups) * 8)] for state in reached])
    return float((np.array([*reached.values()]) + judged(problem, digits.reshape(len(reached), -1, 2, 2, 2))).min())


def judged(problem: Rostering, people: np.ndarray) -> np.ndarray:
    """Hours paid and missing of people (n, g, w, d, p), infinite beyond a rule; those of both queues are split in every way."""
    there = np.einsum("ngwdp,pdt->ngwdt", people, problem.patterns.on.astype(int))
    total = people.sum(axis=(1, 2, 3, 4)).astype(float)
    total[(there.sum(axis=1) > problem.windows[:, None, None]).any(axis=(1, 2, 3))] = np.inf
    for d, t in product(range(2), range(3)):
        if t == 1 and problem.required[d, :, 1].any():
            total[there[:, :, :, d, 1].sum(axis=(1, 2)) < problem.noon_people] = np.inf
        can = {frozenset(some): np.zeros(len(people), dtype=int) for some in ({0}, {1}, {0, 1})}
        for (g, w), queues in problem.serves.items():
            can[queues] += there[:, g, w, d, t]
        p, q, both = (can[frozenset(some)] for some in ({0}, {1}, {0, 1}))
        (x, y), (a, b) = problem.required[d, :, t], problem.shortage[d, :, t]
        ways = [
            np.where(c <= both, a * np.maximum(0, x - p - c) + b * np.maximum(0, y - q - both + c), np.inf) for c in range(both.max() + 1)
        ]
        total += np.min(ways, axis=0)
    return total


@pytest.mark.parametrize("batch", range(10))
def test_the_grouped_answer_is_the_best_of_all_weeks_of_all_single_people(batch: int) -> None:
    """Sixty instances a batch: cost, bound and infeasibility equal those of enumeration, in one program and day by day."""
    agree(np.random.default_rng(batch))


@pytest.mark.campaign
@pytest.mark.parametrize("batch", range(10, 60))
def test_thousands_more_of_the_same(batch: int) -> None:
    agree(np.random.default_rng(batch))


def agree(rng: np.random.Generator) -> None:
    none = 0
    for _ in range(60):
        problem = tiny(rng)
        least = enumerated(problem)
        found = roster(problem, priced=False)
        if np.isinf(least):
            assert found.status == "infeasible"
            none += 1
            continue
        assert found.status == "proved"
        assert found.objective == pytest.approx(least, abs=1e-6)
        assert found.bound == pytest.approx(least, abs=1e-6)
        model = build(problem)
        answer = day_by_day(model, 1, 60.0)
        if answer is not None and answer.values is not None:
            again = read(model, answer)
            assert not breaches(problem, again, again.objective)
            assert answer.bound is not None
            assert answer.bound <= least + 1e-6 <= (answer.objective or 0.0) + 2e-6
    assert 0 < none < 60, "both kinds of answer are seen"
