"""Permissions: who may work for another employer, what it is worth by hand, and that nobody does so without one. Ctrl-C beside it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from strategies import counter, scenario

import optimization.staffing as staffing
from optimization.cover import Cover, Covered, breaches, cover
from optimization.joint_staffing import ladder, search
from optimization.master import Limits, Master
from optimization.permissions import worth_in_levels
from optimization.problem import load_problem
from optimization.solvers import Answer
from optimization.staffing_answer import Staffing
from optimization.staffing_case import Case, staffing_case
from optimization.staffing_problem import Permission, Prices, StaffingProblem, usual
from optimization.targets import Target
from optimization.trials import Trials
from simulation import verbs
from simulation.errors import FileRefused
from simulation.experiment import calendar_for
from simulation.frozen import Title
from simulation.plan import compile_plan
from simulation.reforms import apply
from simulation.scenario import Scenario
from simulation.units import Count, Duration, Share

TITLE = {"en": "X", "zh": "某"}
LEND = Permission(employer="d", to="e", authority="district", title=Title(en="d lends people to e", zh="d支援e"))


def two_bodies() -> Cover:
    """Two people of x, one of y; one hour for which x is asked for one person and y for two. An hour missed costs 10, training 1."""
    return Cover(
        sizes=np.array([2, 1]), names=("x", "y"), body=(("x", "posted"), ("y", "posted")), covers=np.array([[True]]),
        paid=np.array([2.0]), windows=np.array([2, 2]), window_names=("v", "w"),
        serves={(0, 0): frozenset({0}), (1, 1): frozenset({1})}, required=np.array([[1], [2]]), hours=np.array([1.0]),
        today=np.zeros((2, 1, 2), dtype=np.int64), missing=10.0, training=1.0, change=0.0,
    )  # fmt: skip


def test_a_permission_is_worth_what_the_model_costs_more_without_it() -> None:
    """Without: two people at 2 and an hour missed at 10 = 14. With: three people at 2 and one trained = 7."""
    alone, lent = two_bodies(), replace(two_bodies(), permitted=frozenset({(0, 1)}))
    found, answer, _ = cover(lent)
    assert found is not None
    assert answer.objective == pytest.approx(7)
    assert found.moved.tolist() == [[0, 1], [0, 0]]
    none, before, _ = cover(alone)
    assert none is not None
    assert before.objective == pytest.approx(14)
    assert none.moved.sum() == 0
    case = Case(lent, ((), ()), (), (), (), np.zeros((2, 1), dtype=np.int64), (), ((LEND, frozenset({(0, 1)})),))
    assert [(w.people, w.gain) for w in worth_in_levels(case, found, answer)] == [(1, pytest.approx(7))]


def test_both_checkers_refuse_a_move_that_nobody_permitted() -> None:
    alone = two_bodies()
    moved = np.array([[0, 1], [0, 0]])
    people = np.zeros((2, 1, 2), dtype=np.int64)
    people[0, 0, 0], people[1, 0, 1] = 1, 2
    limits = Limits(np.array([0, 1]), np.zeros((2, 1), dtype=bool), np.zeros(2, dtype=bool), None)
    for permitted in (frozenset(), frozenset({(1, 0)}), frozenset({(0, 1)})):
        one = replace(alone, permitted=permitted)
        found = Covered(people, moved, {(0, 0, 0, 0): 1.0, (1, 1, 1, 0): 2.0}, np.zeros((2, 1)))
        unlawful = (0, 1) not in permitted
        assert any("within employer and contract" in words for words in breaches(one, found)) == unlawful
        assert any("another employer" in words for words in Master(one, limits, (), np.zeros(0)).broken(people, moved)) == unlawful


def lender() -> Scenario:
    """Queue a of d has two people and hardly a visitor; queue b of e has one person, two windows and too many."""
    seat: dict[str, Any] = {"site": "hall", "group": "g"}
    where = {"W1": ("d", "a"), "W2": ("d", "a"), "V1": ("e", "b"), "V2": ("e", "b")}
    windows = {w: {**seat, "department": d, "queues": [q]} for w, (d, q) in where.items()}
    staff = {
        f"of-{w}": {"employer": windows[w]["department"], "skills": windows[w]["queues"], "shift": "at-W1", "window": w}
        for w in ("W1", "W2", "V1")
    }
    queues = {q: {"title": TITLE, "site": "hall", "department": d} for q, d in (("a", "d"), ("b", "e"))}
    return scenario(
        windows={"W1": "a", "W2": "a", "V1": "b", "V2": "b"}, days=3,
        items={"x": {"route": {"serve": counter("a", "5 min")}}, "y": {"route": {"serve": counter("b", "20 min")}}},
        needs={"n": {"items": ["x"], "rate": "6 per day"}, "m": {"items": ["y"], "rate": "30 per day"}},
        centre={"departments": {"d": {"title": TITLE}, "e": {"title": TITLE}}, "queues": queues, "windows": windows, "staff": staff},
    )  # fmt: skip


def lent(tmp_path: Path, *permissions: Permission) -> Staffing:
    of = lender()
    problem = usual(of).model_copy(
        update={"targets": (Target(wait=Duration(3600), queue="each"),), "permissions": permissions, "search": usual(of).search.model_copy(
            update={"replications": Count(2), "trials": Count(40), "gap": Share(0)})}
    )  # fmt: skip
    return staffing.optimize_staffing(of, verbs.Settings(replications=2, days=3, store=tmp_path, workers=1), problem)


def test_nobody_works_for_another_employer_without_a_permission(tmp_path: Path) -> None:
    """One person cannot serve thirty visitors of twenty minutes in seven hours; the second window of e needs somebody of d."""
    alone = lent(tmp_path)
    assert alone.status == "infeasible"
    assert alone.clash == ("wait at most 60 min, each queue [queue:b]",)
    answer = lent(tmp_path, LEND)
    assert answer.reform is not None
    assert answer.reform.authority == "district"
    staff = apply(lender(), answer.reform).centre.staff
    away = [n for n, p in staff.items() if p.employer == "d" and p.window in ("V1", "V2")]
    assert len(away) == 1
    assert "b" in staff[away[0]].skills
    assert [(w.permission, w.people, w.gain) for w in answer.permissions] == [(LEND, 1, float("inf"))]
    assert answer.document()["permissions"][0]["gain"] is None
    assert answer.roster is not None
    assert {line.person for line in answer.roster.lines if line.window == staff[away[0]].window} == {*away}
    back = lent(tmp_path, LEND.model_copy(update={"employer": "e", "to": "d"}))
    assert back.status == "infeasible"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"employer": "markt"}, "names departments"),
        ({"authority": "none"}, "decided by somebody"),
        ({"to": "market"}, "without a permission"),
        ({}, "not poolable, public security system"),
    ],
)
def test_what_nobody_can_permit_is_refused(changes: dict[str, str], words: str, tmp_path: Path) -> None:
    """The household register is the police's own: no permission opens it to others."""
    row = {"employer": "market", "contract": "posted", "to": "security", "to_contract": "posted", "authority": "district", **changes}
    text = (Path(__file__).parent.parent / "scenarios/problems/tiny-staffing.yaml").read_text(encoding="utf-8")
    told = ", ".join(f"{k}: {v}" for k, v in row.items())
    path = tmp_path / "wrong.yaml"
    path.write_text(f"{text}permissions:\n  - {{{told}, title: {{en: A, zh: 甲}}}}\n", encoding="utf-8")
    with pytest.raises(FileRefused, match=words):
        load_problem(path, StaffingProblem, verbs.load("tiny"))


# --- Ctrl-C ------------------------------------------------------------------------------------------------------


def searched(of: Scenario) -> tuple[Trials, Master]:
    plan = compile_plan(of, calendar_for(of, of.horizon), of.horizon)
    case = staffing_case(plan, Prices())
    trials = Trials(of, of.horizon, 1, range(2), case, plan, (Target(wait=Duration(7200)),))
    limits = Limits(trials.section_of_class, case.present > 0, case.present.any(axis=1), None)
    return trials, Master(case.instance, limits, ["wait"], np.array([7200.0]))


def test_ctrl_c_in_a_simulation_gives_the_best_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    of = scenario(windows={"W1": "a", "W2": "a"}, needs={"n": {"rate": "20 per day"}}, days=2)
    trials, master = searched(of)
    plain, count = Trials._simulated, 0

    def third(self: Trials, people: Any, moved: Any) -> Any:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return plain(self, people, moved)

    monkeypatch.setattr(Trials, "_simulated", third)
    joint = search(trials, master, np.zeros(1), ladder(master), 40, 0.0)
    assert joint.stopped
    assert joint.trials == 2
    assert joint.best is min((t for t in trials.known.values() if not t.misses().any()), key=lambda t: t.cost)


def test_a_master_that_is_interrupted_ends_the_search_with_the_last_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    of = scenario(windows={"W1": "a", "W2": "a"}, needs={"n": {"rate": "20 per day"}}, days=2)
    trials, master = searched(of)
    first = ladder(master)
    stopped = Answer(None, None, None, "HiGHS", "heuristic", stopped="interrupted")
    monkeypatch.setattr("optimization.master.minimise", lambda *args, **more: stopped)
    joint = search(trials, master, np.zeros(1), first, 40, 0.0)
    assert (joint.stopped, joint.bound, joint.clash) == (True, None, ())
    assert joint.best is not None


def test_ctrl_c_in_the_verification_leaves_it_out_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(staffing, "verified", stop)
    answer = lent(tmp_path, LEND)
    assert answer.verified == ()
    assert any("nothing here is verified" in en for en, _ in answer.remarks)
    assert answer.reform is not None
