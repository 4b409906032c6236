"""What a staffing answer is told by: the cell that decides, the engine asked for, the problem's own baseline, time for margins, needless
training, clashes that are proved."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from strategies import counter, scenario
from test_joint_staffing import Chained, asked, hall, plan_of
from typer.testing import CliRunner

from optimization.joint_staffing import Joint, monotone, search
from optimization.master import Master
from optimization.problem import Hours, load_problem
from optimization.staffing import _assumption, optimize_staffing
from optimization.staffing_case import staffing_case
from optimization.staffing_problem import Prices, StaffingProblem, usual
from optimization.staffing_verified import Question, verified
from optimization.targets import Target
from optimization.trials import Trials, cost
from simulation import verbs
from simulation.engines import replicate
from simulation.errors import FileRefused
from simulation.experiment import run_variants
from simulation.units import Count, Duration
from workbench.cli import app


def test_the_cell_that_is_told_decides_and_is_not_the_largest_that_is_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queue a waits 600 s and is undecided, b 800 s and is met, of 900: a decides, one of two cells meets it; both are handed back."""
    of, target = hall(), Target(wait=Duration(900), queue="each")
    problem = usual(of).model_copy(update={"targets": (target,)})
    numbers = [np.array(x).reshape(2, 1, 1) for x in ([60 * 600.0, 60 * 800.0], [60.0, 60.0], [60.0, 60.0])]
    monkeypatch.setattr(Target, "sums", lambda self, view, queues: numbers)
    judged = {"queue:a": "undecided", "queue:b": "met"}
    monkeypatch.setattr("optimization.staffing_verified._judged", lambda target, cell, *more: judged[cell["group"]])
    plan = plan_of(of)
    case = staffing_case(plan, Prices())
    question = Question(problem, of, of.horizon, 1, plan, case, verbs.Settings(replications=2, store=tmp_path, workers=1, engine="process"))
    rows, cells = verified(question, None, case.instance.today)
    assert (rows[0].group, rows[0].value, rows[0].verdict, rows[0].cells, rows[0].cells_met) == ("queue:a", 600.0, "undecided", 2, 1)
    assert [(cell.group, cell.verdict) for cell in cells] == [("queue:a", "undecided"), ("queue:b", "met")]
    today = rows[0].baseline, rows[0].baseline_low, rows[0].baseline_high, rows[0].baseline_verdict, rows[0].baseline_cells_met
    assert today == (600.0, 600.0, 600.0, "undecided", 1)
    assert [(row.measure, row.target, row.verdict) for row in rows[1:]] == [("rostered_hours", None, None), ("paid_hours", None, None)]


def test_the_engine_that_is_asked_for_runs_trials_and_verification(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[str] = []
    of_trials, of_verified = "optimization.trials.replicate", "simulation.verbs.run_variants"
    monkeypatch.setattr(of_trials, lambda *of: asked_for.append(of[-1]) or replicate(*of))
    monkeypatch.setattr(of_verified, lambda *some, **more: asked_for.append(more["engine"]) or run_variants(*some, **more))
    of = hall()
    problem = usual(of).model_copy(update={"search": usual(of).search.model_copy(update={"trials": Count(3), "replications": Count(2)})})
    optimize_staffing(of, verbs.Settings(replications=2, store=tmp_path, workers=1, engine="process"), problem)
    assert set(asked_for) == {"process"}
    assert len(asked_for) > 3


def test_a_problem_of_another_baseline_is_refused_by_the_scenario_it_is_asked_about(tmp_path: Path) -> None:
    shipped = (Path(__file__).parent.parent / "scenarios/problems/tiny-staffing.yaml").read_text(encoding="utf-8")
    file = tmp_path / "asked.yaml"
    file.write_text(shipped, encoding="utf-8")
    assert load_problem(file, StaffingProblem, verbs.load("tiny")).baseline == "tiny"
    with pytest.raises(FileRefused, match="asked of its own baseline; `district-hall` is given"):
        load_problem(file, StaffingProblem, verbs.load("district-hall"))


def test_a_search_with_a_margin_begins_with_what_was_simulated_and_has_time_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first search may use its part of the time; the second is handed a recombination that keeps the margin, and all the rest."""
    ends: list[float] = []
    firsts: list[int] = []

    def watched(trials: Trials, master: Master, margin: np.ndarray, first: list, *more: object) -> Joint:
        ends.append(master.ends)
        firsts.append(len(first))
        return search(trials, master, margin, first, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("optimization.staffing.search", watched)
    short = iter([np.array([1.0]), np.array([0.0])])
    monkeypatch.setattr("optimization.staffing._lacking", lambda *some: next(short))
    problem = usual(hall()).model_copy(update={"targets": (Target(wait=Duration(3600)),)})
    solution = optimize_staffing(hall(), verbs.Settings(replications=2, days=3, store=tmp_path, workers=1), problem)
    assert ends[1] - ends[0] == pytest.approx(0.35 * int(problem.search.seconds))
    assert firsts[1] == 1
    assert dict(solution.model)["searches_with_a_margin"] == 1


def test_a_staffing_first_tried_with_needless_training_is_had_at_its_own_cost() -> None:
    """Two people for one queue and one for the other, of one employer: training one of the two costs 2 and is needed for nothing. The
    search begins with the cheapest people and that training; it ends (no clock ends it) at those people without it, proved.
    """
    items = {"x": {"route": {"serve": counter("a", "9 min")}}, "y": {"route": {"serve": counter("b", "9 min")}}}
    needs = {"n": {"items": ["x"], "rate": "12 per day"}, "m": {"items": ["y"], "rate": "12 per day"}}
    of = scenario(windows={"W1": "a", "V1": "b", "W2": "a"}, items=items, needs=needs, days=3)
    trials, master = asked(of, Target(wait=Duration(5 * 3600), queue="each"), keep=True)
    master.steady = True
    assert master.instance.may_move(0, 1)
    needless = np.zeros((2, 2), dtype=np.int64)
    needless[0, 1] = 1
    still = np.zeros((2, 2), dtype=np.int64)
    people, _ = master.cheapest([], np.zeros(2))[0] or (still, still)
    least = cost(master.instance, people, still)
    joint = search(trials, master, np.zeros(2), [(people, needless)], 40, 0.0)
    assert trials.of(people, needless).cost == pytest.approx(least + 2)
    assert trials.of(people, needless).excess is trials.of(people, still).excess
    assert joint.best is not None
    assert (joint.best.cost, joint.bound, joint.best.moved.sum()) == (pytest.approx(least), pytest.approx(least), 0)


def test_a_clash_that_is_proved_needs_no_sections_apart() -> None:
    """Two at A and one at B do, 120 hours. With a budget of 80 the whole staffing (1, 1) that misses is all there is: budget and wait
    clash; with 40 not even one person at each window can be had, whatever was simulated.
    """
    trials, still = Chained(), np.zeros((2, 2), dtype=np.int64)
    for budget, first, cuts, clash in (
        (80.0, [(1, 1)], "whole", ("wait at B at most 10", "budget")),
        (40.0, [], "whole", ("budget",)),
        (40.0, [(1, 1)], "none", ("budget",)),
    ):
        master = trials.master()
        master.limits = replace(master.limits, budget=budget)
        trials.known.clear()
        known = [trials.of(np.array([[[a, 0]], [[0, b]]]), still) for a, b in first]
        assert master.cheapest(known, np.zeros(1), cuts)[0] is None  # type: ignore[arg-type]
        assert master.clash(known, np.zeros(1), cuts) == clash  # type: ignore[arg-type]


def test_a_budget_that_leaves_nothing_is_told_where_the_time_is_up_before_the_search_says_so(tmp_path: Path) -> None:
    late = usual(hall()).search.model_copy(update={"seconds": Count(0), "replications": Count(2)})
    changed = {"targets": (Target(wait=Duration(3600)),), "budget": Hours(1), "search": late}
    told = verbs.Settings(replications=2, days=3, store=tmp_path, workers=1)
    solution = optimize_staffing(hall(), told, usual(hall()).model_copy(update=changed))
    assert (solution.status, solution.clash) == ("infeasible", ("budget",))
    assert solution.backend != "none" and solution.digest


def test_an_excess_is_told_as_a_share_of_a_limit_of_tickets_and_of_no_limit_not_at_all() -> None:
    """One more at A makes the wait at B longer by 7 x 100: of a limit of 10 for 100 tickets 70 %, also where the smaller staffing calls
    nobody; no share where the limit is 0 or nobody is called at all. The same person at B: there the second assumption fails; of the
    whole staffing, which has more people, the first.
    """
    trials, still = Chained(), np.zeros((2, 2), dtype=np.int64)
    few, many = (np.array([[[a, 0]], [[0, 1]]]) for a in (1, 2))
    one, other = trials.of(few, still), trials.of(many, still)
    worse = replace(other, excess=one.excess + 700.0 * (np.arange(2) == 1))
    for n, limit, share in ((100.0, 10.0, 0.7), (0.0, 10.0, 0.0), (100.0, 0.0, 0.0)):
        known = [replace(one, n=np.zeros((1, 2))), replace(worse, n=np.array([[0.0, n]]))]
        trials.known = {(t.people.tobytes(), b""): t for t in known}
        master = trials.master()
        master.at_most = np.array([limit])
        for whole, equal in ((False, 1), (True, 0)):
            found = monotone(trials, master, whole=whole)  # type: ignore[arg-type]
            assert (found.broken, found.equal, found.largest) == (1, equal, pytest.approx(share))
        here = SimpleNamespace(known=trials.known, replications=range(2))
        said = _assumption(Joint(None, None, 0, (), "none"), here, master, False)  # type: ignore[arg-type]
        assert ("by at most 70.0% of a limit" in said[0][0], "of a limit" in said[0][0]) == (share > 0, share > 0)
        assert "comparisons that failed in 1" in said[0][0] and "次比较中1次不成立" in said[0][1]


def test_no_answer_leaves_with_1_and_says_on_which_condition_it_is_impossible(tmp_path: Path) -> None:
    """Nobody waits less than no time at all, and a search that proves it by section only finds nothing."""
    text = (Path(__file__).parent.parent / "scenarios/problems/tiny-staffing.yaml").read_text(encoding="utf-8")
    never = tmp_path / "never.yaml"
    never.write_text(text.replace("wait: 30 min", "wait: 0 min"), encoding="utf-8")
    words = ["optimize", "staffing", "tiny", "--problem", str(never), "--store", str(tmp_path / "s"), "--workers", "1"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "status: heuristic" in done.stdout
    lines = done.stdout.splitlines()
    said = next(k for k, line in enumerate(lines) if line.startswith("If more people never lengthen a wait and sections do not affect"))
    assert "these cannot hold together: wait at most 0 min" in lines[said]
    assert lines[said - 1] == "No staffing that was tried keeps the targets."
