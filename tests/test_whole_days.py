"""Whole days: what is counted as saved is what a hall can save, in the cover, in the master, in columns and in what is told."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from test_joint_staffing import hall
from test_staffing_columns import case

from optimization.cover import Cover, breaches, cover
from optimization.staffing import optimize_staffing
from optimization.staffing_problem import usual
from optimization.targets import Target
from optimization.trials import cost
from optimization.whole_days import paid_hours, short_days, steps
from simulation import verbs
from simulation.units import Duration, Flag

DAY, NOON, LONG = range(3)


def lunch() -> Cover:
    """Four people of one kind, three of them by day (35 h a week) and one for the lunch hour (5 h); a long shift has both (41 h)."""
    today = np.zeros((1, 3, 1), dtype=np.int64)
    today[0, :, 0] = 3, 1, 0
    return Cover(
        sizes=np.array([4]), names=("land",), body=(("land", "posted"),),
        covers=np.array([[True, False, True], [False, True, False], [True, True, True]]), paid=np.array([35.0, 5.0, 41.0]),
        windows=np.array([4]), window_names=("general",), serves={(0, 0): frozenset({0})}, required=np.array([[1, 3, 1]]),
        hours=np.array([15.0, 5.0, 20.0]), today=today, missing=20.0, training=2.0, change=0.1, shorter=steps([7, 1, 8], 7),
    )  # fmt: skip


def people(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64).reshape(1, 3, 1)


@pytest.mark.parametrize(
    ("numbers", "hours"),
    [
        ((3, 1, 0), 110.0),  # today
        ((2, 2, 0), 110.0),  # a day that becomes a lunch hour saves nothing: 70 + 10 and 30 beyond
        ((2, 1, 0), 75.0),  # a person less saves his week
        ((3, 0, 0), 105.0),  # today's lunch hour is what the scenario says: 5
        ((1, 2, 0), 75.0),  # one sent back, one shortened: 35 + 10 + 30
        ((1, 1, 2), 122.0),  # two days become longer
    ],
)
def test_only_people_sent_back_save_what_they_are_paid(numbers: tuple[int, int, int], hours: float) -> None:
    assert paid_hours(lunch(), people(*numbers)) == hours


def test_days_below_a_whole_one_are_paid_up_to_it_step_by_step() -> None:
    """Of 1, 4, 7 and 8 hours a day with a whole day of 7: from 1 to 4 and from 4 to 7 it is 15 h a week each. Who goes from 7 to 1 costs
    30 beyond, from 4 to 1 what he had: 15. Nothing is shorter than a whole day of no hours, nor in a hall of short days than the longest.
    """
    assert [(price, sorted(shifts)) for price, shifts in steps([7, 1, 4, 8], 7)] == [(15.0, [1]), (15.0, [1, 2])]
    assert steps([7, 1, 4, 8], 0) == ()
    assert steps([6, 6.5], 7) == ((2.5, frozenset({0})),)
    today = np.array([[[1], [0], [1], [0]]])
    c = replace(lunch(), today=today, paid=np.array([35.0, 5.0, 20.0, 40.0]), shorter=steps([7, 1, 4, 8], 7))
    for numbers, hours in (((0, 1, 1, 0), 5 + 20 + 30.0), ((1, 1, 0, 0), 35 + 5 + 15.0), ((0, 0, 2, 0), 40 + 15.0), ((0, 0, 1, 0), 20.0)):
        assert paid_hours(c, np.array(numbers).reshape(1, 4, 1)) == hours


def test_the_cover_takes_longer_days_where_short_ones_save_nothing_and_the_rule_can_be_switched_off() -> None:
    """Three at noon: hours at windows alone ask for one day and three lunch hours (35 + 15, two placed anew); with whole days these cost
    110, and one long day with two lunch hours, one of them new, 81.
    """
    c = lunch()
    found, answer, _ = cover(c)
    assert found is not None and breaches(c, found, answer.objective) == []
    assert (found.people[0, :, 0].tolist(), answer.objective) == ([0, 2, 1], pytest.approx(81.2))
    bare, answer, _ = cover(c, without=("whole_days",))
    assert bare is not None
    assert (bare.people[0, :, 0].tolist(), answer.objective) == ([1, 3, 0], pytest.approx(50.2))


@pytest.mark.parametrize("batch", range(3))
@pytest.mark.parametrize("columns", [True, False])
def test_the_master_is_as_cheap_as_enumeration_finds(batch: int, columns: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shifts of 7, 1 and 8 hours by day; whole days are 7, so that the second is 6 short; with a budget in each other batch."""
    master = case(np.random.default_rng(batch + 40), batch == 2, 60.0 if batch % 2 else None)
    i = replace(master.instance, shorter=((6.0, frozenset({1})),), body=(("x", "p"), ("y", "p"), ("z", "p")))
    master.instance = i
    if not columns:
        monkeypatch.setattr(type(master), "columns", ())
    assert bool(master.columns) is columns
    still, least = np.zeros((3, 3), dtype=np.int64), np.inf
    cells = [(g, s, w) for g, w in i.serves for s in range(3)]
    for numbers in product(*(range(master.most[g, w] + 1) for g, _, w in cells)):
        some = np.zeros_like(i.today)
        some[tuple(np.array(cells).T)] = numbers
        if (worth := cost(i, some, still)) < least and not master.broken(some, still):
            least = worth
    found, answer = master.cheapest([], np.zeros(2))
    if found is None:
        assert least == np.inf
        return
    assert master.broken(*found, answer.objective) == []
    assert answer.objective == pytest.approx(least, abs=1e-6)


@pytest.mark.parametrize(("least", "hours", "told"), [(7, 50.0, (7.0, 5, 15.0)), (0, 30.0, None)])
def test_an_answer_counts_the_rest_of_a_day_that_becomes_shorter(
    least: int, hours: float, told: tuple[float, int, float] | None, tmp_path: Path
) -> None:
    """Queue a has a person for 7 and one for 3 hours a day, b one for 8; any wait will do and hours need not be kept. By hours at windows
    one for 3 hours at each does: 30. With whole days a keeps its short one (15) and b asks 35, by whichever shift: 50. Today 35 + 15 + 40.
    """
    changed = {"targets": (Target(wait=Duration(36_000)),), "keep_hours": Flag(False), "least_day": Duration(least * 3600)}
    settings = verbs.Settings(replications=2, days=3, store=tmp_path, workers=1)
    solution = optimize_staffing(hall(), settings, usual(hall()).model_copy(update=changed))
    model, days = dict(solution.model), solution.short_days
    assert (model["paid_hours_a_week_today"], model["paid_hours_a_week"]) == (90.0, hours)
    assert (days is None) == (told is None)
    if days is not None:
        short = days.proposed // 5 - 1  # b may be staffed either way, at the same cost
        assert (days.least, days.today, days.beyond) == (7.0, 5, 20.0 * short)
        assert (days.whole_today, days.whole) == (90.0 + 20, 70.0)
        assert solution.document()["short_days"]["proposed"] == days.proposed
        assert {name: n for name, n in days.windows} == {"d, a": 5, **({"d, b": 5} if short else {})}


def test_what_short_days_come_to_if_all_are_paid_whole() -> None:
    """Today 3 x 35 and one lunch hour paid as 35; two lunch hours beside two days: the same 140, 30 of them beyond the windows."""
    days = short_days(lunch(), people(2, 2, 0), 7)
    assert days is not None
    assert (days.today, days.proposed, days.beyond, days.whole_today, days.whole) == (5, 10, 30.0, 140.0, 140.0)
    assert short_days(replace(lunch(), shorter=()), people(2, 2, 0), 7) is None
