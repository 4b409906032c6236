"""Named rosters: they realise the grouped answer exactly, keep rest, days and hours, share duties evenly; and their checker."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from benchmarks.rosters import hall

from optimization.naming import Named, duties, misfits, name_people
from optimization.rosters import ALL, Contract, Group, Rostered, Rostering, roster
from optimization.shifts import Patterns
from simulation.errors import Infeasible

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def crew(n: int, days: int, on: np.ndarray, **more: object) -> Rostering:
    """One group of n people at windows of one kind; nobody is asked for, rosters are written by hand. `on` is (P, T), each day alike."""
    shown = np.repeat(np.asarray(on, dtype=bool)[:, None], days, axis=1)
    given: dict[str, object] = {
        "groups": (Group("crew", "hall", "full", n),), "contracts": {"full": Contract(40.0, 5.0)},
        "patterns": Patterns(tuple(f"shift {p}" for p in range(len(on))), shown, shown.sum(axis=2) / 2),
        "windows": np.array([99]), "window_names": ("window",), "serves": {(0, 0): frozenset({0})},
        "required": np.zeros((days, 1, shown.shape[2]), dtype=np.int64), "queue_names": ("queue",), "day_names": DAYS[:days],
    }  # fmt: skip
    return Rostering(**{**given, **more})  # type: ignore[arg-type]


def written(problem: Rostering, table: np.ndarray) -> Rostered:
    """A grouped roster by hand: people (D, P) of the one group."""
    people = np.asarray(table, dtype=np.int64)[None, None]
    none = np.zeros((1, 1), dtype=np.int64)
    return Rostered("proved", None, None, None, "by hand", people, none, {}, np.zeros(problem.required.shape))


def test_three_saturdays_among_three_people_over_three_weeks_fall_to_each_once() -> None:
    """Six days, two of three at work each weekday and one on Saturday: 11 duties a week, 33 in three weeks, 11 and one Saturday each."""
    problem = crew(3, 6, np.ones((1, 4)))
    weeks = [written(problem, [[2]] * 5 + [[1]])] * 3
    named = name_people(problem, weeks, duties(problem, weekend=(5,)))
    assert misfits(problem, weeks, named) == []
    assert (named.shift >= 0).sum(axis=(1, 2)).tolist() == [11, 11, 11]
    assert (named.shift[:, :, 5] >= 0).sum(axis=1).tolist() == [1, 1, 1]
    assert named.proved.all()
    assert {duty: rows.tolist() for duty, rows in named.spread.items()} == {"days": [0], "weekend": [0]}


@pytest.mark.parametrize("seed", range(25))
def test_every_week_within_the_days_of_the_contract_can_be_named(seed: int) -> None:
    """The theorem behind `weekly_rest`: head counts per day <= n with a sum <= days * n can be divided; spread of days at most one."""
    rng = np.random.default_rng(seed)
    n, most = int(rng.integers(1, 7)), int(rng.integers(2, 6))
    problem = crew(n, 6, np.ones((1, 4)), contracts={"full": Contract(99.0, float(most))})
    weeks = []
    for _ in range(int(rng.integers(1, 4))):
        heads = rng.integers(0, n + 1, 6)
        while heads.sum() > most * n:
            heads[rng.integers(6)] = 0
        weeks.append(written(problem, heads[:, None]))
    named = name_people(problem, weeks, duties(problem))
    assert misfits(problem, weeks, named) == []
    assert named.spread["days"][0] <= 1


def test_who_ends_late_does_not_begin_early_the_next_day() -> None:
    """Half hours 0-4 and 30-34 of a day of 34: 9.5 hours of rest between 17:00 and 2:30 if the second is followed by the first."""
    on = np.zeros((2, 34))
    on[0, :4] = on[1, 30:] = 1
    problem = crew(2, 4, on)
    weeks = [written(problem, [[1, 1]] * 4)]
    named = name_people(problem, weeks, {**duties(problem), "late": duties(problem, late=30)["late"]})
    assert misfits(problem, weeks, named) == []
    assert named.spread["late"].tolist() == [4]
    assert named.proved.all()
    free = replace(problem, rules=ALL - {"daily_rest"})
    assert name_people(free, weeks, duties(problem, late=30)).spread["late"].tolist() == [0]


def divisions(problem: Rostering, weeks: list[Rostered], shared: dict[str, np.ndarray]) -> float:
    """The least sum of spreads over every way to divide hand-written weeks among single people; infinite when none keeps the rules."""
    n, terms, patterns = problem.groups[0].size, problem.contracts["full"], problem.patterns
    turns = []
    for week in weeks:
        for row in week.people[0, 0]:
            cells = [p for p, times in enumerate(row) for _ in range(times)]
            turns.append({*permutations([*cells, *[-1] * (n - len(cells))])})
    days, best = len(problem.day_names), np.inf
    for ways in product(*turns):
        table = np.array(ways).T.reshape(n, len(weeks), days)
        paid = np.where(table >= 0, patterns.paid[table, np.arange(days)], 0).sum(axis=2)
        follows = (table[:, :, :-1] >= 0) & (table[:, :, 1:] >= 0)
        apart = 24 + (patterns.begins[table[:, :, 1:], np.arange(1, days)] - patterns.ends[table[:, :, :-1], np.arange(days - 1)]) / 2
        within = (table >= 0).sum(axis=2).max() <= terms.weekly_days and paid.max() <= terms.weekly_hours
        if within and (apart >= problem.rest)[follows].all():
            had = [np.where(table >= 0, duty[table, np.arange(days)], 0).sum(axis=(1, 2)) for duty in shared.values()]
            best = min(best, sum(h.max() - h.min() for h in had))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_no_way_to_divide_a_roster_is_more_even_than_a_proved_one(seed: int) -> None:
    """Two or three people, two shifts of different length and hour, four days or two weeks of two: every permutation of every day."""
    rng = np.random.default_rng(seed)
    on = np.zeros((2, 46), dtype=bool)
    on[0, : rng.integers(2, 5)] = on[1, 40 : rng.integers(42, 47)] = True
    n, weeks, days = int(rng.integers(2, 4)), *((1, 4), (2, 2))[rng.integers(2)]
    terms = Contract(float(rng.choice([3.0, 4.0, 40.0])), float(rng.integers(2, 5)))
    problem = crew(n, days, on, contracts={"full": terms}, rest=float(rng.choice([3.0, 6.0])))
    written_weeks = []
    for _ in range(weeks):
        late = rng.integers(0, n + 1, days)
        written_weeks.append(written(problem, np.stack([rng.integers(0, n - late + 1), late], axis=1)))
    shared = duties(problem, late=40, weekend=(1,))
    least = divisions(problem, written_weeks, shared)
    if np.isinf(least):
        with pytest.raises(Infeasible):
            name_people(problem, written_weeks, shared)
        return
    named = name_people(problem, written_weeks, shared)
    assert misfits(problem, written_weeks, named) == []
    assert named.proved.all()
    assert sum(int(wide[0]) for wide in named.spread.values()) == least


def test_hours_that_no_two_people_can_divide_are_said_to_be_so() -> None:
    """Two people of 5 hours a week, three shifts of 3 hours: 9 hours are less than 10, but somebody would have 6."""
    problem = crew(2, 3, np.ones((1, 6)), contracts={"full": Contract(5.0, 5.0)})
    with pytest.raises(Infeasible, match="cannot be divided"):
        name_people(problem, [written(problem, [[1], [1], [1]])], duties(problem))


def test_seven_days_in_a_row_are_worked_by_nobody() -> None:
    """One person is needed each of fourteen days; of two people each has at least a day off in any seven."""
    problem = crew(2, 7, np.ones((1, 4)), contracts={"full": Contract(60.0, 6.0)})
    weeks = [written(problem, [[1]] * 7)] * 2
    named = name_people(problem, weeks, duties(problem, weekend=(5, 6)))
    assert misfits(problem, weeks, named) == []
    assert named.spread["weekend"].tolist() == [0]


def test_a_generated_hall_is_named_as_it_was_counted() -> None:
    """Six days, so that somebody is off each day; rest, hours and the grouped roster hold for 20 people over two weeks."""
    problem = hall(20, 3, 6)
    found = roster(problem, limit=20, gap=0.05, priced=False)
    weeks = [found, found]
    shared = duties(problem, late=16, weekend=(5,))
    named = name_people(problem, weeks, shared, limit=5)
    assert misfits(problem, weeks, named) == []
    assert (named.shift >= 0).sum() == 2 * found.people.sum()
    for duty, table in shared.items():
        for g in range(len(problem.groups)):
            mine = [i for i in range(len(named.people)) if named.group[i] == g]
            had = [sum(table[p, d] for week in named.shift[i] for d, p in enumerate(week) if p >= 0) for i in mine]
            assert max(had, default=0) - min(had, default=0) == named.spread[duty][g]


def test_one_shift_for_the_week_is_named_by_the_week() -> None:
    """Three people, shifts 0 and 1 worked by two and one all week: over three weeks each has shift 1 once."""
    on = np.zeros((2, 6))
    on[0, :4] = on[1, 2:] = 1
    problem = crew(3, 5, on, daily=False)
    weeks = [written(problem, [[2, 1]] * 5)] * 3
    named = name_people(problem, weeks, duties(problem, late=5))
    assert misfits(problem, weeks, named) == []
    assert (named.shift[:, :, 0] == 1).sum(axis=1).tolist() == [1, 1, 1]
    assert (named.shift == named.shift[:, :, :1]).all()


def wrong_ones() -> list[tuple[str, Rostering, list[Rostered], Named]]:
    """Rosters with one thing wrong each, and words of the breach."""
    problem = crew(2, 3, np.ones((1, 4)), contracts={"full": Contract(4.0, 2.0)})
    weeks = [written(problem, [[1], [1], [1]])]
    good = name_people(problem, weeks, duties(problem))
    one, away = good.shift.copy(), np.full_like(good.window, -1)
    one[0], one[1] = 0, -1
    on = np.zeros((2, 34))
    on[0, :4] = on[1, 30:] = 1
    tired = crew(1, 2, on)
    late = np.array([[[1, 0]]])
    single = Named(("a",), np.zeros(1, dtype=int), np.zeros(1, dtype=int), np.zeros((1, 1, 2), dtype=int), late, {}, np.ones(1, dtype=bool))
    return [
        ("more days", problem, weeks, replace(good, shift=one, window=np.where(one >= 0, 0, -1))),
        ("more hours", problem, weeks, replace(good, shift=one, window=np.where(one >= 0, 0, -1))),
        ("not the people", problem, weeks, replace(good, shift=np.full_like(one, -1), window=away)),
        ("not there", problem, weeks, replace(good, home=good.home[:1], group=good.group[:1], people=good.people[:1],
                                              shift=good.shift[:1], window=good.window[:1])),
        ("fewer than 11 hours", tired, [written(tired, [[0, 1], [1, 0]])], single),
    ]  # fmt: skip


@pytest.mark.parametrize("case", range(5))
def test_the_checker_names_what_is_wrong(case: int) -> None:
    words, problem, weeks, named = wrong_ones()[case]
    assert any(words in one for one in misfits(problem, weeks, named))
