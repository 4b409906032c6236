"""Each rule of a roster alone, by hand; the reserve, permissions and their gain; and the checker against rosters with one thing wrong."""

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.rosters import hall

from optimization.roster_checks import breaches, cost
from optimization.roster_rules import RULES
from optimization.rosters import ALL, Contract, Group, Permission, Rostered, Rostering, gains, roster, with_reserve
from optimization.shifts import Patterns, ShiftRule, clock, shifts
from simulation.errors import InputRefused


def plain(n: int, days: int = 1, slots: int = 2, **more: object) -> Rostering:
    """One group of n people, one queue that asks for nobody, one kind of window for all; one shift, all day."""
    on = np.ones((1, days, slots), dtype=bool)
    given: dict[str, object] = {
        "groups": (Group("crew", "hall", "full", n),), "contracts": {"full": Contract()},
        "patterns": Patterns(("day",), on, on.sum(axis=2) / 2), "windows": np.array([99]), "window_names": ("window",),
        "serves": {(0, 0): frozenset({0})}, "required": np.zeros((days, 1, slots), dtype=np.int64), "queue_names": ("queue",),
        "day_names": tuple(f"day {d}" for d in range(days)), "missing": 20.0,
    }  # fmt: skip
    return Rostering(**{**given, **more})  # type: ignore[arg-type]


def asked(n: int, days: int = 1, slots: int = 2) -> np.ndarray:
    return np.full((days, 1, slots), n)


# --- one rule at a time ---------------------------------------------------------------------------------------------


def test_people_are_missing_where_a_shift_is_dearer_than_they_are() -> None:
    """Someone is asked for in one half hour of a shift of an hour: missing costs 0.5 x price, working 1."""
    required = np.array([[[1, 0]]])
    for price, missing in ((1.9, 1), (2.1, 0)):
        found = roster(plain(1, required=required, missing=price))
        assert found.unmet.sum() == missing
        assert found.objective == pytest.approx(min(1.0, price / 2))


def test_no_more_people_than_there_are() -> None:
    found = roster(plain(3, required=asked(5)))
    assert (found.people.sum(), found.unmet.tolist()) == (3, [[[2.0, 2.0]]])
    assert dict(found.prices)["people: crew"] == pytest.approx(20 - 1)


def test_no_more_people_than_windows() -> None:
    """Four windows: the fifth person would stand. An hour more of a window is worth what is missing less what is paid."""
    problem = plain(9, required=asked(5), windows=np.array([4]))
    found = roster(problem)
    assert found.on_duty(problem).sum(axis=(0, 1)).tolist() == [[4, 4]]
    assert dict(found.prices)["windows: window"] == pytest.approx(20 - 1)
    assert roster(replace(problem, rules=ALL - {"seats"})).unmet.sum() == 0


def test_weekly_rest_lets_each_work_his_days() -> None:
    """Three people, five days of six each: fifteen days of work where eighteen are asked for."""
    problem = plain(3, 6, required=asked(3, 6))
    assert roster(problem).people.sum() == 15
    assert roster(replace(problem, rules=ALL - {"weekly_rest"})).people.sum() == 18


def test_weekly_hours_are_those_of_the_contract() -> None:
    """Days of an hour, three hours a week, two people: six of ten."""
    problem = plain(2, 5, required=asked(2, 5), contracts={"full": Contract(3.0, 5.0)})
    assert roster(problem).people.sum() == 6


def test_who_ends_late_is_not_there_early() -> None:
    """Two people; at 0:00 and at 23:00 two are asked for, two days running. With rest, two of the second day's early duties are off."""
    on = np.zeros((2, 2, 48), dtype=bool)
    on[0, :, :2] = on[1, :, 46:] = True
    required = np.zeros((2, 1, 48), dtype=np.int64)
    required[0, 0, 46:] = required[1, 0, :2] = 2
    problem = plain(2, 2, 48, required=required, patterns=Patterns(("early", "late"), on, on.sum(axis=2) / 2))
    assert roster(problem).people.sum() == 2
    assert roster(replace(problem, rules=ALL - {"daily_rest"})).people.sum() == 4


def test_lunch_duty_is_held_when_nobody_is_priced_to_be_there() -> None:
    problem = plain(4, required=np.array([[[1, 1]]]), missing=0.1, noon=(1,), noon_people=3)
    assert roster(problem).people.sum() == 3
    assert roster(replace(problem, rules=ALL - {"lunch_duty"})).people.sum() == 0
    assert roster(replace(problem, noon_people=5)).status == "infeasible"
    idle = replace(problem, required=np.array([[[1, 0]]]))
    assert roster(idle).people.sum() == 0, "on days on which nobody is asked for at noon there is no lunch duty"


def test_part_time_contracts_allow_their_shifts_only() -> None:
    """The short shift would be cheaper for all; the full contract may not work it."""
    on = np.array([[[True, True]], [[True, False]]])
    problem = plain(
        2, required=np.array([[[2, 0]]]), patterns=Patterns(("long", "short"), on, on.sum(axis=2) / 2),
        groups=(Group("full", "hall", "full", 1), Group("part", "hall", "part", 1)), serves={(g, 0): frozenset({0}) for g in range(2)},
        contracts={"full": Contract(shifts=frozenset({0})), "part": Contract(20.0, shifts=frozenset({1}))},
    )  # fmt: skip
    found = roster(problem)
    assert found.people[:, 0, 0].tolist() == [[1, 0], [0, 1]]
    assert cost(problem, found)["paid_hours"] == 1.5


def test_one_shift_for_the_week_costs_the_days_it_stands_for() -> None:
    """A working day that stands for five and a Saturday for one: the shift of both pays 5 x 1 + 1 x 1 hours; missing is weighed alike."""
    problem = plain(2, 2, required=np.array([[[1, 1]], [[0, 0]]]), daily=False, times=(5.0, 1.0), contracts={"full": Contract(40.0, 6.0)})
    found = roster(problem)
    assert found.objective == pytest.approx(6.0)
    assert found.people[0, 0].tolist() == [[1], [1]]
    cheap = roster(replace(problem, missing=0.9))
    assert cheap.objective == pytest.approx(5 * 0.9)
    tired = roster(replace(problem, contracts={"full": Contract(40.0, 5.0)}))
    assert tired.people.sum() == 0


# --- who may move ---------------------------------------------------------------------------------------------------


def two_bodies(**more: object) -> Rostering:
    """Two departments; all the work is the second's, all the people are the first's."""
    return plain(
        4, required=asked(3), groups=(Group("tax", "tax office", "full", 4), Group("social", "social office", "full", 0)),
        serves={(0, 0): frozenset[int](), (1, 0): frozenset({0})}, **more,
    )  # fmt: skip


def test_nobody_moves_beyond_his_employer_without_a_reform_and_its_gain_is_shown() -> None:
    """Three people missing for an hour cost 60; three who come cost 3 hours and 3 x 2 of training: the gain is 51."""
    lend = Permission(("tax office", "full"), ("social office", "full"), "district", "one-counter")
    without, problem = roster(two_bodies()), two_bodies(permissions=(lend,))
    assert (without.objective, without.moved.sum()) == (60.0, 0)
    found = roster(problem)
    assert (found.objective, found.moved.tolist()) == (9.0, [[0, 3], [0, 0]])
    (gain,) = gains(problem, found)
    assert (gain.permission, gain.gain, gain.low, gain.high) == (lend, 51.0, 51.0, 51.0)
    back = replace(lend, giver=lend.taker, taker=lend.giver)
    assert roster(two_bodies(permissions=(back,))).moved.sum() == 0


def test_within_an_employer_people_move_for_the_price_of_training() -> None:
    problem = replace(two_bodies(), groups=(Group("a", "hall", "full", 4), Group("b", "hall", "full", 0)))
    assert roster(problem).moved[0, 1] == 3
    other = replace(problem, contracts={"full": Contract(), "part": Contract()}, groups=(problem.groups[0], Group("b", "hall", "part", 0)))
    assert roster(other).moved.sum() == 0


def test_a_permission_without_which_nothing_would_do_is_worth_any_price() -> None:
    lend = Permission(("tax office", "full"), ("social office", "full"), "district", "one-counter")
    problem = two_bodies(permissions=(lend,), missing=np.inf)
    assert gains(problem, roster(problem))[0].gain == np.inf


# --- reserve --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("needed", "absence", "more"), [(1, 0.05, 0), (20, 0.05, 2), (3, 0.0, 0), (1, 0.3, 1), (0, 0.3, 0)])
def test_the_reserve_is_the_least_with_which_enough_are_there(needed: int, absence: float, more: int) -> None:
    """.95 of one is enough for .8; .95^20 = .36, of 21 at least 20 with .72, of 22 with .90; .7 is not enough, 1 - .3^2 = .91 is."""
    problem = with_reserve(plain(99, required=asked(needed), contracts={"full": Contract(absence=absence)}))
    extra = problem.required[0, 1:].sum(axis=0)
    assert extra.tolist() == [more, more]
    found = roster(problem)
    assert found.people.sum() == needed + more


# --- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"required": asked(1, 2)}, "levels are"),
        ({"required": -asked(1)}, "less than nobody"),
        ({"groups": (Group("crew", "hall", "ful", 1),)}, "did you mean `full`"),
        ({"groups": (Group("crew", "hall", "full", 2, ("Li",)),)}, "as many names as people"),
        ({"rules": frozenset({"seat"})}, "did you mean `seats`"),
        ({"times": (5.0,)}, "daily=False"),
        ({"serves": {(1, 0): frozenset({0})}}, "a group below 1"),
        ({"window_names": ()}, "one name for each"),
    ],
)
def test_what_contradicts_itself_is_refused_in_words(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        plain(1, **change)


def test_shifts_are_every_start_length_and_break_that_the_rule_allows() -> None:
    """Starts 0 and 1, length 5 with a break of one at 2 or 3: four, each 2 hours; stretches of two at most leave two of them."""
    rule = ShiftRule("full", (0, 1), (5,), rest=1, earliest=2, latest=3)
    found = shifts([rule], 2, 6)
    assert len(found) == 4
    assert (found.paid == 2).all()
    assert found.begins[:, 0].tolist() == [0, 0, 1, 1]
    assert found.ends[:, 0].tolist() == [5, 5, 6, 6]
    assert len(shifts([replace(rule, stretch=2)], 1, 6)) == 2
    shut = np.ones((2, 6), dtype=bool)
    shut[1, 0] = False
    assert shifts([rule], 2, 6, opened=shut).worked.tolist() == [[True, False], [True, False], [True, True], [True, True]]
    assert clock(1, 9 * 3600) == "9:30"
    with pytest.raises(InputRefused, match="fits into 3 half hours"):
        shifts([rule], 1, 3)
    with pytest.raises(InputRefused, match="opening hours"):
        shifts([rule], 1, 6, opened=np.zeros((1, 6), dtype=bool))


# --- the checker ----------------------------------------------------------------------------------------------------


def test_every_rule_has_a_docstring_and_a_name_to_switch_it_by() -> None:
    for name, rule in RULES.items():
        assert rule.__name__ == name
        assert rule.__doc__ and "=" in rule.__doc__


def wrong(found: Rostered, case: str) -> Rostered:
    """The roster with one thing wrong."""
    people, moved, flow, unmet = found.people.copy(), found.moved.copy(), dict(found.flow), found.unmet.copy()
    first = next(iter(flow))
    busiest = np.unravel_index(people.argmax(), people.shape)
    if case == "more people at work":
        people[busiest] += 50
    elif case == "negative":
        people[busiest] = -1
    elif case == "may not sit":
        people[0, 1 - next(w for g, w, *_ in flow if g == 0), 0, 0] += 1
    elif case == "counted twice":
        flow[first] += 40
    elif case == "without the skill":
        flow[(*first[:3], 99 % found.unmet.shape[1], first[4])] = flow.pop(first)
        g, w, d, _, t = first
        flow[g, w, d, 3, t] = 1.0
    elif case == "and not said":
        flow.pop(first)
    elif case == "a negative flow":
        flow[first] = -1.0
    elif case == "lunch duty":
        people[:] = 0
        flow.clear()
    elif case == "within employer":
        moved[0, -1] += 1
    return replace(found, people=people, moved=moved, flow=flow, unmet=unmet)


CASES = ("more people at work", "negative", "may not sit", "counted twice", "without the skill", "and not said", "a negative flow",
         "lunch duty", "within employer")  # fmt: skip


@pytest.fixture(scope="module")
def hall_and_roster() -> tuple[Rostering, Rostered]:
    problem = hall(16, 4, 1, seed=3)
    return problem, roster(problem, limit=30, priced=False)


def test_the_checker_accepts_the_answer_and_refuses_its_cost_when_wrong(hall_and_roster: tuple[Rostering, Rostered]) -> None:
    problem, found = hall_and_roster
    assert breaches(problem, found, found.objective) == []
    assert found.objective is not None
    assert "cost" in breaches(problem, found, found.objective + 1)[0]
    assert len(problem.windows) > 1


@pytest.mark.parametrize("case", CASES)
def test_the_checker_names_what_is_wrong(case: str, hall_and_roster: tuple[Rostering, Rostered]) -> None:
    problem, found = hall_and_roster
    assert any(case in words for words in breaches(problem, wrong(found, case)))


def halves(days: int, slots: int = 2, width: int = 1) -> Patterns:
    """An early shift of the first half hours, a late one of the last."""
    on = np.zeros((2, days, slots), dtype=bool)
    on[0, :, :width] = on[1, :, slots - width :] = True
    return Patterns(("early", "late"), on, on.sum(axis=2) / 2)


NIGHT = np.eye(96, dtype=int)[[46, 48]].sum(axis=0).reshape(2, 1, 48)
"""One person late on the first day, one early on the second."""
BARE = {
    "seats": ("more people than windows", plain(9, required=asked(5), windows=np.array([4]))),
    "weekly_rest": ("more days", plain(3, 6, required=asked(3, 6))),
    "weekly_hours": ("more hours", plain(2, 5, required=asked(2, 5), contracts={"full": Contract(3.0, 5.0)})),
    "head_count": ("more people at work", plain(1, required=asked(1), patterns=halves(1))),
    "daily_rest": ("too few hours", plain(1, 2, 48, required=NIGHT, patterns=halves(2, 48, 2))),
    "lunch_duty": ("lunch duty", plain(4, required=asked(1), missing=0.1, noon=(1,), noon_people=3)),
}


@pytest.mark.parametrize("rule", BARE)
def test_a_roster_made_without_a_rule_breaks_it_by_name(rule: str) -> None:
    words, problem = BARE[rule]
    found = roster(replace(problem, rules=ALL - {rule}), priced=False)
    assert any(words in one for one in breaches(problem, found))
    assert breaches(problem, roster(problem, priced=False)) == []
