"""Cells of a target that hold too few tickets to be judged: which they are, in the search and on fresh seeds, and how they are told."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from test_findings import WAIT, staffing
from test_joint_staffing import hall, plan_of

from optimization.staffing_case import staffing_case
from optimization.staffing_problem import Prices, usual
from optimization.staffing_verified import Question, verified
from optimization.targets import Target
from optimization.trials import Trials
from simulation import verbs
from simulation.calendar import DAY, Calendar
from simulation.units import Duration
from workbench import findings
from workbench.solutions import print_solution

QUEUES = ("a", "b")


def test_a_cell_comes_on_the_dates_of_its_weekday_and_any_other_on_all_working_dates() -> None:
    """Two weeks from Monday 6 March 2023, Wednesday 8 off and Saturday 18 worked instead, Saturday 11 may be open: ten."""
    first = date(2023, 3, 6)
    worked = [date(2023, 3, d) for d in (6, 7, 9, 10, 13, 14, 15, 16, 17, 18)]
    calendar = Calendar.listed(worked, first, date(2023, 3, 19))
    each = Target(wait=Duration(60), queue="each", day="each")
    two_weeks = each.occasions(calendar, (0, 14 * DAY), QUEUES)
    assert two_weeks.reshape(2, 7).tolist() == [[2, 2, 1, 2, 2, 2, 1]] * 2  # no Sunday is worked: one at least
    assert each.occasions(calendar, (0, 4 * DAY + 1), QUEUES)[:7].tolist() == [1, 1, 1, 1, 1, 1, 1]
    monday = Target(wait=Duration(60), queue="each", day="mon", half_hour="9:00")
    assert monday.occasions(calendar, (0, 14 * DAY), QUEUES).tolist() == [2, 2]
    halves = Target(wait=Duration(60), half_hour="each")
    assert halves.occasions(calendar, (0, 14 * DAY), QUEUES).tolist() == [10] * 48


def test_a_day_is_judged_with_a_ticket_each_time_it_comes_and_what_is_left_out_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Monday to Wednesday, once each: 30 tickets on Monday, 2 on Tuesday (less than one a working day of the window, and yet enough for
    a Tuesday), half a ticket on Wednesday, which is left out with .5 of 32.5 tickets.
    """
    of, target = hall(), Target(wait=Duration(900), day="each")
    problem = usual(of).model_copy(update={"targets": (target,)})
    tickets = np.zeros((2, 1, 7))
    tickets[0, 0, :3] = 30.0, 2.0, 0.5
    whole = tickets.sum(axis=2, keepdims=True)
    numbers = {"each": (tickets * 1000.0, tickets, tickets), None: (whole * 1000.0, whole, whole)}
    monkeypatch.setattr(Target, "sums", lambda self, view, queues: numbers[self.day])
    plan = plan_of(of)
    case = staffing_case(plan, Prices())
    question = Question(problem, of, of.horizon, 1, plan, case, verbs.Settings(replications=2, store=tmp_path, workers=1))
    rows, cells = verified(question, None, case.instance.today)
    assert (rows[0].cells, rows[0].cells_left_out, rows[0].tickets_left_out) == (2, 1, pytest.approx(0.5 / 32.5))
    assert [cell.group for cell in cells if cell.target is not None] == ["day:mon", "day:tue"]
    trials = Trials(of, of.horizon, 1, range(2), case, plan, (target,))
    excess = trials.of(case.instance.today, np.zeros((2, 2), dtype=np.int64)).excess.sum(axis=1)
    assert excess.tolist() == [3000.0, 200.0, 0.0, 0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("language", "head", "line"),
    [
        ("en", " (not judged for few tickets: 7 cells with 12% of the tickets of wait per ticket served, with that of those who left by "
               "queue).",
         "  not judged: 7 cells with fewer than one ticket on a day that they come, which hold 12.0% of the target's tickets"),
        ("zh", "（叫号过少而未评判：“平均等候时间（计入弃号者）（按队列）”中7格，占其叫号的12%）。",
         "  未评判：7格平均每个所属日期不足1个叫号，占该目标全部叫号的12.0%"),
    ],
)  # fmt: skip
def test_the_answer_tells_cells_that_are_not_judged(language: str, head: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    tiny = verbs.load("tiny")
    found = staffing(replace(WAIT, cells_left_out=7, tickets_left_out=0.12))
    assert head in findings.of_staffing(found, tiny, language)
    print_solution(found, usual(tiny), tiny, as_json=False, language=language)
    assert line in capsys.readouterr().out.splitlines()
    assert found.document()["verified"][0]["tickets_left_out"] == 0.12
    print_solution(staffing(WAIT), usual(tiny), tiny, as_json=False, language=language)
    assert line[:6] not in capsys.readouterr().out
