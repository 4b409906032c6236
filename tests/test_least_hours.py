"""What the other requirements need where the budget clashes with them: the same as enumeration finds, and told in the first line."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from test_findings import staffing
from test_joint_staffing import asked, hall

from optimization.joint_staffing import ladder
from optimization.least_hours import least_hours
from optimization.staffing import optimize_staffing
from optimization.staffing_problem import usual
from optimization.targets import Target
from optimization.whole_days import paid_hours
from simulation import verbs
from simulation.units import Duration, Factor
from workbench import findings
from workbench.solutions import print_solution

SETTINGS = {"replications": 2, "days": 3, "workers": 1}


@pytest.mark.parametrize(("minutes", "hours"), [(8, None), (14, 110.0), (25, 90.0), (60, 75.0)])
def test_the_least_hours_without_a_budget_are_those_of_enumeration(minutes: int, hours: float | None) -> None:
    """Every staffing of two queues that keeps the wait, each simulated; changes and training cost nothing here. The bound is no higher."""
    trials, master = asked(hall(), Target(wait=Duration(minutes * 60)), budget=50.0, keep=True)
    i, still = trials.case.instance, np.zeros((2, 2), dtype=np.int64)
    master.limits = replace(master.limits, budget=None)
    able = []
    cells = [(g, s, w) for g, w in i.serves for s in range(len(i.paid))]
    for numbers in product(*(range(master.most[g, w] + 1) for g, _, w in cells)):
        people = np.zeros_like(i.today)
        people[tuple(np.array(cells).T)] = numbers
        if not master.broken(people, still) and not trials.of(people, still).misses().any():
            able.append(paid_hours(i, people))
    master.limits = replace(master.limits, budget=50.0)
    trials.known.clear()
    found = least_hours(trials, master, ladder, 400, 0.0)
    assert found.found == (None if hours is None else pytest.approx(hours))
    assert min(able, default=None) == hours
    assert found.bound is None or 75 - 1e-6 <= found.bound <= min(able, default=np.inf) + 1e-6  # 35 h at a and 40 h at b are kept
    assert found.bound is not None or not able
    assert master.limits.budget == 50.0


def test_a_budget_below_the_hours_kept_names_them(tmp_path: Path) -> None:
    """Somebody at a for 7 hours a day and at b for 8: 75 hours a week, of which a budget of 60 has too few; any wait will do."""
    changed = {"targets": (Target(wait=Duration(36_000)),), "budget": Factor(60)}
    solution = optimize_staffing(hall(), verbs.Settings(store=tmp_path, **SETTINGS), usual(hall()).model_copy(update=changed))
    assert (solution.status, set(solution.clash)) == ("infeasible", {"budget", "hours kept"})
    told = dict(solution.model)
    assert told["paid_hours_a_week_without_the_budget"] == pytest.approx(75)
    assert told["least_paid_hours_a_week_without_the_budget"] == pytest.approx(75)
    words = findings.of_staffing(solution, hall())
    assert words.endswith(". Without the budget the other requirements need 75 paid hours a week: none with fewer keeps them.")
    assert "其余要求每周需75付薪工时" in findings.of_staffing(solution, hall(), "zh")


@pytest.mark.parametrize(("language", "words"), [("en", "This cannot be kept"), ("zh", "仅此一项")])
def test_everybody_is_seated_whatever_the_budget_where_nothing_keeps_the_targets(
    language: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One hour is too few for one person at each queue, and no time at all is too short a wait with any: that is said first."""
    changed = {"targets": (Target(wait=Duration(0)),), "budget": Factor(1), "keep_hours": False}
    problem = usual(hall()).model_copy(update=changed)
    solution = optimize_staffing(hall(), verbs.Settings(store=tmp_path, **SETTINGS), problem)
    assert (solution.status, solution.clash, solution.filled) == ("infeasible", ("budget",), True)
    (row,) = solution.seated
    assert (row.measure, row.target, row.n, row.verdict) == ("wait_borne", 0, int(problem.search.replications), "missed")
    assert row.value is not None and row.value > 0
    assert solution.document()["missed_with_everybody_seated"][0]["value"] == row.value
    told = findings.of_staffing(solution, hall(), language)
    assert told.startswith(("Even with everybody seated", "即使全员上岗")) and "75" not in told
    print_solution(solution, problem, hall(), as_json=False, language=language)
    said = capsys.readouterr().out
    assert words in said and "cannot hold together" not in said and "须放宽其中之一" not in said


def test_a_clash_without_the_budget_says_nothing_of_hours(tmp_path: Path) -> None:
    changed = {"targets": (Target(wait=Duration(0)),), "budget": Factor(500)}
    solution = optimize_staffing(hall(), verbs.Settings(store=tmp_path, **SETTINGS), usual(hall()).model_copy(update=changed))
    assert solution.objective is None
    assert not any("without_the_budget" in name for name, _ in solution.model)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ((80.0, 75.0), "Without the budget 80 paid hours a week keep the other requirements, and none below 75."),
        ((None, 75.04), "no staffing was found either that keeps the other requirements; it would take 75 paid hours a week or more."),
        ((80.0, None), "Without the budget 80 paid hours a week keep the other requirements; how many fewer might is not known."),
    ],
)
def test_what_is_known_of_the_least_hours_is_told(figures: tuple[float | None, float | None], words: str) -> None:
    names = "paid_hours_a_week_without_the_budget", "least_paid_hours_a_week_without_the_budget"
    model = tuple((name, value) for name, value in zip(names, figures, strict=True) if value is not None)
    assert findings.of_staffing(replace(staffing(), objective=None, model=model), verbs.load("tiny")).endswith(words)
